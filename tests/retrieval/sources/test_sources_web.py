"""Pages come from real servers on loopback; what must not be reached is not reached."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from retrieval.config import RetrievalSettings
from retrieval.errors import SourceError, TooLargeError, UsageError
from retrieval.sources.addresses import on_the_web
from retrieval.sources.guard import Allowed
from retrieval.sources.web import Fetched, Fetcher, article_of, canonical, fetch_article

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
WORDS = " ".join(f"The ferry number {n} crosses the sound before noon." for n in range(12))
PAGE = f"""<html lang=en><head><title>Ferries</title>
<meta name=author content="Ada Writer"></head>
<body><nav><a href=/>Home</a></nav><article><h1>Ferries</h1>
<p>{WORDS}</p><p>{WORDS.replace("ferry", "boat")}</p></article></body></html>"""


class Site:
    """A web server on loopback with one answer a path, and what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Handler] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.port = 0

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def text(self, path: str, body: str, status: int = 200, **headers: str) -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(text=body, status=status, content_type="text/html", headers=headers)

        self.pages[path] = answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        self.headers.append(dict(request.headers))
        handler = self.pages.get(request.path)
        return await handler(request) if handler else web.Response(status=404)


@asynccontextmanager
async def served(host: str = "127.0.0.1") -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site._answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    tcp = web.TCPSite(runner, host, 0)
    await tcp.start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        await runner.cleanup()


def settings(**more: object) -> RetrievalSettings:
    return RetrievalSettings(
        **{"fetch_allow": "127.0.0.0/8", "fetch_timeout_s": 10, "max_file_mb": 1, **more}  # type: ignore[arg-type]  # validated
    )


async def test_a_page_becomes_an_article() -> None:
    async with served() as site:
        site.text("/news", PAGE)
        article = await fetch_article(site.at("/news?utm_source=x&id=7"), settings())
    assert article.title == "Ferries"
    assert article.author == "Ada Writer"
    assert article.text.count("The boat number 3") == 1
    assert article.url == article.identity == site.at("/news?id=7")
    assert "clippings/" in site.headers[-1]["User-Agent"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="og:image" content="/p/ferry.jpg">', "/p/ferry.jpg"),
        ('<meta name="twitter:image" content="ferry one.jpg">', "/news/ferry%20one.jpg"),
        ("", None),
    ],
)
async def test_a_page_s_picture_is_known_by_its_whole_address(
    head: str, expected: str | None
) -> None:
    async with served() as site:
        site.text("/news/ferry", PAGE.replace("<head>", f"<head>{head}"))
        article = await fetch_article(site.at("/news/ferry"), settings())
        assert article.image == (expected and site.at(expected))
        assert site.asked == ["/robots.txt", "/news/ferry"]


@pytest.mark.parametrize(
    "given",
    [
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "ftp://a.example/p.jpg",
        "https://ada:secret@a.example/p.jpg",
        "https://:80/p.jpg",
        "https://[a/p.jpg",
        "https://a.example:99999/p.jpg",
        "https://a.example/" + "x" * 2000,
        "",
        None,
    ],
)
def test_what_nobody_may_be_shown_is_no_picture(given: str | None) -> None:
    assert on_the_web(given, "https://a.example/story") is None


def test_a_picture_of_a_file_has_to_be_named_in_whole() -> None:
    assert on_the_web("p.jpg", None) is None
    assert on_the_web("//a.example/p.jpg", None) is None
    assert on_the_web("https://a.example/p.jpg", None) == "https://a.example/p.jpg"


async def test_robots_are_obeyed_and_may_be_overruled() -> None:
    async with served() as site:
        site.text("/robots.txt", "User-agent: *\nDisallow: /private")
        site.text("/private/news", PAGE)
        with pytest.raises(SourceError, match="robots"):
            await fetch_article(site.at("/private/news"), settings())
        assert "/private/news" not in site.asked
        assert await fetch_article(site.at("/private/news"), settings(fetch_robots=False))


async def test_what_has_not_changed_is_not_sent_again() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"a"':
            return web.Response(status=304)
        return web.Response(text=PAGE, content_type="text/html", headers={"ETag": '"a"'})

    async with served() as site, Fetcher(settings()) as fetcher:
        site.pages["/news"] = answer
        first = await fetcher.fetch(site.at("/news"))
        again = await fetcher.fetch(site.at("/news"), etag=first.etag)
    assert (first.status, again.status, again.data) == (200, 304, b"")


async def test_a_busy_server_is_asked_again_when_it_likes() -> None:
    asked = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        if asked < 3:
            return web.Response(status=503, headers={"Retry-After": "0"})
        return web.Response(text=PAGE, content_type="text/html")

    async with served() as site:
        site.pages["/news"] = answer
        assert (await fetch_article(site.at("/news"), settings())).title == "Ferries"
    assert asked == 3


