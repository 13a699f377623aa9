"""Word documents (.docx)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.table import Table
from docx.text.paragraph import Paragraph

from retrieval.dates import moment
from retrieval.errors import Reason, TooLargeError
from retrieval.sources.draft import Draft, one_line, tidy
from retrieval.sources.notices import without_notices
from retrieval.sources.plain import split_title
from retrieval.sources.properties import given_title

LARGEST_UNPACKED = 256 << 20
"""Bytes of an archive once unpacked: real documents stay far below, bombs do not."""
_GENERATORS = frozenset({"python-docx", "un-named", "docx4j", "apache poi"})
"""Authors that programs put in; such a document's creation date is that of a template."""
_TEMPLATE_CREATED = datetime(2013, 12, 23, 23, 15, tzinfo=UTC)
"""The date in python-docx's own template, kept by whoever changes only the author."""

_WORDS = "|".join(
    f".//w:{name}[not(ancestor::w:moveFrom or ancestor::w:del or ancestor::w:txbxContent)]"
    for name in ("t", "tab", "br", "cr", "noBreakHyphen")
)
"""What makes up a paragraph's words; boxes of text beside it are none of them."""
_MARKS = {qn("w:tab"): "\t", qn("w:noBreakHyphen"): "-"}


def docx(data: bytes) -> Draft:
    """Paragraphs, lists and tables in reading order; title, author and date by its properties."""
    check_unpacked(data)
    document = Document(io.BytesIO(data))
    blocks = [(style, text) for style, text in _blocks(document) if text]
    properties = document.core_properties
    heading = next((text for style, text in blocks[:5] if style in ("Title", "Heading 1")), None)
    text = tidy("\n\n".join(text for _, text in blocks))
    title = given_title(properties.title) or one_line(heading)
    if title is None:
        title, text = split_title(text)
    elif blocks and one_line(blocks[0][1]) == title and len(blocks) > 1:
        text = tidy("\n\n".join(text for _, text in blocks[1:]))
    author = one_line(properties.author)
    created = properties.created
    generated = created == _TEMPLATE_CREATED or (author or "").lower() in _GENERATORS
    return Draft(
        text=without_notices(text),
        title=title,
        author=None if (author or "").lower() in _GENERATORS else author,
        published=moment(created) if created and author and not generated else None,
        language=(one_line(properties.language) or "")[:2].lower() or None,
    )


def check_unpacked(data: bytes) -> None:
    """Raises TooLargeError for an archive that unpacks to far more than a document needs."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED:
            raise TooLargeError(
                f"it unpacks to more than {LARGEST_UNPACKED >> 20} MB", Reason.TOO_MUCH
            )


def _blocks(document: WordDocument) -> Iterator[tuple[str, str]]:
    for block in _unwrapped(document.element.body):
        if block.tag == qn("w:p"):
            paragraph = Paragraph(block, document)
            yield _style(paragraph), _text(block)
        elif block.tag == qn("w:tbl"):
            yield from (("", row) for row in _rows(Table(block, document)))


def _unwrapped(element: BaseOxmlElement) -> Iterator[BaseOxmlElement]:
    """The blocks in an element, those in content controls too, which forms and templates use."""
    for child in element:
        if child.tag in (qn("w:sdt"), qn("w:sdtContent")):
            yield from _unwrapped(child)
        else:
            yield child


def _text(paragraph: BaseOxmlElement) -> str:
    """A paragraph's words as they are with all its tracked changes accepted."""
    parts = []
    for element in paragraph.xpath(_WORDS):
        if element.tag == qn("w:t"):
            parts.append(element.text or "")
        else:
            parts.append(_MARKS.get(element.tag, "\n"))
    return "".join(parts).strip()


def _style(paragraph: Paragraph) -> str:
    return str(paragraph.style.name) if paragraph.style is not None else ""


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells: list[str] = []
        for cell in row.cells:
            words = one_line(" ".join(_cell(cell._tc)))
            if words and cells[-1:] != [words]:  # a merged cell is given once for each column
                cells.append(words)
        yield " | ".join(cells)


def _cell(cell: BaseOxmlElement) -> Iterator[str]:
    """The words of a cell's paragraphs, those of tables within it too."""
    for paragraph in cell.iter(qn("w:p")):
        yield _text(paragraph)
