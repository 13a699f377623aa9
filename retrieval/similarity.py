"""Whether two articles are copies of one story: cut short, rearranged, lightly edited. Pure.

What is compared are the pairs of neighbouring index terms of a text: stems without stop words, so
that "has deployed" and "deployed" are no difference, while an order of words is. Finding is apart
from judging:

    keys      of a text's MinHash, each for two of its 128 values: a text that shares two keys
              with another is worth a look. Of texts with 30 in 100 pairs in common 98 in 100 are
              found so, with 5 in 100 one in 90, and with 1 in 100 one in 50,000
    copies    judges on the pairs themselves: three in ten of all their pairs in common, or half
              of the shorter text's and two in ten of all

The figures behind that rule are those of `python -m retrieval.evaluate.stories`.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from retrieval import analysis

SCHEME = f"pairs 1, terms {analysis.VERSION}"
"""What keys mean. Those of another scheme are never equal, and are made anew by `rebuild`."""
VALUES = 128
VALUES_A_KEY = 2
SHARED_KEYS = 2
"""Keys in common from which two texts are compared."""
FEWEST_PAIRS = 12
"""Of a shorter text nothing is said: two notices of a dozen words are alike by chance."""
ALIKE = 0.3
"""Share of all pairs that two texts have in common, from which they tell one story."""
CONTAINED, CONTAINED_ALIKE = 0.5, 0.2
"""Or the share of the shorter one's pairs, and of all, for a story that was cut to half."""


class Likeness(NamedTuple):
    """How much two texts have in common, each 0..1."""

    shared: float
    """Pairs in both, of those in either (Jaccard)."""
    contained: float
    """Pairs in both, of those in the shorter one."""

    @property
    def copies(self) -> bool:
        """Whether they tell one story in the same words."""
        return self.shared >= ALIKE or (
            self.contained >= CONTAINED and self.shared >= CONTAINED_ALIKE
        )


def pairs(bodies: Iterable[str]) -> frozenset[str]:
    """The pairs of neighbouring terms of a text, whose stored terms are given piece by piece."""
    terms = [term for body in bodies for term in body.split()]
    return frozenset(f"{first} {second}" for first, second in itertools.pairwise(terms))


def keys(of: frozenset[str]) -> tuple[int, ...]:
    """What texts like this one have in common with it, as 64-bit integers; none for a short one."""
    if len(of) < FEWEST_PAIRS:
        return ()
    values = _minhash(of)
    return tuple(_key(at, values[at : at + VALUES_A_KEY]) for at in range(0, VALUES, VALUES_A_KEY))


def likeness(one: frozenset[str], other: frozenset[str]) -> Likeness:
    """How much two texts have in common, by their pairs."""
    both = len(one & other)
    either = len(one) + len(other) - both
    shorter = min(len(one), len(other))
    if not shorter:
        return Likeness(0.0, 0.0)
    return Likeness(both / either, both / shorter)


def _minhash(of: frozenset[str]) -> list[int]:
    """`VALUES` values, each the least of one hash function over all pairs (Broder 1997, "On the
    resemblance and containment of documents").

    The functions are a·h + b modulo 2³² with a odd, over a checksum mixed as MurmurHash3 ends. They
    are those of datasketch's scheme "affine32" with its usual seed, value for value; but that
    brings SciPy, whose import takes longer than adding an article.
    """
    mixed = np.array([crc32(pair.encode("utf-8", "replace")) for pair in of], np.uint32)
    mixed = (mixed ^ (mixed >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    mixed = (mixed ^ (mixed >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    factors, terms = _functions()
    return [int((mixed * a + b).min()) for a, b in zip(factors, terms, strict=True)]


@cache
def _functions() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    random = np.random.RandomState(1)
    factors = random.randint(0, 1 << 31, VALUES, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return factors, random.randint(0, 1 << 32, VALUES, dtype=np.uint32)


def _key(at: int, values: Sequence[int]) -> int:
    packed = struct.pack(f"<{len(values) + 1}Q", at, *values)
    digest = blake2b(packed, digest_size=8, person=SCHEME.encode()[:16]).digest()
    return int.from_bytes(digest, "little", signed=True)  # as SQLite has no unsigned ones