@pytest.mark.parametrize(
    ("status", "said"), [(404, "no such page"), (410, "gone"), (403, "refuses"), (500, "error 500")]
)
async def test_a_refusal_says_why(status: int, said: str) -> None:
    async with served() as site:
        site.text("/news", "no", status, **{"Retry-After": "0"})
        with pytest.raises(SourceError, match=said) as caught:
            await fetch_article(site.at("/news"), settings())
    assert site.at("/news") in str(caught.value)


async def test_a_notice_is_not_stored() -> None:
    async with served() as site:
        site.text("/news", "<html><body><p>Subscribe now to read this story.</p></body></html>")
        with pytest.raises(SourceError, match=r"\d+ words of text: it looks like a subscription"):
            await fetch_article(site.at("/news"), settings())


async def test_endless_and_blown_up_pages_end() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        while True:
            await response.write(b"<p>more</p>" * 4096)

    async def bomb(_: web.Request) -> web.Response:
        body = gzip.compress(bytes(64 << 20))
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async with served() as site:
        site.pages |= {"/endless": endless, "/bomb": bomb}
        for path in ("/endless", "/bomb"):
            with pytest.raises(TooLargeError, match="larger than 1 MB"):
                await fetch_article(site.at(path), settings())


async def test_a_server_that_hangs_costs_no_more_than_the_time_set() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    async with served() as site:
        site.pages["/news"] = hang
        with pytest.raises(SourceError, match="too long"):
            await fetch_article(site.at("/news"), settings(fetch_timeout_s=0.5))


async def test_redirects_are_followed_to_an_end() -> None:
    async with served() as site:
        site.text("/news", PAGE)
        site.text("/old", "", 301, Location="/news")
        site.text("/loop", "", 302, Location="/loop")
        assert (await fetch_article(site.at("/old"), settings())).url == site.at("/news")
        with pytest.raises(SourceError, match="without end"):
            await fetch_article(site.at("/loop"), settings())


async def test_no_more_than_two_requests_at_a_time_go_to_a_host() -> None:
    now = most = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1
        return web.Response(text=PAGE, content_type="text/html")

    async with served() as site, Fetcher(settings(fetch_robots=False)) as fetcher:
        site.pages["/news"] = answer
        await asyncio.gather(*(fetcher.fetch(site.at("/news")) for _ in range(8)))
    assert most == 2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://Example.org:80/a?utm_source=x&b=1#c", "http://example.org/a?b=1"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org:8443/a?fbclid=1", "https://example.org:8443/a"),
        ("https://example.org/a?id=7&print=1&amp=", "https://example.org/a?id=7"),
        ("https://example.org/a?outputType=amp", "https://example.org/a"),
        ("https://example.org/a?amp", "https://example.org/a"),
        ("https://example.org/a?amp=1&id=7", "https://example.org/a?id=7"),
        ("https://example.org/a/amp", "https://example.org/a/amp"),
        ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
        ("http://[2001:db8::1]:8080/a?amp=1", "http://[2001:db8::1]:8080/a"),
        ("http://[2001:db8/a?amp=1", "http://[2001:db8/a?amp=1"),
        ("http://example.org:99999/a", "http://example.org:99999/a"),
        ("https://amp.example.org/a/print", "https://amp.example.org/a/print"),
        ("https://example.org/a?view=print&page=2", "https://example.org/a?page=2"),
        ("https://example.org/a?view=map&print=3", "https://example.org/a?view=map&print=3"),
        ("https://example.org/?q=%E4&utm_medium=x", "https://example.org/?q=%E4"),
        ("https://example.org/i.php?/topic/12-a/", "https://example.org/i.php?/topic/12-a/"),
        ("https://example.org/a?id=1;x=2&b", "https://example.org/a?id=1;x=2&b"),
    ],
)
def test_one_page_has_one_address(url: str, expected: str) -> None:
    assert canonical(url) == expected


async def test_a_page_of_nothing_but_comments_holds_nobody_up() -> None:
    """Once a pattern took twice as long for each further comment."""
    async with served() as site:
        site.text("/comments", "<!---->" * 2000 + " hello there")
        started = time.process_time()
        with suppress(SourceError):
            await fetch_article(site.at("/comments"), settings())
        assert time.process_time() - started < 5


CANONICAL = '<link rel="canonical" href="{}">'


@pytest.mark.parametrize(
    ("url", "head"),
    [
        ("https://news.example/story?utm_source=a&utm_medium=b", ""),
        ("https://news.example/story?print=true", ""),
        ("https://news.example/story/amp", CANONICAL.format("https://news.example/story")),
        ("https://amp.news.example/story", CANONICAL.format("https://news.example/story")),
        ("https://www.news.example/print/7", CANONICAL.format("https://news.example/story")),
        ("https://news.example/print/7", CANONICAL.format("/story")),
        (
            "https://m.news.example/s",
            '<meta property="og:url" content="https://news.example/story">',
        ),
        (
            "https://news.example/s",
            CANONICAL.format("/story")
            + '<meta property="og:url" content="https://news.example/old">',
        ),
    ],
)
def test_a_story_under_all_of_its_addresses_is_one_article(url: str, head: str) -> None:
    page = PAGE.replace("<head>", f"<head>{head}")
    fetched = Fetched(url, 200, page.encode(), "utf-8", None, None, "text/html")
    article = article_of(url, fetched)
    assert article.identity == article.url == "https://news.example/story"


