"""Copies of a library for safe keeping, and the way back. Both may run while others use it."""

from __future__ import annotations

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from retrieval.errors import (
    CorruptDatabaseError,
    DiskError,
    NotFoundError,
    StoreError,
    UsageError,
)
from retrieval.store import Store
from retrieval.store.copying import copy_file
from retrieval.store.database import refuse_unreadable
from retrieval.store.failures import friendly
from retrieval.store.migrations import APPLICATION_ID

_BESIDE = ("", "-wal", "-shm")
"""What SQLite keeps under the library's name and beside it."""
_NAMED = 5
"""Collections that are named in a sentence."""
_MARK_AT = 68
"""Offset of the application id in the header of an SQLite file."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was saved or brought back."""

    collections: int
    articles: int
    passages: int
    moved: Path | None = None
    """Where a damaged library went that was in the way."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What a library holds."""

    collections: frozenset[str]
    of_bot: bool
    """Whether a bot keeps its records there."""


async def backup(database: Path, target: Path, *, collection: str | None = None) -> Copied:
    """Save the library, or one collection of it, to the file `target`, which is a library too.

    It holds one moment's state. An earlier backup there is replaced once the new one is complete;
    UsageError where `target` is something else, or is in use.
    """
    database, target = _full(database), _full(target)
    refuse_unreadable(database)
    refuse_unreadable(target)
    _refuse_target(database, target)
    with _unfinished(target) as staged, _speaking_of(staged, copied=database, to=target):
        if collection is None:
            # Of any version: whoever has just updated may want a copy before anything else.
            await _copy_file(database, staged)
        else:
            async with (
                await Store.open(database, read_only=True) as store,
                await Store.open(staged) as copy,
            ):
                await store.copy_collection_to(copy, collection)
        copied = await _count(staged)
        _put_in_place(staged, target)
    return copied


async def restore(
    source: Path, database: Path, *, collection: str | None = None, replace: bool = False
) -> Copied:
    """Bring back the library, or one collection of it, from the backup `source`.

    The backup is copied and checked first, and nothing is touched where it is damaged. Then it
    takes the place of what is there in one transaction, which whoever has the library open sees
    as a change by someone else. With `collection`, only the one of that name is replaced. A
    damaged library that is in the way is moved aside.

    UsageError where a collection would be gone that the backup does not hold, unless `replace`.
    """
    source, database = _full(source), _full(database)
    refuse_unreadable(source)
    refuse_unreadable(database)
    if not source.is_file():
        raise NotFoundError(f"There is no backup {source}. Check the name.")
    if _same(source, database):
        raise UsageError("A library cannot be restored from itself. Name a backup of it.")
    with _unfinished(database) as staged, _speaking_of(staged, copied=source, to=database):
        await _stage(source, staged)
        kept = None if replace or collection is not None else await _held(staged)
        moved = await _set_aside(database, kept)
        copied = await _apply(staged, database, collection)
    return Copied(copied.collections, copied.articles, copied.passages, moved)


async def _copy_file(source: Path, staged: Path) -> None:
    """Copy a library as it is. Of the two files, the one that is written is at fault where the
    disk does not take something."""
    try:
        await copy_file(source, staged)
    except DiskError as error:
        cause = error.__cause__
        if isinstance(cause, sqlite3.Error) and _in_writing(cause):
            raise friendly(cause, staged) or error from cause
        raise


def _in_writing(error: sqlite3.Error) -> bool:
    name = error.sqlite_errorname
    return name.startswith(("SQLITE_FULL", "SQLITE_READONLY")) or name.endswith(
        ("_WRITE", "_FSYNC", "_TRUNCATE")
    )


async def _stage(source: Path, staged: Path) -> None:
    """A copy of the backup, at the present schema and found sound."""
    await _copy_file(source, staged)
    async with await Store.open(staged) as copy:
        problems = await copy.problems()
    if problems:
        raise CorruptDatabaseError(
            f"The backup {source} is damaged, so nothing was changed. Name another one. "
            f"({problems[0]})"
        )


async def _apply(staged: Path, database: Path, collection: str | None) -> Copied:
    async with await Store.open(staged) as copy:
        if collection is None:
            await copy.copy_to(database)
        else:
            async with await Store.open(database) as store:
                await copy.copy_collection_to(store, collection)
        return await _counted(copy, collection)


