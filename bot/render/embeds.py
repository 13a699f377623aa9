"""What all embeds of the bot are made of: titles, days, addresses, sentences. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from urllib.parse import urlsplit

import discord

from bot import escape

MAX_URL = 2048
MAX_LINE = 160
MAX_FAILURE = 2000
MAX_HEADLINE = 160
"""Characters of a title, escaped: four lines of a phone. Discord would take 256."""

GREEN, GREY, BLUE, RED = 0x3BA55D, 0x80848E, 0x5865F2, 0xED4245


def headline(title: str, prefix: str = "") -> str:
    """A title as an embed shows it: bold, so its asterisks have to be escaped too."""
    return prefix + (escape.plain(title, MAX_HEADLINE) or escape.ELLIPSIS)


def usable(url: str) -> bool:
    """Whether Discord takes it as the address of an embed."""
    if escape.width(url) > MAX_URL or any(c.isspace() or c < " " for c in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def usable_or_none(url: str | None) -> str | None:
    """The address where it is one that an embed may have."""
    return url if url and usable(url) else None


def day(value: str) -> str | None:
    """An ISO date as a Discord timestamp, which every reader sees in their own way of writing.

    A day without a time is shown as its noon in UTC, which is the same day nearly everywhere.
    """
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    if len(value) <= len("2024-05-01"):
        moment = moment.replace(hour=12)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return f"<t:{int(moment.timestamp())}:D>"


def moment(stamped: str) -> str:
    """A stored moment as how long ago, or in how long, it is."""
    return f"<t:{int(dt.datetime.fromisoformat(stamped).timestamp())}:R>"


def notice(text: str, *, colour: int = BLUE, title: str | None = None) -> discord.Embed:
    """A sentence of the bot's own."""
    return discord.Embed(title=title, description=text, colour=colour)


def failure(text: str) -> discord.Embed:
    """A sentence about what did not work. What it quotes is escaped already."""
    return discord.Embed(description=escape.cut(text, MAX_FAILURE), colour=RED)


def bare(embed: discord.Embed, *, link: bool = False) -> discord.Embed:
    """The same without its pictures, and without its link unless that is to stay: addresses are
    what Discord may refuse for reasons that it alone knows."""
    plain = embed.copy().set_thumbnail(url=None).set_image(url=None)
    if not link:
        plain.url = None
    return plain


def size(embeds: Iterable[discord.Embed]) -> int:
    """Characters that count towards a message's limit for all its embeds."""
    total = 0
    for embed in embeds:
        shown = [embed.title, embed.description, embed.footer.text, embed.author.name]
        for field in embed.fields:
            shown += [field.name, field.value]
        total += sum(escape.width(text) for text in shown if text)
    return total
