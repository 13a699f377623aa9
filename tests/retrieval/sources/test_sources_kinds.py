"""What a document is, is told from what is in it, whatever it is called."""

from __future__ import annotations

import io
import time
import zipfile

import paper
import pytest

from retrieval.errors import UnreadableError
from retrieval.sources import read_bytes
from retrieval.sources.kinds import kind_of

SENTENCE = "The committee met on Tuesday and agreed that the bridge has to be rebuilt by spring."
PAGE = f"<html><head><title>Bridge</title></head><body><p>{SENTENCE}</p></body></html>".encode()
MAIL = (
    b"From: Jane Doe <jane@example.org>\r\nTo: a@example.org\r\nSubject: Bridge\r\n"
    b"Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
    + SENTENCE.encode()
)
NAMES = ["a.txt", "a.md", "a.html", "a.pdf", "a.docx", "a.epub", "a.eml", "a", "", "a.jpg"]


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("pdf", paper.pdf([[SENTENCE]])),
        ("pdf", b"HTTP/1.1 200 OK\r\n\r\n" + paper.pdf([[SENTENCE]])),
        ("docx", paper.docx([("Normal", SENTENCE)])),
        ("docx", zipped("[Content_Types].xml", "word/document2.xml")),
        ("epub", zipped("mimetype", "META-INF/container.xml", "word/document.xml")),
        ("html", PAGE),
        ("html", b"\xef\xbb\xbf\n<!-- saved -->\n" + PAGE),
        ("html", b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'>" + PAGE),
        ("html", PAGE.decode().encode("utf-16")),
    ],
)  # fmt: skip
def test_content_decides_and_no_name(kind: str, data: bytes, name: str) -> None:
    assert kind_of(data, name) == kind


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.pdf", "a", ""])
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("mail", MAIL),
        ("mail", b"From jane@example.org Tue May  7 10:00:00 2019\n" + MAIL),
        ("html", f"<div><p>{SENTENCE}</p><p>{SENTENCE}</p></div>".encode()),
        ("html", f"<!-- x --><h1>Bridge</h1>\n<p>{SENTENCE}<p>{SENTENCE}".encode()),
        ("text", SENTENCE.encode()),
        ("text", f"The header of a PDF is %PDF-1.7.\n\n{SENTENCE}".encode()),
        ("text", f"<Bridge> {SENTENCE} He wrote <p> and <div>.".encode()),
        ("text", f"Title: Bridge\nAuthor: Jane\nDate: 2019\n\n{SENTENCE}".encode()),
        ("text", f"From: Jane\nTo: Joe\nSubject: Bridge\n\n{SENTENCE}".encode()),
    ],
)
def test_plain_text_is_told_from_pages_and_mails(kind: str, data: bytes, name: str) -> None:
    if kind == "text" and name == "a.html" and b"<p>" in data:
        kind = "html"  # what calls itself a page and has tags in it is read as one
    assert kind_of(data, name) == kind


def test_only_a_name_tells_markdown_from_text() -> None:
    data = f"# Bridge\n\n<div><p>{SENTENCE}</p><p>x</p></div>".encode()
    assert (kind_of(data, "a.md"), kind_of(data, "a.txt")) == ("markdown", "text")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "a spreadsheet"),
        (zipped("[Content_Types].xml", "ppt/presentation.xml"), "a presentation"),
        (zipped("mimetype", "content.xml"), "OpenDocument"),
        (zipped("a.txt", "b.txt"), "an archive: unpack it"),
        (b'<?xml version="1.0"?>\n<rss version="2.0"><channel/></rss>', "a feed"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "a feed"),
        (b"{\\rtf1 " + SENTENCE.encode(), "an RTF document"),
    ],
)
def test_what_is_no_article_is_called_by_its_name(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        kind_of(data, "a.txt")


def test_a_page_saved_by_a_browser_has_no_browser_for_an_author() -> None:
    saved = MAIL.replace(
        b"Jane Doe <jane@example.org>", b'"Saved by Browser 11" <saved@example.org>'
    )
    assert read_bytes(saved, "a.mht").author is None
    assert read_bytes(MAIL, "a.eml").author == "Jane Doe"


@pytest.mark.parametrize(
    "data",
    [b"<!---->" * 1_100 + b"x", b"<!--" * 2_000, b"a:\n" * 2_700, b"<p " * 2_700, b"<?xml" * 1_600],
)
def test_no_start_of_a_document_takes_long_to_tell(data: bytes) -> None:
    started = time.monotonic()
    kind_of(data, "a.html")
    assert time.monotonic() - started < 1
