"""Vectors, each with the model that made it: those of two models are never mixed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

import aiosqlite
import numpy as np

from retrieval.embedding.protocol import Matrix, PassageText, TokenVectors, Vector
from retrieval.store.part import Part, as_json, stamp
from retrieval.store.passages import unpack_spans
from retrieval.store.values import Ids, NewVector, StalePassage, StoredVectors

BATCH = 4096
"""Vectors read at a time: 6 MiB of the bundled model's."""
_OF_COLLECTION = """FROM collections c JOIN articles a ON a.collection_id = c.id
    JOIN passages p ON p.article_id = a.id"""
# The index alone answers this; left to itself SQLite would read the rows, vectors and all.
_MADE = """FROM vectors v INDEXED BY vectors_by_model WHERE v.passage_id = p.id
    AND v.model_id = (SELECT id FROM models WHERE name = ?)"""


class Vectors(Part):
    """Reading and renewing vectors; `writing` stores an article's first ones."""

    async def vectors(self, collection: str, model: str) -> tuple[Ids, Matrix]:
        """Ids (n,) and vectors (n, dimension) of that model, of one state of the library.

        The order is that of articles and passages. With no vector at all the dimension is the
        model's, or 0 where it is not known yet.
        """
        batches = [batch async for batch in self.vector_batches(collection, model)]
        if not batches:
            row = await self._database.row("SELECT dimension FROM models WHERE name = ?", (model,))
            dimension = 0 if row is None else int(row[0])
            return np.empty(0, np.int64), np.empty((0, dimension), np.float32)
        ids = np.concatenate([ids for ids, _ in batches])
        matrix = np.empty((len(ids), batches[0][1].shape[1]), np.float32)
        end = len(ids)
        while batches:  # each let go as soon as it is copied: there may be gigabytes of them
            _, part = batches.pop()
            matrix[end - len(part) : end] = part
            end -= len(part)
        return ids, matrix

    async def vector_batches(
        self, collection: str, model: str, *, size: int = BATCH
    ) -> AsyncIterator[tuple[Ids, Matrix]]:
        """The same, `size` at a time, all of one state of the library."""
        async with (
            self._database.snapshot() as connection,
            connection.execute(
                f"""SELECT v.passage_id, v.vector {_OF_COLLECTION}
                    JOIN vectors v ON v.passage_id = p.id JOIN models m ON m.id = v.model_id
                    WHERE c.name = ? AND m.name = ?""",
                (collection, model),
            ) as cursor,
        ):
            while rows := list(await cursor.fetchmany(size)):
                ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
                joined = b"".join([row[1] for row in rows])
                yield ids, np.frombuffer(joined, dtype="<f4").reshape(len(rows), -1)

    async def stored_vectors(self, ids: Iterable[int], model: str) -> dict[int, StoredVectors]:
        """All vectors of these passages by that model; one that it has not embedded is left out."""
        rows = await self._database.rows(
            """SELECT v.passage_id, v.vector, s.vectors, t.counts, t.vectors
               FROM vectors v JOIN models m ON m.id = v.model_id
               LEFT JOIN sentence_vectors s ON s.passage_id = v.passage_id
               LEFT JOIN token_vectors t ON t.passage_id = v.passage_id
               WHERE m.name = ? AND v.passage_id IN (SELECT value FROM json_each(?))""",
            (model, as_json(ids)),
        )
        return {passage_id: _unpacked(*packed) for passage_id, *packed in rows}

    async def stale_count(self, collection: str, model: str) -> int:
        """How many passages have no vector of that model."""
        row = await self._database.row(
            f"""SELECT c.passages - (
                    SELECT COUNT(*) FROM articles a JOIN passages p ON p.article_id = a.id
                    WHERE a.collection_id = c.id AND EXISTS (SELECT 1 {_MADE})
                ) FROM collections c WHERE c.name = ?""",
            (model, collection),
        )
        return 0 if row is None else int(row[0])

    async def stale(self, collection: str, model: str, *, limit: int = 64) -> list[StalePassage]:
        """Some passages without a vector of that model, an article's together; none when all is
        made. `put_vectors` of what it gives makes it give the next."""
        rows = await self._database.rows(
            f"""WITH chosen AS MATERIALIZED (SELECT p.id {_OF_COLLECTION}
                    WHERE c.name = ? AND NOT EXISTS (SELECT 1 {_MADE}) ORDER BY p.id LIMIT ?)
                SELECT p.id, a.title, p.start, p.stop, p.sentences, t.text FROM chosen
                JOIN passages p ON p.id = chosen.id JOIN articles a ON a.id = p.article_id
                JOIN texts t ON t.article_id = a.id ORDER BY p.id""",
            (collection, model, limit),
        )
        return [
            StalePassage(
                passage_id,
                PassageText(
                    title=title,
                    text=text[start:stop],
                    sentences=tuple(span.since(start) for span in unpack_spans(packed)),
                ),
            )
            for passage_id, title, start, stop, packed, text in rows
        ]

    async def put_vectors(self, rows: Sequence[NewVector], model: str) -> None:
        """Replace the vectors of stored passages by those of `model`, in one transaction; a
        passage that is gone by now is passed over."""
        if not rows:
            return
        async with self._database.transaction() as connection:
            owners = await connection.execute_fetchall(
                """SELECT p.id, a.collection_id FROM passages p JOIN articles a
                   ON a.id = p.article_id WHERE p.id IN (SELECT value FROM json_each(?))""",
                (as_json(row.passage_id for row in rows),),
            )
            collections = dict(tuple(owner) for owner in owners)
            kept = [row for row in rows if row.passage_id in collections]
            await insert_vectors(connection, kept, model)
            for collection_id in set(collections.values()):
                await stamp(connection, collection_id, grown=0)


