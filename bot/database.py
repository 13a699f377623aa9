"""The bot's connections to the library's file: single statements, and whole transactions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite

from bot.schema import META, STEPS
from retrieval.errors import NewerDatabaseError, StoreError
from retrieval.store.failures import translated

log = logging.getLogger(__name__)

BUSY_SECONDS = 30.0
"""The engine writes a whole article in one transaction; a long one may take seconds."""

Row = tuple[Any, ...]


class Database:
    """Every write is a transaction under one lock, so none joins another's. Reads have a
    connection of their own: a write waits while the engine stores an article, and what is read
    before a person is answered must not wait behind it."""

    def __init__(
        self, path: Path, connection: aiosqlite.Connection, reading: aiosqlite.Connection
    ) -> None:
        self._path, self._connection, self._reading = path, connection, reading
        self._lock = asyncio.Lock()
        self._forgoing = False

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Database]:
        """Open a library that the engine has made; its bot tables are made or moved on here.
        This and all that is done with it may raise StoreError."""
        connect = partial(aiosqlite.connect, path, isolation_level=None, timeout=BUSY_SECONDS)
        async with AsyncExitStack() as opened:
            with translated(path):
                connection = await opened.enter_async_context(connect())
                reading = await opened.enter_async_context(connect())
                await connection.execute("PRAGMA foreign_keys = ON")
                await connection.execute("PRAGMA synchronous = NORMAL")
                await reading.execute("PRAGMA query_only = ON")
            database = cls(path, connection, reading)
            await database._migrate()
            yield database

    async def rows(self, sql: str, *values: object) -> list[Row]:
        """All rows of a query."""
        with translated(self._path):
            return [tuple(row) for row in await self._reading.execute_fetchall(sql, values)]

    async def row(self, sql: str, *values: object) -> Row | None:
        """The first row of a query."""
        rows = await self.rows(sql, *values)
        return rows[0] if rows else None

    async def write(self, sql: str, *values: object) -> int:
        """One statement; how many rows it changed."""
        async with self._executed(sql, values) as cursor:
            return cursor.rowcount

    async def insert(self, sql: str, *values: object) -> int:
        """One INSERT; the id of the new row."""
        async with self._executed(sql, values) as cursor:
            return cursor.lastrowid or 0

    @contextmanager
    def forgoing(self) -> Iterator[None]:
        """Within, what the disk does not take is gone without: it is of less worth than going on.
        That is logged once, until something is taken again."""
        try:
            yield
        except StoreError as error:
            if not self._forgoing:
                log.warning("the bot can remember nothing at the moment: %s", error)
            self._forgoing = True
        else:
            if self._forgoing:
                log.info("the bot can remember again")
            self._forgoing = False

    @asynccontextmanager
    async def _executed(self, sql: str, values: Row) -> AsyncIterator[aiosqlite.Cursor]:
        with translated(self._path):
            async with self._lock, self._connection.execute(sql, values) as cursor:
                yield cursor

    async def transact(self, statements: Iterable[tuple[str, tuple[object, ...]]]) -> int:
        """All statements or none; how many rows they changed together."""
        async with self._lock:
            try:
                with translated(self._path):
                    return await self._all(statements)
            except BaseException:  # a cancellation too, which may land on BEGIN
                # Without asking whether one is open: a cancelled BEGIN may still be waiting for the
                # connection's thread, and the rollback queues behind it.
                await asyncio.shield(self._connection.rollback())
                raise

    async def _all(self, statements: Iterable[tuple[str, Row]]) -> int:
        changed = 0
        await self._connection.execute("BEGIN IMMEDIATE")
        for sql, values in statements:
            cursor = await self._connection.execute(sql, values)
            changed += max(0, cursor.rowcount)
            await cursor.close()
        await self._connection.execute("COMMIT")
        return changed

    async def _migrate(self) -> None:
        await self.write(META)
        found = await self.row("SELECT value FROM bot_meta WHERE name = 'schema'")
        version = int(found[0]) if found else 0
        if version > len(STEPS):
            raise NewerDatabaseError(
                "This library was used by a newer version of the bot: update Clippings."
            )
        for number, step in enumerate(STEPS[version:], start=version + 1):
            note = "INSERT OR REPLACE INTO bot_meta VALUES ('schema', ?)"
            await self.transact([*((sql, ()) for sql in step), (note, (str(number),))])
