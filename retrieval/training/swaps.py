"""Questions made to mislead: with a name or a number of another question in the place of theirs."""

from __future__ import annotations

import random
import re

from retrieval.evaluate.dataset import DataSet, Query

_SWAPPED = re.compile(r"(?<!^)(?:\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*|\b\d[\d,.]*\d|\b\d+)")
"""Names, but for the question's first word, and numbers."""


class Swaps:
    """The names and numbers of a data set's questions, to put in one another's place."""

    def __init__(self, data: DataSet, rng: random.Random) -> None:
        self._rng = rng
        self._texts = {each.external_id: f"{each.title}\n{each.text}" for each in data.documents}
        found = {word for query in data.queries for word in _SWAPPED.findall(query.question)}
        self._names: list[str] = sorted(word for word in found if not word[0].isdigit())
        self._numbers: list[str] = sorted(found.difference(self._names))

    def swapped(self, query: Query) -> str | None:
        """The question with another name or number; None where it has none."""
        places = list(_SWAPPED.finditer(query.question))
        if not places:
            return None
        place = self._rng.choice(places)
        told = query.question + "".join(self._texts[each] for each in query.relevant)
        number = place.group()[0].isdigit()
        for word in self._rng.choices(self._numbers if number else self._names, k=20):
            alike = len(word) == len(place.group()) or not number  # a year for a year
            if alike and word.casefold() not in told.casefold():
                return query.question[: place.start()] + word + query.question[place.end() :]
        return None
