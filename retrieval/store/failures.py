"""SQLite's refusals in a user's words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import CorruptDatabaseError, DiskError, Reason, StoreError, UsageError

_PRIMARY_CODE = 0xFF
"""The low byte of an extended result code is the plain one."""


def friendly(error: sqlite3.Error, path: Path) -> StoreError | None:
    """What to tell the user of `error`, or None where it is a mistake of the program itself."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    match code & _PRIMARY_CODE:
        case sqlite3.SQLITE_CORRUPT:
            return damaged(path)
        case sqlite3.SQLITE_NOTADB:
            return foreign(path)
        case sqlite3.SQLITE_FULL:
            return DiskError(
                f"The disk that holds {path} is full, so nothing was changed. "
                "Free some space and try again.",
                Reason.FULL,
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return read_only(path)
        case sqlite3.SQLITE_CANTOPEN:
            return DiskError(
                f"The library {path} cannot be opened. Check that its folder exists and that you "
                "may read and write there.",
                Reason.NOT_OPENED,
            )
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_NOLFS:
            return DiskError(
                f"Reading or writing {path} failed, so nothing was changed. Check the disk and "
                "the space left on it, then try again.",
                Reason.DISK,
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError(
                f"Another program has been busy with {path} for too long. Try again in a moment.",
                Reason.LIBRARY_BUSY,
            )
    return None


def damaged(path: Path) -> CorruptDatabaseError:
    """The file is a library and has gone bad."""
    return CorruptDatabaseError(
        f"The library {path} is damaged. Restore it from a backup, or move the file away to "
        "start a new one.",
        Reason.LIBRARY_DAMAGED,
    )


def foreign(path: Path) -> CorruptDatabaseError:
    """The file is something else."""
    return CorruptDatabaseError(
        f"{path} is not a Clippings library. Name another file, or move this one away to start "
        "a new library there.",
        Reason.NO_LIBRARY,
    )


def read_only(path: Path) -> DiskError:
    """The file or its folder must not be written."""
    return DiskError(
        f"The library {path} cannot be written. Check the permissions of the file and its "
        "folder, and that the disk is not mounted read-only.",
        Reason.READ_ONLY,
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite refuses within the block into errors fit for a user."""
    try:
        yield
    except UnicodeEncodeError:
        # An argument that is no text in the terminal's encoding arrives as halves of characters.
        raise UsageError(
            "A name or text holds characters that are not valid text. Write it in UTF-8.",
            Reason.BROKEN_TEXT,
        ) from None
    except sqlite3.Error as error:
        told = friendly(error, path)
        if told is None:
            raise
        raise told from error
