"""The candidates of a question: what two searches found, and what the store has of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from retrieval import ranking
from retrieval.embedding.protocol import Embedder, Matrix, TokenVectors, Vector
from retrieval.ranking import Candidate
from retrieval.store import Store
from retrieval.types import Passage


class Stored(NamedTuple):
    """What the store has of some passages, by their ids."""

    passages: dict[int, Passage]
    terms: dict[int, tuple[str, str]]
    sentences: dict[int, Matrix]
    tokens: dict[int, TokenVectors]


async def stored(store: Store, collection: str, embedder: Embedder, ids: Sequence[int]) -> Stored:
    """What the store has of these passages."""
    if not ids:
        return Stored({}, {}, {}, {})
    passages, terms, sentences, tokens = await asyncio.gather(
        store.passages(ids),
        store.passage_terms(collection, ids),
        store.sentence_vectors(ids, embedder.name),
        store.token_vectors(ids, embedder.name),
    )
    return Stored({passage.id: passage for passage in passages}, terms, sentences, tokens)


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
    rest, missing = await asyncio.gather(
        stored(store, collection, embedder, [i for i in cosines if i not in bm25]),
        store.vectors_of([i for i in bm25 if i not in cosines], embedder.name),
    )
    cosines |= ranking.cosines(asked, missing)
    terms = known.terms | rest.terms
    sentences, tokens = known.sentences | rest.sentences, known.tokens | rest.tokens
    return [
        Candidate(
            passage=passage,
            title_terms=terms[passage.id][0],
            body_terms=terms[passage.id][1],
            cosine=cosines[passage.id],
            sentence_vectors=sentences.get(passage.id),
            token_vectors=tokens.get(passage.id),
            lexical=bm25.get(passage.id),
            lexical_rank=lexical_ranks.get(passage.id),
            dense_rank=dense_ranks.get(passage.id),
        )
        for passage in (known.passages | rest.passages).values()
        # One that was removed a moment ago has none of these any more.
        if passage.id in terms and passage.id in cosines
    ]
