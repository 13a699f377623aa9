"""PDF documents: text in reading order by page, without running heads, page numbers and hyphens.

pypdf says what a document is, whether it is locked and what it tells of itself; PDFium, which
Chromium reads PDFs with, says which letters stand where.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdfium2 import PdfDocument, PdfiumError

from retrieval.dates import moment
from retrieval.errors import Reason, UnreadableError
from retrieval.sources.draft import Draft, clean, one_line
from retrieval.sources.layout import Run, lines, rows, runs
from retrieval.sources.plain import split_title
from retrieval.sources.properties import given_title

EDGE_LINES = 2
"""Lines at the top and the bottom of a page among which running heads are looked for."""
RUNNING_SHARE = 0.4
"""Share of the pages on which a line must stand in the same place to be a running head."""
LONGEST_RUNNING = 90
"""Characters of a running head; lines of a text that are alike by chance are longer."""
FULL_LINE = 0.75
"""A line shorter than this share of a usual one ends its paragraph."""
LEAST_OBJECT = 20
"""Bytes of the smallest object. Where the catalog is not what the trailer says it is, each object
is looked for in turn, and a damaged trailer may tell of a million."""

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?:page|p\.|seite|pagina)?\s*[-–—|]?\s*\d{1,4}(?:\s*(?:of|/|von)\s*\d{1,4})?\s*[-–—|]?", re.I
)
_ROMAN_NUMBER = re.compile(
    r"(?:[Pp]age|[Pp]\.|[Ss]eite|[Pp]agina)?\s*[-–—|]?\s*"
    r"(?P<roman>(?=[ivxl])(?:xl|l?x{0,3})(?:ix|iv|v?i{0,3}))\s*[-–—|]?"
)
"""As prefaces are numbered: in small letters, as parts and chapters are in capitals."""
_ROMAN_END = re.compile(r"^[ivxl]+(?=\s)|(?<=\s)[ivxl]+$")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}
_LIGATURES = {
    code: text
    for code, text in zip(
        range(0xFB00, 0xFB07), ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True
    )
}


def pdf(data: bytes) -> Draft:
    """The document's text, with the offset at which each page begins."""
    reader = _open(data)
    texts = [_reflow(_lines(page)) for page in _without_running(_pages(data, len(reader.pages)))]
    facts = reader.metadata
    title = given_title(facts.title) if facts else None
    text, starts = _joined(texts)
    if title is None:
        found, body = split_title(text)
        if found:
            cut = len(text) - len(body)
            title, text = found, body
            starts = tuple(max(0, start - cut) for start in starts)
    return Draft(
        text=text,
        title=title,
        author=one_line(facts.author) if facts else None,
        published=_created(reader),
        page_starts=starts,
    )


