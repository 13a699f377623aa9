"""What a document is, told from its content; its name decides only between kinds of plain text."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath
from typing import Literal

from retrieval.errors import Reason, UnreadableError
from retrieval.sources.decoding import looks_binary

Kind = Literal["html", "markdown", "text", "pdf", "docx", "epub", "mail"]

_FOREIGN = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture or a sound"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\xfd7zXZ", "an archive"),
    (b"Rar!", "an archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "a database"),
    (b"\xd0\xcf\x11\xe0", "an Office file of the old kind (save it as .docx or .pdf)"),
    (b"{\\rtf", "an RTF document (save it as .docx or .pdf)"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
)
_MARK = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_PDF = re.compile(rb"(?:\A|[^\x20-\x7e])%PDF-\d")
"""At the start, or behind what was put before it; a text may speak of it within a line."""
_FRAGMENT = re.compile(
    rb"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:title|meta|link|main|article|section|header"
    rb"|div|p|h[1-6]|ul|ol|table|span|center|font)\b[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
"""The start of a page without <html>, as some servers and exports write them."""
LEAST_TAGS = 3
"""In such a page, closing ones not counted."""
_FEED = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:rss|feed|rdf:rdf)\b",
    re.I | re.S,
)
_ENVELOPE = re.compile(rb"\AFrom [^\n]*\n")
"""The line that parts mails in a mailbox file."""
_ZIPPED = {
    "xl/": "a spreadsheet",
    "ppt/": "a presentation (save it as .pdf)",
    "content.xml": "an OpenDocument file (save it as .docx or .pdf)",
    "Index/Document.iwa": "a Pages document (save it as .docx or .pdf)",
}
_TAG = re.compile(rb"<(?:p|div|h[1-6]|article|section|ul|ol|table|span|br|title)\b[^>]*>", re.I)
_HEADERS = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){3,}", re.IGNORECASE)
_MAIL_HEADER = re.compile(rb"^(?:from|message-id|mime-version|received|return-path):", re.I | re.M)
MARKDOWN_NAMES = frozenset({".md", ".markdown", ".mdown", ".mkd"})
HTML_NAMES = frozenset({".html", ".htm", ".xhtml", ".shtml"})


def kind_of(data: bytes, name: str) -> Kind:
    """The kind of a document. Raises UnreadableError, saying what it is, for what is no article."""
    if _PDF.search(data[:1024]):
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zipped(data)
    for magic, what in _FOREIGN:
        if data.startswith(magic):
            raise UnreadableError(f"it is {what}, not an article", Reason.FOREIGN)
    if looks_binary(data):
        raise UnreadableError("it holds binary data, not text", Reason.FOREIGN)
    return _textual(data, PurePath(name).suffix.lower())


def _textual(data: bytes, suffix: str) -> Kind:
    # Without zeros and marks, so that UTF-16 is recognised as well.
    head = _MARK.sub(b"", data[:8192].replace(b"\x00", b""))
    if _FEED.match(head):
        raise UnreadableError(
            "it is a feed, not an article: add it with `clippings feed add`", Reason.FEED
        )
    if _HTML.match(head) or (suffix in HTML_NAMES and _TAG.search(head)):
        return "html"
    if suffix in MARKDOWN_NAMES:
        return "markdown"
    if _FRAGMENT.match(head) and len(_TAG.findall(head)) >= LEAST_TAGS:
        return "html"
    headers = _HEADERS.match(_ENVELOPE.sub(b"", head.replace(b"\r\n", b"\n")))
    if headers and len(_MAIL_HEADER.findall(headers[0])) >= 2:
        return "mail"
    return "text"


def _zipped(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise UnreadableError(
            "it is damaged: it begins as a zip archive and is none", Reason.DAMAGED
        ) from None
    if "META-INF/container.xml" in names:
        return "epub"
    if "[Content_Types].xml" in names and any(name.startswith("word/") for name in names):
        return "docx"
    for mark, what in _ZIPPED.items():
        if any(name == mark or (mark.endswith("/") and name.startswith(mark)) for name in names):
            raise UnreadableError(f"it is {what}, not an article", Reason.FOREIGN)
    raise UnreadableError("it is an archive: unpack it and add what is in it", Reason.ARCHIVE)
