"""What the bot tells servers unasked: new articles of feeds, and feeds that need somebody."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import aiohttp
import discord

from bot import render
from bot.asking import collection
from bot.delivery import post, refused
from bot.i18n import Texts
from bot.state import State
from retrieval.errors import NotFoundError, RetrievalError
from retrieval.store import Store
from retrieval.store.entries import Announcement
from retrieval.types import Feed

log = logging.getLogger(__name__)

TOLD_AFTER = 3
"""Polls in a row that fail before the moderators are told."""
ANNOUNCED_TOGETHER = 5
"""Articles in one message."""
ANNOUNCED_AT_ONCE = 100


async def surviving(what: str, work: Callable[..., Awaitable[object]], *given: object) -> None:
    """Do it. What goes wrong is written down, and keeps nothing else from being done."""
    try:
        await work(*given)
    except (RetrievalError, discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("%s stopped short: %s", what, error)  # a full disk, for one
    except Exception:
        log.exception("%s failed; it is tried again", what)


class Telling:
    """Announces and complains, each feed by itself: what Discord refuses of one server's feed is
    no reason to tell the others nothing."""

    def __init__(self, client: discord.Client, store: Store, state: State) -> None:
        self._client, self._store, self._state = client, store, state
        self._lock = asyncio.Lock()
        self._nobody: set[int] = set()
        """Broken feeds of which nobody could be told, which is logged once."""

    def present(self) -> dict[str, discord.Guild]:
        """The servers that can be reached, by the names of their collections."""
        return {
            collection(guild.id): guild for guild in self._client.guilds if not guild.unavailable
        }

    async def tell(self) -> None:
        """Announce what is new, and tell moderators of feeds that are broken."""
        async with self._lock:
            present = self.present()
            news: dict[tuple[str, int], list[Announcement]] = {}
            for each in await self._store.announcements(ANNOUNCED_AT_ONCE, list(present)):
                news.setdefault((each.collection, each.feed_id), []).append(each)
            for (name, feed_id), group in news.items():
                what = f"announcing what is new in feed={feed_id}"
                await surviving(what, self._announce, present[name], feed_id, group)
            broken = await self._store.broken_feeds(TOLD_AFTER)
            self._nobody &= {feed.id for feed in broken}
            for feed in broken:
                if feed.collection in present:
                    what = f"telling that feed={feed.id} is broken"
                    await surviving(what, self._complain, present[feed.collection], feed)

    async def _announce(
        self, guild: discord.Guild, feed_id: int, news: Sequence[Announcement]
    ) -> None:
        feed = await self._store.feed(collection(guild.id), feed_id)
        texts = Texts.of(guild.preferred_locale)
        for at in range(0, len(news), ANNOUNCED_TOGETHER):
            part = news[at : at + ANNOUNCED_TOGETHER]
            records = []
            for each in part:
                with contextlib.suppress(NotFoundError):  # removed again
                    records.append(await self._store.article(each.collection, each.article_id))
            embeds = [render.announcement(record, feed.title, texts) for record in records]
            if embeds:
                await self._show(guild, feed, f"news{part[0].article_id}", embeds)
            await self._store.announced(part)

    async def _show(
        self, guild: discord.Guild, feed: Feed, key: str, embeds: list[discord.Embed]
    ) -> None:
        """Post it; where there is no place to post it, see to it that somebody knows. What Discord
        refuses is logged. Raises where it may be posted later. By the key no message comes twice
        where the bot was stopped in between."""
        note = f"silent:{feed.id}"
        place = f"{feed.announce} {feed.added}"  # a feed's number may be another's later
        told = await self._state.note(note) == place
        try:
            shown = await _posted(_channel(guild, feed.announce), key, embeds)
        except discord.HTTPException as error:
            if not refused(error):
                raise
            log.warning("Discord refuses to announce feed=%d: %s", feed.id, error)
            return
        if shown is not None:
            if told:
                await self._state.set_note(note, None)
        elif not told:
            unheard = render.unannounced(feed, Texts.of(guild.preferred_locale))
            if await self._to_moderators(guild, feed, f"silent{feed.id}-{key}", unheard):
                await self._state.set_note(note, place)
            else:
                log.warning("nobody could be told that feed=%d cannot be announced", feed.id)

    async def _complain(self, guild: discord.Guild, feed: Feed) -> None:
        embed = render.broken(feed, Texts.of(guild.preferred_locale))
        key = f"feed{feed.id}-{(feed.succeeded or feed.added)[5:19]}"
        if await self._to_moderators(guild, feed, key, embed):
            await self._store.feed_told(feed.id)
        elif feed.id not in self._nobody:
            self._nobody.add(feed.id)
            log.warning("nobody could be told that feed=%d is broken", feed.id)

    async def _to_moderators(
        self, guild: discord.Guild, feed: Feed, key: str, embed: discord.Embed
    ) -> bool:
        """Whether they are told, or never will be as Discord refuses it. Raises where it may work
        later."""
        chosen = (await self._state.guilds.settings(guild.id)).reports
        in_vain = False
        for channel in _channels(guild, chosen, guild.public_updates_channel, feed.report):
            try:
                if await post(channel, key=key, embed=embed) is not None:
                    return True
            except discord.HTTPException as error:
                if not refused(error):
                    raise
                log.warning("Discord refuses a message about feed=%d: %s", feed.id, error)
                in_vain = True
        return in_vain


async def _posted(channel: Any, key: str, embeds: list[discord.Embed]) -> discord.Message | None:
    """Post embeds; where they are refused, once more without their pictures."""
    try:
        return await post(channel, key=key, embeds=embeds)
    except discord.HTTPException as error:
        if not refused(error):
            raise
    return await post(channel, key=key, embeds=[render.bare(each, link=True) for each in embeds])


def _channels(guild: discord.Guild, *places: Any) -> Iterator[Any]:
    """Those of the places in which the bot may speak, the first first and each once."""
    found = (_channel(guild, place) for place in places)
    yield from {channel.id: channel for channel in found if channel is not None}.values()


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
