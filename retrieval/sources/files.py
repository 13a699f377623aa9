"""Files and folders on this machine, opened so that nothing named by mistake hangs or loops."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from retrieval.errors import EmptyError, SourceError, TooLargeError, UnreadableError

ROW_NAMES = frozenset({".jsonl", ".ndjson"})
"""Endings of files that hold an article a line. Inside folders they are questions as often as
articles, and are read only when named."""

_HOST = re.compile(r"www\.|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|info)(?:/|\Z)", re.I)
"""How an address of a page begins that somebody has taken from where its https:// is not shown."""
_REASONS = {
    errno.ENOENT: "There is no file {}: look at the spelling.",
    errno.ENOTDIR: "There is no file {}: a part of the path is not a folder.",
    errno.EACCES: "{} cannot be read: this user has no permission for it.",
    errno.EPERM: "{} cannot be read: this user has no permission for it.",
    errno.ELOOP: "{} is a link that leads round in a circle.",
    errno.ENAMETOOLONG: "The path {:.80}… is too long to be a file's.",
    errno.ENXIO: "{} is not an ordinary file.",
}


def walk(folder: Path) -> Iterator[Path | tuple[Path, SourceError]]:
    """Files below `folder` in sorted order, each folder once however links lead to it.

    Hidden files and folders and `ROW_NAMES` are passed over; a folder that cannot be listed comes
    as a pair of its path and the reason.
    """
    yield from _walk(folder, set())


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path | tuple[Path, SourceError]]:
    pending = [folder]
    while pending:
        path = pending.pop()
        try:
            place = path.stat()
            if not stat.S_ISDIR(place.st_mode):
                yield path
                continue
            key = (place.st_dev, place.st_ino)
            names = sorted(os.listdir(path), reverse=True) if key not in seen else []
        except OSError as error:
            yield path, unreadable(error, path)
            continue
        seen.add(key)
        pending += [path / name for name in names if _wanted(name)]


def _wanted(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() not in ROW_NAMES


def open_file(path: Path) -> BinaryIO:
    """The ordinary file at `path`, opened for reading. Raises UnreadableError for anything else.

    Opening a FIFO would wait for its writer, so it is opened without waiting and then looked at.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise unreadable(error, path) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableError(f"{path} is not an ordinary file: pipe it into `-` instead.")
    return os.fdopen(descriptor, "rb")


def read_whole(file: BinaryIO, shown: str, *, largest: int) -> bytes:
    """All of `file`, at most `largest` bytes. Raises TooLargeError without reading more."""
    try:
        if os.fstat(file.fileno()).st_size > largest:
            raise _too_large(shown, largest)
    except (OSError, ValueError, AttributeError):
        pass  # no real file behind it; what is read below is counted
    try:
        data = file.read(largest + 1)
    except OSError as error:
        raise unreadable(error, shown) from None
    if len(data) > largest:
        raise _too_large(shown, largest)
    return data


def _too_large(shown: str, largest: int) -> TooLargeError:
    return TooLargeError(
        f"{shown} is over {largest >> 20} MB: split it, or raise RETRIEVAL_MAX_FILE_MB."
    )


def unreadable(error: Exception, path: Path | str) -> UnreadableError:
    """An OSError in words for the person who named `path`."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOENT and _HOST.match(str(path)):
        told = f"There is no file {path}: to add a page, write https:// before its address."
        return UnreadableError(told)
    reason = _REASONS.get(number or 0, "{} cannot be read: it is not a usable path or is damaged.")
    return UnreadableError(reason.format(str(path).replace("\x00", "�")))


def nothing_in(folder: Path) -> EmptyError:
    """The reason for a folder without files to read."""
    return EmptyError(
        f"There are no files to read in {folder} (hidden files and .jsonl files are passed over; "
        "name a .jsonl file to read it)."
    )
