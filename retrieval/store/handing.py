"""Whether what a writer found before still holds, and articles handed on to another identity.

Whoever adds looks first and writes later, as embedding lies between. Another process may have
written meanwhile, so what was found is asked again within the transaction that stands on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import aiosqlite

from retrieval.store.aliases import forget_aliases
from retrieval.store.articles import content_hash
from retrieval.store.looks import note_page
from retrieval.store.part import Part, as_json, collection_row, now, pack_starts, stamp
from retrieval.store.values import Removed
from retrieval.types import Article, ArticleRecord

_SEEN = ("identity", "content_hash", "title", "url", "source", "author", "published")
"""What of an article has to be as it was found."""


class Overtaken(Exception):
    """Somebody has written meanwhile: nothing is stored, and the caller is to look again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found before an article is stored."""

    known: ArticleRecord | None
    """The article of its identity."""
    unique: bool
    """Whether there was none of its text either, where `known` is None."""


class Handing(Part):
    """Handing articles on."""

    async def hand_over(self, record: ArticleRecord, heir: Article) -> Removed:
        """Let the article be known by the identity and the facts of `heir` from now on; its title
        and text stay, whatever those of `heir` are. Raises Overtaken."""
        facts = {
            "identity": heir.identity,
            "url": heir.url,
            "source": heir.source,
            "author": heir.author,
            "published": heir.published,
            "language": heir.language,
            "external_id": heir.external_id,
            "origin": heir.origin,
            "added_by": heir.added_by,
            "page_starts": pack_starts(heir.page_starts),
            "image": heir.image,
            "updated": now(),
        }
        async with self._database.transaction() as connection:
            await refuse_changed(connection, record)
            collection_id, version = await collection_row(connection, record.collection)
            await refuse_overtaken(connection, collection_id, heir, Seen(None, unique=False))
            assignments = ", ".join(f"{fact} = ?" for fact in facts)
            await connection.execute(
                f"UPDATE articles SET {assignments} WHERE id = ?", (*facts.values(), record.id)
            )
            # What was found at the old address, and put right of its facts, is not the heir's.
            await connection.execute("DELETE FROM looks WHERE article_id = ?", (record.id,))
            await connection.execute(
                "DELETE FROM corrections WHERE article_id = ? AND fact != 'title'", (record.id,)
            )
            await forget_aliases(connection, record.id)
            if heir.page is not None:
                await note_page(connection, record.id, heir.page)
            after = await stamp(connection, collection_id, grown=0)
        return Removed((), version_before=version, version=after)


async def refuse_changed(connection: aiosqlite.Connection, record: ArticleRecord) -> None:
    """Raises Overtaken where the article is not what it was when it was read: gone, known by
    another identity, of another text, or with facts that somebody may have put right since."""
    for row in await connection.execute_fetchall(
        f"SELECT {', '.join(_SEEN)} FROM articles WHERE id = ?", (record.id,)
    ):
        if tuple(row) == tuple(getattr(record, fact) for fact in _SEEN):
            return
    raise Overtaken


async def refuse_overtaken(
    connection: aiosqlite.Connection, collection_id: int, article: Article, seen: Seen
) -> None:
    """Raises Overtaken where what was seen before `article` is stored is no longer so."""
    if seen.known is not None:
        await refuse_changed(connection, seen.known)
        return
    texts = [content_hash(article.text)] if seen.unique else []
    for _ in await connection.execute_fetchall(
        """SELECT 1 FROM articles WHERE collection_id = :collection AND identity = :identity
           UNION ALL
           SELECT 1 FROM articles WHERE collection_id = :collection
           AND content_hash IN (SELECT value FROM json_each(:texts))""",
        {"collection": collection_id, "identity": article.identity, "texts": as_json(texts)},
    ):
        raise Overtaken
