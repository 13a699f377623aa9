"""Looks at articles' pages: when each is due, what its server said last, and whether it is gone.

Only what was read from its address is looked at by itself: a text that somebody brought along
with an address is not to be replaced by what a machine finds there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import aiosqlite

from retrieval.pace import SHORTEST_LOOK_S, after, stamp
from retrieval.store.part import Part, as_json
from retrieval.types import PageState


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
        self, now: str, *, collections: Sequence[str] | None = None, limit: int
    ) -> list[DueLook]:
        """Articles whose pages are due, longest overdue first, of some collections or of all."""
        rows = await self._database.rows(
            """SELECT c.name, a.id FROM articles a JOIN collections c ON c.id = a.collection_id
               JOIN looks l ON l.article_id = a.id
               WHERE l.due <= :now
               AND (:names IS NULL OR c.name IN (SELECT value FROM json_each(:names)))
               ORDER BY l.due, a.id LIMIT :limit""",
            {
                "names": None if collections is None else as_json(collections),
                "now": now,
                "limit": limit,
            },
        )
        return [DueLook(*row) for row in rows]

    async def claim_look(self, article_id: int, now: str, until: str) -> bool:
        """Whether the look is the caller's to take; until then it is nobody else's."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "UPDATE looks SET due = :until WHERE article_id = :id AND due <= :now",
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

    async def corrections(self, article_id: int) -> set[str]:
        """The facts of an article that people have put right."""
        rows = await self._database.rows(
            "SELECT fact FROM corrections WHERE article_id = ?", (article_id,)
        )
        return {fact for [fact] in rows}


async def note_corrections(
    connection: aiosqlite.Connection, article_id: int, facts: Iterable[str]
) -> None:
    """Note that a person has put these facts of an article right, within the transaction that
    does so."""
    await connection.executemany(
        "INSERT OR IGNORE INTO corrections VALUES (?, ?)", [(article_id, fact) for fact in facts]
    )


async def note_page(connection: aiosqlite.Connection, article_id: int, page: PageState) -> None:
    """Note that an article's text has just been read from its page, within the transaction that
    stores it."""
    now = datetime.now(UTC)
    await connection.execute(
        """INSERT INTO looks (article_id, looked, due, etag, last_modified) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET looked = excluded.looked, due = excluded.due,
           etag = excluded.etag, last_modified = excluded.last_modified, misses = 0, gone = NULL,
           error = NULL""",
        (article_id, stamp(now), after(now, SHORTEST_LOOK_S), page.etag, page.last_modified),
    )
