"""Where in tables and lists an answer may lie: in the row and the column that are asked for. Pure.

"How many silver medals did Faroe win?" is answered in the row of Faroe, below Silver. The reader
has hardly met a table in training, and takes what looks best in any row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from retrieval.analysis import term_set
from retrieval.reading.protocol import ReadingText
from retrieval.reading.spans import rooms
from retrieval.types import Span

_LABELLED = re.compile(r"[^\n:]{1,40}:\s[^\n]{1,60}(?<!\?)")
"""A line like `Monday: closed` or `- Best film: The Last Tram`: short, for what is longer is mostly
somebody's words, which the reader reads better."""

_FIGURE = re.compile(r"(?<![\d.,])(?!(?:1[5-9]|20)\d\d(?![\d.,]*\d))\d")


class Row(NamedTuple):
    """A sentence, or a row of a table, or an item of a list."""

    cells: Sequence[Span]
    """Its rooms, in characters of the text."""
    listed: bool
    """Whether it is a row, or an item with a label."""
    terms: Sequence[frozenset[str]]
    """Those of the question that each cell has."""
    numbers: bool
    """Whether a digit stands in it."""
    figures: bool
    """Whether one does that is none of a year's, as headings have them: of several years, or of one
    beside a word."""


def places(question: str, passage: ReadingText) -> list[Span]:
    """The `rooms` of the passage in which the answer may lie.

    Of a table or list some of whose rows have more of the question's terms than others, only these
    rows; and in them only the cells below the heading that has most of these terms, or if none has,
    those that do not repeat the question. Where a row was found so, sentences fall away that say
    less of what was asked than it, its headings and the title.
    """
    asked = term_set(question)
    rows = [_row(passage.text, asked, sentence) for sentence in passage.sentences]
    kept: list[Row] = []
    said: frozenset[str] = frozenset()
    for listed, group in groupby(rows, key=lambda row: row.listed):
        together = list(group)
        named = _named(together) if listed else None
        kept += together if named is None else named
        if named is not None:
            said |= frozenset().union(_said(together[0]), *map(_said, named))
    if said:
        title = asked & term_set(passage.title)
        kept = [row for row in kept if row.listed or not _said(row) | title < said | title]
    return [cell for row in kept for cell in row.cells]


def _row(text: str, asked: frozenset[str], sentence: Span) -> Row:
    cells = rooms(text, [sentence])
    whole = text[sentence.start - 1 : sentence.start] in ("", "\n") and (
        text[sentence.end : sentence.end + 1] in ("", "\n")
    )
    return Row(
        cells,
        whole and (len(cells) > 1 or _LABELLED.fullmatch(text, *sentence) is not None),
        [asked & term_set(text[slice(*cell)]) for cell in cells],
        any(map(str.isdigit, text[slice(*sentence)])),
        _has_figures([text[slice(*cell)] for cell in cells]),
    )


def _named(rows: Sequence[Row]) -> list[Row] | None:
    """The rows that the question names, with the cells where the answer may lie; None where it
    names none."""
    first, *rest = rows
    headed = len(first.cells) > 1 and (
        (any(row.figures for row in rest) and not first.figures)
        or (any(row.numbers for row in rest) and not first.numbers)
    )
    body = rest if headed else rows
    most = max(len(_said(row)) for row in body)
    if most == min(len(_said(row)) for row in body):
        return None
    heading = first if headed else None
    return [_asked_cells(row, heading) for row in body if len(_said(row)) == most]


def _asked_cells(row: Row, heading: Row | None) -> Row:
    new = [at for at, terms in enumerate(row.terms) if not terms]
    if not new:
        return row
    if heading is not None and len(heading.cells) == len(row.cells):
        counts = {at: len(heading.terms[at]) for at in new}
        most = max(counts.values())
        new = [at for at in new if counts[at] == most]
    return row._replace(cells=[row.cells[at] for at in new])


def _has_figures(cells: Sequence[str]) -> bool:
    numbers = [cell for cell in cells if any(map(str.isdigit, cell))]
    if any(map(_FIGURE.search, numbers)):
        return True
    return len(numbers) == 1 and not any(map(str.isalpha, numbers[0]))


def _said(row: Row) -> frozenset[str]:
    return frozenset().union(*row.terms)
