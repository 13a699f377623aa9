"""Reading passages: where they lie, and the article's very words there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct, iter_unpack

import numpy as np

from retrieval.store.database import Row
from retrieval.store.filtering import conditions
from retrieval.store.part import Part, as_json
from retrieval.store.values import Ids
from retrieval.types import Filters, Passage, Span

_COLUMNS = "id, article_id, ordinal, start, stop, paragraph, sentences"
# The texts ride along once per article and in the same statement: what is cut and where to cut
# must come from the same state of the library.
_WITH_TEXTS = f"""WITH chosen AS MATERIALIZED (SELECT {_COLUMNS} FROM passages p WHERE %s)
    SELECT {_COLUMNS} FROM chosen
    UNION ALL
    SELECT NULL, article_id, 0, 0, 0, 0, text FROM texts
    WHERE article_id IN (SELECT article_id FROM chosen)"""
_SPAN = "<ii"
"""A sentence: start and end in the article, each a little-endian 32-bit integer."""


class Passages(Part):
    """Reading passages by id."""

    async def passages(self, ids: Iterable[int]) -> list[Passage]:
        """Those passages, in the order given; an id that is no longer there is left out."""
        wanted = [int(each) for each in ids]
        rows = await self._database.rows(
            _WITH_TEXTS % "p.id IN (SELECT value FROM json_each(?))", (as_json(wanted),)
        )
        found = {passage.id: passage for passage in _cut(rows)}
        return [found[each] for each in wanted if each in found]

    async def neighbours(self, passage_id: int, before: int, after: int) -> list[Passage]:
        """Up to `before` passages ahead of that one in its article and `after` behind it, in the
        article's order, without itself."""
        rows = await self._database.rows(
            _WITH_TEXTS
            % """(p.article_id, p.ordinal) IN (
                SELECT n.article_id, n.ordinal FROM passages o JOIN passages n
                ON n.article_id = o.article_id AND n.id != o.id
                AND n.ordinal BETWEEN o.ordinal - ? AND o.ordinal + ? WHERE o.id = ?)""",
            (before, after, int(passage_id)),
        )
        return sorted(_cut(rows), key=lambda passage: passage.ordinal)

    async def article_passages(self, article_id: int) -> list[Passage]:
        """All passages of an article, in its order."""
        rows = await self._database.rows(_WITH_TEXTS % "p.article_id = ?", (article_id,))
        return sorted(_cut(rows), key=lambda passage: passage.ordinal)

    async def passage_ids(self, collection: str, filters: Filters) -> Ids | None:
        """Ids of the passages that may answer, ascending; None where the filter is empty."""
        if filters.empty:
            return None
        where, parameters = conditions(filters)
        rows = await self._database.rows(
            f"""SELECT p.id FROM collections c JOIN articles a ON a.collection_id = c.id
                JOIN passages p ON p.article_id = a.id WHERE c.name = ? {where} ORDER BY p.id""",
            (collection, *parameters),
        )
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))


def pack_spans(spans: Sequence[Span]) -> bytes:
    """Sentences as they are stored."""
    return Struct(f"<{2 * len(spans)}i").pack(*(offset for span in spans for offset in span))


def unpack_spans(packed: bytes) -> tuple[Span, ...]:
    """Sentences as they were given."""
    return tuple(Span(start, end) for start, end in iter_unpack(_SPAN, packed))


def _cut(rows: Sequence[Row]) -> list[Passage]:
    texts = {row[1]: row[6] for row in rows if row[0] is None}
    return [
        Passage(
            id=passage_id,
            article_id=article_id,
            ordinal=ordinal,
            start=start,
            end=end,
            paragraph=paragraph,
            # In Python, not by SQL's substr: that one stops at a NUL character.
            text=texts[article_id][start:end],
            sentences=unpack_spans(sentences),
        )
        for passage_id, article_id, ordinal, start, end, paragraph, sentences in rows
        if passage_id is not None
    ]
