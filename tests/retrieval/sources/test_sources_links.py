"""Links named together are read together, and told in the order in which they were named."""

from __future__ import annotations

import asyncio
import threading
import time

from aiohttp import web

from retrieval.sources import read_all
from tests.retrieval.sources.test_sources_web import PAGE, served, settings


async def test_links_come_together_two_at_a_time_and_in_order() -> None:
    now, most = 0, 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.3 if request.path == "/0" else 0.02)
        now -= 1
        page = PAGE.replace("Ferries", f"Ferry {request.path[1:]}")
        return web.Response(text=page, content_type="text/html")

    async with served() as site:
        site.pages |= {f"/{number}": answer for number in range(20)}
        urls = [site.at(f"/{number}") for number in range(24)]
        found = await asyncio.to_thread(list, read_all(urls, settings()))
    assert [reading.ref for reading in found] == urls
    titles = [reading.article.title for reading in found if reading.article]
    assert titles == [f"Ferry {number}" for number in range(20)]
    assert all("no such page" in str(reading.error) for reading in found[20:])
    assert most == 2
    assert site.asked.count("/robots.txt") == 1


async def test_what_nobody_wants_any_more_is_let_go() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    def first_only(urls: list[str]) -> float:
        readings = read_all(urls, settings(fetch_timeout_s=20))
        assert next(readings).article
        started = time.monotonic()
        readings.close()  # type: ignore[attr-defined]  # it is a generator
        return time.monotonic() - started

    async with served() as site:
        site.text("/news", PAGE)
        site.pages["/hang"] = hang
        urls = [site.at("/news"), *[site.at("/hang")] * 5]
        assert await asyncio.to_thread(first_only, urls) < 5
    assert not [thread for thread in threading.enumerate() if thread.name == "links"]
