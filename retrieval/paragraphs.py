"""The lines and paragraphs of a text: what a person would count when told "the fourth paragraph".

A paragraph is a run of lines that are not blank; a line of nothing but white space is blank. They
are counted from 1, headings and the title line included. Lines end at `\\n`, `\\r\\n` or `\\r`.
Paragraphs have no outer white space: between two of them lies nothing that could be quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.types import Span

_LINE = re.compile(r"[^\r\n]+")


def paragraph_lines(text: str) -> Iterator[list[Span]]:
    """The paragraphs in order, each as the spans of its lines without outer white space."""
    lines: list[Span] = []
    for line in _lines(text):
        if lines and _breaks(text, lines[-1].end, line.start) > 1:
            yield lines
            lines = []
        lines.append(line)
    if lines:
        yield lines


def paragraph_spans(text: str) -> list[Span]:
    """The spans of the paragraphs, in order."""
    return [Span(lines[0].start, lines[-1].end) for lines in paragraph_lines(text)]


def paragraph_number(text: str, offset: int) -> int:
    """Number, from 1, of the paragraph at `offset`; between two, that of the one before."""
    number = sum(1 for _ in paragraph_lines(text[: offset + 1]))
    return max(1, number)


def paragraph_span(text: str, number: int) -> Span:
    """The span of the paragraph of that number, from 1. Raises IndexError where there is none."""
    if number > 0:
        for count, lines in enumerate(paragraph_lines(text), start=1):
            if count == number:
                return Span(lines[0].start, lines[-1].end)
    raise IndexError(f"there is no paragraph {number}")


def trimmed(text: str, start: int, end: int) -> Span:
    """The stretch without outer white space; empty, at `end`, where it holds nothing else."""
    part = text[start:end]
    start = end - len(part.lstrip())
    return Span(start, start + len(part.strip()))


def _lines(text: str) -> Iterator[Span]:
    for match in _LINE.finditer(text):
        line = trimmed(text, *match.span())
        if line.start < line.end:
            yield line


def _breaks(text: str, start: int, end: int) -> int:
    gap = text[start:end]
    return gap.count("\n") + gap.count("\r") - gap.count("\r\n")
