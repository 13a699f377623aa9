"""Training rows into what the reader learns from: passages with the answer and others without.

A passage is a whole text, or what the library would cut of it around the answer. Beside some of
them stands one that does not answer: another cut of the same text, or a text of the same data set
that shares rare words with the question, unless an answer of the question occurs in it: of those,
some would answer after all.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from retrieval.training.cuts import close, cut
from retrieval.training.emptied import without_phrase, without_sentence
from retrieval.training.near_misses import NearMisses
from retrieval.training.rewording import Otherwise, reworded
from retrieval.training.rows import Row
from retrieval.training.swaps import swapped_within
from retrieval.types import Span

SHARES: Mapping[str, float] = {
    "squad_dev_half": 1.0,
    "squadshifts_new_wiki": 1.0,
    "squadshifts_amazon_reviews": 0.7,
    "squadshifts_reddit": 0.7,
    "fairytaleqa": 0.5,
    "qamr": 0.25,
}
"""Share of each data set's rows in an epoch; the next one takes others. QAMR has 38 questions of a
sentence, near to its wording."""
WHOLE = 0.4
"""Share of texts that are read whole rather than as cut."""
OTHERS = 2
"""Passages that do not answer which a question may come with."""
OTHER = 0.35
"""Chance of each of them."""
MISLED = 0.3
"""Share of answered questions that come with a second one, which the passage does not answer: the
same with another name or number of the passage, but none of the answer's, in place of its own."""
EMPTIED = 0.5
"""Share of answered questions that come with what reminds of the answer and holds none: the passage
without the phrase or the sentence that answers, or a question by another verb or for what the
passage does not tell."""
CLOSE = 0.0
"""Share of texts of which only the sentence that answers is read, or that and the one before: as
the reader does when it looks closer."""
NEAR = 0.0
"""Share of answered questions that come with questions near to what the passage tells, and not told
by it. `retrieval.training.mine` leaves of these the few that mislead most."""
NEAREST = 5
"""Such questions of each kind at most."""
REWORDED = 0.3
"""Share of questions asked in other words, where such are known."""
NEIGHBOURS = 6
"""Nearest texts one of which is taken."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a passage, and where people found the answer in it."""

    question: str
    title: str
    passage: str
    answers: tuple[Span, ...]
    """In characters of the passage, repeats kept; empty where it does not answer."""


Group = tuple[Example, ...]
"""A question's passages: the one that answers first, if any does, then those that do not. Among
these may be the same passage with a question like it, which it does not answer."""


class Shares(NamedTuple):
    """How many examples come with what; each 0..1."""

    other: float = OTHER
    misled: float = MISLED
    emptied: float = EMPTIED
    reworded: float = REWORDED
    close: float = CLOSE
    near: float = NEAR


class Drawn(NamedTuple):
    """A question's examples, and those of which only a few are to be learnt from."""

    source: str
    group: Group
    candidates: Group


class Examples:
    """Groups from rows, the same ones for the same seed."""

    def __init__(
        self,
        rows: Mapping[str, Sequence[Row]],
        *,
        seed: int,
        shares: Shares | None = None,
    ) -> None:
        every = [row for name in SHARES for row in rows.get(name, ())]
        otherwise = Otherwise(
            (row.question for row in every), dict.fromkeys(row.context for row in every)
        )
        near = NearMisses(every)
        shares = shares or Shares()
        self._sources = {
            name: _Source(list(rows[name]), shares, otherwise, near)
            for name in SHARES
            if name in rows
        }
        self._seed = seed

    def epoch(self, number: int) -> Iterator[Drawn]:
        """What is drawn for an epoch, counted from 0, in its order."""
        rng = random.Random(f"{self._seed} {number}")
        chosen = [
            (name, index)
            for name, source in self._sources.items()
            for index in _turn(len(source.rows), SHARES[name], number, seed=self._seed)
        ]
        rng.shuffle(chosen)
        for name, index in chosen:
            yield Drawn(name, *self._sources[name].drawn(index, rng))


