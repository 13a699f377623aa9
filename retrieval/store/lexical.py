"""Full text: one FTS5 table per collection, so that the statistics behind a score are its own.

What is stored are the analysed terms, not the text: `title` and `body` hold lower-cased stems
separated by spaces. The row of a passage has the passage's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import aiosqlite

from retrieval.store.filtering import conditions
from retrieval.store.part import Part, as_json
from retrieval.types import Filters

TOKENIZER = "ascii tokenchars '.'"
"""Splits the stored terms again: at ASCII that is neither a letter, a digit nor a full stop."""
_TOKENS = re.compile(r"[0-9A-Za-z.\x80-\ud7ff\ue000-\U0010ffff]+")
"""What TOKENIZER keeps whole. Half of a surrogate pair is no text SQLite could be given."""


class Lexical(Part):
    """Searching terms."""

    async def lexical(
        self,
        collection: str,
        terms: Sequence[str],
        *,
        limit: int,
        filters: Filters | None = None,
        title_weight: float = 1.0,
        body_weight: float = 1.0,
    ) -> list[tuple[int, float]]:
        """Passages with any of the terms, as (passage id, BM25 score), best first.

        Scores are positive. A term counts once however often it is given; any text at all may be
        given, and is searched for literally.
        """
        expression = match_expression(terms)
        collection_id = await self._collection_id(collection)
        if not expression or collection_id is None or limit < 1:
            return []
        table = full_text_table(collection_id)
        where, parameters = conditions(filters)
        # CROSS JOIN keeps the full-text table outermost, where it yields rows already ranked.
        joined = (
            "CROSS JOIN passages p ON p.id = f.rowid JOIN articles a ON a.id = p.article_id"
            if where
            else ""
        )
        rows = await self._database.rows(
            f"""SELECT f.rowid, f.rank FROM {table} f {joined}
                WHERE f.{table} MATCH ? AND f.rank MATCH ? {where}
                ORDER BY f.rank LIMIT ?""",
            (
                expression,
                f"bm25({float(title_weight)}, {float(body_weight)})",
                *parameters,
                limit,
            ),
        )
        return [(passage_id, -rank) for passage_id, rank in rows]

    async def document_frequencies(self, collection: str, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages of the collection each of the terms occurs."""
        wanted = dict.fromkeys(terms, 0)
        collection_id = await self._collection_id(collection)
        known = {term: tokens[0] for term in wanted if len(tokens := _tokens(term)) == 1}
        if collection_id is None or not known:
            return wanted
        rows = await self._database.rows(
            f"""SELECT term, doc FROM {vocabulary_table(collection_id)}
                WHERE term IN (SELECT value FROM json_each(?))""",
            (as_json(known.values()),),
        )
        counts = {term: int(count) for term, count in rows}
        return wanted | {term: counts.get(token, 0) for term, token in known.items()}

    async def passage_terms(
        self, collection: str, ids: Iterable[int]
    ) -> dict[int, tuple[str, str]]:
        """The stored (title terms, body terms) of those passages, as they were put in."""
        collection_id = await self._collection_id(collection)
        if collection_id is None:
            return {}
        rows = await self._database.rows(
            f"""SELECT rowid, title, body FROM {full_text_table(collection_id)}
                WHERE rowid IN (SELECT value FROM json_each(?))""",
            (as_json(ids),),
        )
        return {passage_id: (title, body) for passage_id, title, body in rows}


def match_expression(terms: Iterable[str]) -> str:
    """An FTS5 query for any of the terms, each quoted; empty where nothing can be looked for."""
    phrases = dict.fromkeys(" ".join(_tokens(term)) for term in terms)
    return " OR ".join(f'"{phrase}"' for phrase in phrases if phrase)


def full_text_table(collection_id: int) -> str:
    """Name of the collection's full-text table."""
    return f"fts_{int(collection_id)}"


def vocabulary_table(collection_id: int) -> str:
    """Name of the collection's table of terms."""
    return f"vocab_{int(collection_id)}"


async def create_full_text(connection: aiosqlite.Connection, collection_id: int) -> None:
    """Make the collection's full-text tables, within the transaction that makes it."""
    table = full_text_table(collection_id)
    tokenizer = TOKENIZER.replace("'", "''")
    await connection.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {table} "
        f"USING fts5(title, body, tokenize = '{tokenizer}')"
    )
    await connection.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {vocabulary_table(collection_id)} "
        f"USING fts5vocab('{table}', 'row')"
    )


async def drop_full_text(connection: aiosqlite.Connection, collection_id: int) -> None:
    """Remove the collection's full-text tables."""
    await connection.execute(f"DROP TABLE IF EXISTS {vocabulary_table(collection_id)}")
    await connection.execute(f"DROP TABLE IF EXISTS {full_text_table(collection_id)}")


def _tokens(term: str) -> list[str]:
    """What the tokenizer makes of a term: itself, as a rule."""
    return [token.translate(_LOWER) for token in _TOKENS.findall(term)]


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
"""The tokenizer folds the case of ASCII only, and terms are compared as it leaves them."""
