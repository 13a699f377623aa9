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
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32

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
    # It brings SciPy, which takes a second to import and is needed for adding alone.
    from datasketch import MinHash  # type: ignore[import-untyped]  # it ships none

    # The scheme is named, as the library has changed its own choice of one before.
    sketch = MinHash(num_perm=VALUES, hashfunc=crc32, scheme="affine32")
    sketch.update_batch([pair.encode("utf-8", "replace") for pair in of])
    values = [int(value) for value in sketch.hashvalues]
    return tuple(_key(at, values[at : at + VALUES_A_KEY]) for at in range(0, VALUES, VALUES_A_KEY))


def likeness(one: frozenset[str], other: frozenset[str]) -> Likeness:
    """How much two texts have in common, by their pairs."""
    both = len(one & other)
    either = len(one) + len(other) - both
    shorter = min(len(one), len(other))
    if not shorter:
        return Likeness(0.0, 0.0)
    return Likeness(both / either, both / shorter)


def _key(at: int, values: Sequence[int]) -> int:
    packed = struct.pack(f"<{len(values) + 1}Q", at, *values)
    digest = blake2b(packed, digest_size=8, person=SCHEME.encode()[:16]).digest()
    return int.from_bytes(digest, "little", signed=True)  # as SQLite has no unsigned ones
