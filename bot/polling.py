"""Feeds and articles' pages while the bot runs: polled, read again, told of.

All of it is background: pages are fetched on the event loop, parsed off it and embedded between
questions, batch by batch.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

import discord

from bot.state import State
from bot.telling import Telling, surviving
from retrieval.feeds import Feeds
from retrieval.library import Library
from retrieval.refreshing import Refreshing
from retrieval.sources.web import Fetcher
from retrieval.types import Feed

log = logging.getLogger(__name__)

ROUND_SECONDS = 30.0
REFRESH_SECONDS = 300.0
"""Between two looks for pages that are due: none of them is urgent."""
REFRESHED_AT_ONCE = 20
POLLED_AT_ONCE = 4


class Polling:
    """Looks after the feeds and pages of the servers that the bot is in."""

    def __init__(
        self,
        client: discord.Client,
        library: Library,
        fetcher: Fetcher,
        state: State,
        *,
        poll: bool,
    ) -> None:
        """Without `poll` it only tells what somebody else has found."""
        self._client, self._poll_too = client, poll
        self._feeds, self._refreshing = Feeds(library, fetcher), Refreshing(library, fetcher)
        self._telling = Telling(client, library.store, state)
        self._due = asyncio.Event()

    def wake(self) -> None:
        """A feed has just been added: do not wait for the next round."""
        self._due.set()

    async def run(self) -> None:
        """For as long as the bot runs."""
        await self._client.wait_until_ready()
        refreshed = -REFRESH_SECONDS
        while True:
            self._due.clear()
            if self._poll_too:
                await surviving("polling", self._poll)
            await surviving("telling", self._telling.tell)
            if self._poll_too and time.monotonic() - refreshed >= REFRESH_SECONDS:
                refreshed = time.monotonic()
                await surviving("looking for changed pages", self._refresh)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), ROUND_SECONDS)

    async def _poll(self) -> None:
        free = asyncio.Semaphore(POLLED_AT_ONCE)

        async def poll(feed: Feed) -> None:
            async with free:
                polled = await self._feeds.poll(feed)
            log.info(
                "polled feed=%d status=%s entries=%d collection=%s",
                feed.id,
                polled.status,
                len(polled.outcomes),
                feed.collection,
            )
            await self._telling.tell()

        due = await self._feeds.due(list(self._telling.present()))
        await asyncio.gather(*(surviving(f"polling feed={feed.id}", poll, feed) for feed in due))

    async def _refresh(self) -> None:
        present = list(self._telling.present())
        async for looked in self._refreshing.refresh_due(present, limit=REFRESHED_AT_ONCE):
            log.info("looked again at article=%d status=%s", looked.article_id, looked.status)
