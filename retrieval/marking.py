"""Which sentence of a passage answers a question best. Pure."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from retrieval import wants
from retrieval.asked import Asked
from retrieval.matching import Matched
from retrieval.types import Passage


class SentenceWeights(NamedTuple):
    """What each feature of a sentence counts."""

    cosine: float
    coverage: float
    """Share of the question's terms in it; `titled`: in it or the title; `carried`: in it or the
    sentence before."""
    titled: float
    carried: float
    wanted: float
    """Whether it has the kind of answer wanted."""
    length: float
    """Logarithm of its characters."""
    first: float
    """Whether it is the passage's first."""
    matched: float
    """How well its tokens match those of the question."""


SENTENCE_WEIGHTS = SentenceWeights(
    cosine=7.66,
    coverage=0.76,
    titled=1.72,
    carried=2.46,
    wanted=0.92,
    length=0.10,
    first=0.20,
    matched=4.08,
)
"""Halfway between those fitted without tokens and with them by listwise logistic regression, on the
gold sentences of XQuAD, SQuAD, ClapNQ and SQuADShifts: where a passage has several they find 86.2,
87.4, 78.8 and 88.9 in 100 (without tokens 85.2, 86.9, 80.1 and 88.1; the best cosine alone, of all
passages, 71, 73, 72 and 78)."""

SENTENCE_WEIGHTS_WITHOUT_TOKENS = SentenceWeights(
    cosine=7.48,
    coverage=0.72,
    titled=3.43,
    carried=2.58,
    wanted=0.93,
    length=0.15,
    first=0.23,
    matched=0.0,
)
"""The same for a model whose tokens are not compared."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the sentences of a passage say of a question."""

    focus: float
    """The most of the question's terms that one of them and the title have, 0..1."""
    best: int | None
    """Number of the best one; None where there is none."""
    best_features: dict[str, float] = field(default_factory=dict)


def judge(
    asked: Asked,
    passage: Passage,
    cosines: Sequence[float],
    title: int,
    lines: Sequence[int],
    tokens: Matched | None,
) -> Judged:
    """Judge each sentence for itself, and find the best one; of equals the first.

    `cosines` are those of the question and each sentence; `title` and `lines` what of the
    question's terms is found in the title and in each sentence.
    """
    count = len(passage.sentences)
    if not count:
        return Judged(asked.share(functools.reduce(operator.or_, lines, title)), None)
    lines = [*lines, *[0] * count][:count]
    # Written out: this runs for every sentence of every candidate, and is most of what ranking
    # costs. What a sentence scores without the kind of its answer, which takes a look at its
    # words: so only those are looked at that could still be the best.
    weights = SENTENCE_WEIGHTS_WITHOUT_TOKENS if tokens is None else SENTENCE_WEIGHTS
    w_cosine, w_coverage, w_titled, w_carried, w_wanted, w_length, w_first, w_matched = weights
    alike = tokens.sentences if tokens and len(tokens.sentences) == count else [0.0] * count
    share, scores, before, focus = asked.share, [], 0, 0.0
    for cosine, terms, span, match in zip(cosines, lines, passage.sentences, alike, strict=True):
        titled = share(terms | title)
        scores.append(
            w_cosine * cosine
            + w_coverage * share(terms)
            + w_titled * titled
            + w_carried * share(terms | before)
            + w_length * math.log1p(span.end - span.start)
            + w_matched * match
        )
        before = terms
        if titled > focus:
            focus = titled
    scores[0] += w_first
    best, best_score, best_wanted = 0, -math.inf, 0.0
    for i in sorted(range(count), key=lambda i: -scores[i]):
        if scores[i] + w_wanted < best_score:
            break
        span = passage.sentences[i]
        text = passage.words(span)
        wanted = wants.satisfied(asked.wanted, text, asked.text)
        score = scores[i] + w_wanted * wanted
        if score > best_score or (score == best_score and i < best):
            best, best_score, best_wanted = i, score, wanted
    features = {
        "best_cosine": cosines[best],
        "best_coverage": asked.share(lines[best]),
        "best_titled": asked.share(lines[best] | title),
        "best_carried": asked.share(lines[best] | (lines[best - 1] if best else 0)),
        "best_wanted": best_wanted,
        "best_length": math.log1p(passage.sentences[best].end - passage.sentences[best].start),
        "best_first": float(best == 0),
    }
    return Judged(focus, best, features)