async def _counted(store: Store, collection: str | None = None) -> Copied:
    chosen = [each for each in await store.collections() if collection in (None, each.name)]
    return Copied(
        collections=len(chosen),
        articles=sum(each.articles for each in chosen),
        passages=sum(each.passages for each in chosen),
    )


async def _count(path: Path) -> Copied:
    async with await Store.open(path) as store:
        return await _counted(store)


async def _held(path: Path) -> _Held:
    async with await Store.open(path) as store:
        names = {each.name for each in await store.collections()}
        return _Held(frozenset(names), await store.has_votes())


async def _set_aside(database: Path, kept: _Held | None) -> Path | None:
    """Move a library that cannot be opened out of the way; a file that never was one stays.

    UsageError where one that can be opened has more than is `kept`, if that is said.
    """
    try:
        async with await Store.open(database) as store:
            if kept is not None:
                await _refuse_loss(store, kept)
            return None
    except CorruptDatabaseError:
        if not _was_library(database):
            raise
        return _moved(database)


async def _refuse_loss(store: Store, kept: _Held) -> None:
    """Of an empty collection nothing is lost, but one that polls feeds is not empty."""
    in_use = {each.name for each in await store.collections() if each.articles}
    in_use |= {each.collection for each in await store.feeds()}
    lost = [f'"{name}"' for name in sorted(in_use - kept.collections)]
    if len(lost) > _NAMED:
        lost = [*lost[:_NAMED], f"{len(lost) - _NAMED:,} more"]
    if not kept.of_bot and await store.has_votes():
        lost.append("the bot's settings, answers and votes")
    if not lost:
        return
    named = " and ".join(filter(None, [", ".join(lost[:-1]), lost[-1]]))
    only = kept.collections
    one = f"--collection {shlex.quote(*only)}" if len(only) == 1 else "--collection NAME"
    raise UsageError(
        f"The backup does not hold all that is in the library, which would lose {named}. Bring "
        f"back one collection alone with {one}, or everything as it was with --replace."
    )


def _moved(database: Path) -> Path:
    away = database.with_name(f"{database.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    for suffix in _BESIDE:
        with suppress(FileNotFoundError):
            _beside(database, suffix).replace(_beside(away, suffix))
    return away


def _was_library(path: Path) -> bool:
    """Whether our mark is in the file's header."""
    with path.open("rb") as file:
        return file.read(_MARK_AT + 4)[_MARK_AT:] == APPLICATION_ID.to_bytes(4, "big")


def _refuse_target(database: Path, target: Path) -> None:
    if target.is_dir():
        raise UsageError(f"{target} is a folder. Name a file in it for the backup.")
    if _same(database, target):
        raise UsageError("The backup would replace the library itself. Name another file.")
    if target.exists() and target.stat().st_size and not _was_library(target):
        raise UsageError(f"{target} exists and is not a backup. Name another file.")
    if _beside(target, "-wal").exists():
        raise UsageError(f"{target} is in use by another program. Name another file.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(
            f"The folder {target.parent} cannot be made ({error.strerror}). Name another place."
        ) from error


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """A name beside `target` for what is to become it; nothing is left under it."""
    staged = target.with_name(f"{target.name}.{os.getpid()}.unfinished")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.touch()  # where SQLite cannot it does not say why, nor which of the files it was
        yield staged
    except OSError as error:
        raise DiskError(
            f"{target} cannot be written ({error.strerror}). Check the disk and the permissions."
        ) from error
    finally:
        for suffix in _BESIDE:
            with suppress(OSError):
                _beside(staged, suffix).unlink()


@contextmanager
def _speaking_of(staged: Path, *, copied: Path, to: Path) -> Iterator[None]:
    """What is found wrong with a copy is said of what was copied, and what is wrong with the disk
    it is written to, of its place there."""
    try:
        yield
    except StoreError as error:
        meant = to if isinstance(error, DiskError) else copied
        text = str(error).replace(str(staged), str(meant))
        raise type(error)(text, error.reason, **error.facts) from error


def _put_in_place(staged: Path, target: Path) -> None:
    with staged.open("rb") as file:
        os.fsync(file.fileno())  # or a power cut could leave the new name with nothing in it
    staged.replace(target)


def _full(path: Path) -> Path:
    return path.expanduser().resolve()


def _same(one: Path, other: Path) -> bool:
    return one == other or (one.exists() and other.exists() and one.samefile(other))


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
