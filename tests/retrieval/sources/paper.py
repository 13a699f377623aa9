"""Documents for the tests, made from nothing but the formats' own rules."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

from docx import Document


def pdf(
    pages: Sequence[Sequence[str]],
    *,
    title: str | None = None,
    created: str | None = None,
    count: int | None = None,
) -> bytes:
    """A PDF with each page's lines below one another; an empty line leaves a gap. `count` is the
    number of pages that it claims to have."""
    placed = [
        [(60, 740 - 14 * at, line) for at, line in enumerate(lines) if line] for lines in pages
    ]
    return placed_pdf(placed, title=title, created=created, count=count)


Placed = tuple[int, int, str]
"""Words and where they begin, in points from the lower left corner."""


def placed_pdf(
    pages: Sequence[Sequence[Placed]],
    *,
    title: str | None = None,
    created: str | None = None,
    count: int | None = None,
) -> bytes:
    """A PDF with words where they are wanted, in the order given."""
    info = "".join(
        f"/{name} ({value}) "
        for name, value in (("Title", title), ("CreationDate", created))
        if value
    )
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    bodies.append(
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    )
    for placed in pages:
        stream = zlib.compress(_content(placed))
        bodies.append(
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream)
        )
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(bodies)
        )
        kids.append(len(bodies))
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    bodies[1] = f"<< /Type /Pages /Kids [{listed}] /Count {count or len(kids)} >>".encode()
    bodies.append(f"<< {info}>>".encode())
    return _assembled(bodies)


def _content(placed: Sequence[Placed]) -> bytes:
    out = ["BT /F1 9 Tf"]
    for x, y, words in placed:
        escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        out.append(f"1 0 0 1 {x} {y} Tm ({escaped}) Tj")
    return "\n".join([*out, "ET"]).encode("cp1252")


def _assembled(bodies: Sequence[bytes]) -> bytes:
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(
        b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(bodies) + 1, len(bodies), start)
    )
    return out.getvalue()


def docx(paragraphs: Sequence[tuple[str, str]], **properties: object) -> bytes:
    """A Word document of (style, text) paragraphs."""
    document = Document()
    for name, value in properties.items():
        setattr(document.core_properties, name, value)
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Troops", "150,000"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
