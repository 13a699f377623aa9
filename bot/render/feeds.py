"""Feeds as moderators see them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import discord

from bot import escape
from bot.i18n import Texts
from bot.render.embeds import BLUE, MAX_LINE, RED, moment
from retrieval.errors import RetrievalError
from retrieval.types import Feed

FEEDS_PAGE = 6
"""Feeds that one embed has room for, whatever their names, addresses and troubles."""


def feed_listing(found: Sequence[Feed], texts: Texts, *, page: int = 0) -> discord.Embed:
    """One page of a server's feeds: last success, next poll, articles, errors."""
    first = page * FEEDS_PAGE
    shown, lines = found[first : first + FEEDS_PAGE], []
    for feed in shown:
        parts = [escape.plain(feed.url, MAX_LINE), texts("feeds.items", count=feed.items)]
        if feed.succeeded:
            parts.append(texts("feeds.succeeded", when=moment(feed.succeeded)))
        parts.append(texts("feeds.next", when=moment(feed.due)))
        if feed.failed:
            parts.append(texts("feeds.unread", count=feed.failed))
        if feed.error:
            parts.append(texts("feeds.error", reason=_trouble(feed, texts)))
        if feed.announce:
            parts.append(_channel(feed.announce))
        lines.append(f"**{feed.id} · {escape.plain(feed.title, 80)}**\n-# {' · '.join(parts)}")
    embed = discord.Embed(title=texts("feeds.title"), description="\n".join(lines), colour=BLUE)
    footer = texts("feeds.count", count=len(found))
    if len(found) > FEEDS_PAGE:
        last = first + len(shown)
        footer = texts("articles.count", first=first + 1, last=last, total=len(found))
    return embed.set_footer(text=footer)


def broken(feed: Feed, texts: Texts) -> discord.Embed:
    """That a feed cannot be read any more."""
    text = texts(
        "feeds.broken",
        title=escape.plain(feed.title, 100),
        link=escape.plain(_address(feed.url), 400),
        count=feed.failures,
        reason=_trouble(feed, texts),
    )
    return discord.Embed(description=text, colour=RED)


def unannounced(feed: Feed, texts: Texts) -> discord.Embed:
    """That new articles of a feed are announced no more, as nothing can be shown there."""
    text = texts(
        "feeds.unannounced",
        title=escape.plain(feed.title, 100),
        channel=_channel(feed.announce or ""),
    )
    return discord.Embed(description=text, colour=RED)


def _address(url: str) -> str:
    """Host and path: names, passwords and keys in an address are not for everybody who reads."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def _channel(place: str) -> str:
    """A channel by its number, or what else whoever runs the bot has called it."""
    known = place.isascii() and place.isdigit()
    return f"<#{place}>" if known else escape.plain(place, 40)


def _trouble(feed: Feed, texts: Texts) -> str:
    """Why it cannot be read; it may quote an address."""
    error = RetrievalError(feed.error or "", feed.reason, **feed.facts)
    return escape.plain(texts.reason(error), MAX_LINE)
