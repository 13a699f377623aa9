"""Stories: which articles are copies of one another, and by what keys copies are found.

A story is named by the id of its first article. The name stays when that article is removed, as
ids are never given twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import aiosqlite

from retrieval.store.lexical import full_text_table
from retrieval.store.part import Part, as_json


@dataclass(frozen=True, slots=True)
class NewStory:
    """What is stored of an article so that its copies are found, and the copy found of it."""

    keys: tuple[int, ...]
    scheme: str
    """What the keys mean; those of another scheme are out of date."""
    joins: int | None
    """An article that tells the same story."""


class Stories(Part):
    """Finding copies."""

    async def alike(
        self,
        collection: str,
        keys: Sequence[int],
        *,
        shared: int,
        limit: int,
        but: int | None = None,
    ) -> list[int]:
        """Articles other than `but` with at least `shared` of the keys, those with most first."""
        rows = await self._database.rows(
            """SELECT k.article_id, COUNT(*) AS common FROM collections c
               JOIN story_keys k ON k.collection_id = c.id
               WHERE c.name = ? AND k.key IN (SELECT value FROM json_each(?))
               AND k.article_id IS NOT ?
               GROUP BY k.article_id HAVING common >= ?
               ORDER BY common DESC, k.article_id LIMIT ?""",
            (collection, as_json(keys), but, shared, limit),
        )
        return [int(row[0]) for row in rows]

    async def article_terms(self, collection: str, ids: Iterable[int]) -> dict[int, list[str]]:
        """The stored body terms of those articles, a text for each passage in order."""
        collection_id = await self._collection_id(collection)
        if collection_id is None:
            return {}
        rows = await self._database.rows(
            f"""SELECT p.article_id, f.body FROM passages p
                JOIN {full_text_table(collection_id)} f ON f.rowid = p.id
                WHERE p.article_id IN (SELECT value FROM json_each(?))
                ORDER BY p.article_id, p.ordinal""",
            (as_json(ids),),
        )
        found: dict[int, list[str]] = {}
        for article_id, body in rows:
            found.setdefault(article_id, []).append(body)
        return found

    async def stories(self, ids: Iterable[int]) -> dict[int, int]:
        """The story of each of those articles that has one."""
        rows = await self._database.rows(
            """SELECT article_id, story FROM stories
               WHERE article_id IN (SELECT value FROM json_each(?))""",
            (as_json(ids),),
        )
        return {article_id: story for article_id, story in rows}

    async def same_story(self, article_id: int) -> list[int]:
        """The other articles that tell the same story, in the order they came."""
        rows = await self._database.rows(
            """SELECT o.article_id FROM stories s JOIN stories o ON o.story = s.story
               WHERE s.article_id = ? AND o.article_id != s.article_id ORDER BY o.article_id""",
            (article_id,),
        )
        return [int(row[0]) for row in rows]

    async def unsketched(self, collection: str, scheme: str, *, limit: int) -> list[int]:
        """Articles without keys of that scheme, in the order they came."""
        rows = await self._database.rows(
            """SELECT a.id FROM collections c JOIN articles a ON a.collection_id = c.id
               LEFT JOIN stories s ON s.article_id = a.id
               WHERE c.name = ? AND s.scheme IS NOT ? ORDER BY a.id LIMIT ?""",
            (collection, scheme, limit),
        )
        return [int(row[0]) for row in rows]

    async def put_story(self, article_id: int, story: NewStory) -> None:
        """Store keys and story of an article that is stored already, unless it is gone."""
        async with self._database.transaction() as connection:
            for [collection_id] in await connection.execute_fetchall(
                "SELECT collection_id FROM articles WHERE id = ?", (article_id,)
            ):
                await write_story(connection, collection_id, article_id, story)


async def write_story(
    connection: aiosqlite.Connection, collection_id: int, article_id: int, story: NewStory | None
) -> None:
    """Put an article into its story, and out of the one it was in, within a transaction."""
    joined = None
    for [found] in await connection.execute_fetchall(
        "SELECT story FROM stories WHERE article_id = ?", (story.joins if story else None,)
    ):
        joined = found
    await connection.execute("DELETE FROM story_keys WHERE article_id = ?", (article_id,))
    await connection.execute("DELETE FROM stories WHERE article_id = ?", (article_id,))
    if joined != article_id:
        # It was the first of a story that it has left: the others are called after the next one.
        await connection.execute(
            """UPDATE stories SET story = (SELECT MIN(article_id) FROM stories WHERE story = :id)
               WHERE story = :id""",
            {"id": article_id},
        )
    if story is None:
        return
    await connection.execute(
        "INSERT INTO stories VALUES (?, ?, ?)",
        (article_id, article_id if joined is None else joined, story.scheme),
    )
    await connection.executemany(
        "INSERT OR IGNORE INTO story_keys VALUES (?, ?, ?)",
        [(collection_id, key, article_id) for key in story.keys],
    )
