"""Web pages into articles: fetched by the rules of good manners, from guarded addresses only."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

import httpx
import tenacity

from retrieval.config import RetrievalSettings
from retrieval.errors import EmptyError, GoneError, SourceError, TooLargeError, UnreadableError
from retrieval.sources.draft import Draft
from retrieval.sources.guard import Allowed, GuardedTransport, Resolve, check_url, system_resolver
from retrieval.sources.reading import title_of
from retrieval.sources.sandbox import SHARED
from retrieval.types import Article, PageState

log = logging.getLogger(__name__)

REDIRECTS = 5
ATTEMPTS = 3
LONGEST_WAIT_S = 10.0
"""Between attempts, whatever a server would like."""
AT_ONCE_PER_HOST = 2
LEAST_WORDS = 60
"""Of a page; below it is a notice rather than an article."""
_GONE = frozenset({404, 410})
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|msclkid|mc_[ce]id|igshid|ocid|cmpid|ref_src)")
_NOTICES = {
    "a subscription notice": re.compile(r"\b(?:subscri|sign in|log ?in|register|paywall)", re.I),
    "a consent notice": re.compile(r"\b(?:cookie|consent|privacy settings|accept all)", re.I),
    "a check that a person is reading": re.compile(
        r"\b(?:captcha|javascript|are you (?:a )?(?:human|robot)|checking your browser)", re.I
    ),
}
_MISSING = re.compile(r"^(?:404\b|page not found|not found|error 404)", re.I)


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


class Fetcher:
    """Fetches links; one for a program's whole run. Use as `async with Fetcher(settings)`."""

    def __init__(self, settings: RetrievalSettings, *, resolve: Resolve = system_resolver) -> None:
        self._settings = settings
        self._largest = settings.max_file_mb << 20
        contact = f"; {settings.fetch_contact}" if settings.fetch_contact else ""
        self.agent = f"clippings/{version('clippings')} (article reader{contact})"
        inner = httpx.AsyncHTTPTransport(proxy=settings.fetch_proxy, trust_env=False, retries=0)
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(
                inner, allowed=Allowed.parse(settings.fetch_allow), resolve=resolve
            ),
            headers={"User-Agent": self.agent, "Accept-Encoding": "gzip, deflate"},
            timeout=httpx.Timeout(settings.fetch_timeout_s / 2, connect=10.0),
            follow_redirects=False,
            trust_env=False,
        )
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._robots: dict[str, RobotFileParser] = {}

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> Fetched:
        """What is at `url`; with validators, status 304 where that has not changed.

        Raises SourceError with a reason that completes "it cannot be read: …".
        """
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        validators = {name: value for name, value in headers.items() if value}
        try:
            async with asyncio.timeout(self._settings.fetch_timeout_s):
                if self._settings.fetch_robots and not await self._welcome(url):
                    raise UnreadableError("its site asks programs not to read it (robots.txt)")
                return await self._get(url, validators)
        except TimeoutError:
            raise UnreadableError("its server takes too long to answer") from None

    async def _get(self, url: str, headers: dict[str, str]) -> Fetched:
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=tenacity.retry_if_exception_type((_Busy, httpx.TransportError)),
            reraise=True,
        )
        try:
            return await retrying(self._follow, url, headers)
        except _Busy as busy:
            raise UnreadableError(_told(busy.status)) from None
        except httpx.TransportError as error:
            log.info("fetching failed: %s", type(error).__name__)
            raise UnreadableError("its server cannot be reached") from error
        except httpx.InvalidURL as error:
            raise UnreadableError("it is no link that can be opened") from error
        except (httpx.DecodingError, ValueError) as error:
            raise UnreadableError("its server answers what is no web page") from error

    async def _follow(self, url: str, headers: dict[str, str]) -> Fetched:
        """Redirects are followed one guarded step at a time."""
        for _ in range(REDIRECTS + 1):
            async with self._response(url, headers) as response:
                if response.has_redirect_location:
                    url = urljoin(url, response.headers["Location"])
                    continue
                if response.status_code in _TRY_AGAIN:
                    raise _Busy(response.status_code, response.headers.get("Retry-After"))
                if response.status_code in _GONE:
                    raise GoneError(_told(response.status_code))
                if response.status_code not in (200, 203, 304):
                    raise UnreadableError(_told(response.status_code))
                return Fetched(
                    url=url,
                    status=304 if response.status_code == 304 else 200,
                    data=await self._body(response),
                    charset=response.charset_encoding,
                    etag=response.headers.get("ETag"),
                    last_modified=response.headers.get("Last-Modified"),
                )
        raise UnreadableError("it redirects without end")

    @asynccontextmanager
    async def _response(self, url: str, headers: dict[str, str]) -> AsyncIterator[httpx.Response]:
        parsed = httpx.URL(url)
        check_url(parsed)
        busy = self._hosts.setdefault(parsed.host, asyncio.Semaphore(AT_ONCE_PER_HOST))
        async with busy, self._client.stream("GET", parsed, headers=headers) as response:
            yield response

    async def _body(self, response: httpx.Response) -> bytes:
        """The body, unpacked, as far as it may go: an endless or blown-up one ends here."""
        parts, size = [], 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > self._largest:
                raise TooLargeError(f"it is larger than {self._largest >> 20} MB")
            parts.append(part)
        return b"".join(parts)

    async def _welcome(self, url: str) -> bool:
        """Whether the site's robots.txt lets programs read the page; without one, it does."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            rules = RobotFileParser()
            try:
                found = await self._follow(f"{site}/robots.txt", {})
                rules.parse(found.data.decode("utf-8", "replace").splitlines())
            except (SourceError, _Busy, httpx.HTTPError, httpx.InvalidURL):
                rules.parse([])
            self._robots[site] = rules
        return self._robots[site].can_fetch(self.agent, url)


async def fetch_article(
    url: str, settings: RetrievalSettings, *, resolve: Resolve = system_resolver
) -> Article:
    """The article at a link. Raises SourceError with one sentence that names the link."""
    try:
        async with Fetcher(settings, resolve=resolve) as fetcher:
            fetched = await fetcher.fetch(url.strip())
        return await asyncio.to_thread(article_of, url.strip(), fetched)
    except SourceError as error:
        raise type(error)(f"{url} cannot be read: {error}.") from error


def article_of(url: str, fetched: Fetched) -> Article:
    """The article in what was fetched; blocking. Raises SourceError with a bare reason."""
    name = urlsplit(fetched.url).path
    draft = SHARED.read(fetched.data, name, charset=fetched.charset)
    if draft.kind == "html":
        _refuse_notices(draft)
    identity = canonical(_own_address(draft, fetched.url) or fetched.url)
    return Article(
        text=draft.text,
        title=draft.title or title_of(draft.text),
        identity=identity,
        url=identity if urlsplit(url).query or identity != canonical(url) else url,
        source=draft.source or urlsplit(fetched.url).netloc.removeprefix("www."),
        author=draft.author,
        published=draft.published,
        language=draft.language,
        page_starts=draft.page_starts,
        page=PageState(fetched.etag, fetched.last_modified),
    )


def canonical(url: str) -> str:
    """The same page's one address: without tracking parameters and fragment."""
    parts = urlsplit(url)
    query = [(k, v) for k, v in parse_qsl(parts.query, True) if not _TRACKING.fullmatch(k)]
    host = (parts.hostname or "").lower()
    port = parts.port
    if port is not None and port != {"http": 80, "https": 443}.get(parts.scheme):
        host = f"{host}:{port}"
    return urlunsplit((parts.scheme.lower(), host, parts.path or "/", urlencode(query), ""))


