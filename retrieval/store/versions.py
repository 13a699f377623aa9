"""Articles' earlier texts: what was quoted from them can still be shown as it was."""

from __future__ import annotations

import aiosqlite

from retrieval.errors import NotFoundError
from retrieval.store.part import MAX_ROWID, Part, now
from retrieval.types import ArticleVersion

_VERSION = """SELECT v.number, v.title, v.url, v.source, v.author, v.published,
    COALESCE((SELECT replaced FROM versions
              WHERE article_id = v.article_id AND number = v.number - 1), a.added),
    v.replaced, length(v.text)
    FROM versions v JOIN articles a ON a.id = v.article_id"""


class Versions(Part):
    """Reading earlier texts; they are kept when an article is replaced."""

    async def versions(self, article_id: int) -> list[ArticleVersion]:
        """An article's earlier versions, oldest first; the present one is not among them."""
        rows = await self._database.rows(
            f"{_VERSION} WHERE v.article_id = ? ORDER BY v.number", (article_id,)
        )
        return [ArticleVersion(*row) for row in rows]

    async def version_text(self, article_id: int, number: int) -> str:
        """The text of an article's version, the present one too. Raises NotFoundError."""
        if 0 < article_id <= MAX_ROWID and 0 < number <= MAX_ROWID:
            row = await self._database.row(
                """SELECT text FROM versions WHERE article_id = :id AND number = :number
                   UNION ALL
                   SELECT text FROM texts WHERE article_id = :id
                   AND :number = (SELECT COUNT(*) + 1 FROM versions WHERE article_id = :id)""",
                {"id": article_id, "number": number},
            )
            if row is not None:
                return str(row[0])
        raise NotFoundError(
            f"Article {article_id} has no version {number}. Show the article to see which it has."
        )


async def keep_version(
    connection: aiosqlite.Connection, article_id: int, content_hash: str
) -> None:
    """Keep an article's text as a version, within the transaction that replaces it by one with
    that hash; nothing where the text stays the same."""
    await connection.execute(
        """INSERT INTO versions
           SELECT a.id, (SELECT COUNT(*) + 1 FROM versions WHERE article_id = a.id), a.title,
               a.url, a.source, a.author, a.published, ?, t.text
           FROM articles a JOIN texts t ON t.article_id = a.id
           WHERE a.id = ? AND a.content_hash != ?""",
        (now(), article_id, content_hash),
    )
