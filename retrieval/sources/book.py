"""Electronic books (.epub) into drafts: their chapters in reading order."""

from __future__ import annotations

import io
import zipfile
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from lxml import etree

from retrieval.dates import date_or_none
from retrieval.errors import Reason, UnreadableError
from retrieval.sources.decoding import decode
from retrieval.sources.draft import Draft, one_line, tidy
from retrieval.sources.extract.blocks import blocks_of, parse
from retrieval.sources.word import check_unpacked

_CONTAINER = "META-INF/container.xml"
_CORE = "{http://purl.org/dc/elements/1.1/}"
_LOCKED = "META-INF/encryption.xml"


def epub(data: bytes) -> Draft:
    """The text of a book. Raises UnreadableError for one that is locked or has no contents."""
    check_unpacked(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        opf = _package(archive)
        folder = dirname(opf)
        package = _xml(archive.read(opf))
        chapters = [
            normpath(join(folder, unquote(href)))
            for href in _spine(package)
            if normpath(join(folder, unquote(href))) in names
        ]
        if not chapters:
            locked = " and locked" if _LOCKED in names else ""
            raise UnreadableError(
                f"it is a book without chapters that can be read{locked}", Reason.DAMAGED
            )
        texts = [_chapter(archive.read(name)) for name in chapters]
    return Draft(
        text=tidy("\n\n".join(filter(None, texts))),
        title=_fact(package, "title"),
        author=_fact(package, "creator"),
        published=date_or_none(_fact(package, "date")),
        source=_fact(package, "publisher"),
        language=(_fact(package, "language") or "")[:2].lower() or None,
    )


def _package(archive: zipfile.ZipFile) -> str:
    for element in _xml(archive.read(_CONTAINER)).iter("{*}rootfile"):
        if path := element.get("full-path"):
            return str(path)
    raise UnreadableError("it is a book that does not say where its contents are", Reason.DAMAGED)


def _spine(package: etree._Element) -> list[str]:
    files = {item.get("id"): item.get("href") or "" for item in package.iter("{*}item")}
    return [files.get(ref.get("idref"), "") for ref in package.iter("{*}itemref")]


def _chapter(data: bytes) -> str:
    try:
        return "\n\n".join(block.text for block in blocks_of(parse(decode(data, "utf-8"))))
    except ValueError:  # an empty page, as between the parts of a book
        return ""


def _fact(package: etree._Element, name: str) -> str | None:
    return one_line(package.findtext(f".//{_CORE}{name}"))


def _xml(data: bytes) -> etree._Element:
    # Entities and networks are what hostile documents use a parser for.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(data, parser)