async def insert_vectors(
    connection: aiosqlite.Connection, rows: Sequence[NewVector], model: str
) -> None:
    """Store vectors of passages, in place of older ones, within a transaction."""
    if not rows:
        return
    packed = [(row.passage_id, _packed(row.vector, "<f4")) for row in rows]
    model_id = await _model_id(connection, model, {len(vector) // 4 for _, vector in packed})
    # The older one goes with what hangs on it: the new one may come without.
    await connection.executemany(
        "INSERT OR REPLACE INTO vectors (passage_id, model_id, vector) VALUES (?, ?, ?)",
        [(passage_id, model_id, vector) for passage_id, vector in packed],
    )
    await connection.executemany(
        "INSERT OR REPLACE INTO sentence_vectors (passage_id, vectors) VALUES (?, ?)",
        [
            (row.passage_id, _packed(row.sentence_vectors, "<f2"))
            for row in rows
            if row.sentence_vectors is not None
        ],
    )
    await connection.executemany(
        "INSERT OR REPLACE INTO token_vectors (passage_id, counts, vectors) VALUES (?, ?, ?)",
        [
            (row.passage_id, counts.astype("<u2").tobytes(), vectors.tobytes())
            for row in rows
            if row.token_vectors is not None
            for counts, vectors in [row.token_vectors]
        ],
    )


async def _model_id(connection: aiosqlite.Connection, model: str, dimensions: set[int]) -> int:
    if len(dimensions) != 1:
        raise ValueError(f"vectors of several widths: {sorted(dimensions)}")
    [dimension] = dimensions
    await connection.execute(
        "INSERT OR IGNORE INTO models (name, dimension) VALUES (?, ?)", (model, dimension)
    )
    [row] = await connection.execute_fetchall(
        "SELECT id, dimension FROM models WHERE name = ?", (model,)
    )
    if row[1] != dimension:
        raise ValueError(f"{model} makes vectors of {row[1]} numbers, not of {dimension}")
    return int(row[0])


def _packed(array: Vector | Matrix, kind: str) -> bytes:
    if not np.isfinite(array).all():
        raise ValueError("a vector has numbers that are not finite")
    return np.ascontiguousarray(array, dtype=kind).tobytes()


def _unpacked(
    packed: bytes, sentences: bytes | None, counts: bytes | None, tokens: bytes | None
) -> StoredVectors:
    vector = np.frombuffer(packed, "<f4")
    inside, held = None, None
    if sentences is not None:
        inside = np.frombuffer(sentences, "<f2").reshape(-1, len(vector)).astype(np.float32)
    if counts is not None and tokens is not None:
        each = np.frombuffer(counts, "<u2")
        width = len(tokens) // max(1, int(each.sum()))
        held = TokenVectors(each, np.frombuffer(tokens, np.int8).reshape(-1, width or 1))
    return StoredVectors(vector, inside, held)
