"""Feeds and articles' pages while the bot runs: polled, read again, announced, complained of.

All of it is background: pages are fetched on the event loop, parsed off it and embedded between
questions, batch by batch.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from itertools import groupby
from typing import Any

import discord

from bot import render
from bot.asking import collection
from bot.delivery import post
from bot.i18n import Texts
from bot.state import State
from retrieval.errors import NotFoundError, RetrievalError
from retrieval.feeds import Feeds
from retrieval.library import Library
from retrieval.refreshing import Refreshing
from retrieval.sources.web import Fetcher
from retrieval.store.entries import Announcement
from retrieval.types import Feed

log = logging.getLogger(__name__)

ROUND_SECONDS = 30.0
REFRESH_SECONDS = 300.0
"""Between two looks for pages that are due: none of them is urgent."""
REFRESHED_AT_ONCE = 20
POLLED_AT_ONCE = 4
TOLD_AFTER = 3
"""Polls in a row that fail before the moderators are told."""
ANNOUNCED_TOGETHER = 5
"""Articles in one message."""
ANNOUNCED_AT_ONCE = 100


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
        self._client, self._state, self._poll_too = client, state, poll
        self._feeds, self._refreshing = Feeds(library, fetcher), Refreshing(library, fetcher)
        self._store = library.store
        self._due = asyncio.Event()
        self._telling = asyncio.Lock()

    def wake(self) -> None:
        """A feed has just been added: do not wait for the next round."""
        self._due.set()

    async def run(self) -> None:
        """For as long as the bot runs."""
        await self._client.wait_until_ready()
        refreshed = -REFRESH_SECONDS
        while True:
            self._due.clear()
            try:
                if self._poll_too:
                    await self._poll()
                await self._tell()
                if self._poll_too and time.monotonic() - refreshed >= REFRESH_SECONDS:
                    refreshed = time.monotonic()
                    await self._refresh()
            except RetrievalError as error:  # a full disk, for one
                log.warning("polling stopped short: %s", error)
            except Exception:
                log.exception("polling failed; it is tried again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), ROUND_SECONDS)

    def _present(self) -> dict[str, discord.Guild]:
        """The servers that can be reached, by the names of their collections."""
        return {
            collection(guild.id): guild for guild in self._client.guilds if not guild.unavailable
        }

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
            await self._tell()

        due = await self._feeds.due(list(self._present()))
        for failed in await asyncio.gather(*map(poll, due), return_exceptions=True):
            if isinstance(failed, BaseException):
                raise failed

    async def _refresh(self) -> None:
        present = list(self._present())
        async for looked in self._refreshing.refresh_due(present, limit=REFRESHED_AT_ONCE):
            log.info("looked again at article=%d status=%s", looked.article_id, looked.status)

    # Telling --------------------------------------------------------------------------------

    async def _tell(self) -> None:
        """Announce what is new, and tell moderators of feeds that are broken."""
        async with self._telling:
            present = self._present()
            news = await self._store.announcements(ANNOUNCED_AT_ONCE)
            for (name, feed_id), group in groupby(
                news, lambda each: (each.collection, each.feed_id)
            ):
                if name in present:
                    feed = await self._store.feed(name, feed_id)
                    await self._announce(present[name], feed, list(group))
            for feed in await self._store.broken_feeds(TOLD_AFTER):
                if feed.collection in present:
                    await self._complain(present[feed.collection], feed)

    async def _announce(self, guild: discord.Guild, feed: Feed, news: list[Announcement]) -> None:
        texts = Texts.of(guild.preferred_locale)
        channel = _channel(guild, feed.announce)
        for at in range(0, len(news), ANNOUNCED_TOGETHER):
            part = news[at : at + ANNOUNCED_TOGETHER]
            records = []
            for each in part:
                with contextlib.suppress(NotFoundError):  # removed again
                    records.append(await self._store.article(each.collection, each.article_id))
            embeds = [render.announcement(record, feed.title, texts) for record in records]
            if embeds:
                # The nonce keeps a message from coming twice where the bot was stopped in between.
                await post(channel, key=f"news{part[0].article_id}", embeds=embeds)
            await self._store.announced(part)

    async def _complain(self, guild: discord.Guild, feed: Feed) -> None:
        chosen = (await self._state.guilds.settings(guild.id)).reports
        places = [chosen, guild.public_updates_channel, feed.report]
        channel = next((found for each in places if (found := _channel(guild, each))), None)
        if channel is None:
            log.warning("nobody could be told that feed=%d is broken", feed.id)
        embed = render.broken(feed, Texts.of(guild.preferred_locale))
        key = f"feed{feed.id}-{(feed.succeeded or feed.added)[5:19]}"
        await post(channel, key=key, embed=embed)
        await self._store.feed_told(feed.id)


def _channel(guild: discord.Guild, place: Any) -> Any:
    """The channel or thread of the server, where it is still there and lets the bot speak."""
    number = getattr(place, "id", place)
    if number is None or not str(number).isdigit():
        return None
    channel = guild.get_channel_or_thread(int(number))
    if channel is None:
        return None
    held = channel.permissions_for(guild.me)
    thread = isinstance(channel, discord.Thread)
    send = held.send_messages_in_threads if thread else held.send_messages
    return channel if held.view_channel and send and held.embed_links else None
