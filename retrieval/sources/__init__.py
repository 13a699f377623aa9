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
from retrieval.sources.files import (
    ROW_NAMES,
    Resumed,
    nothing_in,
    open_file,
    read_whole,
    unreadable,
    walk,
)
from retrieval.sources.reading import Reading, file_article, pasted_article
from retrieval.sources.rows import begins_rows, read_rows
from retrieval.sources.sandbox import SHARED
from retrieval.types import Article

if TYPE_CHECKING:
    from retrieval.sources.links import Links

__all__ = ["STANDARD_INPUT", "Reading", "is_url", "read_all", "read_bytes", "total"]

STANDARD_INPUT = "-"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def read_all(
    refs: Sequence[str],
    settings: RetrievalSettings,
    *,
    stdin: BinaryIO | None = None,
    left_out: list[Path] | None = None,
) -> Iterator[Reading]:
    """Reads `refs` in the order given, only as far as it is asked to; of links a few ahead.

    A ref is a path, a folder (read recursively in sorted order), a .jsonl file (an article a row),
    `-` for standard input, or a url. What cannot be read comes as a Reading with its error, and the
    rest goes on. An error's text is one sentence that names the ref. Files that are passed over in
    folders for their endings go to `left_out`.
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
                    yield from _standard_input(stdin or _own_input(), largest)
                else:
                    yield from _path(ref, largest, left_out)


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


def _standard_input(stdin: BinaryIO | None, largest: int) -> Iterator[Reading]:
    """One article, or those of its rows, which its first line tells: it has no name to go by."""
    shown = "Standard input"
    try:
        if stdin is None:
            told = "Standard input is closed: name a file, or send it a text."
            raise EmptyError(told, Reason.EMPTY)
        head = _first_lines(stdin, largest)
        whole = Resumed(b"".join(head), stdin)
        if head and begins_rows(head[-1]):
            yield from read_rows(whole, STANDARD_INPUT, largest=largest, shown="standard input")
            return
        data = read_whole(whole, shown, largest=largest)
        yield Reading(ref=STANDARD_INPUT, article=read_bytes(data, shown))
    except OSError as error:
        yield Reading(ref=STANDARD_INPUT, error=unreadable(error, shown))
    except SourceError as error:
        yield Reading(ref=STANDARD_INPUT, error=error)


def _first_lines(file: BinaryIO, largest: int) -> list[bytes]:
    """The lines up to the first that is not blank, and no more than `largest` bytes of them and
    one: what is longer is refused, as a text or as a row."""
    lines: list[bytes] = []
    left = largest + 1
    while left and (line := file.readline(left)):
        lines.append(line)
        left -= len(line)
        if line.strip(b"\xef\xbb\xbf \t\r\n"):
            break
    return lines


def _links(settings: RetrievalSettings) -> Links:
    from retrieval.sources.links import Links  # brings an HTTP client along

    return Links(settings)


def _path(ref: str, largest: int, left_out: list[Path] | None) -> Iterator[Reading]:
    path = Path(ref)
    if not _is_folder(path):
        yield from _file(path, ref, largest)
        return
    empty = True
    for found in walk(path, left_out):
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
