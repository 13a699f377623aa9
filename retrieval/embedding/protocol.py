"""The seam between the engine and whatever turns text into vectors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from retrieval.types import Span

Matrix = npt.NDArray[np.float32]
"""Shape (n, dimension), float32, each row of unit length."""
Vector = npt.NDArray[np.float32]
"""Shape (dimension,), float32, of unit length."""


@dataclass(frozen=True, slots=True)
class PassageText:
    """What is embedded of a passage: its article's title for context, and its verbatim text."""

    title: str
    text: str
    sentences: tuple[Span, ...] = ()
    """Sentences as offsets within `text` (not within the article)."""


ONE = 127
"""What a number of 1 is in a byte."""


class TokenVectors(NamedTuple):
    """What is kept of a passage's tokens, so that those of a question can be compared with each."""

    counts: npt.NDArray[np.uint16]
    """(1 + number of sentences,): how many stand in no sentence, as the title's do, and in each."""
    vectors: npt.NDArray[np.int8]
    """(sum of the counts, width): unit vectors, `ONE` for a number of 1, in the counts' order."""


class EmbeddedQuery(NamedTuple):
    """What embedding a question gives."""

    vector: Vector
    tokens: Matrix | None
    """(n, width), comparable with a passage's token vectors; None where the model has none."""
    starts: npt.NDArray[np.int64]
    """(n,): where in the question each token begins, in characters."""


class Embedded(NamedTuple):
    """What embedding n passages gives."""

    vectors: Matrix
    """(n, dimension): `vectors[i]` is the whole of passage i, title included."""
    sentences: list[Matrix]
    """`sentences[i][j]` is the mean of the contextual token vectors of sentence j of passage i,
    taken from the same forward pass, of unit length; shape (number of sentences, dimension).
    A sentence cut off by the model's window has a row of zeros."""
    tokens: list[TokenVectors | None]
    """Of each passage; None where the model has none."""

    def part(self, first: int, end: int) -> Embedded:
        """What is of some of the passages."""
        cut = slice(first, end)
        return Embedded(self.vectors[cut], self.sentences[cut], self.tokens[cut])


class Embedder(Protocol):
    """Turns text into unit vectors; blocking, and called from one thread at a time."""

    @property
    def name(self) -> str:
        """Fingerprint stored beside every vector: vectors of another name are never mixed. Those of
        one name may have been made in ways that differ by rounding."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Tokens of text the model reads, special tokens not counted."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens in each text, special tokens not counted."""

    def passages(self, texts: Sequence[PassageText]) -> Embedded:
        """Embed passages; the order is kept."""

    def query(self, text: str) -> EmbeddedQuery:
        """Embed a question."""


OpenModel = Callable[[], Awaitable[Embedder]]
"""Gives the model, loading it when first asked for."""
