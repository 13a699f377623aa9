"""Questions made to mislead: with another name or number in the place of theirs."""

from __future__ import annotations

import calendar
import random
import re

from retrieval.evaluate.dataset import DataSet, Query

_SWAPPED = re.compile(r"(?<!^)(?:\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*|\b\d[\d,.]*\d|\b\d+)")
"""Names, but for the question's first word, and numbers."""
_WITHIN = r"(?:\b[A-Z][\w-]+(?: [A-Z][\w-]+)*|\b\d[\d,.]*\d|\b\d+)"
"""The same without what follows an apostrophe: of "Goethe's" the name."""
_ASKED = re.compile("(?<!^)" + _WITHIN)
_AMID = re.compile("(?<=[a-z,;(] )" + _WITHIN)
"""Amid a sentence, where no other words have capitals."""
_CALENDAR = frozenset([*calendar.month_name, *calendar.day_name])


def swapped_within(question: str, passage: str, rng: random.Random) -> str | None:
    """The question with another name or number that the passage has too; None where there is none.

    The passage speaks of what is then asked about, and as a rule does not answer it.
    """
    places = list(_ASKED.finditer(question))
    if not places:
        return None
    place = rng.choice(places)
    number = place.group()[0].isdigit()
    found = dict.fromkeys(match.group() for match in _AMID.finditer(passage))
    others = [
        word
        for word in found
        if word[0].isdigit() == number
        and (len(word) == len(place.group()) or not number)  # a year for a year
        and word not in _CALENDAR
        and not _share_words(word, question)
    ]
    if not others:
        return None
    return question[: place.start()] + rng.choice(others) + question[place.end() :]


def names_asked(question: str) -> list[str]:
    """Names that a question has behind its first word, as often as they stand there."""
    return [word for word in _ASKED.findall(question) if _is_name(word)]


def names_amid(passage: str) -> list[str]:
    """Names that stand amid a passage's sentences, each once."""
    return [word for word in dict.fromkeys(_AMID.findall(passage)) if _is_name(word)]


def _is_name(word: str) -> bool:
    return not word[0].isdigit() and word not in _CALENDAR


def _share_words(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    return one in other or not {*one.split()}.isdisjoint(re.findall(r"[\w-]+", other))


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