class _Source:
    """The rows of one data set."""

    def __init__(
        self, rows: list[Row], shares: Shares, otherwise: Otherwise, near: NearMisses
    ) -> None:
        self.rows = rows
        self._shares = shares
        self._otherwise = otherwise
        self._near = near

    def drawn(self, index: int, rng: random.Random) -> tuple[Group, Group]:
        row, shares = self.rows[index], self._shares
        if rng.random() < shares.reworded:
            row = replace(row, question=reworded(row.question, rng))
        cuts = cut(row.context)
        if not row.answers or len(cuts) < 2 or rng.random() < WHOLE:
            shown = Span(0, len(row.context))
        else:
            held = [c for c in cuts if any(c.start <= s and e <= c.end for s, e in row.answers)]
            shown = rng.choice(held) if held else Span(0, len(row.context))
        if row.answers and rng.random() < shares.close:
            shown = close(row, shown, rng)
        found = Example(row.question, row.title, row.context[slice(*shown)], _inside(row, shown))
        if not row.answers:
            return (found,), ()
        group = [found]
        if rng.random() < shares.misled and (misleading := _misleading(found, rng)):
            group.append(misleading)
        if rng.random() < shares.emptied and (emptied := self._emptied(found, rng)):
            group.append(emptied)
        for _ in range(OTHERS):
            if rng.random() < shares.other and (other := self._other(row, index, shown, cuts, rng)):
                group.append(other)
        candidates: Group = ()
        if rng.random() < shares.near:
            candidates = self._near_misses(row, found, rng)
        return tuple(group), candidates

    def _near_misses(self, row: Row, found: Example, rng: random.Random) -> Group:
        """Questions that the passage does not answer, of each kind as many as there are."""
        beside = self._near.beside(row, found.passage, rng)[:NEAREST]
        others = self._near.for_another(row.question, found.passage, rng)[:NEAREST]
        asked = self._near.transplanted(row.question, found.passage, rng)[:NEAREST]
        verbs = [self._otherwise.verb(row.question, found.passage, rng) for _ in range(NEAREST)]
        every = dict.fromkeys([*beside, *others, *asked, *(each for each in verbs if each)])
        return tuple(replace(found, question=each, answers=()) for each in every)

    def _emptied(self, found: Example, rng: random.Random) -> Example | None:
        """Nearly the same, and no answer."""
        if left := without_phrase(found.passage, found.answers):
            return replace(found, passage=left, answers=())
        ways = [self._otherwise.verb, self._otherwise.adverb]
        rng.shuffle(ways)
        for way in ways:
            if question := way(found.question, found.passage, rng):
                return replace(found, question=question, answers=())
        if left := without_sentence(found.passage, found.answers):
            return replace(found, passage=left, answers=())
        return None

    def _other(
        self, row: Row, index: int, shown: Span, cuts: Sequence[Span], rng: random.Random
    ) -> Example | None:
        """A passage that does not answer."""
        beside = [c for c in cuts if c.end <= shown.start or c.start >= shown.end]
        beside = [c for c in beside if not _says(row.context[slice(*c)], row)]
        if beside and rng.random() < 0.5:
            return Example(row.question, row.title, row.context[slice(*rng.choice(beside))], ())
        near = [n for n in self._nearest(index) if not _says(self._contexts[n], row)]
        if not near:
            return None
        number = rng.choice(near[:NEIGHBOURS])
        text = self._contexts[number]
        part = rng.choice(cut(text))
        return Example(row.question, self._titles[number], text[slice(*part)], ())

    def _nearest(self, index: int) -> list[int]:
        """Numbers of the other texts most like the question, best first."""
        row = self.rows[index]
        question = self._words.transform([f"{row.title} {row.question}"])
        scores = (self._matrix @ question.T).toarray()[:, 0]
        best = np.argsort(-scores, kind="stable")[: 2 * NEIGHBOURS]
        own = self._numbers[row.context]
        return [int(n) for n in best if n != own and scores[n] > 0]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {context: n for n, context in enumerate(dict.fromkeys(r.context for r in self.rows))}

    @cached_property
    def _contexts(self) -> list[str]:
        return list(self._numbers)

    @cached_property
    def _titles(self) -> list[str]:
        titles = {row.context: row.title for row in self.rows}
        return [titles[context] for context in self._contexts]

    @cached_property
    def _words(self) -> TfidfVectorizer:
        return TfidfVectorizer(sublinear_tf=True, stop_words="english").fit(self._texts)

    @cached_property
    def _matrix(self) -> Any:  # scipy, which it comes from, ships no types
        return self._words.transform(self._texts).tocsr()

    @property
    def _texts(self) -> list[str]:
        pairs = zip(self._titles, self._contexts, strict=True)
        return [f"{title} {context}" for title, context in pairs]


def _inside(row: Row, shown: Span) -> tuple[Span, ...]:
    return tuple(
        Span(start - shown.start, end - shown.start)
        for start, end in row.answers
        if shown.start <= start and end <= shown.end
    )


def _misleading(example: Example, rng: random.Random) -> Example | None:
    """Another question about the same passage, which does not answer it."""
    parts = []
    last = 0
    for start, end in sorted(example.answers):
        parts.append(example.passage[last:start])
        last = max(last, end)
    rest = " | ".join([*parts, example.passage[last:]])
    question = swapped_within(example.question, rest, rng)
    return None if question is None else replace(example, question=question, answers=())


def _says(text: str, row: Row) -> bool:
    """Whether one of the row's answers occurs in the text."""
    lowered = text.casefold()
    return any(row.context[start:end].casefold() in lowered for start, end in row.answers)


def _turn(count: int, share: float, epoch: int, *, seed: int) -> list[int]:
    """Whose turn it is: `share` of `count` numbers, going on where the epoch before stopped."""
    order = list(range(count))
    random.Random(seed).shuffle(order)
    size = round(count * share)
    return [order[(epoch * size + i) % count] for i in range(size)]
