"""Which terms are related in meaning: soldier and troop, Chinese and China, won and win. Pure.

They are those whose word vectors in the bundled model lie near each other, less what all words have
in common; `related_terms.txt` has them, as `retrieval.training.related` found them. Most mean
nearly the same, but opposites and siblings lie near each other too, as king and queen do: so what
is related counts by a part, and says something of where an answer may stand, not that it does.

The words are English, with a few of other languages. Few relatives of a word that is spelled alike
in another language ever stand in a text of that language.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources

LEVELS = 4
"""How near is told in so many steps: 4 is the same term, 3 to 1 are in the table."""
FILE = "related_terms.txt"


def related(term: str) -> Mapping[str, int]:
    """The terms related to this one, each with how near it is, 1..LEVELS - 1."""
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
