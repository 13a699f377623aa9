"""One library file: its connections, its one transaction at a time, its schema.

Writing and reading have a connection each: in WAL mode a reader sees the last committed state
and never waits for a writer, so a question is answered while a long article is being stored.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self, cast

import aiosqlite

from retrieval.errors import DiskError, NewerDatabaseError, NotFoundError, Reason, StoreError
from retrieval.store.failures import foreign, read_only, translated
from retrieval.store.migrations import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 15.0
"""How long one process waits for another's write; a write is one article, so far below this."""
WAL_LIMIT_BYTES = 64 * 1024 * 1024
"""A write-ahead log that a burst of adding has grown is cut back to this."""
READ_CACHE_KIB = 16 * 1024
"""SQLite's own 2 MiB are too few for the inner pages of a large full-text index."""
LONGEST_SHOWN = 200
"""Characters shown of a path that is none."""

Row = tuple[Any, ...]  # what a column holds is known only to the query that asked for it


class Database:
    """An open library file; made by `Database.open`, to be closed by its opener."""

    def __init__(
        self,
        path: Path,
        *,
        reader: aiosqlite.Connection,
        writer: aiosqlite.Connection | None,
        read_uri: str,
    ) -> None:
        self.path = path
        self._reader = reader
        self._writer = writer
        self._read_uri = read_uri
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[Any] | None = None

    @classmethod
    async def open(cls, path: Path, *, read_only: bool = False, any_schema: bool = False) -> Self:
        """Open the library at `path`, made with its folder when missing unless `read_only`.

        `any_schema` lets a file through that may only be read, whatever it is: to copy it.

        Raises NewerDatabaseError, CorruptDatabaseError or DiskError, and NotFoundError for a
        missing library that may only be read.
        """
        path = _located(path, read_only)
        if read_only:
            return await cls._open_read_only(path, any_schema)
        with translated(path):
            writer = await _connect(f"{path.as_uri()}?mode=rwc")
            try:
                await _prepare(writer, path)
                reader = await _connect(f"{path.as_uri()}?mode=rw", query_only=True)
            except BaseException:
                await writer.close()
                raise
        return cls(path, reader=reader, writer=writer, read_uri=f"{path.as_uri()}?mode=rw")

    @classmethod
    async def _open_read_only(cls, path: Path, any_schema: bool) -> Self:
        # Not mode=ro: that one leaves the log and the shared memory it needs behind. SQLite takes
        # mode=rw for reading where a file cannot be written, and query_only sees to the rest.
        uri = f"{path.as_uri()}?mode=rw"
        with translated(path):
            try:
                reader = await _connect(uri, query_only=True)
                await _check_readable(reader, path, any_schema)
            except sqlite3.OperationalError:
                # A library in a folder that cannot be written cannot have these two beside it.
                # Without a log the file itself is complete, and nobody has it open.
                if _has_log(path):
                    raise
                uri = f"{path.as_uri()}?immutable=1"
                reader = await _connect(uri, query_only=True)
                await _check_readable(reader, path, any_schema)
        return cls(path, reader=reader, writer=None, read_uri=uri)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        return self._writer is None

    async def close(self) -> None:
        """Close; the last one to close leaves everything in the one file."""
        try:
            await self._reader.close()
        finally:
            if self._writer is not None:
                await self._writer.close()

    async def rows(self, sql: str, parameters: Iterable[Any] = ()) -> list[Row]:
        """All rows of a query on the last committed state."""
        with translated(self.path):
            found = await self._reader.execute_fetchall(sql, parameters)
        return cast(list[Row], found)  # without a row factory rows are tuples

    async def row(self, sql: str, parameters: Iterable[Any] = ()) -> Row | None:
        """The first row of a query on the last committed state."""
        found = await self.rows(sql, parameters)
        return found[0] if found else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """The connection for writing, for the length of one transaction.

        All of the block is committed, or, after any exception or a cancellation, none of it. A
        cancellation during the commit itself may find it done. Transactions do not nest.
        """
        if self._writer is None:
            raise read_only(self.path)
        if self._owner is not None and self._owner is asyncio.current_task():
            raise RuntimeError("a transaction within a transaction would wait for itself")
        async with self._lock:
            self._owner = asyncio.current_task()
            try:
                with translated(self.path):
                    async with _committed(self._writer):
                        yield self._writer
            finally:
                self._owner = None

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[aiosqlite.Connection]:
        """A connection of its own on which all reads see one and the same state.

        For reads that are long: those of others do not queue behind them.
        """
        with translated(self.path):
            connection = await _connect(self._read_uri, query_only=True)
            try:
                await connection.execute("BEGIN")
                yield connection
            finally:
                await connection.close()

    @asynccontextmanager
    async def attached(self, other: Database) -> AsyncIterator[aiosqlite.Connection]:
        """A connection with `other` attached to it as `source`, for the length of a transaction."""
        if self._writer is None:
            raise read_only(self.path)
        with translated(self.path):
            connection = await _connect(f"{self.path.as_uri()}?mode=rw")
            try:
                # The other one to be read only: a library on a disk that cannot be written, too.
                await connection.execute("ATTACH ? AS source", (other._read_uri,))
                async with self._lock, _committed(connection):
                    yield connection
            finally:
                await connection.close()

    async def data_version(self) -> int:
        """A number that differs from the one before when anyone, this object included, has
        committed since."""
        row = await self.row("PRAGMA data_version")
        assert row is not None
        return int(row[0])


