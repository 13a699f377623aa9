"""How well each token of a question is matched by a passage's tokens. Pure.

Each token of the question is compared with the one most like it in the passage, and what these
have in common is added up by how much the tokens count: the late interaction of ColBERT (Khattab &
Zaharia 2020, "ColBERT: efficient and effective passage search via contextualized late interaction
over BERT"), whose MaxSim this is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from retrieval.embedding.products import product
from retrieval.embedding.protocol import ONE, Matrix, TokenVectors


class Matched(NamedTuple):
    """Cosines of a question's tokens with the nearest ones of a passage, averaged; -1..1."""

    passage: float
    sentences: list[float]
    """In each of its sentences and what stands in none, as its title does."""


def matched(asked: Matrix, tokens: TokenVectors) -> Matched:
    """How well a passage's tokens match those of a question, which `Asked.tokens` are."""
    cosines = product(tokens.vectors.astype(np.float32), asked.T)
    ends = np.cumsum(tokens.counts, dtype=np.int64)
    held = np.flatnonzero(tokens.counts)
    if not len(held) or not len(asked):
        return Matched(0.0, [0.0] * (len(ends) - 1))
    # The best of each stretch of tokens; `reduceat` wants stretches that are not empty.
    best = np.maximum.reduceat(cosines, (ends - tokens.counts)[held], axis=0) / ONE
    sentences = np.zeros(len(ends), np.float32)
    if held[0] == 0:
        sentences[:] = best[0].sum()
        np.maximum(best, best[0], out=best)
    sentences[held] = best.sum(axis=1)
    return Matched(float(best.max(axis=0).sum()), sentences[1:].tolist())
