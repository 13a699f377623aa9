"""Which terms mean nearly the same: soldier and troop, Chinese and China, won and win. Pure.

They are those whose word vectors in the bundled model lie near each other, less what all words have
in common; `related_terms.txt` has them, as `retrieval.training.related` found them. English words
alone: a term of another language has no relatives, and counts as it stands.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources

LEVELS = 4
"""How nearly the same is told in so many steps: 4 is the same term, 3 to 1 are in the table."""
FILE = "related_terms.txt"


def related(term: str) -> Mapping[str, int]:
    """The terms that mean nearly the same as this one, each with how nearly, 1..LEVELS - 1."""
    steps = _table().get(term, "").split("\t")
    return {
        other: LEVELS - number for number, others in enumerate(steps, 1) for other in others.split()
    }


@functools.cache
def _table() -> dict[str, str]:
    # A line for each term: the term, then those related to it, nearest step first, parted by tabs.
    # Of fourteen thousand a question needs a few, so only these are taken further apart.
    told = resources.files("retrieval").joinpath(FILE).read_text(encoding="ascii")
    return {term: steps for term, _, steps in (line.partition("\t") for line in told.splitlines())}
