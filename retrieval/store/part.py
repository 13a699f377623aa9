"""What the parts of the store share."""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from struct import Struct

import aiosqlite

from retrieval.errors import NotFoundError
from retrieval.store.database import Database

MAX_ROWID = 2**63 - 1


class Part:
    """One noun of the store: its methods speak SQL about it on the shared database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _collection_id(self, name: str) -> int | None:
        # Asked every time: another process may have dropped the collection and made it anew.
        row = await self._database.row("SELECT id FROM collections WHERE name = ?", (name,))
        return None if row is None else int(row[0])

    async def passage_count(self, name: str) -> int:
        """How many passages the collection has."""
        row = await self._database.row("SELECT passages FROM collections WHERE name = ?", (name,))
        return 0 if row is None else int(row[0])

    async def _change(self, sql: str, parameters: Sequence[object]) -> bool:
        """Whether that one statement, a transaction of its own, has changed anything."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(sql, parameters)
            return cursor.rowcount > 0


def now() -> str:
    """This second, as it is stored."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_json(values: Iterable[int] | Iterable[str]) -> str:
    """Values as one parameter for `json_each`, which has no limit on their number."""
    # An id that came out of an array is a NumPy integer, which JSON does not know.
    return json.dumps([each if isinstance(each, str) else int(each) for each in values])


def pack_starts(starts: Sequence[int]) -> bytes:
    """Offsets at which pages begin, as they are stored."""
    return Struct(f"<{len(starts)}i").pack(*starts)


def title_key(title: str) -> str:
    """A title as it is compared: SQLite's own LIKE knows the case of ASCII letters only."""
    return unicodedata.normalize("NFKC", title).casefold()


async def collection_row(connection: aiosqlite.Connection, name: str) -> tuple[int, int]:
    """Id and version of a collection, within a transaction; NotFoundError where there is none."""
    rows = list(
        await connection.execute_fetchall(
            "SELECT id, version FROM collections WHERE name = ?", (name,)
        )
    )
    if not rows:
        raise missing_collection(name)
    return int(rows[0][0]), int(rows[0][1])


def missing_collection(name: str) -> NotFoundError:
    """The collection does not exist."""
    return NotFoundError(f'There is no collection "{name}". List the collections to see them all.')


def new_version() -> int:
    """A version for a collection: drawn, not counted, so that two copies of a library that have
    gone different ways never show the same number for different contents."""
    return secrets.randbits(62) + 1


async def stamp(connection: aiosqlite.Connection, collection_id: int, *, grown: int) -> int:
    """Mark a collection as changed by `grown` passages, within a transaction."""
    version = new_version()
    await connection.execute(
        "UPDATE collections SET version = ?, passages = passages + ? WHERE id = ?",
        (version, grown, collection_id),
    )
    return version
