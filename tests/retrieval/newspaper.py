"""A newspaper on loopback: pages, and feeds of them in every form, that tests change as they go."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from aiohttp import web

from retrieval.config import RetrievalSettings

DAY = datetime(2024, 5, 1, 12, tzinfo=UTC)


def body(number: int, extra: str = "") -> str:
    """The text of story `number`: enough of it to be an article."""
    lines = [
        f"The mill number {number} on the river was sold in {1700 + number} to a family of "
        f"weavers. It ground {n * 7 + number} sacks of rye in month {n}."
        for n in range(1, 13)
    ]
    return "\n\n".join([*lines, *([extra] if extra else [])])


def page(number: int, extra: str = "", title: str = "") -> str:
    title = escape(title or f"Mill {number}")
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in body(number, extra).split("\n\n"))
    return (
        f"<html lang=en><head><title>{title}</title></head><body><article>"
        f"<h1>{title}</h1>{paragraphs}</article></body></html>"
    )


class Newspaper:
    """Stories by number, newest first in its feeds; what it was asked; and how it misbehaves."""

    def __init__(self) -> None:
        self.port = 0
        self.stories: list[int] = []
        self.extra: dict[int, str] = {}
        """What a story says more by now."""
        self.titles: dict[int, str] = {}
        """What its feeds call a story."""
        self.headlines: dict[int, str] = {}
        """What its page calls it."""
        self.redirects: dict[str, str] = {}
        self.passing: set[str] = set()
        """Those of them that are not for good."""
        self.status: dict[str, int] = {}
        """Answers other than 200, by path."""
        self.pages: dict[str, str] = {}
        """Other pages, or what stands in the place of one of these."""
        self.asked: list[str] = []
        self.reached = asyncio.Event()
        """Set by whatever is asked."""
        self.sent_304 = 0
        self.validators = True
        self.full_texts = False
        self.plain = False
        """Pages of plain text, for which no parser of pages need be started."""

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def publish(self, *numbers: int) -> None:
        self.stories += numbers

    def count(self, path: str) -> int:
        return self.asked.count(path)

    def title(self, number: int) -> str:
        return self.titles.get(number, f"Mill {number}")

    def page(self, number: int) -> str:
        return page(number, self.extra.get(number, ""), self.headlines.get(number, ""))

    def rss(self) -> str:
        items = "".join(
            f"<item><title>{escape(self.title(n))}</title><link>{self.at(f'/story/{n}')}</link>"
            f"<guid>story-{n}</guid><pubDate>{_moment(n):%a, %d %b %Y %H:%M:%S GMT}</pubDate>"
            f"<author>ada@example.org (Ada)</author>"
            + (f"<description>{escape(self._html(n))}</description>" if self.full_texts else "")
            + "</item>"
            for n in reversed(self.stories)
        )
        return (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>The Mill &amp; Co</title>'
            f"<link>{self.at('/')}</link>{items}</channel></rss>"
        )

    def atom(self) -> str:
        entries = "".join(
            f"<entry><id>tag:mill,{n}</id><title>Mill {n}</title><link href='/story/{n}'/>"
            f"<updated>{_moment(n):%Y-%m-%dT%H:%M:%SZ}</updated></entry>"
            for n in reversed(self.stories)
        )
        return (
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>Mills</title>"
            f"<link href='{self.at('/')}'/><updated>2024-05-01T12:00:00Z</updated>{entries}</feed>"
        )

    def json(self) -> str:
        items = [
            {"id": str(n), "url": f"/story/{n}", "title": f"Mill {n}", "content_text": body(n)}
            for n in reversed(self.stories)
        ]
        about = {"version": "https://jsonfeed.org/version/1.1", "title": "Mills in JSON"}
        return json.dumps({**about, "home_page_url": self.at("/"), "items": items})

    def _html(self, number: int) -> str:
        return "".join(f"<p>{escape(each)}</p>" for each in body(number).split("\n\n"))

    def _text(self, path: str) -> str | None:
        if path in self.pages:
            return self.pages[path]
        if path.startswith("/story/"):
            number = int(path.rsplit("/", 1)[1])
            if number not in self.stories:
                return None
            plain = f"Mill {number}\n\n{body(number, self.extra.get(number, ''))}"
            return plain if self.plain else self.page(number)
        feeds = {"/rss": self.rss, "/atom": self.atom, "/feed.json": self.json}
        return feeds[path]() if path in feeds else None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        self.reached.set()
        if request.path in self.redirects:
            status = 302 if request.path in self.passing else 301
            return web.Response(status=status, headers={"Location": self.redirects[request.path]})
        status, text = self.status.get(request.path, 200), self._text(request.path)
        if status != 200 or text is None:
            return web.Response(status=status if status != 200 else 404)
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        if self.validators and request.headers.get("If-None-Match") == etag:
            self.sent_304 += 1
            return web.Response(status=304)
        kind = "application/json" if text.startswith("{") else "text/html"
        kind = "application/xml" if "<rss" in text or "<feed" in text else kind
        headers = {"ETag": etag} if self.validators else {}
        return web.Response(text=text, content_type=kind, headers=headers)


def _moment(number: int) -> datetime:
    return DAY + timedelta(hours=number)


@asynccontextmanager
async def printed(*numbers: int) -> AsyncIterator[Newspaper]:
    """A newspaper that has published these stories."""
    paper = Newspaper()
    paper.publish(*numbers)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", paper.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    paper.port = runner.addresses[0][1]
    try:
        yield paper
    finally:
        await runner.cleanup()


def reading(folder: Path, **more: object) -> RetrievalSettings:
    """Settings of a library in `folder` that may read the newspaper."""
    given = {"database": folder / "library.db", "cache": folder / "cache", "threads": 1, **more}
    return RetrievalSettings(
        fetch_allow="127.0.0.0/8",
        fetch_robots=False,
        fetch_timeout_s=10,
        **given,  # type: ignore[arg-type]  # validated
    )


class Clock:
    """A clock that tests set forward."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)
