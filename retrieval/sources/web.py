"""Web pages fetched by the rules of good manners, from guarded addresses only."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from urllib.parse import urljoin

import httpx
import tenacity

from retrieval.config import RetrievalSettings
from retrieval.errors import GoneError, Reason, SourceError, UnreadableError
from retrieval.sources import forms
from retrieval.sources.fetched import Fetched
from retrieval.sources.guard import Allowed, GuardedTransport, Resolve, check_url, system_resolver
from retrieval.sources.hosts import Hosts
from retrieval.sources.pages import article_of, canonical
from retrieval.sources.robots import Robots, Unanswered
from retrieval.sources.sandbox import apart
from retrieval.sources.unpacking import ACCEPTED, unpacked
from retrieval.types import Article

__all__ = ["Fetched", "Fetcher", "article_of", "canonical", "fetch_article"]

log = logging.getLogger(__name__)

REDIRECTS = 5
ATTEMPTS = 3
LONGEST_WAIT_S = 10.0
"""Between attempts. A server that wants to be left alone for longer is."""
LARGEST_PAGE = 8 << 20
"""Bytes of a page in HTML: read into a tree it takes many times as much, and none is so long."""
_GONE = frozenset({404, 410})
_FOR_GOOD = frozenset({301, 308})
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_TOO_MANY = 429
_NEVER_READ = ("image/", "video/", "audio/", "font/", "model/")
"""Kinds of what no article and no feed is, told before it is sent."""


class Fetcher:
    """Fetches links; one for a program's whole run. Use as `async with Fetcher(settings)`."""

    def __init__(self, settings: RetrievalSettings, *, resolve: Resolve = system_resolver) -> None:
        self._settings = settings
        self._largest = settings.max_file_mb << 20
        contact = f"; {settings.fetch_contact}" if settings.fetch_contact else ""
        self.agent = f"clippings/{version('clippings')} (article reader{contact})"
        inner = httpx.AsyncHTTPTransport(
            proxy=settings.fetch_proxy,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(
                inner, allowed=Allowed.parse(settings.fetch_allow), resolve=resolve
            ),
            headers={"User-Agent": self.agent, "Accept-Encoding": ACCEPTED},
            timeout=httpx.Timeout(settings.fetch_timeout_s / 2, connect=10.0, pool=None),
            follow_redirects=False,
            trust_env=False,
        )
        self._hosts = Hosts()
        self._robots = Robots(self.agent, self._rules)

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def article(self, url: str) -> Article:
        """The article at a link. Raises SourceError with one sentence that names the link."""
        try:
            return await self.read(url.strip())
        except SourceError as error:
            raise error.told(f"{url} cannot be read: {error}.", url) from error

    async def read(self, url: str) -> Article:
        """The article at a link; of a page that is shown in a form for print or for phones as
        well, the plain one. Raises SourceError with a reason that completes "it cannot be read"."""
        article = await apart(article_of, url, await self.fetch(url))
        plain = forms.plain(article.identity)
        if plain is None:
            return article
        try:
            other = await apart(article_of, plain, await self.fetch(plain))
        except SourceError:  # there is no such page, or it is no article
            return article
        return other if await apart(forms.same_text, article.text, other.text) else article

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> Fetched:
        """What is at `url`; with validators, status 304 where that has not changed.

        Raises SourceError with a reason that completes "it cannot be read: …".
        """
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        validators = {name: value for name, value in headers.items() if value}
        try:
            return await self._get(url, validators, obey=self._settings.fetch_robots)
        except httpx.InvalidURL as error:
            raise UnreadableError("it is no link that can be opened", Reason.LINK) from error

    async def _rules(self, url: str) -> bytes:
        """What is at the address of a robots.txt."""
        return (await self._get(url, {}, obey=False)).data

    async def _get(self, url: str, headers: dict[str, str], *, obey: bool) -> Fetched:
        steps = _Steps(headers, self._robots if obey else None, self._settings.fetch_timeout_s)
        retrying = tenacity.AsyncRetrying(
            stop=_enough,
            wait=_wait,
            retry=tenacity.retry_if_exception_type((_Busy, httpx.TransportError)),
            reraise=True,
        )
        try:
            return await retrying(self._follow, url, steps)
        except _Busy as busy:
            raise Unanswered(*busy.told(), status=busy.status) from None
        except TimeoutError:
            raise UnreadableError("its server takes too long to answer", Reason.SLOW) from None
        except httpx.TransportError as error:
            log.info("fetching failed: %s", type(error).__name__)
            raise UnreadableError("its server cannot be reached", Reason.UNREACHABLE) from error
        except ValueError as error:
            raise UnreadableError(
                "its server answers what is no web page", Reason.BROKEN_REPLY
            ) from error

    async def _follow(self, url: str, steps: _Steps) -> Fetched:
        """Redirects are followed one guarded step at a time."""
        lasting, lasts = url, True
        for _ in range(REDIRECTS + 1):
            check_url(httpx.URL(url))
            if steps.robots:
                await steps.robots.welcome(url)
            async with self._response(url, steps) as response:
                if response.has_redirect_location:
                    url = urljoin(url, response.headers["Location"])
                    lasts = lasts and response.status_code in _FOR_GOOD
                    lasting = url if lasts else lasting
                    continue
                self._heed(response)
                return Fetched(
                    url=url,
                    status=304 if response.status_code == 304 else 200,
                    data=await self._body(response),
                    charset=response.charset_encoding,
                    etag=_validator(response, "ETag"),
                    last_modified=_validator(response, "Last-Modified"),
                    lasting=lasting,
                    media_type=_media_type(response),
                )
        raise UnreadableError("it redirects without end", Reason.REDIRECTS)

    @asynccontextmanager
    async def _response(self, url: str, steps: _Steps) -> AsyncIterator[httpx.Response]:
        parsed = httpx.URL(url)
        # Waiting for one's turn is nothing that the server is to be blamed for.
        async with (
            self._hosts.turn(parsed.host),
            steps.timed(),
            self._client.stream("GET", parsed, headers=steps.headers) as response,
        ):
            yield response

    def _heed(self, response: httpx.Response) -> None:
        """Raises for an answer that brings no page."""
        status = response.status_code
        if status in _TRY_AGAIN:
            busy = _Busy(status, response.headers.get("Retry-After"))
            if status == _TOO_MANY:
                self._hosts.pause(response.url.host, min(busy.wait_s or 0.0, LONGEST_WAIT_S))
            raise busy
        if status in _GONE:
            raise GoneError(*_told(status), status=status)
        if status not in (200, 203, 304):
            raise UnreadableError(*_told(status), status=status)
        kind = _media_type(response)
        if kind.startswith(_NEVER_READ):
            raise UnreadableError(f"it is no article: its server calls it {kind}", Reason.FOREIGN)

    async def _body(self, response: httpx.Response) -> bytes:
        """The body, unpacked, as far as it may go: an endless or blown-up one ends here."""
        page = "html" in _media_type(response) or not _media_type(response)
        return await unpacked(
            response.aiter_raw(),
            response.headers.get("Content-Encoding", ""),
            largest=min(self._largest, LARGEST_PAGE) if page else self._largest,
        )


