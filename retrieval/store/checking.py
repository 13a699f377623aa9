"""Whether a library is sound: SQLite's own check, and what has to be true of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from itertools import chain

import aiosqlite

from retrieval.errors import CorruptDatabaseError
from retrieval.store.articles import content_hash
from retrieval.store.lexical import full_text_table
from retrieval.store.part import Part
from retrieval.store.passages import unpack_spans

_BATCH = 64
"""Articles looked at together."""

# Each query gives a row for every violation; the sentence is filled from the row.
_RULES = (
    (
        """SELECT name, passages, counted FROM (SELECT c.name, c.passages, (SELECT COUNT(*)
               FROM articles a JOIN passages p ON p.article_id = a.id
               WHERE a.collection_id = c.id) AS counted FROM collections c)
           WHERE passages != counted""",
        'The collection "{}" says it has {} passages and has {}.',
    ),
    (
        """SELECT article_id FROM passages GROUP BY article_id
           HAVING MIN(ordinal) != 0 OR MAX(ordinal) != COUNT(*) - 1""",
        "The passages of article {} are not numbered without gaps.",
    ),
    (
        """SELECT article_id FROM versions GROUP BY article_id
           HAVING MIN(number) != 1 OR MAX(number) != COUNT(*)""",
        "The versions of article {} are not numbered without gaps.",
    ),
    (
        "SELECT id FROM passages WHERE id NOT IN (SELECT passage_id FROM vectors)",
        "Passage {} has no vector.",
    ),
    (
        """SELECT v.passage_id FROM vectors v LEFT JOIN models m ON m.id = v.model_id
           WHERE m.id IS NULL OR length(v.vector) != 4 * m.dimension""",
        "The vector of passage {} is not of its model's width.",
    ),
    (
        """SELECT s.passage_id FROM sentence_vectors s JOIN passages p ON p.id = s.passage_id
           JOIN vectors v ON v.passage_id = p.id JOIN models m ON m.id = v.model_id
           WHERE length(s.vectors) != 2 * m.dimension * (length(p.sentences) / 8)""",
        "Passage {} has not one vector for each of its sentences.",
    ),
    (
        """SELECT t.passage_id FROM token_vectors t JOIN passages p ON p.id = t.passage_id
           WHERE length(t.counts) != 2 * (1 + length(p.sentences) / 8)""",
        "Passage {} does not say how many of its tokens are in each of its sentences.",
    ),
)


class Checking(Part):
    """Looking for damage."""

    async def problems(self) -> list[str]:
        """What is wrong with the library, a sentence each; nothing when it is sound.

        Everything is read. A file too damaged for that is one problem more, not an error.
        """
        found: list[str] = []
        try:
            async with self._database.snapshot() as connection:
                for look in (_of_sqlite, _of_rules, _of_full_text, _of_articles):
                    found += [problem async for problem in look(connection)]
            if not self.read_only:
                found += await self._of_terms()
        except CorruptDatabaseError as error:
            found.append(f"Not all of it can be read: {error.__cause__}.")
        return found

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        return self._database.read_only

    async def _of_terms(self) -> list[str]:
        """Whether each full-text index agrees with its rows, which SQLite counts as writing."""
        found = []
        for collection_id, name in await self._database.rows("SELECT id, name FROM collections"):
            table = full_text_table(collection_id)
            async with self._database.transaction() as connection:
                try:
                    await connection.execute(
                        f"INSERT INTO {table} ({table}) VALUES ('integrity-check')"
                    )
                except sqlite3.DatabaseError:
                    found.append(f'The full-text index of "{name}" does not agree with its rows.')
        return found


async def _of_sqlite(connection: aiosqlite.Connection) -> AsyncIterator[str]:
    for [report] in await connection.execute_fetchall("PRAGMA quick_check"):
        if report != "ok":
            yield f"The file is damaged: {report}."
    for table, row, parent, _ in await connection.execute_fetchall("PRAGMA foreign_key_check"):
        yield f"Row {row} of {table} belongs to nothing in {parent}."


async def _of_rules(connection: aiosqlite.Connection) -> AsyncIterator[str]:
    for query, sentence in _RULES:
        for row in await connection.execute_fetchall(query):
            yield sentence.format(*row)


async def _of_full_text(connection: aiosqlite.Connection) -> AsyncIterator[str]:
    collections = list(await connection.execute_fetchall("SELECT id, name FROM collections"))
    expected = {full_text_table(collection_id) for collection_id, _ in collections}
    tables = await connection.execute_fetchall(
        "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5(%'"
    )
    present = {name for [name] in tables}
    for name in sorted(present - expected):
        yield f"The full-text index {name} belongs to no collection."
    for collection_id, name in collections:
        table = full_text_table(collection_id)
        if table not in present:
            yield f'The collection "{name}" has no full-text index.'
            continue
        own = """SELECT p.id FROM articles a JOIN passages p ON p.article_id = a.id
                 WHERE a.collection_id = ?"""
        indexed = f"SELECT rowid FROM {table}"
        for query, sentence in (
            (f"{own} EXCEPT {indexed}", "Passage {} cannot be found by its words."),
            (f"{indexed} EXCEPT {own}", "The full-text row {} belongs to no passage."),
        ):
            for [passage_id] in await connection.execute_fetchall(query, (collection_id,)):
                yield sentence.format(passage_id)


async def _of_articles(connection: aiosqlite.Connection) -> AsyncIterator[str]:
    async with connection.execute(
        """SELECT a.id, a.length, a.content_hash, t.text FROM articles a
           LEFT JOIN texts t ON t.article_id = a.id ORDER BY a.id"""
    ) as cursor:
        while batch := list(await cursor.fetchmany(_BATCH)):
            for article_id, length, digest, text in batch:
                if text is None or len(text) != length or content_hash(text) != digest:
                    yield f"The text of article {article_id} is not the one that was stored."
    async with connection.execute(
        """SELECT p.id, p.start, p.stop, p.sentences, a.length FROM passages p
           JOIN articles a ON a.id = p.article_id"""
    ) as cursor:
        while batch := list(await cursor.fetchmany(_BATCH * 16)):
            for passage_id, start, stop, sentences, length in batch:
                bounds = chain.from_iterable(unpack_spans(sentences))
                if not 0 <= start < stop <= length or any(
                    not start <= bound <= stop for bound in bounds
                ):
                    yield f"Passage {passage_id} lies outside its text."
