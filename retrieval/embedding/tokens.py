"""Token vectors made small: projected into a few dimensions, each number in a byte.

A passage of 160 tokens has 160 vectors of 384 numbers, a quarter of a megabyte. What tells in them
which tokens of a question and of a passage mean the same fits into few dimensions; `tokens.npz`
holds the projection for the bundled model, as `retrieval.training.projection` learnt it.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from importlib import resources
from typing import Self

import numpy as np
import numpy.typing as npt

from retrieval.embedding.products import product
from retrieval.embedding.protocol import ONE, Matrix, TokenVectors
from retrieval.embedding.text import unit

FILE = "tokens.npz"


@dataclass(frozen=True, slots=True)
class Projection:
    """Takes a model's token vectors into the space in which they are compared."""

    name: str
    """Of what is shipped: vectors of two projections are never compared."""
    mean: npt.NDArray[np.float32]
    """(dimension,): what all token vectors have in common."""
    directions: npt.NDArray[np.float32]
    """(dimension, width)"""

    @classmethod
    def shipped(cls) -> Self:
        """That for the bundled model."""
        content = resources.files("retrieval.embedding").joinpath(FILE).read_bytes()
        held = np.load(io.BytesIO(content))
        name = hashlib.sha256(content).hexdigest()[:8]
        return cls(name, held["mean"].astype(np.float32), held["directions"].astype(np.float32))

    def __call__(self, tokens: Matrix) -> Matrix:
        """Unit vectors (n, width) of token vectors (n, dimension)."""
        return unit(product(tokens - self.mean, self.directions))


def stored(vectors: Matrix, counts: npt.NDArray[np.int64]) -> TokenVectors:
    """The vectors, (n, width) and of unit length, as they are stored; see `TokenVectors`."""
    return TokenVectors(counts.astype(np.uint16), np.rint(vectors * ONE).astype(np.int8))
