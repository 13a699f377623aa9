"""What was fetched, as an article with one address, or the reason why it is none."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

from retrieval.errors import EmptyError, Reason, UnreadableError
from retrieval.sources import forms
from retrieval.sources.addresses import on_the_web
from retrieval.sources.draft import LOOKS_LIKE, Draft
from retrieval.sources.fetched import Fetched
from retrieval.sources.reading import title_of
from retrieval.sources.sandbox import SHARED
from retrieval.types import Article, PageState

LEAST_WORDS = 60
"""Of a page; below it is a notice rather than an article."""
_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|msclkid|mc_[ce]id|igshid|ocid|cmpid|ref_src)")
_DATA = re.compile(rb"\s*[\[{]")


def article_of(url: str, fetched: Fetched) -> Article:
    """The article in what was fetched; blocking. Raises SourceError with a bare reason."""
    name = urlsplit(fetched.url).path
    draft = SHARED.read(fetched.data, name, charset=fetched.charset)
    if draft.kind == "html":
        _refuse_notices(draft)
    elif draft.kind == "text":
        _refuse_data(fetched)
    own = _own_address(draft, fetched.url)
    address = canonical(own or fetched.url)
    return Article(
        text=draft.text,
        title=draft.title or title_of(draft.text),
        # The link stays the one that opened: whether the other one does, nobody has tried.
        identity=forms.without_amp(address) if draft.amp and own is None else address,
        url=address if urlsplit(url).query or address != canonical(url) else url,
        source=draft.source or urlsplit(fetched.url).netloc.removeprefix("www."),
        author=draft.author,
        published=draft.published,
        language=draft.language,
        image=on_the_web(draft.image, fetched.url),
        page_starts=draft.page_starts,
        page=PageState(fetched.etag, fetched.last_modified),
    )


def canonical(url: str) -> str:
    """The same page's one address: without fragment, without parameters that track, and without
    those that ask for it in another form."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:  # nothing opens it, so it is no other page's
        return url
    # As it was written: what is taken apart and put together again may open another page, or none.
    query = "&".join(
        part
        for part in parts.query.split("&")
        if not _TRACKING.fullmatch(part.partition("=")[0])
        and not forms.PARAMETER.fullmatch(part if "=" in part else f"{part}=")
    )
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != {"http": 80, "https": 443}.get(parts.scheme):
        host = f"{host}:{port}"
    return urlunsplit((parts.scheme.lower(), host, parts.path or "/", query, ""))


def _own_address(draft: Draft, url: str) -> str | None:
    """What the page calls its own address, where that is on the same site and no mere front."""
    address = on_the_web(draft.url, url)
    if address is None:
        return None
    own, here = urlsplit(address), urlsplit(url)
    front = own.path in ("", "/") and here.path not in ("", "/")
    if front or _site(own.hostname) != _site(here.hostname):
        return None
    return address


def _site(host: str | None) -> str:
    return (host or "").removeprefix("www.").removeprefix("amp.").removeprefix("m.")


def _refuse_notices(draft: Draft) -> None:
    """Raises EmptyError for a page that is no article but stands in for one."""
    words = len(draft.text.split())
    if draft.stands_in in LOOKS_LIKE:
        raise EmptyError(
            f"this page has {words} words of text: it looks like {LOOKS_LIKE[draft.stands_in]}",
            draft.stands_in,
            words=words,
        )
    if words < LEAST_WORDS:
        told = f"this page has {words} words of text, too few for an article"
        raise EmptyError(told, Reason.SHORT, words=words)


def _refuse_data(fetched: Fetched) -> None:
    """Raises UnreadableError for what programs read: it is text, and yet no article."""
    kind, data = fetched.media_type, fetched.data
    if kind.endswith(("json", "javascript", "/css", "+xml", "/xml")) and "html" not in kind:
        raise UnreadableError(f"it is no article: its server calls it {kind}", Reason.FOREIGN)
    if _DATA.match(data):
        with suppress(ValueError, RecursionError):
            json.loads(data)
            raise UnreadableError("it is data for programs (JSON), not an article", Reason.DATA)
