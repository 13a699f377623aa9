"""Questions near to what a passage tells, and not told by it: what people ask of an article that
speaks of someone and does not say that of them.

Some are questions of other texts, put about a name of this one: "How did … die?". Some ask for
another kind of thing: "Who was the referee of …?" Some are asked of other parts of the same
article, as they are.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from retrieval import analysis
from retrieval.related import related
from retrieval.training.rows import Row
from retrieval.training.swaps import names_amid, names_asked

_ASKS = re.compile(r"(?:Who|Whom|Whose|What|When|Where|Why|How|Which)\b")
MOST_TERMS = 3
"""Of a question beside its name: longer ones speak of more than the name, and are seen through."""
TRIED = 32
"""Questions that are looked at for a passage."""
_AUXILIARY = r"(?:did|do|does|is|are|was|were|has|have|had|can|could|will|would)"
_SLOTS = tuple(
    re.compile(each, re.IGNORECASE)
    for each in (
        r"\b(?:who|what) (?:is|was|are|were) the (?:[a-z]+ )?(?P<kind>[a-z]{3,})(?= "
        r"(?:of|for|in|at|to|that|who|when|on)\b)",
        r"\bhow many (?P<kind>[a-z]{3,})\b",
        rf"\b(?:what|which) (?P<kind>[a-z]{{3,}})(?= {_AUXILIARY}\b)",
        rf"\bhow (?P<kind>[a-z]{{3,}})(?= {_AUXILIARY}\b)",
    )
)
"""Places of a question that say what kind of thing is asked for."""
_ANY_KIND = frozenset(
    re.findall(
        r"\w+",
        "time times date day year month period place location area name names type kind"
        " sort thing things part way person people word term else much many number amount"
        " long far",
    )
)
"""Kinds so general that what is asked for may be one of them too."""


class _Frame(NamedTuple):
    """A question around the place of its one name."""

    before: str
    after: str
    several: bool
    """Whether the name has several words, as people's mostly have."""
    terms: tuple[str, ...]


class NearMisses:
    """Questions to ask about passages that do not answer them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._frames = [
            frame
            for each in dict.fromkeys(row.question for row in rows)
            if (frame := _frame(each)) is not None
        ]
        self._kinds: list[list[str]] = [[] for _ in _SLOTS]
        for row in rows:
            for slot, kinds in zip(_SLOTS, self._kinds, strict=True):
                match = slot.search(row.question)
                if match and match["kind"] not in _ANY_KIND:
                    kinds.append(match["kind"])
        self._articles: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row.title:
                self._articles[row.title].append(row)

    def transplanted(self, question: str, passage: str, rng: random.Random) -> list[str]:
        """Questions of other texts about names of the passage or of the question, of which the
        passage does not tell that: a term of what is asked, and all related ones, are missing."""
        asked = (name for name in names_asked(question) if name in passage)
        names = sorted({*names_amid(passage), *asked})
        if not names or not self._frames:
            return []
        present = {*analysis.content_terms(passage)}
        found = []
        for frame in rng.choices(self._frames, k=TRIED):
            fitting = [name for name in names if (" " in name) == frame.several]
            if fitting and any(_missing(term, present) for term in frame.terms):
                found.append(frame.before + rng.choice(fitting) + frame.after)
        return list(dict.fromkeys(found))

    def for_another(self, question: str, passage: str, rng: random.Random) -> list[str]:
        """The question for another kind of thing, of which the passage says nothing."""
        present = {*analysis.content_terms(passage)}
        found = []
        for slot, kinds in zip(_SLOTS, self._kinds, strict=True):
            match = slot.search(question) if kinds else None
            if match and match["kind"] != "else":
                for kind in rng.choices(kinds, k=TRIED // 2):
                    terms = analysis.content_terms(kind)
                    if kind != match["kind"] and all(_missing(term, present) for term in terms):
                        start, end = match.span("kind")
                        found.append(question[:start] + kind + question[end:])
        return list(dict.fromkeys(found))

    def beside(self, row: Row, passage: str, rng: random.Random) -> list[str]:
        """Questions that other parts of the row's article answer, and whose answer does not stand
        in the passage; and those that people asked of its text in vain."""
        lowered = passage.casefold()
        found = []
        rows = self._articles[row.title] if row.title else []
        for other in rng.choices(rows, k=TRIED) if rows else ():
            said = {other.context[start:end].casefold() for start, end in other.answers}
            if other.context == row.context:
                fits = not other.answers
            else:
                fits = bool(said) and not any(answer in lowered for answer in said)
            if fits:
                found.append(other.question)
        return list(dict.fromkeys(found))


def _frame(question: str) -> _Frame | None:
    names = names_asked(question)
    if len(names) != 1 or not _ASKS.match(question):
        return None
    before, _, after = question.partition(names[0])
    terms = tuple(analysis.content_terms(f"{before} {after}"))
    if not 0 < len(terms) <= MOST_TERMS:
        return None
    return _Frame(before, after, " " in names[0], terms)


def _missing(term: str, present: set[str]) -> bool:
    return term not in present and present.isdisjoint(related(term))
