"""Anything a person names, read into articles: files, folders, standard input, rows, web pages.

`read_all` is the door of the command line, `Fetcher.article` (in `sources.web`) that of the bot;
both end in the same parsers. Nothing here is heavy to import: each kind of document brings its
library when it is first met.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from retrieval.config import RetrievalSettings
from retrieval.errors import EmptyError, Reason, SourceError
from retrieval.sources.files import ROW_NAMES, nothing_in, open_file, read_whole, walk
from retrieval.sources.reading import Reading, file_article, pasted_article
from retrieval.sources.rows import read_rows
from retrieval.sources.sandbox import SHARED
from retrieval.types import Article

if TYPE_CHECKING:
    from retrieval.sources.links import Links

__all__ = ["STANDARD_INPUT", "Reading", "is_url", "read_all", "read_bytes", "total"]

STANDARD_INPUT = "-"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def read_all(
    refs: Sequence[str], settings: RetrievalSettings, *, stdin: BinaryIO | None = None
) -> Iterator[Reading]:
    """Reads `refs` in the order given, only as far as it is asked to; of links a few ahead.

    A ref is a path, a folder (read recursively in sorted order), a .jsonl file (an article a row),
    `-` for standard input, or a url. What cannot be read comes as a Reading with its error, and the
    rest goes on. An error's text is one sentence that names the ref.
    """
    largest = settings.max_file_mb << 20
    with ExitStack() as open_until_the_end:
        links = None
        for linked, group in groupby(refs, is_url):
            if linked:
                links = links or open_until_the_end.enter_context(_links(settings))
                yield from links.read(list(group))
                continue
            for ref in group:
                if ref == STANDARD_INPUT:
                    yield _standard_input(stdin or _own_input(), largest)
                else:
                    yield from _path(ref, largest)


def total(refs: Sequence[str]) -> int | None:
    """How many readings `read_all` will give, for showing progress; None when it cannot be told
    without reading (standard input). Lines of a .jsonl file are counted."""
    if STANDARD_INPUT in refs:
        return None
    return sum(_count(ref) for ref in refs)


def is_url(ref: str) -> bool:
    """Whether `ref` is an address rather than a path."""
    return _URL.match(ref) is not None


def read_bytes(data: bytes, name: str) -> Article:
    """The article in a document that was handed over (an attachment, pasted text) as `name`.

    Its identity is made from its content. Raises SourceError with a sentence that names it.
    """
    try:
        return pasted_article(SHARED.read(data, name))
    except SourceError as error:
        raise _about(name, error) from error


def _own_input() -> BinaryIO | None:
    """What the program is sent; None where who started it has closed that."""
    return sys.stdin.buffer if sys.stdin else None


def _standard_input(stdin: BinaryIO | None, largest: int) -> Reading:
    shown = "Standard input"
    try:
        if stdin is None:
            told = "Standard input is closed: name a file, or send it a text."
            raise EmptyError(told, Reason.EMPTY)
        data = read_whole(stdin, shown, largest=largest)
        return Reading(ref=STANDARD_INPUT, article=read_bytes(data, shown))
    except SourceError as error:
        return Reading(ref=STANDARD_INPUT, error=error)


def _links(settings: RetrievalSettings) -> Links:
    from retrieval.sources.links import Links  # brings an HTTP client along

    return Links(settings)


def _path(ref: str, largest: int) -> Iterator[Reading]:
    path = Path(ref)
    if not _is_folder(path):
        yield from _file(path, ref, largest)
        return
    empty = True
    for found in walk(path):
        empty = False
        if isinstance(found, tuple):
            yield Reading(ref=str(found[0]), error=found[1])
        else:
            yield from _file(found, str(found), largest)
    if empty:
        yield Reading(ref=ref, error=nothing_in(path))


def _file(path: Path, ref: str, largest: int) -> Iterator[Reading]:
    try:
        with open_file(path) as file:
            if path.suffix.lower() in ROW_NAMES:
                yield from read_rows(file, ref, largest=largest)
                return
            data = read_whole(file, ref, largest=largest)
    except SourceError as error:
        yield Reading(ref=ref, error=error)
        return
    try:
        yield Reading(ref=ref, article=file_article(SHARED.read(data, path.name), ref))
    except SourceError as error:
        yield Reading(ref=ref, error=_about(ref, error))


def _about(ref: str, error: SourceError) -> SourceError:
    """The reason a parser gave, in a sentence that names what it is about."""
    return error.told(f"{ref} cannot be read: {str(error).rstrip('.')}.", ref)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _count(ref: str) -> int:
    path = Path(ref)
    if is_url(ref):
        return 1
    if _is_folder(path):
        return max(1, sum(1 for _ in walk(path)))
    if path.suffix.lower() not in ROW_NAMES:
        return 1
    try:
        with open_file(path) as file:
            return max(1, sum(1 for line in file if line.strip()))
    except SourceError:
        return 1