def _open(data: bytes) -> PdfReader:
    if b"%%EOF" not in data[-4096:]:
        raise UnreadableError(
            "it is a PDF that was cut short: get a complete copy of it", Reason.CUT_SHORT
        )
    try:
        reader = PdfReader(
            io.BytesIO(data), root_object_recovery_limit=min(10_000, len(data) // LEAST_OBJECT)
        )
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError(
                "it is an encrypted PDF: save a copy without its password", Reason.ENCRYPTED
            )
        len(reader.pages)
    except PyPdfError as error:
        raise UnreadableError("it is a damaged PDF", Reason.DAMAGED) from error
    return reader


def _pages(data: bytes, count: int) -> list[list[Run]]:
    """What stands on each of `count` pages. A page that is damaged is empty, and keeps its number.

    PDFium believes what the document says of their number, which may be a hundred thousand.
    """
    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        raise UnreadableError("it is a damaged PDF", Reason.DAMAGED) from error
    pages: list[list[Run]] = []
    read = 0
    for number in range(len(document)):
        if read == count:
            break
        try:
            page = document[number]
            words = page.get_textpage()
            pages.append(list(runs(words)))
            words.close()
            page.close()
            read += 1
        except PdfiumError:
            pages.append([])
    document.close()
    return pages


def _lines(page: Sequence[Run]) -> list[str]:
    return [" ".join(clean(line).translate(_LIGATURES).split()) for line in lines(page)]


def _without_running(pages: Sequence[list[Run]]) -> list[list[Run]]:
    """Pages without page numbers and without the lines that head or foot most of them."""
    edges = [_edges(page) for page in pages]
    seen: Counter[tuple[bool, str]] = Counter()
    counting: Counter[tuple[bool, int]] = Counter()
    for at, edge in enumerate(edges):
        seen.update({(top, _shape(row)) for top, row in edge})
        counting.update({(top, n - at) for top, row in edge for _, n in _numbers(row)})
    least = max(2, RUNNING_SHARE * len(pages))
    kept = []
    for at, (page, edge) in enumerate(zip(pages, edges, strict=True)):
        dropped: set[Run] = set()
        for top, row in edge:
            shape = _shape(row)
            # Rows of nothing but numbers are alike by chance, as those of a table are.
            worded = any(letter.isalpha() for letter in shape)
            if worded and len(shape) <= LONGEST_RUNNING and seen[top, shape] >= least:
                dropped.update(row)
            for run, number in _numbers(row):
                along = counting[top, number - at] >= least
                if along or (len(row) == 1 and _apart(run, page)):
                    dropped.add(run)
        kept.append([run for run in page if run not in dropped])
    return kept


def _numbers(row: Sequence[Run]) -> list[tuple[Run, int]]:
    """The runs that may be a page's number, each with what it counts."""
    return [(run, number) for run in row if (number := _value(run.text.strip())) is not None]


def _value(text: str) -> int | None:
    if _PAGE_NUMBER.fullmatch(text):
        return int(re.findall(r"\d+", text)[0])
    if not (found := _ROMAN_NUMBER.fullmatch(text)):
        return None
    digits = [_ROMAN[letter] for letter in found["roman"]]
    return sum(
        -one if one < after else one for one, after in zip(digits, [*digits[1:], 0], strict=True)
    )


def _apart(run: Run, page: Sequence[Run]) -> bool:
    """Whether an empty line's height parts it from all else: else it may be a year, or a cell."""
    height = run.top - run.bottom
    return all(
        other is run or other.bottom - run.top > height or run.bottom - other.top > height
        for other in page
    )


def _edges(page: Sequence[Run]) -> list[tuple[bool, list[Run]]]:
    """A page's first and last rows, and whether each is at the top."""
    found = rows(page)
    bottom = found[max(EDGE_LINES, len(found) - EDGE_LINES) :]
    return [(True, row) for row in found[:EDGE_LINES]] + [(False, row) for row in bottom]


def _text(row: Sequence[Run]) -> str:
    return " ".join(run.text for run in row)


def _shape(row: Sequence[Run]) -> str:
    return _DIGITS.sub("#", _ROMAN_END.sub("#", _text(row))).lower()


def _reflow(lines: Sequence[str]) -> str:
    """Lines joined into paragraphs: one ends at an empty line, and after a line that ends a
    sentence well before the margin."""
    lengths = sorted(len(line) for line in lines if line)
    usual = lengths[int(len(lengths) * 0.8)] if lengths else 0
    parts: list[str] = []
    for line in lines:
        if not line:
            parts.append("\n\n")
        else:
            parts.append(line)
            short = len(line) < FULL_LINE * usual
            ends = line.endswith((".", "!", "?", "”", '"', ":"))
            parts.append("\n\n" if short and (ends or len(line) < 0.5 * usual) else "\n")
    text = re.sub(r"(\w)-\n(?=[a-zà-öø-ÿ])", r"\1", "".join(parts))
    paragraphs = re.split(r"\n{2,}", text.strip())
    return "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)


def _joined(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Pages in one text and where each begins; a paragraph goes on over the turn of a page."""
    text = ""
    starts: list[int] = []
    for page in pages:
        if text and page:
            goes_on = page[:1].islower() and text[-1:] not in '.!?:”"'
            if goes_on and re.search(r"\w-\Z", text):
                text = text[:-1]
                starts = [min(start, len(text)) for start in starts]  # of empty pages before
            else:
                text += " " if goes_on else "\n\n"
        starts.append(len(text))
        text += page
    return text, tuple(starts)


def _created(reader: PdfReader) -> str | None:
    try:
        created = reader.metadata.creation_date if reader.metadata else None
    except (PyPdfError, ValueError):
        return None
    return moment(created) if isinstance(created, datetime) else None
