"""Answers as people see them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot import escape
from bot.i18n import Texts
from bot.render.embeds import (
    BLUE,
    GREEN,
    GREY,
    MAX_LINE,
    day,
    headline,
    size,
    usable,
    usable_or_none,
)
from retrieval.paragraphs import paragraph_spans
from retrieval.types import (
    Answer,
    ArticleRecord,
    ArticleVersion,
    Citation,
    CitedPassage,
    Quote,
)

MAX_TOTAL = 6000
FIRST_PASSAGE = 1400
"""Characters of the first passage: about two screens of a phone."""
OTHER_PASSAGES = 600
LEAST_PASSAGE = 40
"""Characters for which it is worth showing one: some words around an answer."""
CONTEXT = 3800
QUESTION_SHOWN = 300


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


def target(citation: Citation) -> str | None:
    """Where the title leads: the sentence, else the page, else the message that brought it."""
    for url in (citation.link, citation.url, citation.origin):
        if url and usable(url):
            return url
    return None


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
        url=usable_or_none(url),
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
