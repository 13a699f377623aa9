"""Other identities of articles, by which they are known as well as by their own."""

from __future__ import annotations

import aiosqlite


async def note_alias(
    connection: aiosqlite.Connection, collection_id: int, article_id: int, identity: str
) -> None:
    """Let the article be known by that identity too from now on, within the transaction that
    stores it. An article whose own it is keeps it."""
    await connection.execute(
        """INSERT OR REPLACE INTO aliases SELECT ?1, ?2, ?3 WHERE NOT EXISTS
           (SELECT 1 FROM articles WHERE collection_id = ?1 AND identity = ?2)""",
        (collection_id, identity, article_id),
    )


async def note_identity(
    connection: aiosqlite.Connection, collection_id: int, article_id: int, before: str, now: str
) -> None:
    """Note that the article, known by `before` so far, has `now` for its identity, and is known by
    the other as well unless that was an address: which was wrong, and may be another article's.
    To be called when that is stored."""
    if before == now:
        return
    await connection.execute(
        "DELETE FROM aliases WHERE collection_id = ? AND identity = ?", (collection_id, now)
    )
    if not before.startswith(("http://", "https://")):
        await note_alias(connection, collection_id, article_id, before)


async def forget_aliases(connection: aiosqlite.Connection, article_id: int) -> None:
    """Let the article be known by its own identity alone."""
    await connection.execute("DELETE FROM aliases WHERE article_id = ?", (article_id,))