async def fetch_article(
    url: str, settings: RetrievalSettings, *, resolve: Resolve = system_resolver
) -> Article:
    """The article at a link, for who reads a single one; else `Fetcher.article`."""
    async with Fetcher(settings, resolve=resolve) as fetcher:
        return await fetcher.article(url)


@dataclass(slots=True)
class _Steps:
    """What holds for all redirects and attempts on the way to a link."""

    headers: dict[str, str]
    robots: Robots | None
    """Whose rules are obeyed, if any's."""
    left_s: float
    """Of the time that its servers may take."""

    @asynccontextmanager
    async def timed(self) -> AsyncIterator[None]:
        """Raises TimeoutError inside when the time is up."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.left_s):
                yield
        finally:
            self.left_s -= time.monotonic() - started


class _Busy(Exception):
    """The server would like to be asked again later."""

    def __init__(self, status: int, retry_after: str | None) -> None:
        super().__init__(status)
        self.status = status
        self.wait_s = _seconds(retry_after)

    def told(self) -> tuple[str, Reason]:
        text, reason = _told(self.status)
        if self.wait_s is None or self.wait_s <= LONGEST_WAIT_S:
            return text, reason
        return f"{text} and asks to be left alone for {self.wait_s:.0f} seconds", reason


def _enough(state: tenacity.RetryCallState) -> bool:
    return state.attempt_number >= ATTEMPTS or (_asked_wait(state) or 0.0) > LONGEST_WAIT_S


def _wait(state: tenacity.RetryCallState) -> float:
    asked = _asked_wait(state)
    return min(0.5 * 2**state.attempt_number if asked is None else asked, LONGEST_WAIT_S)


def _asked_wait(state: tenacity.RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.wait_s if isinstance(error, _Busy) else None


def _seconds(retry_after: str | None) -> float | None:
    """Seconds that a Retry-After header asks for."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.strip().isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _validator(response: httpx.Response, name: str) -> str | None:
    """A header to be sent back to the server, where it is one that can be sent."""
    given: str | None = response.headers.get(name)
    return given if given and given.isascii() else None


def _media_type(response: httpx.Response) -> str:
    given: str = response.headers.get("Content-Type", "")
    return given.partition(";")[0].strip().lower()


def _told(status: int) -> tuple[str, Reason]:
    other = f"its server answers with error {status}", Reason.STATUS
    return _REFUSALS.get(status, other)


_REFUSALS = {
    401: ("it wants a login", Reason.LOGIN),
    402: ("it has to be paid for", Reason.PAID),
    403: ("its server refuses to show it", Reason.FORBIDDEN),
    404: ("there is no such page", Reason.MISSING),
    410: ("the page is gone", Reason.GONE),
    429: ("its server is asked too often just now", Reason.BUSY),
    451: ("it may not be shown for legal reasons", Reason.LEGAL),
}
