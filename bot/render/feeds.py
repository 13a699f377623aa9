"""Feeds as moderators see them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot import escape
from bot.i18n import Texts
from bot.render.embeds import BLUE, MAX_LINE, RED, moment
from retrieval.errors import RetrievalError
from retrieval.types import Feed

MOST_FEEDS = 8
"""Feeds that one embed has room for."""


def feed_listing(found: Sequence[Feed], texts: Texts) -> discord.Embed:
    """A server's feeds: last success, next poll, articles, errors."""
    lines = []
    for feed in found[:MOST_FEEDS]:
        parts = [escape.plain(feed.url, MAX_LINE), texts("feeds.items", count=feed.items)]
        if feed.succeeded:
            parts.append(texts("feeds.succeeded", when=moment(feed.succeeded)))
        parts.append(texts("feeds.next", when=moment(feed.due)))
        if feed.failed:
            parts.append(texts("feeds.unread", count=feed.failed))
        if feed.error:
            parts.append(texts("feeds.error", reason=_trouble(feed, texts)))
        if feed.announce:
            parts.append(f"<#{feed.announce}>")
        lines.append(f"**{feed.id} · {escape.plain(feed.title, 80)}**\n-# {' · '.join(parts)}")
    embed = discord.Embed(title=texts("feeds.title"), description="\n".join(lines), colour=BLUE)
    return embed.set_footer(text=texts("feeds.count", count=len(found)))


def broken(feed: Feed, texts: Texts) -> discord.Embed:
    """That a feed cannot be read any more."""
    text = texts(
        "feeds.broken",
        title=escape.plain(feed.title, 100),
        link=escape.plain(feed.url, 400),
        count=feed.failures,
        reason=_trouble(feed, texts),
    )
    return discord.Embed(description=text, colour=RED)


def _trouble(feed: Feed, texts: Texts) -> str:
    """Why it cannot be read; it may quote an address."""
    error = RetrievalError(feed.error or "", feed.reason, **feed.facts)
    return escape.plain(texts.reason(error), MAX_LINE)
