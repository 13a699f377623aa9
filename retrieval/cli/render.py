"""What the commands print for a person: plain lines that fit 80 columns. Only `cli` prints."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from retrieval.cli.terminal import counted, eighty_columns, harmless
from retrieval.types import (
    Answer,
    ArticleRecord,
    ArticleVersion,
    CitedPassage,
    Filters,
    Hit,
    Quote,
)

if TYPE_CHECKING:
    from retrieval.doctor import Finding
    from retrieval.store import CollectionInfo, CollectionStats

_MARK = "bold"
_ANSWER = "bold underline"
_INDENT = "   "
_LONGEST_SENTENCE = 240
"""Characters shown of the best sentence of a passage that does not answer."""
_CONTEXT = 60
"""And on either side of it."""
_WIDEST = 100_000
"""Columns of a table that nothing is cut from."""


def answer(value: Answer, collection: str, filters: Filters, *, undated: int = 0) -> None:
    """An answer and its sentence, then the passages with where they are from; where nothing
    answers, what comes nearest, each by its best sentence.

    `undated` articles were not asked, as they have no date to go by.
    """
    console = eighty_columns()
    if value.answer is not None:
        wrapped(console, Text(value.answer.text, style=_MARK))
        sentence = value.passages[0].sentence
        if value.answer != sentence:
            wrapped(console, _marked(sentence, value.answer))
        console.print(Text(f"Confidence {value.confidence:.0%}", style="dim"))
    else:
        console.print(Text("No article answers this.", style=_MARK))
        if undated:
            console.print(_left_out(undated))
        if value.passages:
            console.print(Text(f"The nearest passages (confidence {value.confidence:.0%}):"))
        else:
            wrapped(console, Text(_why_nothing(collection, filters)))
    for passage in value.passages:
        console.print()
        _passage(console, passage, whole=value.answered)


def _left_out(undated: int) -> str:
    were = "was" if undated == 1 else "were"
    return f"{counted(undated, 'article')} without a date {were} left out."


def _why_nothing(collection: str, filters: Filters) -> str:
    if filters.since is not None or filters.before is not None:
        return (
            f'None in the collection "{collection}" was published within these dates. '
            "clippings list shows when each was."
        )
    if filters.article_ids is not None:
        return "There is nothing in the article to compare."
    return f'There are none in the collection "{collection}". Add one: clippings add FILE'


def _passage(console: Console, value: CitedPassage, *, whole: bool) -> None:
    """A passage and where it is from: the whole of it, or its best sentence with what is near."""
    citation = value.citation
    console.print(Text(f"{value.rank}  {citation.title}", style="cyan"))
    facts = [citation.source, citation.author, _day(citation.published)]
    facts.append(f"paragraph {citation.paragraph}")
    if citation.page is not None:
        facts.append(f"p. {citation.page}")
    facts.append(f"article {value.passage.article_id}")
    if citation.gone:
        facts.append(f"the page may be gone: stored on {_day(citation.added)}")
    if value.also_in:
        facts.append(_elsewhere(value.also_in))
    _indented(console, Text(" · ".join(filter(None, facts)), style="dim"))
    passage, sentence = value.passage, value.sentence
    text = Text(passage.text)
    text.stylize(_MARK, sentence.start - passage.start, sentence.end - passage.start)
    if value.answer is not None:
        start = passage.start
        text.stylize(_ANSWER, value.answer.start - start, value.answer.end - start)
    if not whole:
        text = _cut(text, sentence.start - passage.start, sentence.end - passage.start)
    _indented(console, text)
    where = citation.link or citation.url or citation.origin or _near(citation.read_from)
    if where:
        # Not wrapped: a broken link cannot be clicked.
        console.print(f"   {harmless(where)}", markup=False, soft_wrap=True, style="blue")


def _elsewhere(copies: Sequence[int]) -> str:
    """Where else the story is; each copy is shown, and asked, by its number."""
    outlets = "1 other outlet" if len(copies) == 1 else f"{len(copies)} outlets"
    numbers = ", ".join(map(str, copies))
    return f"also in {outlets}: article{'s' * (len(copies) > 1)} {numbers}"


def _near(path: str | None) -> str | None:
    """A path as one would type it here."""
    here = f"{Path.cwd()}{os.sep}"
    return path.removeprefix(here) if path else None


def _cut(text: Text, start: int, end: int) -> Text:
    """The words between `start` and `end`, as far as these are not too many, and some on either
    side."""
    end = min(end, start + _LONGEST_SENTENCE)
    first, last = start - _CONTEXT, end + _CONTEXT
    spans = [word.span() for word in re.finditer(r"\S+", text.plain)]
    kept = [span for span in spans if first <= span[0] and span[1] <= last]
    if not kept:  # a word without an end
        return text[start:end]
    words = Text(" ").join(text[slice(*span)] for span in kept)
    before, after = kept[0] != spans[0], kept[-1] != spans[-1]
    return Text.assemble("… " if before else "", words, " …" if after else "")


def _marked(sentence: Quote, answer: Quote) -> Text:
    """A sentence with the answer in it marked."""
    text = Text(sentence.text)
    text.stylize(_ANSWER, answer.start - sentence.start, answer.end - sentence.start)
    return text


def _indented(console: Console, text: Text) -> None:
    """Print `text` in from the left, without the blanks on the right that padding would add."""
    wrapped(console, text, _INDENT)


def wrapped(console: Console, text: Text, indent: str = "") -> None:
    """Print `text` in lines that fit, without the blanks at their ends that printing adds."""
    for line in text.wrap(console, console.width - len(indent)):
        line.rstrip()
        console.print(Text(indent) + line if line else "")


def search(found: Sequence[tuple[Hit, ArticleRecord]], *, explain: bool, undated: int = 0) -> None:
    """Passages with their scores, or that there are none; `undated` articles were not searched."""
    console = eighty_columns()
    if not found:
        console.print("Nothing was found.")
        if undated:
            console.print(_left_out(undated))
    for rank, (hit, record) in enumerate(found, 1):
        console.print(Text(f"{rank}  {record.title}", style="cyan"))
        scores = (
            f"score {hit.score:.2f} · dense {_scored(hit.dense, hit.dense_rank)}"
            f" · lexical {_scored(hit.lexical, hit.lexical_rank)} · article {record.id}"
        )
        _indented(console, Text(scores, style="dim"))
        if explain:
            features = " · ".join(f"{name} {value:.3f}" for name, value in hit.features.items())
            _indented(console, Text(features, style="dim"))
        text = Text(hit.passage.text)
        if hit.sentence is not None:
            start = hit.passage.start
            text.stylize(_MARK, hit.sentence.start - start, hit.sentence.end - start)
        _indented(console, text)
        console.print()


def _scored(score: float | None, rank: int | None) -> str:
    if score is None:
        return "—"
    return f"{score:.3f}" + ("" if rank is None else f" (#{rank})")


def added(counts: Mapping[str, int], passages: int) -> None:
    """What a run of adding came to."""
    told = [
        f"{counts[status]:,} {status}"
        for status in ("added", "updated", "unchanged", "failed")
        if counts.get(status)
    ]
    eighty_columns().print(
        f"Articles: {', '.join(told) or 'none'}; {counted(passages, 'passage')} embedded.",
        markup=False,
    )


def articles(records: Sequence[ArticleRecord], match: str | None = None) -> None:
    """A table of articles: all, or those whose titles contain `match`."""
    console = eighty_columns()
    if not records:
        none = "There are no articles. Add one: clippings add FILE"
        console.print(none if match is None else Text(f'No title contains "{match}".'))
        return
    whole = not console.is_terminal  # for programs: they look for words anywhere in a line
    table = Table(
        "id", box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0), expand=not whole
    )
    table.columns[0].width = len(str(records[-1].id)) + 1
    table.add_column("title", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("source", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("published", width=10)
    table.add_column("passages", justify="right", width=8)
    for record in records:
        table.add_row(
            str(record.id),
            Text(record.title),
            Text(record.source or ""),
            _day(record.published) or "",
            str(record.passages),
        )
    if whole:
        console.width = max(console.width, _WIDEST)
        console.width = console.measure(table).maximum
    console.print(table)
    if gone := [str(record.id) for record in records if record.gone]:
        console.print(f"The page may be gone of: {', '.join(gone)}", markup=False)


def article(
    record: ArticleRecord,
    text: str,
    same_story: Sequence[int] = (),
    versions: Sequence[ArticleVersion] = (),
) -> None:
    """What is known of an article, the articles that tell the same story, and its text."""
    console = eighty_columns()
    console.print(Text(record.title, style=_MARK))
    facts = {
        "article": str(record.id),
        "external id": record.external_id,
        "address": record.url,
        "source": record.source,
        "author": record.author,
        "published": record.published,
        "language": record.language,
        "picture": record.image,
        "added": record.added,
        "read from": record.identity if record.identity != record.url else None,
        "size": f"{record.length:,} characters in {counted(record.passages, 'passage')}",
        "same story": ", ".join(f"article {each}" for each in same_story),
        "its page": f"may be gone since {_day(record.gone)}" if record.gone else None,
        "version": f"{record.version}, since {record.stored}" if versions else None,
    }
    facts |= {
        f"version {each.number}": f"until {each.replaced} (show it with --version {each.number})"
        for each in versions
    }
    _facts(console, facts)
    console.print()
    wrapped(console, Text(text))


def old_version(record: ArticleRecord, old: ArticleVersion, text: str) -> None:
    """An article as it was."""
    console = eighty_columns()
    console.print(Text(old.title, style=_MARK))
    facts = {
        "article": str(record.id),
        "version": f"{old.number}, from {old.stored} until {old.replaced}; now {record.version}",
        "address": old.url,
        "source": old.source,
        "author": old.author,
        "published": old.published,
    }
    _facts(console, facts)
    console.print()
    wrapped(console, Text(text))


def _facts(console: Console, facts: Mapping[str, str | None]) -> None:
    for name, value in facts.items():
        if value:
            console.print(Text(f"{name:<12} {harmless(value)}", style="dim"), soft_wrap=True)


def collections(found: Sequence[CollectionInfo]) -> None:
    """A table of collections."""
    table = plain_table("collection", "articles", "passages", "since")
    for info in found:
        table.add_row(
            Text(info.name), f"{info.articles:,}", f"{info.passages:,}", info.created[:10]
        )
    eighty_columns().print(table if found else "There are no collections yet.")


def stats(figures: CollectionStats, database: Path, size: int) -> None:
    """A collection in figures."""
    lines = {
        "collection": figures.name,
        "articles": f"{figures.articles:,}",
        "passages": f"{figures.passages:,}",
        "characters": f"{figures.characters:,}",
        "models": ", ".join(f"{name} ({count:,})" for name, count in figures.models) or "none yet",
        "first added": figures.first_added or "never",
        "last change": figures.last_updated or "never",
        "library": f"{database} ({size / 1e6:.1f} MB)",
    }
    for name, value in lines.items():
        eighty_columns().print(Text(f"{name:<12} {value}"), soft_wrap=True)


def findings(found: Sequence[Finding]) -> None:
    """What the doctor found."""
    console = eighty_columns()
    for finding in found:
        mark = "ok  " if finding.ok else "FAIL"
        console.print(Text(f"{mark}  {finding.what}: {finding.found}"), soft_wrap=True)
    if all(finding.ok for finding in found):
        console.print("Everything works.")


def plain_table(*names: str) -> Table:
    """An empty table of those columns, the first of which is text."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for place, name in enumerate(names):
        table.add_column(name, justify="left" if place == 0 else "right", no_wrap=True)
    return table


def _day(published: str | None) -> str | None:
    return published[:10] if published else None
