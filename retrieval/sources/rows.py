"""Rows of a .jsonl file: an article each, read one at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from retrieval.dates import parse_date
from retrieval.errors import EmptyError, SourceError, TooLargeError, UnreadableError, UsageError
from retrieval.sources.addresses import on_the_web
from retrieval.sources.draft import clean, one_line
from retrieval.sources.files import Resumed
from retrieval.sources.reading import Reading, pasted_identity, title_of
from retrieval.types import PASTED, Article


def begins_rows(line: bytes) -> bool:
    """Whether what begins with this line holds an article a line, by the line alone."""
    try:
        return line.lstrip(b"\xef\xbb\xbf \t").startswith(b"{") and "text" in _parsed(line)
    except UnreadableError:
        return False


def read_rows(
    file: BinaryIO | Resumed, path: str, *, largest: int, shown: str | None = None
) -> Iterator[Reading]:
    """The articles of `file`, open at its start. `largest` is in bytes and limits each row.

    With `shown` it is no file but an input so called, whose lines will be others the next time: a
    row that has neither url nor id is known by its text.
    """
    number = 0
    while line := file.readline(largest + 1):
        number += 1
        if len(line) > largest:
            _skip_line(file, line, largest)
            ref = _name(path, None, number)
            told = f"Line {number} of {shown or path} is over {largest >> 20} MB."
            yield Reading(ref=ref, error=TooLargeError(told).told(told, ref))
        elif line.strip(b"\xef\xbb\xbf \t\r\n"):
            yield _reading(line, path, number, shown)
    if number == 0:
        yield Reading(ref=path, error=EmptyError(f"{path} is empty."))


def _skip_line(file: BinaryIO | Resumed, line: bytes, largest: int) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(largest + 1)


def _reading(line: bytes, path: str, number: int, shown: str | None) -> Reading:
    row: object = None
    external_id = None
    try:
        row = _parsed(line)
        external_id = _identifier(row)
        article = _article(row, external_id)
    except SourceError as error:
        place = f"Line {number} of {shown or path} cannot be used: {error}."
        ref = _name(path, external_id, number)
        return Reading(ref=ref, external_id=external_id, error=error.told(place, ref))
    if shown is None:
        identity = _name(os.path.abspath(path), external_id, number)
    elif external_id is not None:
        identity = f"{PASTED}#{external_id}"
    else:
        identity = pasted_identity(article.text)
    article = replace(article, identity=article.url or identity)
    return Reading(_name(path, external_id, number), external_id, article)


def _name(path: str, external_id: str | None, number: int) -> str:
    """What a row is called: by its id, or else by its line."""
    # An id never begins with a space, so none can be taken for a line.
    return f"{path}# line {number}" if external_id is None else f"{path}#{external_id}"


def _parsed(line: bytes) -> dict[str, object]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableError("it is not in UTF-8") from None
    except (ValueError, RecursionError):
        raise UnreadableError("it is not valid JSON") from None
    if not isinstance(row, dict):
        raise UnreadableError("it is not a JSON object")
    return row


def _identifier(row: dict[str, object]) -> str | None:
    value = row.get("id")
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UnreadableError("its `id` is neither a string nor a whole number")


def _article(row: dict[str, object], external_id: str | None) -> Article:
    """The article of a row, without its identity."""
    text = row.get("text")
    if text is None:
        raise UnreadableError("it has no `text`")
    if not isinstance(text, str):
        raise UnreadableError("its `text` must be text in quotation marks")
    text = clean(text).strip()
    if not text:
        raise EmptyError("its `text` is empty")
    url = _string(row, "url")
    if on_the_web(url, None) is None:  # "-" and the like: such rows would all be one article
        url = None
    language = (_string(row, "language") or "").lower()[:2]
    return Article(
        text=text,
        title=one_line(_string(row, "title")) or title_of(text),
        identity="",
        url=url,
        source=one_line(_string(row, "source")),
        author=one_line(_string(row, "author")),
        published=_published(row),
        language=language or None,
        external_id=external_id,
    )


def _string(row: dict[str, object], name: str) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise UnreadableError(f"its `{name}` is not a string")
    return value.strip() or None if value else None


def _published(row: dict[str, object]) -> str | None:
    text = _string(row, "published")
    try:
        return parse_date(text) if text else None
    except UsageError as error:
        raise UnreadableError(f"its `published` is wrong: {str(error).rstrip('.')}") from None
