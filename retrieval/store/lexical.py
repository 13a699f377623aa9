"""Full text: one FTS5 table per collection, so that the statistics behind a score are its own.

What is stored are the analysed terms, not the text: `title` and `body` hold lower-cased stems
separated by spaces. The row of a passage has the passage's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import aiosqlite

from retrieval.store.filtering import conditions
from retrieval.store.part import Part, as_json
from retrieval.types import Filters

TOKENIZER = "ascii tokenchars '.'"
"""Splits the stored terms again: at ASCII that is neither a letter, a digit nor a full stop."""
MAX_TERMS = 64
"""The 3,000 of a question as long as a chapter would hold up everybody for seconds."""
MATCHES, SHARE_OF_MATCHES = 1_000, 0.1
"""Matches a search may look at: so many, or this share of the passages where that is more. Each
thousand takes two milliseconds, and the terms that a third of all passages have tell nothing."""
_TOKENS = re.compile(r"[0-9A-Za-z.\x80-\ud7ff\ue000-\U0010ffff]+")
"""What TOKENIZER keeps whole. Half of a surrogate pair is no text SQLite could be given."""


class Lexical(Part):
    """Searching terms."""

    async def lexical(
        self,
        collection: str,
        terms: Mapping[str, int],
        *,
        passages: int,
        limit: int,
        filters: Filters | None = None,
        title_weight: float = 1.0,
        body_weight: float = 1.0,
    ) -> list[tuple[int, float]]:
        """Passages with any of the terms, as (passage id, BM25 score), best first.

        `terms` with the frequencies that `document_frequencies` gives them: any text at all, which
        is searched for literally; `passages` is how many the collection has. Scores are positive.
        Of many or common terms the rarest count: MAX_TERMS, and of these as many as have MATCHES
        matches, or SHARE_OF_MATCHES of the passages.
        """
        phrases = _rarest(terms, passages)
        collection_id = await self._collection_id(collection)
        if not phrases or collection_id is None or limit < 1:
            return []
        table = full_text_table(collection_id)
        where, values = conditions(filters)
        if where:
            # The plus keeps FTS5 from running the whole match anew for each of these rows.
            where = f"""AND +f.rowid IN (SELECT p.id FROM articles a
                JOIN passages p ON p.article_id = a.id WHERE a.collection_id = ? {where})"""
        parameters = (collection_id, *values) if where else ()
        # Not by the `rank` column, for which FTS5 scores what the filter is to drop as well.
        rows = await self._database.rows(
            f"""SELECT f.rowid, bm25({table}, ?, ?) AS score FROM {table} f
                WHERE f.{table} MATCH ? {where} ORDER BY score, f.rowid LIMIT ?""",
            (title_weight, body_weight, _any_of(phrases), *parameters, limit),
        )
        return [(passage_id, -score) for passage_id, score in rows]

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


def _rarest(terms: Mapping[str, int], passages: int) -> list[str]:
    """The phrases that are searched for, rarest first; the rarest always is."""
    counts = {" ".join(_tokens(term)): count for term, count in terms.items()}
    left = max(MATCHES, SHARE_OF_MATCHES * passages)
    # Phrases of several tokens have no count, and are rare.
    present = [phrase for phrase, count in counts.items() if count or " " in phrase]
    kept: list[str] = []
    for phrase in sorted(present, key=counts.__getitem__)[:MAX_TERMS]:
        left -= counts[phrase]
        if left < 0 and kept:
            break
        kept.append(phrase)
    return kept


def _any_of(phrases: Sequence[str]) -> str:
    """An FTS5 query for any of the phrases. Quoted, no word is an operator."""
    return " OR ".join(f'"{phrase}"' for phrase in phrases)


def _tokens(term: str) -> list[str]:
    """What the tokenizer makes of a term: itself, as a rule."""
    return [token.translate(_LOWER) for token in _TOKENS.findall(term)]


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
"""The tokenizer folds the case of ASCII only, and terms are compared as it leaves them."""
