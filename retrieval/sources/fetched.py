"""An answer to a request, before anything is read in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server gave for a link."""

    url: str
    """Where it was in the end, after redirects."""
    status: int
    """200, or 304 where nothing has changed since what the validators speak of."""
    data: bytes
    charset: str | None
    etag: str | None
    last_modified: str | None
    media_type: str = ""
    """What its server calls it, such as text/html; empty where it does not say."""
    lasting: str = ""
    """Where it is for good: behind redirects that are to last, before the first that is not."""
