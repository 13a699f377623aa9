"""What a page gives as an address, its own or its picture's, as one that others can open."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

LONGEST = 2000
"""Characters of an address; data written out as one is longer."""


def is_front(url: str) -> bool:
    """Whether it is the address of a site's front page."""
    return urlsplit(url).path in ("", "/") and not urlsplit(url).query


def on_the_web(given: str | None, page: str | None) -> str | None:
    """What a page at `page` gives as an address, as a whole one on the web; None where that is
    none that anybody may be shown. It is not fetched: a link is all that is kept."""
    if not given:
        return None
    try:
        address = urljoin(page or "", given.strip()).replace(" ", "%20")
        parts = urlsplit(address)
        plain = parts.username is None and parts.password is None and parts.port != 0
    except ValueError:
        return None
    whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    return address if whole and plain and len(address) <= LONGEST else None
