"""How servers are asked: seldom, by their rules, and no further than is good for the reader."""

from __future__ import annotations

import asyncio
import gzip
import resource
import time
import zlib

import pytest
from aiohttp import web

from retrieval.errors import SourceError, TooLargeError
from retrieval.sources.web import Fetcher
from tests.retrieval.sources.test_sources_web import PAGE, served, settings


async def test_rules_are_read_as_they_are_meant() -> None:
    """The longest rule wins, stars stand for anything, and rules for others are for others."""
    rules = (
        "User-agent: *\nDisallow: /\n\nUser-agent: Clippings\nDisallow: /*?print=\n"
        "Disallow: /news\nAllow: /news/open\n"
    )
    async with served() as site, Fetcher(settings()) as fetcher:
        site.text("/robots.txt", rules)
        for path in ("/story", "/news/open"):
            site.text(path, PAGE)
            assert (await fetcher.fetch(site.at(path))).status == 200
        for path in ("/story?print=1", "/news/closed"):
            with pytest.raises(SourceError, match="robots"):
                await fetcher.fetch(site.at(path))
        site.text("/old", "", 302, Location="/news/closed")
        with pytest.raises(SourceError, match="robots"):
            await fetcher.fetch(site.at("/old"))
    assert site.asked == ["/robots.txt", "/story", "/news/open", "/old"]


async def test_rules_are_asked_for_once_by_all_who_want_them() -> None:
    async with served() as site, Fetcher(settings()) as fetcher:
        site.text("/news", PAGE)
        await asyncio.gather(*(fetcher.fetch(site.at("/news")) for _ in range(6)))
    assert site.asked.count("/robots.txt") == 1


async def test_a_site_that_cannot_tell_its_rules_is_left_alone() -> None:
    async with served() as site, Fetcher(settings()) as fetcher:
        site.text("/robots.txt", "", 503, **{"Retry-After": "0"})
        site.text("/news", PAGE)
        for _ in range(2):
            with pytest.raises(SourceError, match="cannot tell just now"):
                await fetcher.fetch(site.at("/news"))
    assert site.asked == ["/robots.txt"] * 3


async def test_a_site_that_does_not_answer_for_its_rules_is_not_read() -> None:
    async def silent(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with served() as site, Fetcher(settings(fetch_timeout_s=0.5)) as fetcher:
        site.pages["/robots.txt"] = silent
        site.text("/news", PAGE)
        for _ in range(2):
            with pytest.raises(SourceError, match="takes too long"):
                await fetcher.fetch(site.at("/news"))
    assert set(site.asked) == {"/robots.txt"}


async def test_a_server_that_is_asked_too_often_has_its_pause() -> None:
    """Not only from the page that said so: from all of its pages."""
    at: list[float] = []
    begun = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        at.append(time.monotonic())
        begun.set()
        if len(at) == 1:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.Response(text=PAGE, content_type="text/html")

    async with served() as site, Fetcher(settings(fetch_robots=False)) as fetcher:
        site.pages |= {"/one": answer, "/two": answer}
        first = asyncio.create_task(fetcher.fetch(site.at("/one")))
        await begun.wait()
        await asyncio.sleep(0.05)  # until its answer has come
        await fetcher.fetch(site.at("/two"))
        await first
    assert at[1] - at[0] > 0.9


@pytest.mark.parametrize("after", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
async def test_a_server_that_wants_a_long_pause_is_not_asked_again(after: str) -> None:
    async with served() as site, Fetcher(settings(fetch_robots=False)) as fetcher:
        site.text("/news", "", 503, **{"Retry-After": after})
        with pytest.raises(SourceError, match=r"left alone for \d+ seconds"):
            await fetcher.fetch(site.at("/news"))
    assert site.asked == ["/news"]


@pytest.mark.parametrize("after", ["Fri, 31 Dec 9999 23:59:59 -2300", "²", "soon"])
async def test_a_pause_that_nobody_can_read_is_none(after: str) -> None:
    async def busy(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": after})

    async with served() as site, Fetcher(settings(fetch_robots=False)) as fetcher:
        site.pages["/news"] = busy
        with pytest.raises(SourceError, match="asked too often"):
            await fetcher.fetch(site.at("/news"))


async def test_a_validator_that_cannot_be_sent_is_left_out() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html", headers={"ETag": '"vé"'})

    async with served() as site, Fetcher(settings(fetch_robots=False)) as fetcher:
        site.pages["/news"] = answer
        assert (await fetcher.fetch(site.at("/news"))).etag is None


async def test_waiting_for_ones_turn_is_not_held_against_the_server() -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(0.4)
        return web.Response(text=PAGE, content_type="text/html")

    short = settings(fetch_robots=False, fetch_timeout_s=1.5)
    async with served() as site, Fetcher(short) as fetcher:
        site.pages["/news"] = slow
        found = await asyncio.gather(*(fetcher.fetch(site.at("/news")) for _ in range(12)))
    assert len(found) == 12


def packed(data: bytes, wbits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("packing", "body"),
    [
        ("gzip", gzip.compress(PAGE.encode())),
        ("x-gzip", gzip.compress(PAGE.encode())),
        ("GZIP", gzip.compress(PAGE[:99].encode()) + gzip.compress(PAGE[99:].encode())),
        ("gzip", gzip.compress(PAGE.encode()) + b"\x00" * 8),
        ("deflate", packed(PAGE.encode(), 15)),
        ("deflate", packed(PAGE.encode(), -15)),
        ("identity", PAGE.encode()),
        ("", PAGE.encode()),
    ],
)
async def test_what_is_packed_is_unpacked(packing: str, body: bytes) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": packing} if packing else {})

    async with served() as site, Fetcher(settings()) as fetcher:
        site.pages["/news"] = answer
        assert (await fetcher.fetch(site.at("/news"))).data == PAGE.encode()


@pytest.mark.parametrize(
    ("packing", "body", "said"),
    [
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(1 << 28))), "not asked for"),
        ("br", b"\x0b\x02\x80hello\x03", "not asked for"),
        ("gzip", gzip.compress(PAGE.encode())[:80], "broke off"),
        ("gzip", b"<html>this is not packed at all", "damaged"),
        ("gzip", gzip.compress(bytes(1 << 28)), "larger than 1 MB"),
        ("deflate", packed(bytes(1 << 28), -15), "larger than 1 MB"),
    ],
)
async def test_bombs_and_damage_are_refused_without_unpacking_them(
    packing: str, body: bytes, said: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": packing})

    async with served() as site, Fetcher(settings()) as fetcher:
        site.pages["/news"] = answer
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(SourceError, match=said):
            await fetcher.fetch(site.at("/news"))
        grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 64 << 10


async def test_a_page_ends_where_no_page_does_whatever_files_may_have() -> None:
    async def long(_: web.Request) -> web.Response:
        return web.Response(body=b"<p>more</p>" * (1 << 20), content_type="text/html")

    async with served() as site, Fetcher(settings(max_file_mb=50)) as fetcher:
        site.pages["/news"] = long
        with pytest.raises(TooLargeError, match="larger than 8 MB"):
            await fetcher.fetch(site.at("/news"))


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "audio/mpeg", "font/woff2"])
async def test_what_is_no_text_is_not_downloaded(kind: str) -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for _ in range(64):
            await response.write(bytes(1 << 20))
            sent += 1
        return response

    async with served() as site, Fetcher(settings(max_file_mb=50)) as fetcher:
        site.pages["/film"] = answer
        with pytest.raises(SourceError, match=f"its server calls it {kind}"):
            await fetcher.fetch(site.at("/film"))
    assert sent < 60
