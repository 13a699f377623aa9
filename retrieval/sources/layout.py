"""Where the words of a page stand on it, and in which order they are read. Pure, but for `runs`.

What a PDF holds are letters at places. Runs are those that stand together on a line; where a page
is set in columns the runs of one column are read before those of the next.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from pypdfium2 import PdfTextPage, raw

GAP = 0.9
"""Of a letter's height: a wider space within a line parts columns or cells, not words."""
AIR = 1.45
"""Of the usual step from line to line: a larger one parts paragraphs."""
ALIGNED = 6.0
"""Points within which the lines of a column begin, indents left aside."""
FEWEST_LINES = 5
"""In each of two columns; fewer are a heading beside a number, or the like."""
LEAST_LETTERS = 18
"""Of a column's usual line: what is narrower is a table, and is read by rows."""
_HYPHEN = 2
"""What PDFium gives for the hyphen at the end of a line."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words that stand together on one line, in points from the lower left corner."""

    left: float
    right: float
    bottom: float
    top: float
    text: str

    def beside(self, other: Run) -> bool:
        """Whether they stand on the same line."""
        shared = min(self.top, other.top) - max(self.bottom, other.bottom)
        return shared > 0.5 * min(self.top - self.bottom, other.top - other.bottom)


class _Gathered:
    """The run being gathered, letter by letter."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._spaced = False
        self._box = (0.0, 0.0, 0.0, 0.0)

    def space(self) -> None:
        self._spaced = bool(self._parts)

    def fits(self, left: float, bottom: float, top: float) -> bool:
        """Whether a letter goes on with this run; one that steps back or far ahead does not."""
        _, right, low, high = self._box
        height = max(high - low, top - bottom, 1.0)
        level = bottom < high and top > low
        return not self._parts or (level and -height < left - right < GAP * height)

    def add(self, letter: str, left: float, right: float, bottom: float, top: float) -> None:
        if not self._parts:
            self._box = (left, right, bottom, top)
        else:
            first, last, low, high = self._box
            self._box = (min(first, left), max(last, right), min(low, bottom), max(high, top))
        self._parts.append(f" {letter}" if self._spaced else letter)
        self._spaced = False

    def closed(self) -> Iterator[Run]:
        if self._parts:
            left, right, bottom, top = self._box
            yield Run(left, right, bottom, top, "".join(self._parts))
        self._parts, self._spaced = [], False


def runs(page: PdfTextPage) -> Iterator[Run]:
    """The runs of a page in the order in which the document holds them."""
    box = raw.FS_RECTF()
    gathered = _Gathered()
    for at in range(page.count_chars()):
        code = raw.FPDFText_GetUnicode(page, at)
        if code in (10, 13):
            yield from gathered.closed()
        elif code == 0 or chr(code).isspace():
            gathered.space()
        else:
            # The loose box is as high as the font, so that marks and letters stand on one line.
            raw.FPDFText_GetLooseCharBox(page, at, box)
            if not gathered.fits(box.left, box.bottom, box.top):
                yield from gathered.closed()
            letter = "-" if code == _HYPHEN else chr(code)
            gathered.add(letter, box.left, box.right, box.bottom, box.top)
    yield from gathered.closed()


def rows(of: Sequence[Run]) -> list[list[Run]]:
    """Runs that stand beside one another, the topmost row first, each from left to right."""
    found: list[list[Run]] = []
    for run in sorted(of, key=lambda each: -each.top):
        if found and run.beside(found[-1][0]):
            found[-1].append(run)
        else:
            found.append([run])
    return [sorted(row, key=lambda each: each.left) for row in found]


def lines(of: Sequence[Run]) -> list[str]:
    """A page's lines in reading order, with an empty one where paragraphs are parted."""
    read: list[str] = []
    for part in _parts(of):
        if read:
            read.append("")
        read += _spaced(part)
    return read


def _spaced(part: Sequence[list[Run]]) -> Iterator[str]:
    """The lines of rows that are read from top to bottom."""
    steps = [upper[0].bottom - lower[0].bottom for upper, lower in itertools.pairwise(part)]
    down = [step for step in steps if step > 0]
    usual = median(down) if down else 0.0
    for at, row in enumerate(part):
        if at and not 0 < steps[at - 1] <= AIR * usual:
            yield ""
        yield " ".join(run.text for run in row)


def _parts(of: Sequence[Run]) -> Iterator[list[list[Run]]]:
    """Stretches of rows that are read one after the other: columns, and what goes over them."""
    gutter = _gutter(of)
    if gutter is None:
        if of:
            yield _in_order(of)
        return
    above: list[Run] = []
    beside: list[Run] = []
    for row in rows(of):
        if any(run.left < gutter - ALIGNED and run.right > gutter for run in row):
            yield from _columns(beside, gutter)
            beside = []
            above += row
        else:
            if above:
                yield rows(above)
                above = []
            beside += row
    yield from _columns(beside, gutter)
    if above:
        yield rows(above)


def _columns(of: Sequence[Run], gutter: float) -> Iterator[list[list[Run]]]:
    yield from _parts([run for run in of if run.left < gutter - ALIGNED])
    yield from _parts([run for run in of if run.left >= gutter - ALIGNED])


def _in_order(of: Sequence[Run]) -> list[list[Run]]:
    """Rows in the order of the document, which knows it better than the page where it is whole."""
    found: list[list[Run]] = []
    for run in of:
        if found and run.beside(found[-1][-1]):
            found[-1].append(run)
        else:
            found.append([run])
    return found


def _gutter(of: Sequence[Run]) -> float | None:
    """Where the second column of a page begins, if it is set in columns."""
    starts = sorted(
        run.left
        for row in rows(of)
        for before, run in itertools.pairwise(row)
        if run.left > before.right
    )
    best = max(starts, key=lambda x: sum(0 <= each - x <= ALIGNED for each in starts), default=None)
    if best is None:
        return None
    left = [run for run in of if run.right <= best]
    right = [run for run in of if run.left >= best - ALIGNED]
    across = len(of) - len(left) - len(right)
    if min(len(left), len(right)) < FEWEST_LINES or across > 0.25 * len(of):
        return None
    narrow = min(median(len(run.text) for run in side) for side in (left, right))
    return best if narrow >= LEAST_LETTERS else None
