"""Storing, correcting and removing articles: each is one transaction over everything it touches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields

import aiosqlite

from retrieval.errors import Reason, StoreError, UsageError
from retrieval.store.aliases import note_alias, note_identity
from retrieval.store.articles import content_hash, missing_article
from retrieval.store.collections import ensure
from retrieval.store.handing import Seen, refuse_changed, refuse_overtaken
from retrieval.store.lexical import full_text_table
from retrieval.store.looks import note_corrections, note_page
from retrieval.store.part import (
    MAX_ROWID,
    Part,
    as_json,
    collection_row,
    now,
    pack_starts,
    stamp,
    title_key,
)
from retrieval.store.passages import pack_spans
from retrieval.store.stories import NewStory, write_story
from retrieval.store.values import KEEP, Keep, NewPassage, NewVector, Removed, Written
from retrieval.store.vectors import insert_vectors
from retrieval.store.versions import keep_version
from retrieval.types import Article, ArticleRecord

_FACTS = (
    "identity, title, title_key, url, source, author, published, language, external_id, origin, "
    "added_by, updated, content_hash, length, page_starts, image"
)
_FACTS_COUNT = _FACTS.count(",") + 1
_ASSIGNMENTS = ", ".join(
    f"{fact} = COALESCE(?, added_by)" if fact == "added_by" else f"{fact} = ?"
    for fact in _FACTS.split(", ")
)
"""Of an article that takes the place of another: who is forgotten meanwhile stays forgotten."""


class Writing(Part):
    """Writing articles."""

    async def put_article(
        self,
        collection: str,
        article: Article,
        *,
        passages: Sequence[NewPassage],
        model: str,
        replace: int | None = None,
        story: NewStory | None = None,
        seen: Seen | None = None,
        corrected: Iterable[str] = (),
    ) -> Written:
        """Store an article with its passages, their terms and vectors; all of it or nothing.

        `replace` names the article that this one takes the place of. One with the same identity is
        replaced in any case, as another process may have stored it a moment ago. What replaces
        keeps the id, the date it was first stored, who added it where nobody is named, and the old
        text where that was another as a version; it is known by the identity before as well. The
        collection is made where missing. `corrected` names the facts that a person has put right.
        Raises Overtaken where what the caller has seen is no longer so.
        """
        _refuse_broken(article)
        async with self._database.transaction() as connection:
            collection_id, version = await ensure(connection, collection)
            if seen is not None:
                await refuse_overtaken(connection, collection_id, article, seen)
            article_id = await _owner(connection, collection_id, collection, article, replace)
            removed: tuple[int, ...] = ()
            facts = _facts(article)
            if article_id is None:
                article_id = await _insert_article(connection, collection_id, facts)
            else:
                removed = await _remove_passages(connection, collection_id, [article_id])
                await keep_version(connection, article_id, content_hash(article.text))
                before = await _identity(connection, article_id)
                await connection.execute(
                    f"UPDATE articles SET {_ASSIGNMENTS} WHERE id = ?", (*facts, article_id)
                )
                await note_identity(connection, collection_id, article_id, before, article.identity)
            await connection.execute(
                "INSERT OR REPLACE INTO texts VALUES (?, ?)", (article_id, article.text)
            )
            ids = await _insert_passages(connection, collection_id, article_id, passages, model)
            if article.page is not None:
                await note_page(connection, article_id, article.page)
            if article.alias is not None:
                await note_alias(connection, collection_id, article_id, article.alias)
            await note_corrections(connection, article_id, corrected)
            await write_story(connection, collection_id, article_id, story)
            grown = len(ids) - len(removed)
            after = await stamp(connection, collection_id, grown=grown)
        return Written(article_id, removed, ids, version_before=version, version=after)

    async def update_facts(
        self,
        article_id: int,
        *,
        title: str | Keep = KEEP,
        url: str | Keep | None = KEEP,
        published: str | Keep | None = KEEP,
        author: str | Keep | None = KEEP,
        source: str | Keep | None = KEEP,
        image: str | Keep | None = KEEP,
        identity: str | Keep = KEEP,
        alias: str | None = None,
        title_terms: str | Keep = KEEP,
        corrected: Iterable[str] = (),
        seen: ArticleRecord | None = None,
    ) -> Removed:
        """Correct what is known of an article; text, passages and vectors stay.

        A new url becomes the identity too, unless `identity` says otherwise, since an article
        that comes again is known by its url; UsageError where another article has it already.
        Without a new url the identity stays. By `alias`, and by the identity before, it is known
        as well. `title_terms` renews what is searched of the title.
        `corrected` names the facts that a person has put right, which stay so from now on. Raises
        Overtaken where the article is no longer what the caller has seen.
        """
        changes = {
            "title": title,
            "title_key": KEEP if title is KEEP else title_key(title),
            "url": url,
            "published": published,
            "author": author,
            "source": source,
            "image": image,
            "identity": url if identity is KEEP and url is not None else identity,
        }
        changes = {name: value for name, value in changes.items() if value is not KEEP}
        async with self._database.transaction() as connection:
            if seen is not None:
                await refuse_changed(connection, seen)
            collection_id, version = await _collection_of(connection, article_id)
            before = await _identity(connection, article_id)
            if "identity" in changes:
                await _refuse_taken(connection, collection_id, str(changes["identity"]), article_id)
            assignments = "".join(f"{fact} = ?, " for fact in changes)
            await connection.execute(
                f"UPDATE articles SET {assignments} updated = ? WHERE id = ?",
                (*changes.values(), now(), article_id),
            )
            await note_identity(
                connection, collection_id, article_id, before, str(changes.get("identity", before))
            )
            if alias is not None:
                await note_alias(connection, collection_id, article_id, alias)
            if title_terms is not KEEP:
                await connection.execute(
                    f"""UPDATE {full_text_table(collection_id)} SET title = ? WHERE rowid IN
                        (SELECT id FROM passages WHERE article_id = ?)""",
                    (title_terms, article_id),
                )
            await note_corrections(connection, article_id, corrected)
            after = await stamp(connection, collection_id, grown=0)
        return Removed((), version_before=version, version=after)

    async def forget_person(self, name: str) -> None:
        """Forget who added what that person added, in all collections."""
        async with self._database.transaction() as connection:
            for table in ("articles", "feeds"):
                forget = f"UPDATE {table} SET added_by = NULL WHERE added_by = ?"
                await connection.execute(forget, (name,))

    async def remove_articles(self, collection: str, ids: Iterable[int]) -> Removed:
        """Remove articles of the collection, all in one transaction; NotFoundError, and nothing
        removed, where it lacks one of them."""
        wanted = list(dict.fromkeys(ids))
        async with self._database.transaction() as connection:
            collection_id, version = await collection_row(connection, collection)
            found = {
                row[0]
                for row in await connection.execute_fetchall(
                    """SELECT id FROM articles WHERE collection_id = ?
                       AND id IN (SELECT value FROM json_each(?))""",
                    (collection_id, as_json(wanted)),
                )
            }
            for article_id in wanted:
                if article_id not in found:
                    raise missing_article(collection, str(article_id))
            removed = await _remove_passages(connection, collection_id, wanted)
            await connection.execute(
                "DELETE FROM articles WHERE id IN (SELECT value FROM json_each(?))",
                (as_json(wanted),),
            )
            after = await stamp(connection, collection_id, grown=-len(removed))
        return Removed(removed, version_before=version, version=after)


def _facts(article: Article) -> tuple[object, ...]:
    """The values of _FACTS."""
    return (
        article.identity,
        article.title,
        title_key(article.title),
        article.url,
        article.source,
        article.author,
        article.published,
        article.language,
        article.external_id,
        article.origin,
        article.added_by,
        now(),
        content_hash(article.text),
        len(article.text),
        pack_starts(article.page_starts),
        article.image,
    )


async def _owner(
    connection: aiosqlite.Connection,
    collection_id: int,
    collection: str,
    article: Article,
    replace: int | None,
) -> int | None:
    """Id of the article to be replaced, if any."""
    rows = await connection.execute_fetchall(
        "SELECT id, identity FROM articles WHERE collection_id = ? AND (identity = ? OR id = ?)",
        (collection_id, article.identity, replace),
    )
    by_identity = {identity: int(article_id) for article_id, identity in rows}
    namesake = by_identity.get(article.identity)
    if replace is None:
        return namesake
    if replace not in by_identity.values():
        raise missing_article(collection, str(replace))
    if namesake not in (None, replace):
        raise _taken(article.identity, namesake)
    return replace


async def _insert_article(
    connection: aiosqlite.Connection, collection_id: int, facts: Sequence[object]
) -> int:
    cursor = await connection.execute(
        f"INSERT INTO articles ({_FACTS}, collection_id, added) "
        f"VALUES ({_marks(_FACTS_COUNT + 2)})",
        (*facts, collection_id, now()),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


async def _insert_passages(
    connection: aiosqlite.Connection,
    collection_id: int,
    article_id: int,
    passages: Sequence[NewPassage],
    model: str,
) -> tuple[int, ...]:
    # Ids are taken here rather than one by one from each insert, so that every table is filled by
    # one executemany. SQLite's own count moves with them, and nobody else writes meanwhile.
    rows = await connection.execute_fetchall(
        "SELECT COALESCE(MAX(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'passages'"
    )
    [first] = next(iter(rows))
    ids = tuple(range(first, first + len(passages)))
    await connection.executemany(
        f"INSERT INTO passages VALUES ({_marks(7)})",
        [
            (
                passage_id,
                article_id,
                ordinal,
                new.cut.start,
                new.cut.end,
                new.cut.paragraph,
                pack_spans(new.cut.sentences),
            )
            for ordinal, (passage_id, new) in enumerate(zip(ids, passages, strict=True))
        ],
    )
    await connection.executemany(
        f"INSERT INTO {full_text_table(collection_id)} (rowid, title, body) VALUES (?, ?, ?)",
        [(id_, new.title_terms, new.body_terms) for id_, new in zip(ids, passages, strict=True)],
    )
    vectors = [
        NewVector(passage_id, new.vector, new.sentence_vectors, new.token_vectors)
        for passage_id, new in zip(ids, passages, strict=True)
    ]
    await insert_vectors(connection, vectors, model)
    return ids


async def _remove_passages(
    connection: aiosqlite.Connection, collection_id: int, article_ids: Iterable[int]
) -> tuple[int, ...]:
    rows = await connection.execute_fetchall(
        """SELECT id FROM passages WHERE article_id IN (SELECT value FROM json_each(?))
           ORDER BY id""",
        (as_json(article_ids),),
    )
    removed = tuple(int(row[0]) for row in rows)
    gone = as_json(removed)
    # Full text first: SQLite cascades from passages to vectors, but not into virtual tables.
    for table, column in ((full_text_table(collection_id), "rowid"), ("passages", "id")):
        await connection.execute(
            f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", (gone,)
        )
    return removed


async def _collection_of(connection: aiosqlite.Connection, article_id: int) -> tuple[int, int]:
    """Id and version of the collection an article is in."""
    rows = []
    if 0 < article_id <= MAX_ROWID:
        rows = list(
            await connection.execute_fetchall(
                """SELECT c.id, c.version FROM articles a
                   JOIN collections c ON c.id = a.collection_id WHERE a.id = ?""",
                (article_id,),
            )
        )
    if not rows:
        raise missing_article(None, str(article_id))
    return rows[0][0], rows[0][1]


async def _identity(connection: aiosqlite.Connection, article_id: int) -> str:
    [[identity]] = await connection.execute_fetchall(
        "SELECT identity FROM articles WHERE id = ?", (article_id,)
    )
    return str(identity)


async def _refuse_taken(
    connection: aiosqlite.Connection, collection_id: int, identity: str, article_id: int
) -> None:
    for row in await connection.execute_fetchall(
        "SELECT id FROM articles WHERE collection_id = ? AND identity = ? AND id != ?",
        (collection_id, identity, article_id),
    ):
        raise _taken(identity, row[0])


def _taken(identity: str, article_id: int | None) -> UsageError:
    return UsageError(
        f"Article {article_id} already stands for {identity}. Remove one of the two first.",
        Reason.TAKEN,
        article=article_id or 0,
    )


def _refuse_broken(article: Article) -> None:
    """Half of a surrogate pair, as a broken JSON escape leaves it, cannot be stored as text."""
    try:
        for field in fields(article):
            if isinstance(value := getattr(article, field.name), str):
                value.encode()
    except UnicodeEncodeError as error:
        raise StoreError(
            f"The article cannot be stored: it holds half of a character at position "
            f"{error.start}. Repair the text and add it again.",
            Reason.BROKEN_TEXT,
        ) from error


def _marks(count: int) -> str:
    return ", ".join("?" * count)