AMP = PAGE.replace("<html", "<html amp")


@pytest.mark.parametrize(
    ("host", "path", "page", "identity"),
    [
        ("127.0.0.1", "/story/amp", AMP, "/story"),
        ("127.0.0.1", "/story/amp/", AMP, "/story/"),
        ("127.0.0.1", "/story/amp?id=7&amp=1", AMP, "/story?id=7"),
        ("127.0.0.1", "/story/amp", PAGE.replace("<html", "<html ⚡"), "/story"),
        ("amp.news.example", "/story", AMP, "news.example/story"),
        ("127.0.0.1", "/story?amp", PAGE, "/story"),
        ("127.0.0.1", "/story?view=print", PAGE, "/story"),
        # What says nothing of AMP may be another page: about amplifiers, say.
        ("127.0.0.1", "/story/amp", PAGE, "/story/amp"),
        ("127.0.0.1", "/story/print", AMP, "/story/print"),
        ("127.0.0.1", "/amp", AMP, "/amp"),
        ("127.0.0.1", "/stamp", AMP, "/stamp"),
        ("amp.example", "/story", AMP, "amp.example/story"),
    ],
)
async def test_a_page_that_says_it_is_amp_is_the_story_it_is_of(
    host: str, path: str, page: str, identity: str
) -> None:
    async def here(_: str, __: int) -> list[str]:
        return ["127.0.0.1"]

    name, _, rest = identity.partition("/")
    async with served() as site:
        site.text(path.partition("?")[0], page)
        asked = f"http://{host}:{site.port}{path}"
        article = await fetch_article(asked, settings(), resolve=here)
        assert article.identity == f"http://{name or host}:{site.port}/{rest}"
        assert article.url == canonical(asked)


async def test_an_amp_page_is_called_by_what_it_names_before_what_its_address_looks_like() -> None:
    async with served() as site:
        head = f"<head>{CANONICAL.format('/read/7')}"
        site.text("/story/amp", AMP.replace("<head>", head))
        site.text("/alone/amp", AMP.replace("<head>", head.replace("/read/7", "/alone/amp")))
        story = await fetch_article(site.at("/story/amp"), settings())
        alone = await fetch_article(site.at("/alone/amp"), settings())
    assert story.identity == story.url == site.at("/read/7")
    assert alone.identity == alone.url == site.at("/alone/amp")


@pytest.mark.parametrize(
    "claimed", ["https://other.example/story", "https://news.example/", "/", "https://news.example"]
)
def test_what_a_page_claims_to_be_is_believed_of_its_own_site_and_no_front(claimed: str) -> None:
    url = "https://news.example/mine"
    page = PAGE.replace("<head>", f"<head>{CANONICAL.format(claimed)}")
    fetched = Fetched(url, 200, page.encode(), "utf-8", None, None, "text/html")
    assert article_of(url, fetched).identity == url


@pytest.mark.parametrize(
    "claimed",
    [
        "http://[bad",
        "https://127.0.0.1:99999/story",
        "https://127.0.0.1:here/story",
        "https://ada:secret@127.0.0.1/story",
        "ftp://127.0.0.1/story",
        "javascript:alert(1)",
        "//",
        "/" + "x" * 3000,
    ],
)
async def test_what_is_no_address_costs_a_page_nothing(claimed: str) -> None:
    async with served() as site:
        site.text("/mine", PAGE.replace("<head>", f"<head>{CANONICAL.format(claimed)}"))
        article = await fetch_article(site.at("/mine"), settings())
        assert article.identity == article.url == site.at("/mine")


@pytest.mark.parametrize("to", ["http://127.0.0.1:99999/", "http://[bad", "http://127.0.0.1:0/"])
async def test_a_redirect_to_no_address_is_a_refusal(to: str) -> None:
    async with served() as site:
        site.text("/moved", "", 302, Location=to)
        with pytest.raises(SourceError, match=r"no link that can be opened|no web page"):
            await fetch_article(site.at("/moved"), settings())


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "http://a:b@example.org/", "http:///x", "http://127.0.0.1:99999/"],
)
async def test_only_plain_links_are_opened(url: str) -> None:
    with pytest.raises(SourceError):
        await fetch_article(url, settings())


def test_what_an_operator_opens_has_to_be_readable() -> None:
    allowed = Allowed.parse("wiki.intern, 10.1.0.0/16")
    assert "wiki.intern" in allowed.hosts
    with pytest.raises(UsageError, match="neither a host nor a network"):
        Allowed.parse("10.1.0.0/99")
