"""Files and folders on this machine, opened so that nothing named by mistake hangs or loops."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from retrieval.errors import EmptyError, SourceError, TooLargeError, UnreadableError
from retrieval.sources.kinds import HTML_NAMES, MARKDOWN_NAMES

ROW_NAMES = frozenset({".jsonl", ".ndjson"})
"""Endings of files that hold an article a line. Inside folders they are questions as often as
articles, and are read only when named."""
FOLDER_NAMES = MARKDOWN_NAMES | HTML_NAMES | {
    ".txt", ".text", ".pdf", ".docx", ".epub", ".eml", ".mbox", ".mht", ".mhtml",
}  # fmt: skip
"""Endings of files that are taken from a folder, as are those without one: programs, tables and
settings beside them are text too, and nobody's articles."""

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


def walk(
    folder: Path, left_out: list[Path] | None = None
) -> Iterator[Path | tuple[Path, SourceError]]:
    """Files below `folder` in sorted order, of the kinds that articles come in.

    Hidden files and folders are passed over, and folders elsewhere that a link leads to. What is
    passed over for its ending goes to `left_out`; what cannot be looked at comes as a pair of its
    path and the reason.
    """
    pending = [folder]
    while pending:
        path = pending.pop()
        try:
            if not stat.S_ISDIR(path.stat().st_mode):
                if _wanted(path):
                    yield path
                elif left_out is not None:
                    left_out.append(path)
                continue
            # Whoever names a link means the folder behind it; within a folder it may lead to
            # anything, the folder itself among it.
            linked = path is not folder and path.is_symlink()
            names = [] if linked else sorted(os.listdir(path), reverse=True)
        except OSError as error:
            yield path, unreadable(error, path)
            continue
        pending += [path / name for name in names if not name.startswith(".")]


def ending(path: Path) -> str:
    """What the name of a file ends in, in small letters: "" for none, as of "Letter to Dr. No"."""
    suffix = path.suffix.lower()
    return "" if re.search(r"\s", suffix) else suffix


def _wanted(path: Path) -> bool:
    return ending(path) in FOLDER_NAMES | {""}


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


def read_whole(file: BinaryIO | Resumed, shown: str, *, largest: int) -> bytes:
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
        f"There are no files to read in {folder}: hidden ones are passed over, and those with "
        "endings that articles do not have (name such a file to have it read)."
    )


class Resumed:
    """An input of which the beginning has been read already, to be read from there again."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = io.BytesIO(head), rest

    def fileno(self) -> int:
        """The file behind it. Raises OSError where there is none."""
        return self._rest.fileno()

    def read(self, size: int, /) -> bytes:
        """As many bytes, fewer only at its end."""
        data = self._head.read(size)
        return data + self._rest.read(size - len(data))

    def readline(self, size: int, /) -> bytes:
        """A line, or as many bytes of it."""
        return self._head.readline(size) or self._rest.readline(size)
