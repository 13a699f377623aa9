"""A question as ranking sees it: its terms, and what of them is found in a passage. Pure.

A term is found by itself, or by a part where one related to it stands. What is found of all terms
is one number of a few bits for each: so sets of terms are joined, compared and kept by a number,
which is what makes it cheap to look at every sentence of every candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from retrieval import analysis, wants
from retrieval.embedding.protocol import EmbeddedQuery, Matrix, Vector
from retrieval.related import LEVELS, related

_ALL = (1 << LEVELS) - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as ranking sees it."""

    text: str
    vector: Vector
    weights: Mapping[str, float]
    """Rarity of each of its terms, in the question's order."""
    total: float
    """Sum of the weights; never 0."""
    fields: Mapping[str, int]
    """LEVELS bits for each term: so what was found of all of them is a number."""
    bits: Mapping[str, int]
    """Those that are set where a term is found, the question's own or one related to them. The
    nearer it is the more, from the field's lowest on: so of two the nearer counts."""
    wanted: wants.Want
    tokens: Matrix | None
    """(n, width): vectors of those tokens that stand in its terms, each of the length that it
    counts by; the lengths sum to 1."""
    _shares: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, embedded: EmbeddedQuery, weights: Mapping[str, float]) -> Self:
        """The question with what is needed of it again and again."""
        total = sum(weights.values()) or 1.0
        fields = {term: _ALL << LEVELS * n for n, term in enumerate(weights)}
        bits = dict(fields)
        for n, term in enumerate(weights):
            for other, level in related(term).items():
                bits[other] = bits.get(other, 0) | (_ALL >> LEVELS - level) << LEVELS * n
        vector, tokens, starts = embedded
        if tokens is not None:
            shares = token_shares(text, starts, weights)
            tokens = tokens[shares > 0] * shares[shares > 0, np.newaxis]
        return cls(text, vector, weights, total, fields, bits, wants.want(text), tokens)

    def found(self, terms: Iterable[str]) -> int:
        """The bits of what is found of its terms among `terms`."""
        found = 0
        for term in self.bits.keys() & terms:
            found |= self.bits[term]
        return found

    def share(self, found: int) -> float:
        """Weight of what is found of its terms, as a share of all its terms', 0..1."""
        share = self._shares.get(found)
        if share is None:
            # From the last field on, and only those with something in them: of a long question
            # that is a small part.
            rarities, held, rest = tuple(self.weights.values()), [], found
            while rest:
                n = (rest.bit_length() - 1) // LEVELS
                part = rest >> LEVELS * n
                rest ^= part << LEVELS * n
                held.append(rarities[n] * part.bit_count())
            # Added up as the total was, so that all of them are exactly 1.
            share = self._shares[found] = sum(reversed(held)) / (LEVELS * self.total)
        return share

    def has(self, found: int, term: str) -> bool:
        """Whether the very term is among what is found."""
        field = self.fields[term]
        return found & field == field

    def verbatim(self, found: int) -> float:
        """The share of those terms alone that are found themselves, 0..1."""
        return sum(w for term, w in self.weights.items() if self.has(found, term)) / self.total


def token_shares(
    text: str, starts: npt.NDArray[np.int64], weights: Mapping[str, float]
) -> npt.NDArray[np.float32]:
    """What each token counts, of 1: its part of the weight of the term that it stands in."""
    shares = np.zeros(len(starts), np.float32)
    for first, end, terms in analysis.placed_terms(text):
        inside = (first <= starts) & (starts < end)
        if inside.any():
            weight = max((weights.get(term, 0.0) for term in terms), default=0.0)
            shares[inside] = weight / inside.sum()
    if not shares.any():
        shares[:] = 1.0  # of stop words alone each counts the same
    return shares / (shares.sum() or 1.0)
