"""A sound document of each kind, for breaking."""

from __future__ import annotations

import io
import zipfile

from docx import Document

from tests.retrieval.sources import paper

NAMES = ("a.txt", "a.md", "a.html", "a.pdf", "a.docx", "a.epub", "a.eml")
SENTENCE = (
    "The committee met on Tuesday and agreed that the old bridge has to be rebuilt by spring."
)
PAGE = (
    f'<!doctype html><html lang="en"><head><title>Bridge</title><script type="application/ld+json">'
    f'{{"@type": "NewsArticle", "articleBody": "{SENTENCE}"}}</script></head><body><nav>'
    f"<a href='/'>Home</a></nav><article><h1>Bridge</h1><p>{SENTENCE}</p><ul><li>{SENTENCE}</ul>"
    f"<table><tr><td>one<td>two</table><blockquote>{SENTENCE}</blockquote></article></body></html>"
)
MAIL = (
    "From: Jane Doe <jane@example.org>\r\nSubject: =?utf-8?q?Br=C3=BCcke?=\r\nMIME-Version: 1.0\r\n"
    "Message-ID: <1@example.org>\r\nDate: Tue, 7 May 2019 10:00:00 +0200\r\nContent-Type: "
    'multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n'
    f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{SENTENCE}=20=C3=A4\r\n--b\r\n"
    f"Content-Type: text/html\r\n\r\n{PAGE}\r\n--b--\r\n"
)
MARKDOWN = (
    f"---\ntitle: Bridge\ndate: 2019-05-07\n---\n# Bridge\n\n{SENTENCE} **bold** [link](x)\n\n"
    f"- one\n  - two\n\n> {SENTENCE}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n"
)


def _docx() -> bytes:
    document = Document()
    document.add_heading("Bridge")
    document.add_paragraph(SENTENCE)
    document.add_table(1, 2).rows[0].cells[0].text = SENTENCE
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _epub() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "META-INF/container.xml",
            '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
        )
        archive.writestr(
            "b.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest>'
            '<item id="one" href="1.xhtml"/></manifest><spine><itemref idref="one"/></spine>'
            "</package>",
        )
        archive.writestr("1.xhtml", PAGE)
    return out.getvalue()


def samples() -> dict[str, bytes]:
    """By the name each would have."""
    return {
        "a.html": PAGE.encode(),
        "a.eml": MAIL.encode(),
        "a.md": MARKDOWN.encode(),
        "a.txt": f"Bridge\n\n{SENTENCE}\n\nComments are closed.".encode("utf-16"),
        "a.pdf": paper.pdf([["Head", SENTENCE, "recon-", "struction", "1"]] * 3, title="Bridge"),
        "a.docx": _docx(),
        "a.epub": _epub(),
    }
