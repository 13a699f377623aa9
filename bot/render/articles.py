"""Articles as people see them when they add, list and look at them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot import escape
from bot.i18n import Texts
from bot.render.embeds import BLUE, GREEN, MAX_LINE, day, headline, usable, usable_or_none
from retrieval.types import ArticleRecord


def receipt(record: ArticleRecord, preview: str, heading: str, texts: Texts) -> discord.Embed:
    """What became of an article that was added."""
    embed = discord.Embed(
        title=headline(record.title),
        url=usable_or_none(record.url),
        description=escape.excerpt(preview, None, 300) or None,
        colour=GREEN,
    )
    embed.set_author(name=heading)
    _illustrate(embed, record)
    when = day(record.published) if record.published else None
    embed.add_field(name=texts("add.date"), value=when or texts("add.undated"))
    embed.add_field(name=texts("add.passages"), value=str(record.passages))
    return embed


def _illustrate(embed: discord.Embed, record: ArticleRecord) -> None:
    """The article's picture beside it; Discord fetches it, and shows nothing where it is gone."""
    if record.image and record.image.startswith("https://") and usable(record.image):
        embed.set_thumbnail(url=record.image)


def facts(record: ArticleRecord, texts: Texts) -> discord.Embed:
    """An article's facts."""
    embed = receipt(record, "", texts("articles.title"), texts)
    known = {
        "articles.fact.publisher": escape.plain(record.source or "", MAX_LINE),
        "articles.fact.author": escape.plain(record.author or "", MAX_LINE),
        "articles.fact.added": day(record.added),
        "articles.fact.by": _person(record.added_by or ""),
        "articles.fact.length": texts("articles.fact.characters", count=f"{record.length:,}"),
        "articles.fact.updated": day(record.stored) if record.version > 1 else None,
        "articles.fact.gone": day(record.gone) if record.gone else None,
    }
    for key, value in known.items():
        if value:
            embed.add_field(name=texts(key), value=value)
    return embed


def _person(name: str) -> str:
    return f"<@{name}>" if name.isascii() and name.isdigit() else escape.plain(name, MAX_LINE)


def listing(
    records: Sequence[ArticleRecord], texts: Texts, *, first: int, total: int
) -> discord.Embed:
    """One page of the articles of a server."""
    lines = []
    for record in records:
        parts = [escape.plain(record.source, 40)] if record.source else []
        if record.published and (when := day(record.published)):
            parts.append(when)
        if record.gone:
            parts.append(texts("articles.gone.page"))
        line = f"**{escape.plain(record.title, MAX_LINE)}**"
        lines.append(line + (f"\n-# {' · '.join(parts)}" if parts else ""))
    embed = discord.Embed(title=texts("articles.title"), description="\n".join(lines), colour=BLUE)
    last = first + len(records) - 1
    return embed.set_footer(text=texts("articles.count", first=first, last=last, total=total))


def announcement(record: ArticleRecord, feed: str, texts: Texts) -> discord.Embed:
    """A new article: title, source, link."""
    parts = [escape.plain(record.source or feed, MAX_LINE)]
    if record.published and (when := day(record.published)):
        parts.append(when)
    embed = discord.Embed(
        title=headline(record.title),
        url=usable_or_none(record.url),
        description=f"-# {' · '.join(parts)}",
        colour=BLUE,
    )
    _illustrate(embed, record)
    return embed.set_author(name=texts("feeds.news", feed=escape.raw_line(feed, 100)))
