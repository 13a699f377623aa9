"""An article on its way into a server's library, with progress while it goes."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot import render, views
from bot.asking import collection
from bot.delivery import Outlet
from bot.failures import Refusal, sentence
from bot.i18n import Texts
from bot.queue import FairQueue
from retrieval.corrections import put_right
from retrieval.library import Library
from retrieval.sources import read_bytes
from retrieval.sources.sandbox import apart
from retrieval.sources.web import Fetcher
from retrieval.titles import shortened
from retrieval.types import Article, ArticleRecord, Receipt

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 2.5
"""Between two edits of a progress message: Discord allows about one a second."""
PREVIEW = 600
MOST_AT_ONCE = 5
"""Articles that one message may bring."""


@dataclass(frozen=True, slots=True)
class Source:
    """Something to be added, and how to read it."""

    name: str
    """As people wrote it: to be escaped where it is shown."""
    read: Callable[[], Awaitable[Article]]


@dataclass(frozen=True, slots=True)
class Order:
    """Who adds what, where."""

    guild_id: int
    user_id: int
    sources: Sequence[Source]
    texts: Texts
    origin: str | None = None
    """A link to the message that brought it."""
    title: str | None = None


class Adder:
    """Reads articles and puts them into libraries, fairly between servers."""

    def __init__(self, library: Library) -> None:
        self._library, self._queue = library, FairQueue()
        self._running: set[asyncio.Task[tuple[Receipt, ArticleRecord]]] = set()

    def stop(self) -> None:
        """Add nothing more; who waits is told."""
        for task in self._running:
            task.cancel()

    async def add(self, order: Order, outlet: Outlet) -> None:
        """Add everything in order and show what became of it."""
        embeds: list[discord.Embed] = []
        new: list[int] = []
        async with Progress(outlet, embeds) as progress:
            for source in order.sources[:MOST_AT_ONCE]:
                try:
                    receipt, record = await self._cancellable(order, source, progress)
                    embeds.append(await self._shown(receipt, record, order.texts))
                    if receipt.status == "added":
                        new.append(record.id)
                except Exception as error:
                    text = sentence(error, order.texts) or order.texts("error.unexpected")
                    failed = render.failure(text)
                    embeds.append(failed.set_author(name=order.texts("add.failed")))
        left = len(order.sources) - MOST_AT_ONCE
        if left > 0:
            embeds.append(render.notice(order.texts("add.most", most=MOST_AT_ONCE, left=left)))
        view = views.receipt(new, order.texts) if new else None
        await outlet.show(embeds=embeds, view=view)

    async def _cancellable(
        self, order: Order, source: Source, progress: Progress
    ) -> tuple[Receipt, ArticleRecord]:
        """Add one; raises Refusal when the bot stops meanwhile."""
        task = asyncio.create_task(self._logged(order, source, progress))
        self._running.add(task)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():  # whoever waits for it was cancelled instead
                task.cancel()
                raise
            raise Refusal("add.stopped", name=render.headline(source.name)) from None
        finally:
            self._running.discard(task)

    async def _logged(
        self, order: Order, source: Source, progress: Progress
    ) -> tuple[Receipt, ArticleRecord]:
        started, status, passages = time.perf_counter(), "failed", 0
        try:
            receipt, record = await self._add_one(order, source, progress)
            status, passages = receipt.status, receipt.passages
            return receipt, record
        except BaseException as error:
            status = f"failed error={type(error).__name__}"
            raise
        finally:
            took = (time.perf_counter() - started) * 1000
            line = "add status=%s passages=%d server=%d ms=%.0f"
            log.info(line, status, passages, order.guild_id, took)

    async def _add_one(
        self, order: Order, source: Source, progress: Progress
    ) -> tuple[Receipt, ArticleRecord]:
        texts = order.texts
        progress.say(texts("add.reading", what=render.headline(source.name)))
        article = await source.read()
        title = shortened(order.title or "")
        article = dataclasses.replace(
            article,
            title=title or article.title,
            origin=article.origin or order.origin,
            added_by=str(order.user_id),
        )
        if self._queue.busy:
            progress.say(texts("add.waiting", count=len(self._queue) + 1))
        async with self._queue.turn(order.guild_id):

            def on_progress(done: int, total: int) -> None:
                headline = render.headline(article.title)
                progress.say(texts("add.progress", title=headline, done=done, total=total))

            receipt = await self._library.add(
                article,
                collection=collection(order.guild_id),
                ref=source.name,
                on_progress=on_progress,
            )
            given = {"title": title} if title else {}
            receipt = await put_right(self._library, collection(order.guild_id), receipt, given)
        if receipt.error is not None:
            raise receipt.error
        record = await self._library.article(collection(order.guild_id), receipt.article_id or 0)
        return receipt, record

    async def _shown(self, receipt: Receipt, record: ArticleRecord, texts: Texts) -> discord.Embed:
        text = await self._library.text(record.id)
        heading = texts(f"add.{receipt.status}")
        return render.receipt(record, text[:PREVIEW], heading, texts)


class Progress:
    """Shows the latest news every few seconds, whatever the pace at which they come."""

    def __init__(self, outlet: Outlet, done: list[discord.Embed]) -> None:
        self._outlet, self._done = outlet, done
        self._news, self._shown = "", ""

    def say(self, news: str) -> None:
        """Show this soon, unless something newer comes."""
        self._news = news

    async def __aenter__(self) -> Progress:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            if self._news != self._shown:
                self._shown = self._news
                try:
                    await self._outlet.show(embeds=[*self._done, render.notice(self._shown)])
                except discord.HTTPException as error:
                    log.info("progress could not be shown (%s)", error.code)


def from_attachment(attachment: discord.Attachment, *, limit_mb: int) -> Source:
    """An uploaded file. Its bytes are read at once: its link is signed and expires."""

    async def read() -> Article:
        if attachment.size > limit_mb << 20:
            size = f"{attachment.size / (1 << 20):.0f}"
            raise Refusal("add.size", name=name, size=size, limit=limit_mb)
        try:
            data = await attachment.read()
        except discord.HTTPException as error:
            log.info("an attachment could not be read (%s)", error.status)
            raise Refusal("add.download", name=name) from error
        # Parsing a document is no work for the event loop, nor for the thread that answers.
        return await apart(read_bytes, data, attachment.filename)

    name = render.headline(attachment.filename)
    return Source(attachment.filename, read)


def from_text(text: str, title: str | None, link: str | None, texts: Texts) -> Source:
    """Pasted text."""

    async def read() -> Article:
        name = f"{title or texts('add.pasted')}.txt"
        article = await apart(read_bytes, text.encode(), name)
        if link:
            article = dataclasses.replace(article, url=link, identity=link)
        return article

    return Source(texts("add.pasted"), read)


def from_link(url: str, fetcher: Fetcher) -> Source:
    """A page on the web."""

    async def read() -> Article:
        return await fetcher.article(url)

    return Source(url, read)
