"""Collections: libraries within the library that never see one another."""

from __future__ import annotations

import aiosqlite

from retrieval.errors import UsageError
from retrieval.store.lexical import create_full_text, drop_full_text
from retrieval.store.part import Part, collection_row, missing_collection, new_version, now
from retrieval.store.values import CollectionInfo, CollectionStats

MAX_NAME_CHARS = 200


class Collections(Part):
    """Naming, making and dropping collections."""

    async def collections(self) -> list[CollectionInfo]:
        """All collections with their sizes, by name."""
        rows = await self._database.rows(
            """SELECT name, created, version,
                   (SELECT COUNT(*) FROM articles WHERE collection_id = c.id), passages
               FROM collections c ORDER BY name"""
        )
        return [CollectionInfo(*row) for row in rows]

    async def ensure_collection(self, name: str) -> None:
        """Make the collection unless it exists."""
        if await self._collection_id(name) is None:
            async with self._database.transaction() as connection:
                await ensure(connection, name)

    async def drop_collection(self, name: str) -> None:
        """Remove a collection with all that is in it; NotFoundError where there is none."""
        async with self._database.transaction() as connection:
            collection_id, _ = await collection_row(connection, name)
            await drop(connection, collection_id)

    async def collection_key(self, name: str) -> str:
        """What no other collection of this library has ever had or will have for a key, whatever
        their names; fit for the name of a file."""
        return str(await self._collection_id(name) or 0)

    async def collection_version(self, name: str) -> int:
        """A number that every write to the collection draws anew; 0 where there is none.

        Only equality means anything: equal versions are equal contents, also between copies of a
        library.
        """
        row = await self._database.row("SELECT version FROM collections WHERE name = ?", (name,))
        return 0 if row is None else int(row[0])

    async def collection_stats(self, name: str) -> CollectionStats:
        """The collection in figures; NotFoundError where there is none."""
        collection_id = await self._collection_id(name)
        if collection_id is None:
            raise missing_collection(name)
        [sums] = await self._database.rows(
            """SELECT COUNT(*), COALESCE(SUM(length), 0), MIN(added), MAX(updated)
               FROM articles WHERE collection_id = ?""",
            (collection_id,),
        )
        models = await self._database.rows(
            """SELECT m.name, COUNT(*) FROM articles a
               JOIN passages p ON p.article_id = a.id
               JOIN vectors v ON v.passage_id = p.id
               JOIN models m ON m.id = v.model_id
               WHERE a.collection_id = ? GROUP BY m.id ORDER BY m.id""",
            (collection_id,),
        )
        return CollectionStats(
            name=name,
            articles=sums[0],
            passages=await self.passage_count(name),
            characters=sums[1],
            models=tuple((model, count) for model, count in models),
            first_added=sums[2],
            last_updated=sums[3],
        )


async def ensure(connection: aiosqlite.Connection, name: str) -> tuple[int, int]:
    """Id and version of the collection, made within the transaction where it does not exist."""
    if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise UsageError(
            f"A collection's name has 1 to {MAX_NAME_CHARS} visible characters. Choose another."
        )
    await connection.execute(
        "INSERT OR IGNORE INTO collections (name, created, version) VALUES (?, ?, ?)",
        (name, now(), new_version()),
    )
    collection_id, version = await collection_row(connection, name)
    await create_full_text(connection, collection_id)
    return collection_id, version


async def drop(connection: aiosqlite.Connection, collection_id: int) -> None:
    """Remove a collection with all that is in it, within a transaction."""
    await drop_full_text(connection, collection_id)
    await connection.execute("DELETE FROM collections WHERE id = ?", (collection_id,))
