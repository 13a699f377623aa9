"""Copying a library, or one collection of it into another library."""

from __future__ import annotations

from pathlib import Path

import aiosqlite

from retrieval.store.collections import drop, ensure
from retrieval.store.database import Database
from retrieval.store.failures import translated
from retrieval.store.lexical import full_text_table
from retrieval.store.part import missing_collection, stamp

_ARTICLE_COLUMNS = (
    "identity, title, title_key, url, source, author, published, language, external_id, origin, "
    "added_by, added, updated, content_hash, length, page_starts, image"
)
_FEED_COLUMNS = (
    "url, title, site, added, added_by, announce, report, etag, last_modified, digest, "
    "interval_s, due, NULL, polled, succeeded, failures, error, told, reason, facts"
)
_ENTRY_COLUMNS = "key, state, link, title, stamp, found, seen, news, tries, due"


async def copy_file(source: Path, target: Path) -> None:
    """Copy a library that may be of any version, or damaged, as it is."""
    database = await Database.open(source, read_only=True, any_schema=True)
    try:
        await copy_library(database, target)
    finally:
        await database.close()


async def copy_library(source: Database, target: Path) -> None:
    """Make `target` the same as the library, as of one moment, while others use either.

    An existing library is overwritten in one transaction: whoever has it open sees the old one
    or the new one.
    """
    with translated(target):
        async with (
            source.snapshot() as connection,
            aiosqlite.connect(target, isolation_level=None) as copy,
        ):
            await connection.backup(copy)


async def copy_collection(source: Database, target: Database, name: str) -> None:
    """Put the collection of that name in `target`, in place of the one it has, in one
    transaction; articles and passages get new ids. NotFoundError where `source` has none."""
    async with target.attached(source) as connection:
        rows = list(
            await connection.execute_fetchall(
                "SELECT id, created FROM source.collections WHERE name = ?", (name,)
            )
        )
        if not rows:
            raise missing_collection(name)
        old_id, created = rows[0]
        for [replaced] in await connection.execute_fetchall(
            "SELECT id FROM main.collections WHERE name = ?", (name,)
        ):
            await drop(connection, replaced)
        new_id, _ = await ensure(connection, name)
        await connection.execute(
            "UPDATE main.collections SET created = ? WHERE id = ?", (created, new_id)
        )
        await _copy_rows(connection, old_id, new_id)
        rows = list(
            await connection.execute_fetchall(
                f"SELECT COUNT(*) FROM main.{full_text_table(new_id)}"
            )
        )
        await stamp(connection, new_id, grown=rows[0][0])


async def _copy_rows(connection: aiosqlite.Connection, old_id: int, new_id: int) -> None:
    """Copy what is in a collection. New ids are old ones moved past all that were ever given."""
    articles = "SELECT id FROM source.articles WHERE collection_id = :old"
    passages = f"SELECT id FROM source.passages WHERE article_id IN ({articles})"
    feeds = "SELECT id FROM source.feeds WHERE collection_id = :old"
    values = {
        "old": old_id,
        "new": new_id,
        "article": await _shift(connection, "articles", articles, old_id),
        "passage": await _shift(connection, "passages", passages, old_id),
        "feed": await _shift(connection, "feeds", feeds, old_id),
    }
    for statement in (
        f"""INSERT INTO main.articles (id, collection_id, {_ARTICLE_COLUMNS})
            SELECT id + :article, :new, {_ARTICLE_COLUMNS} FROM source.articles
            WHERE collection_id = :old ORDER BY id""",
        f"""INSERT INTO main.texts SELECT article_id + :article, text FROM source.texts
            WHERE article_id IN ({articles})""",
        f"""INSERT INTO main.versions
            SELECT article_id + :article, number, title, url, source, author, published, replaced,
            text FROM source.versions WHERE article_id IN ({articles})""",
        f"""INSERT INTO main.corrections SELECT article_id + :article, fact
            FROM source.corrections WHERE article_id IN ({articles})""",
        f"""INSERT INTO main.aliases SELECT :new, identity, article_id + :article
            FROM source.aliases WHERE article_id IN ({articles})""",
        f"""INSERT INTO main.looks SELECT article_id + :article, etag, last_modified, looked,
            changed, due, misses, gone, error FROM source.looks
            WHERE article_id IN ({articles})""",
        f"""INSERT INTO main.feeds SELECT id + :feed, :new, {_FEED_COLUMNS} FROM source.feeds
            WHERE collection_id = :old ORDER BY id""",
        f"""INSERT INTO main.entries SELECT feed_id + :feed, {_ENTRY_COLUMNS},
            article_id + :article, error FROM source.entries WHERE feed_id IN ({feeds})""",
        f"""INSERT INTO main.passages
            SELECT id + :passage, article_id + :article, ordinal, start, stop, paragraph, sentences
            FROM source.passages WHERE article_id IN ({articles}) ORDER BY id""",
        """INSERT OR IGNORE INTO main.models (name, dimension)
           SELECT name, dimension FROM source.models""",
        f"""INSERT INTO main.vectors SELECT v.passage_id + :passage, n.id, v.vector
            FROM source.vectors v JOIN source.models o ON o.id = v.model_id
            JOIN main.models n ON n.name = o.name
            WHERE v.passage_id IN ({passages}) ORDER BY v.passage_id""",
        f"""INSERT INTO main.sentence_vectors SELECT passage_id + :passage, vectors
            FROM source.sentence_vectors WHERE passage_id IN ({passages}) ORDER BY passage_id""",
        f"""INSERT INTO main.token_vectors SELECT passage_id + :passage, counts, vectors
            FROM source.token_vectors WHERE passage_id IN ({passages}) ORDER BY passage_id""",
        f"""INSERT INTO main.stories SELECT article_id + :article, story + :article, scheme
            FROM source.stories WHERE article_id IN ({articles}) ORDER BY article_id""",
        """INSERT INTO main.story_keys SELECT :new, key, article_id + :article
           FROM source.story_keys WHERE collection_id = :old ORDER BY key""",
        f"""INSERT INTO main.{full_text_table(new_id)} (rowid, title, body)
            SELECT rowid + :passage, title, body FROM source.{full_text_table(old_id)}
            ORDER BY rowid""",
    ):
        await connection.execute(statement, values)


async def _shift(connection: aiosqlite.Connection, table: str, ids: str, old_id: int) -> int:
    """What to add to the ids of rows to be copied into that table."""
    [row] = await connection.execute_fetchall(
        f"""SELECT COALESCE((SELECT seq FROM main.sqlite_sequence WHERE name = '{table}'), 0) + 1
            - COALESCE((SELECT MIN(id) FROM ({ids})), 0)""",
        {"old": old_id},
    )
    return int(row[0])
