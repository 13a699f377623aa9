"""Answers as people see them: values of the engine to Discord embeds. Pure.

Why embeds and not Components V2: all embeds of a message may hold 6,000 characters where V2 has
4,000, and three passages need them; nothing quoted inside an embed can ping or unfurl, whatever
Discord's markdown learns next, while V2 text is message text; an embed's title takes its address in
a field of its own, so no title of an article can break out of the link; and people find answers
again with Discord's search. What V2 does better, buttons between texts, answers do not need: the
few buttons belong to the whole answer. Quoted words are therefore only ever put into embeds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import discord

from bot import escape
from bot.i18n import Texts
from retrieval.errors import RetrievalError
from retrieval.paragraphs import paragraph_spans
from retrieval.types import (
    Answer,
    ArticleRecord,
    ArticleVersion,
    Citation,
    CitedPassage,
    Feed,
    Quote,
)

MAX_URL = 2048
MAX_TOTAL = 6000
FIRST_PASSAGE = 1400
"""Characters of the first passage: about two screens of a phone."""
OTHER_PASSAGES = 600
LEAST_PASSAGE = 40
"""Characters for which it is worth showing one: some words around an answer."""
CONTEXT = 3800
MAX_LINE = 160
MAX_HEADLINE = 160
"""Characters of a title, escaped: four lines of a phone. Discord would take 256."""
QUESTION_SHOWN = 300
MOST_FEEDS = 8
"""Feeds that one embed has room for."""

GREEN, GREY, BLUE, RED = 0x3BA55D, 0x80848E, 0x5865F2, 0xED4245


def answer(found: Answer, texts: Texts, *, limit: int = 10) -> list[discord.Embed]:
    """The passages of an answer, best first. The words that answer are in bold in the first, be
    they its sentence or a part of it, and nothing else is."""
    return passages(found.passages[:limit], texts, words=found.answer)


def passages(
    cited: Sequence[CitedPassage], texts: Texts, *, words: Quote | None = None
) -> list[discord.Embed]:
    """Embeds of passages, numbered by their rank, with `words` in bold; where there are none, the
    best sentence of each."""
    shown: list[discord.Embed] = []
    left, links = MAX_TOTAL, set[str]()
    for passage in cited:
        embed = _head(passage, texts, links)
        line = f"\n-# {about(passage.citation, texts)}{_elsewhere(passage, texts)}"
        room = FIRST_PASSAGE if passage.rank == 1 else OTHER_PASSAGES
        room = min(room, left - size([embed]) - escape.width(line))
        if room < LEAST_PASSAGE:
            break
        embed.description = _body(passage, room, words) + line
        left -= size([embed])
        shown.append(embed)
    return shown


def _head(cited: CitedPassage, texts: Texts, links: set[str]) -> discord.Embed:
    """A passage's title, with the address it leads to unless that is among `links` already."""
    url = target(cited.citation)
    if url in links:
        url = None  # Discord merges embeds of one message that share an address
    elif url is not None:
        links.add(url)
    return discord.Embed(
        title=headline(cited.citation.title, f"{cited.rank} · "),
        url=url,
        colour=GREEN if cited.rank == 1 else GREY,
    )


def _body(cited: CitedPassage, room: int, words: Quote | None) -> str:
    """As much of a passage as there is room for, around its best sentence."""
    passage = cited.passage

    def inside(quote: Quote) -> tuple[int, int]:
        start, end = max(quote.start, passage.start), min(quote.end, passage.end)
        return start - passage.start, end - passage.start

    sentence = inside(cited.sentence)
    mark: tuple[int, int] | None = sentence
    if words is not None:
        same = words.article_id == passage.article_id
        mark = inside(words) if same and cited.rank == 1 else None
    return escape.excerpt(passage.text, mark, room, around=sentence) or escape.ELLIPSIS


def _elsewhere(cited: CitedPassage, texts: Texts) -> str:
    """In how many other outlets the same story is."""
    count = len(cited.also_in)
    if not count:
        return ""
    several, one = "answer.also", "answer.also.one"
    return f" · {texts(one if count == 1 else several, count=count)}"


def headline(title: str, prefix: str = "") -> str:
    """A title as an embed shows it: bold, so its asterisks have to be escaped too."""
    return prefix + (escape.plain(title, MAX_HEADLINE) or escape.ELLIPSIS)


def target(citation: Citation) -> str | None:
    """Where the title leads: the sentence, else the page, else the message that brought it."""
    for url in (citation.link, citation.url, citation.origin):
        if url and usable(url):
            return url
    return None


