"""The candidates of a question: what two searches found, and what the store has of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from retrieval.embedding.protocol import Embedder, Vector
from retrieval.ranking import Candidate
from retrieval.store import Store, StoredVectors
from retrieval.types import Passage


class Stored(NamedTuple):
    """What the store has of some passages, by their ids."""

    passages: dict[int, Passage]
    terms: dict[int, tuple[str, str]]
    vectors: dict[int, StoredVectors]


async def stored(store: Store, collection: str, embedder: Embedder, ids: Sequence[int]) -> Stored:
    """What the store has of these passages."""
    if not ids:
        return Stored({}, {}, {})
    passages, terms, vectors = await asyncio.gather(
        store.passages(ids),
        store.passage_terms(collection, ids),
        store.stored_vectors(ids, embedder.name),
    )
    return Stored({passage.id: passage for passage in passages}, terms, vectors)


async def joined(
    store: Store,
    collection: str,
    embedder: Embedder,
    asked: Vector,
    dense: Sequence[tuple[int, float]],
    lexical: Sequence[tuple[int, float]],
    known: Stored,
) -> list[Candidate]:
    """The passages of both searches, each given as (id, score), best first.

    `known` is what is stored of those of the lexical search.
    """
    cosines = dict(dense)
    bm25 = dict(lexical)
    dense_ranks = {passage_id: n for n, (passage_id, _) in enumerate(dense, 1)}
    lexical_ranks = {passage_id: n for n, (passage_id, _) in enumerate(lexical, 1)}
    rest = await stored(store, collection, embedder, [i for i in cosines if i not in bm25])
    for passage_id, vectors in known.vectors.items():
        if passage_id not in cosines:
            cosines[passage_id] = float(vectors.passage @ asked)
    terms, vectors_of = known.terms | rest.terms, known.vectors | rest.vectors
    return [
        Candidate(
            passage=passage,
            title_terms=terms[passage.id][0],
            body_terms=terms[passage.id][1],
            cosine=cosines[passage.id],
            sentence_vectors=vectors_of[passage.id].sentences,
            token_vectors=vectors_of[passage.id].tokens,
            lexical=bm25.get(passage.id),
            lexical_rank=lexical_ranks.get(passage.id),
            dense_rank=dense_ranks.get(passage.id),
        )
        for passage in (known.passages | rest.passages).values()
        # One that was removed or changed a moment ago has none of these any more.
        if passage.id in terms and passage.id in vectors_of and passage.id in cosines
    ]