def _located(path: Path, read_only: bool) -> Path:
    """Where the library is, in full, with a folder for it to be in."""
    try:
        path = path.expanduser().resolve()
        refuse_unreadable(path)
        is_folder = path.is_dir()
    except (OSError, RuntimeError, ValueError):  # too long, a circle of links, ~nobody
        shown = str(path) if len(str(path)) <= LONGEST_SHOWN else f"{str(path)[:LONGEST_SHOWN]}…"
        raise DiskError(
            f"{shown} cannot be a file's path. Name another place for the library."
        ) from None
    if is_folder:
        raise DiskError(f"{path} is a folder. Name the library file in it.")
    if read_only:
        if not path.exists():
            raise NotFoundError(f"There is no library at {path} yet. Add an article to make one.")
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(
            f"The folder {path.parent} cannot be made ({error.strerror}). Name another place "
            "for the library."
        ) from error
    return path


def refuse_unreadable(path: Path) -> None:
    """Raise DiskError where there is a file that must not be read, or a folder to look into."""
    try:
        forbidden = path.exists() and not os.access(path, os.R_OK)
    except PermissionError:
        forbidden = True
    if forbidden:
        raise DiskError(
            f"You may not read {path}. See whose file it is, and check its permissions and those "
            "of its folder.",
            Reason.NOT_OPENED,
        )


def _has_log(path: Path) -> bool:
    return path.with_name(path.name + "-wal").exists()


@asynccontextmanager
async def _committed(connection: aiosqlite.Connection) -> AsyncIterator[None]:
    try:
        # Within the try: a cancellation can land on BEGIN, which the connection's thread then
        # carries out all the same. The rollback queues behind whatever it is still at.
        # IMMEDIATE: a transaction that reads before it writes could not be made to wait.
        await connection.execute("BEGIN IMMEDIATE")
        yield
        await connection.execute("COMMIT")
    except BaseException:
        await connection.rollback()
        raise


async def _connect(uri: str, *, query_only: bool = False) -> aiosqlite.Connection:
    """A connection; where this fails or is cancelled, none is left behind."""
    connecting = asyncio.ensure_future(_connected(uri))
    try:
        connection = await asyncio.shield(connecting)
    except asyncio.CancelledError:
        # Its thread goes on all the same, and would find the loop closed.
        with suppress(sqlite3.Error):
            await (await connecting).close()
        raise
    try:
        await connection.execute("PRAGMA foreign_keys = ON")
        if query_only:
            await connection.execute("PRAGMA query_only = ON")
            await connection.execute(f"PRAGMA cache_size = -{READ_CACHE_KIB}")
    except BaseException:
        await connection.close()
        raise
    return connection


async def _connected(uri: str) -> aiosqlite.Connection:
    threads = []

    def connect() -> sqlite3.Connection:
        threads.append(threading.current_thread())
        return sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S, cached_statements=256
        )

    try:
        return await aiosqlite.Connection(connect, iter_chunk_size=64)
    except sqlite3.Error:
        # Its thread has been told to end, but nobody waits for it, and it might find the loop
        # closed, to which it has yet to say that it did.
        for thread in threads:
            await asyncio.to_thread(thread.join)
        raise


async def _prepare(connection: aiosqlite.Connection, path: Path) -> None:
    """Bring the file to the present schema and the connection to its settings."""
    version = await _schema_version(connection, path)
    if await _pragma(connection, "journal_mode") != "wal":
        await _write_ahead(connection)
    # NORMAL: a killed process loses nothing, as the kernel has what was committed; a power cut may
    # lose the last articles, which can be added again, but never damages the file. FULL would
    # wait for the disk at every article.
    await connection.execute("PRAGMA synchronous = NORMAL")
    await connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
    while version < SCHEMA_VERSION:
        async with _committed(connection):
            # Asked again under the lock: another process may have been quicker.
            version = await _schema_version(connection, path)
            if version < SCHEMA_VERSION:
                await MIGRATIONS[version](connection)
                version += 1
                await connection.execute(f"PRAGMA user_version = {version}")
                log.info("library brought to schema version %d", version)


async def _write_ahead(connection: aiosqlite.Connection) -> None:
    """Switch to WAL mode, for which SQLite does not wait when another process does the same."""
    for attempt in range(50):
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            await asyncio.sleep(0.01 * (1 + attempt % 5))
    await connection.execute("PRAGMA journal_mode = WAL")


async def _schema_version(connection: aiosqlite.Connection, path: Path) -> int:
    """Schema version of a library, 0 for an empty file; raises for anything else."""
    version = int(await _pragma(connection, "user_version"))
    tables = list(await connection.execute_fetchall("SELECT 1 FROM sqlite_master LIMIT 1"))
    # Asked last: whoever is making the library meanwhile marks it together with its tables.
    if int(await _pragma(connection, "application_id")) != APPLICATION_ID and (version or tables):
        raise foreign(path)
    if version > SCHEMA_VERSION:
        raise NewerDatabaseError(
            f"The library {path} was written by a newer version of Clippings. Update Clippings, "
            "or name another library."
        )
    return version


async def _check_readable(connection: aiosqlite.Connection, path: Path, any_schema: bool) -> None:
    try:
        if any_schema:
            await _pragma(connection, "user_version")
            return
        version = await _schema_version(connection, path)
        if version < SCHEMA_VERSION:
            raise StoreError(
                f"The library {path} was written by an older version of Clippings. Open it once "
                "where it can be written, to bring it up to date."
            )
    except BaseException:
        await connection.close()
        raise


async def _pragma(connection: aiosqlite.Connection, name: str) -> Any:
    [row] = await connection.execute_fetchall(f"PRAGMA {name}")
    return row[0]