def _own_address(draft: Draft, url: str) -> str | None:
    """What the page calls its own address, where that is on the same site and no mere front."""
    if not draft.url:
        return None
    own, here = urlsplit(urljoin(url, draft.url)), urlsplit(url)
    front = own.path in ("", "/") and here.path not in ("", "/")
    if front or _site(own.hostname) != _site(here.hostname):
        return None
    return own.geturl()


def _site(host: str | None) -> str:
    return (host or "").removeprefix("www.").removeprefix("amp.").removeprefix("m.")


def _refuse_notices(draft: Draft) -> None:
    """Raises EmptyError for a page that is no article but stands in for one."""
    words = len(draft.text.split())
    if draft.title and _MISSING.match(draft.title):
        raise EmptyError("its server says that there is no such page")
    if words >= LEAST_WORDS:
        return
    looks = next(
        (f": it looks like {what}" for what, seen in _NOTICES.items() if seen.search(draft.text)),
        ", too few for an article",
    )
    raise EmptyError(f"this page has {words} words of text{looks}")


class _Busy(Exception):
    """The server would like to be asked again later."""

    def __init__(self, status: int, retry_after: str | None) -> None:
        super().__init__(status)
        self.status = status
        self.wait_s = _seconds(retry_after)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_s if isinstance(error, _Busy) else None
    return min(0.5 * 2**state.attempt_number if asked is None else asked, LONGEST_WAIT_S)


def _seconds(retry_after: str | None) -> float | None:
    """Seconds that a Retry-After header asks for."""
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (until.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def _told(status: int) -> str:
    reasons = {
        401: "it wants a login",
        402: "it has to be paid for",
        403: "its server refuses to show it",
        404: "there is no such page",
        410: "the page is gone",
        429: "its server is asked too often just now",
        451: "it may not be shown for legal reasons",
    }
    return reasons.get(status, f"its server answers with error {status}")
