"""A feed's new entries become articles: the page each links to, or else the feed's own text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from retrieval.errors import EmptyError, Reason, SourceError
from retrieval.library import Library
from retrieval.pace import HOUR_S, after
from retrieval.refreshing import Refreshing, utc_now
from retrieval.sources.feeds import Entry, own_text
from retrieval.sources.sandbox import apart
from retrieval.sources.web import Fetcher, canonical
from retrieval.store.entries import Settled, WaitingEntry
from retrieval.types import Article, Feed, PageState

TRIES = 3
"""Polls that try an entry before it is given up."""
RETRY_S = HOUR_S
"""Until an entry is tried again, four times as long each time."""

OutcomeStatus = Literal["added", "updated", "known", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry."""

    link: str | None
    title: str
    status: OutcomeStatus
    article_id: int | None = None
    error: str | None = None
    final: bool = True
    """Whether a failed one is not tried again."""


class Entries:
    """Makes entries into articles of one library."""

    def __init__(
        self, library: Library, fetcher: Fetcher, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._library = library
        self._store = library.store
        self._fetcher = fetcher
        self._clock = clock
        self._refreshing = Refreshing(library, fetcher, clock=clock)
        self._adding = asyncio.Lock()

    async def settle(self, feed: Feed, waiting: WaitingEntry, entry: Entry | None) -> Outcome:
        """Make an entry into an article, with its text in the feed if it still stands there, and
        note what became of it."""
        try:
            outcome, news = await self._make(feed, waiting, entry)
        except SourceError as error:
            return await self._given_up(feed, waiting, str(error))
        done = Settled("done", waiting.tries + 1, outcome.article_id, announce=news)
        await self._store.settle_entry(feed.id, waiting.key, done)
        return outcome

    async def _make(
        self, feed: Feed, waiting: WaitingEntry, entry: Entry | None
    ) -> tuple[Outcome, bool]:
        """The entry's article, and whether it is news to be announced. Raises SourceError."""

        def told(status: Literal["added", "updated", "known"], article_id: int | None) -> Outcome:
            return Outcome(waiting.link, waiting.title, status, article_id)

        if waiting.article_id is not None:
            return told(await self._renewed(feed, waiting.article_id), waiting.article_id), False
        identity = canonical(waiting.link) if waiting.link else _own_identity(feed, waiting)
        known = await self._store.find_identity(feed.collection, identity)
        if known is None:
            article = await self._article(feed, waiting, entry)
            known = await self._store.find_identity(feed.collection, article.identity)
        if known is not None:
            # Stored by this poll's forerunner, which was cut short before it could say so?
            ours = known.added_by == _bringer(feed) and not (
                await self._store.entry_became(feed.id, known.id)
            )
            return told("added" if ours else "known", known.id), ours and bool(feed.announce)
        async with self._adding:  # one at a time: somebody may be adding by hand meanwhile
            receipt = await self._library.add(
                article, collection=feed.collection, ref=waiting.link or waiting.title
            )
        if receipt.error is not None:
            raise SourceError.of(receipt.error) from receipt.error
        added = receipt.status == "added"
        outcome = told("added" if added else "known", receipt.article_id)
        return outcome, added and bool(feed.announce)

    async def _renewed(self, feed: Feed, article_id: int) -> Literal["updated", "known"]:
        """What became of an article whose entry has changed."""
        for record in await self._store.records(feed.collection, [article_id]):
            refreshed = await self._refreshing.look(record)
            return "updated" if refreshed.status == "updated" else "known"
        return "known"  # it was removed, and stays so

    async def _article(self, feed: Feed, waiting: WaitingEntry, entry: Entry | None) -> Article:
        """The article at an entry's link, or else what the feed itself has of it."""
        try:
            if waiting.link is None:
                raise EmptyError("it has no link, and no text of its own", Reason.NO_TEXT)
            article = await self._fetcher.read(waiting.link)
        except SourceError:
            text = await apart(own_text, entry) if entry else ""
            if not text:
                raise
            article = Article(
                text=text,
                title=waiting.title,
                identity=canonical(waiting.link) if waiting.link else _own_identity(feed, waiting),
                url=waiting.link,
                source=feed.title,
                page=PageState(None, None) if waiting.link else None,
            )
        return replace(
            article,
            published=article.published or (entry.published if entry else None),
            author=article.author or (entry.author if entry else None),
            added_by=_bringer(feed),
        )

    async def _given_up(self, feed: Feed, waiting: WaitingEntry, error: str) -> Outcome:
        tries = waiting.tries + 1
        final = tries >= TRIES
        due = None if final else after(self._clock(), RETRY_S * 4**waiting.tries)
        settled = Settled("failed" if final else "waiting", tries, due=due, error=error)
        await self._store.settle_entry(feed.id, waiting.key, settled)
        return Outcome(waiting.link, waiting.title, "failed", error=error, final=final)


def _bringer(feed: Feed) -> str:
    """Who has added a feed's articles."""
    return f"feed:{feed.url}"


def _own_identity(feed: Feed, waiting: WaitingEntry) -> str:
    return f"{feed.url}#{waiting.key}"
