"""A web site on loopback whose pages are good, slow, failing or hostile, in known shares."""

from __future__ import annotations

import asyncio
import gzip
import html
import random
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from retrieval.bench.writer import Writer

SLOW, FAILING, HOSTILE = 0.05, 0.05, 0.02
"""Shares of the pages."""
SLOW_S = 2.0
_FAILING = ("500", "503", "404", "403", "broken off")
_HOSTILE = ("endless", "bomb", "loop", "picture", "drip")
_PASSAGES = 2
_BOMB = gzip.compress(bytes(1 << 28))
_CHROME = "".join(f"<li><a href=/section/{n}>Section {n}</a></li>" for n in range(12))


class Site:
    """So many pages, each of a kind; the same for a seed."""

    def __init__(self, pages: int, *, seed: int = 0) -> None:
        writer = Writer(seed)
        self.kinds: dict[str, str] = {}
        """Of each path: good, slow, or how it fails."""
        self.asked: Counter[str] = Counter()
        self.port = 0
        self._pages: dict[str, bytes] = {}
        kinds = _kinds(pages)
        random.Random(seed).shuffle(kinds)
        for number, kind in enumerate(kinds):
            made = writer.article(_PASSAGES)
            self.kinds[f"/story/{number}"] = kind
            self._pages[f"/story/{number}"] = _page(made.title, made.text.split("\n\n"))

    def url(self, path: str) -> str:
        """A page's address."""
        return f"http://127.0.0.1:{self.port}{path}"

    @contextmanager
    def served(self) -> Iterator[None]:
        """Answers while the block runs, on a thread of its own."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self._heard, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(_end(server), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split(b" ", 2)[1].decode().partition("?")[0]
            self.asked[path] += 1
            await self._answer(path, writer)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        kind = self.kinds.get(path, "404")
        hostile: dict[str, Callable[[], Awaitable[None]]] = {
            "endless": lambda: _endless(writer, b"<p>And there is more to come.</p>" * 999, 0.0),
            "drip": lambda: _endless(writer, b"<p>", 0.5),
        }
        if kind == "slow":
            await asyncio.sleep(SLOW_S)
        if kind in hostile:
            await hostile[kind]()
        elif kind.isdigit():
            writer.write(_head(kind, "text/html", 0, "Retry-After: 1\r\n" * (kind == "503")))
        elif kind == "loop":
            writer.write(_head("302", "text/html", 0, f"Location: {path}?again\r\n"))
        elif kind == "bomb":
            writer.write(_head("200", "text/html", len(_BOMB), "Content-Encoding: gzip\r\n"))
            writer.write(_BOMB)
        elif kind == "picture":
            body = b"\x89PNG\r\n\x1a\n" + bytes(1 << 16)
            writer.write(_head("200", "text/html", len(body)) + body)
        else:
            body = self._pages[path]
            size = len(body) * (2 if kind == "broken off" else 1)
            writer.write(_head("200", "text/html; charset=utf-8", size) + body)


def _kinds(pages: int) -> list[str]:
    slow, failing, hostile = (max(1, round(pages * part)) for part in (SLOW, FAILING, HOSTILE))
    bad = [_FAILING[n % len(_FAILING)] for n in range(failing)]
    bad += [_HOSTILE[n % len(_HOSTILE)] for n in range(hostile)]
    return ["good"] * (pages - slow - len(bad)) + ["slow"] * slow + bad


def _page(title: str, paragraphs: list[str]) -> bytes:
    body = "".join(f"<p>{html.escape(each)}</p>" for each in paragraphs)
    return (
        f"<!doctype html><html lang=en><head><title>{html.escape(title)}</title></head><body>"
        f"<nav><ul>{_CHROME}</ul></nav><main><article><h1>{html.escape(title)}</h1>{body}"
        f"</article></main><footer><p>All rights reserved.</p></footer></body></html>"
    ).encode()


def _head(status: str, kind: str, size: int, more: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n{more}"
        "Connection: close\r\n\r\n"
    ).encode()


async def _endless(writer: asyncio.StreamWriter, part: bytes, wait_s: float) -> None:
    writer.write(b"HTTP/1.1 200 -\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(wait_s)


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
