"""How well each token of a question is matched by a passage's tokens. Pure.

Each token of the question is compared with the one most like it in the passage, and what these
have in common is added up by how much the tokens count: the late interaction of ColBERT (Khattab &
Zaharia 2020, "ColBERT: efficient and effective passage search via contextualized late interaction
over BERT"), whose MaxSim this is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from retrieval.embedding.products import product
from retrieval.embedding.protocol import ONE, Matrix, TokenVectors


class Matched(NamedTuple):
    """Cosines of a question's tokens with the nearest ones of a passage, averaged; -1..1."""

    passage: float
    sentences: list[float]
    """In each of its sentences and what stands in none, as its title does."""


def matched(asked: Matrix, passages: Sequence[TokenVectors]) -> list[Matched]:
    """How well the tokens of each passage match those of a question, `Asked.tokens`.

    All passages at once: for a score of them that takes half the time of one after the other.
    """
    if not passages:
        return []
    # Of a passage without any tokens not even their width is known.
    vectors = [tokens.vectors for tokens in passages if len(tokens.vectors)]
    every = np.concatenate(vectors) if vectors else np.zeros((0, asked.shape[1]), np.int8)
    cosines = product(every, asked.T)
    counts = np.concatenate([tokens.counts for tokens in passages]).astype(np.int64)
    ends, held = np.cumsum(counts), np.flatnonzero(counts)
    # The best of each stretch of tokens; `reduceat` wants stretches that are not empty.
    best = np.full((len(counts), len(asked)), -np.inf, np.float32)
    best[held] = np.maximum.reduceat(cosines, (ends - counts)[held], axis=0) / ONE
    stretches = [len(tokens.counts) for tokens in passages]
    titles = np.cumsum([0, *stretches[:-1]])
    whole = _sums(np.maximum.reduceat(best, titles, axis=0))
    # A title stands beside every sentence.
    sentences = _sums(np.maximum(best, np.repeat(best[titles], stretches, axis=0)))
    return [
        Matched(value, sentences[title + 1 : title + count])
        for value, title, count in zip(whole, titles.tolist(), stretches, strict=True)
    ]


def _sums(best: Matrix) -> list[float]:
    """Over the question's tokens; 0 where nothing stands that could match them."""
    sums = best.sum(axis=1)
    found: list[float] = np.where(np.isfinite(sums), sums, 0.0).tolist()
    return found