def usable(url: str) -> bool:
    """Whether Discord takes it as the address of an embed."""
    if escape.width(url) > MAX_URL or any(c.isspace() or c < " " for c in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def about(citation: Citation, texts: Texts) -> str:
    """One line: publisher, date, place in the article, and when it was stored if that matters."""
    parts = [escape.plain(citation.source, MAX_LINE)] if citation.source else []
    if citation.published and (when := day(citation.published)):
        parts.append(when)
    if citation.page is not None:
        parts.append(texts("answer.page", number=citation.page))
    parts.append(texts("answer.paragraph", number=citation.paragraph))
    stored = day(citation.added)
    if stored and citation.gone:
        parts.append(texts("answer.gone", date=stored))
    elif stored and citation.link is None:
        parts.append(texts("answer.stored", date=stored))
    return " · ".join(part for part in parts if part)


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


def miss(found: Answer, texts: Texts, *, narrowed: bool = False) -> list[discord.Embed]:
    """That nothing answers: what was looked for, and the headline that comes nearest. `narrowed`
    where not all articles were asked."""
    asked = escape.plain(found.question, QUESTION_SHOWN)
    lines = [texts("miss.asked", question=asked)]
    none = "miss.narrowed" if narrowed else "miss.empty"
    lines.append(texts("miss.nearest" if found.passages else none))
    first = discord.Embed(title=texts("miss.title"), description="\n".join(lines), colour=GREY)
    if not found.passages:
        return [first]
    citation = found.passages[0].citation
    nearest = discord.Embed(
        title=headline(citation.title),
        url=target(citation),
        description=f"-# {about(citation, texts)}",
        colour=GREY,
    )
    return [first, nearest]


def context(
    text: str,
    quote: Quote,
    title: str,
    texts: Texts,
    *,
    url: str | None,
    notes: Sequence[str] = (),
) -> discord.Embed:
    """The sentence in its surroundings: one paragraph either side of its own; `notes` beneath."""
    start, end = surroundings(text, quote.start, quote.end)
    mark = (quote.start - start, quote.end - start)
    return discord.Embed(
        title=headline(title),
        url=url if url and usable(url) else None,
        description="\n".join(
            [
                escape.excerpt(text[start:end], mark, CONTEXT) or escape.ELLIPSIS,
                *(f"-# {note}" for note in notes),
            ]
        ),
        colour=BLUE,
    ).set_author(name=texts("context.title"))


def notes(record: ArticleRecord, was: ArticleVersion | None, texts: Texts) -> list[str]:
    """What is to be known of a quote from an article: whether it is as it `was` before, and
    whether its page can still be found."""
    told = []
    if was is not None and (when := day(was.replaced)):
        told.append(texts("context.updated", date=when))
    if record.gone and (when := day(record.stored)):
        told.append(texts("answer.gone", date=when))
    return told


def surroundings(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the paragraphs that hold `start` to `end`, and of one either side."""
    spans = paragraph_spans(text)
    inside = [n for n, span in enumerate(spans) if span.start < end and span.end > start]
    if not inside:
        return start, end
    return spans[max(0, inside[0] - 1)].start, spans[min(len(spans) - 1, inside[-1] + 1)].end


def receipt(record: ArticleRecord, preview: str, heading: str, texts: Texts) -> discord.Embed:
    """What became of an article that was added."""
    embed = discord.Embed(
        title=headline(record.title),
        url=record.url if record.url and usable(record.url) else None,
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
        url=record.url if record.url and usable(record.url) else None,
        description=f"-# {' · '.join(parts)}",
        colour=BLUE,
    )
    _illustrate(embed, record)
    return embed.set_author(name=texts("feeds.news", feed=escape.raw_line(feed, 100)))


def feeds(found: Sequence[Feed], texts: Texts) -> discord.Embed:
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


def moment(stamped: str) -> str:
    """A stored moment as how long ago, or in how long, it is."""
    return f"<t:{int(dt.datetime.fromisoformat(stamped).timestamp())}:R>"


def notice(text: str, *, colour: int = BLUE, title: str | None = None) -> discord.Embed:
    """A sentence of the bot's own."""
    return discord.Embed(title=title, description=text, colour=colour)


def failure(text: str) -> discord.Embed:
    """A sentence about what did not work. It may quote an address or a file name."""
    return discord.Embed(description=escape.excerpt(text, None, 1000), colour=RED)


def size(embeds: Iterable[discord.Embed]) -> int:
    """Characters that count towards a message's limit for all its embeds."""
    total = 0
    for embed in embeds:
        shown = [embed.title, embed.description, embed.footer.text, embed.author.name]
        for field in embed.fields:
            shown += [field.name, field.value]
        total += sum(escape.width(text) for text in shown if text)
    return total
