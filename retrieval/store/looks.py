"""Looks at articles' pages: when each is due, what its server said last, and whether it is gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from retrieval.store.part import Part, as_json


@dataclass(frozen=True, slots=True)
class Look:
    """How an article's page was found."""

    looked: str | None
    """When; None before the first look."""
    due: str
    """When it is looked at next."""
    etag: str | None = None
    last_modified: str | None = None
    changed: str | None = None
    """When its text was last found to have changed."""
    misses: int = 0
    """Looks since the last that found it there, each of which found it missing."""
    gone: str | None = None
    """Since when it counts as gone."""
    error: str | None = None
    """Why the last look brought nothing."""


class DueLook(NamedTuple):
    """An article whose page is to be looked at."""

    collection: str
    article_id: int


class Looks(Part):
    """Remembering looks, and what people have put right."""

    async def look(self, article_id: int) -> Look | None:
        """The last look at an article's page."""
        row = await self._database.row(
            """SELECT looked, due, etag, last_modified, changed, misses, gone, error
               FROM looks WHERE article_id = ?""",
            (article_id,),
        )
        return None if row is None else Look(*row)

    async def due_looks(
        self, now: str, new_before: str, *, collections: Sequence[str] | None = None, limit: int
    ) -> list[DueLook]:
        """Articles of web pages that are due, longest overdue first, of some collections or of
        all; one that was never looked at is due if it was added before `new_before`."""
        rows = await self._database.rows(
            """SELECT c.name, a.id FROM articles a JOIN collections c ON c.id = a.collection_id
               LEFT JOIN looks l ON l.article_id = a.id
               WHERE a.url LIKE 'http%'
               AND (:names IS NULL OR c.name IN (SELECT value FROM json_each(:names)))
               AND CASE WHEN l.due IS NULL THEN a.added <= :before ELSE l.due <= :now END
               ORDER BY COALESCE(l.due, a.added), a.id LIMIT :limit""",
            {
                "names": None if collections is None else as_json(collections),
                "before": new_before,
                "now": now,
                "limit": limit,
            },
        )
        return [DueLook(*row) for row in rows]

    async def claim_look(self, article_id: int, now: str, until: str) -> bool:
        """Whether the look is the caller's to take; until then it is nobody else's."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                """INSERT INTO looks (article_id, due) SELECT id, :until FROM articles
                   WHERE id = :id
                   ON CONFLICT DO UPDATE SET due = excluded.due WHERE due <= :now""",
                {"id": article_id, "now": now, "until": until},
            )
            return cursor.rowcount == 1

    async def put_look(self, article_id: int, look: Look) -> None:
        """Remember a look, unless the article is gone from the library."""
        async with self._database.transaction() as connection:
            await connection.execute(
                """INSERT OR REPLACE INTO looks
                   (article_id, looked, due, etag, last_modified, changed, misses, gone, error)
                   SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM articles WHERE id = ?""",
                (
                    look.looked,
                    look.due,
                    look.etag,
                    look.last_modified,
                    look.changed,
                    look.misses,
                    look.gone,
                    look.error,
                    article_id,
                ),
            )

    async def correct(self, article_id: int, facts: Iterable[str]) -> None:
        """Note that a person has put these facts of an article right."""
        async with self._database.transaction() as connection:
            await connection.executemany(
                """INSERT OR IGNORE INTO corrections SELECT id, ? FROM articles WHERE id = ?""",
                [(fact, article_id) for fact in facts],
            )

    async def corrections(self, article_id: int) -> set[str]:
        """The facts of an article that people have put right."""
        rows = await self._database.rows(
            "SELECT fact FROM corrections WHERE article_id = ?", (article_id,)
        )
        return {fact for [fact] in rows}
