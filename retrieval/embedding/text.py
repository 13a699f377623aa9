"""How a passage becomes model input, and token vectors become sentence vectors. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from retrieval.embedding.protocol import Matrix, PassageText
from retrieval.types import Span

Indices = npt.NDArray[np.int64]

COMPOSITION = "title. text"
"""Name of the way passages are composed, for the fingerprint: change it when `compose` changes."""


def compose(passage: PassageText, prompt: str = "") -> tuple[str, int]:
    """What the model reads, and the offset in it at which the passage's text begins."""
    title = passage.title.strip()
    if not title or _begins_with(passage.text.lstrip(), title):
        return prompt + passage.text, len(prompt)
    lead = f"{prompt}{title}. "
    return lead + passage.text, len(lead)


def _begins_with(text: str, title: str) -> bool:
    """Whether `title` stands at the head of `text`, as words of it rather than part of one."""
    return text.startswith(title) and not text[len(title) : len(title) + 1].isalnum()


def token_bounds(starts: Indices, sentences: Sequence[Span], offset: int) -> Indices:
    """The first token that begins within each sentence, and the one behind the last, (n, 2).

    `starts[i]` is where token i, special ones left out, begins in the model's input, in which the
    text begins at `offset`.
    """
    bounds = np.array(sentences, dtype=np.int64).reshape(-1, 2) + offset
    return np.searchsorted(starts, bounds)


def sentence_means(tokens: Matrix, bounds: Indices) -> Matrix:
    """Unit vectors of sentences, each the mean of its token vectors.

    `tokens` is (n, dimension), without special tokens, `bounds` what `token_bounds` found of them.
    A sentence without a token has zeros.
    """
    means = np.zeros((len(bounds), tokens.shape[1]), dtype=np.float32)
    for row, (first, last) in zip(means, bounds, strict=True):
        if last > first:
            # The sum points where the mean does, and length is taken out below.
            np.sum(tokens[first:last], axis=0, out=row)
    return unit(means)


def by_sentence(count: int, bounds: Indices) -> tuple[Indices, Indices]:
    """The order of so many tokens by where they stand, those in no sentence first, and how many
    stand in none and in each; `bounds` is what `token_bounds` found of them."""
    place = np.zeros(count, dtype=np.int64)
    for number, (first, last) in enumerate(bounds, 1):
        place[first:last] = number
    return np.argsort(place, kind="stable"), np.bincount(place, minlength=len(bounds) + 1)


def unit(rows: Matrix) -> Matrix:
    """The same rows, brought to unit length in place; those of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    np.divide(rows, lengths, out=rows, where=lengths > 0)
    return rows
