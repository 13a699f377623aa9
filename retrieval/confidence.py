"""How sure it is that the best passage answers the question. Pure.

A logistic regression over what ranking found of the best passage and its best sentence:

    sentence, cosine   cosine of the question with the passage's nearest sentence, and with its best
    verbatim           share of the question's terms that stand in the passage or its title
    focus              that share for the best sentence, related terms counting by a part
    carried            the same for the best sentence or the one before it
    lead               how much better it scores than the next passage that says something else
    terms              logarithm of one more than the question's terms
    unnamed            share of the names in the question that are not in the passage or its title
    unnumbered         1 where a number in the question is not in the passage or its title
    uncounted          1 where "how many" was asked and the sentence has no number

It was fitted by `retrieval.training.fit` on 400 questions each of XQuAD, NQ, ClapNQ, half of
SQuAD's development articles and SQuADShifts' new Wikipedia, each set counting the same, asked four
ways: with the whole library; without the passages that answer; without the whole article; with
another name or number in the question. Those asked as they are count as much as all others. Fitted
without a set, its expected calibration error on that set is .03 to .11, and its AUROC of answerable
questions against those whose article is missing .91 to .99, against those made to mislead .91 to
.94, against ClapNQ's unanswerable ones .85.

The thresholds are chosen for few wrong answers. Without the reader it refuses 89 to 100 in 100 of
the questions whose article is missing and answers 75 to 81 in 100 of all others; with it, 90 to
100, and 85 to 92 (ClapNQ, half of whose questions have no answer, 50 and 57).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence

from retrieval import analysis, wants
from retrieval.types import Hit

DEFAULT_THRESHOLD = 0.45
UNREAD_THRESHOLD = 0.55
"""Without the reader."""

WEIGHTS: Mapping[str, float] = {
    "cosine": 3.738,
    "sentence": 3.347,
    "verbatim": 2.219,
    "focus": 0.812,
    "carried": 1.289,
    "lead": 1.120,
    "terms": 0.615,
    "unnamed": -2.136,
    "unnumbered": -2.312,
    "uncounted": -1.196,
}
BIAS = -9.412

READ_WEIGHTS: Mapping[str, float] = {
    "cosine": 2.354,
    "sentence": 2.452,
    "verbatim": 0.722,
    "lead": 0.307,
    "terms": 0.420,
    "relevance": 0.499,
    "unnamed": -1.512,
    "unnumbered": -1.378,
    "uncounted": -0.030,
}
READ_BIAS = -4.528
"""For a passage that was read, whose evidence has the reader's relevance too: fitted in the same
way on 220 questions each of XQuAD, ClapNQ and NQ. Fitted without a set, its expected calibration
error on that set is .04 to .09. What is looked at besides, the reader's margin, and whether the
answer repeats the question or stands near its words, told it no more."""

IndexTerms = tuple[str, str]
"""Terms of an article's title and of a passage's text, as they are stored: separated by spaces,
the sentences of the text by newlines."""

MOST_LEAD = 2.0
READ_MOST_LEAD = 6.0
"""A lead above it says no more; also the lead of a passage that is alone."""
_NAME = re.compile(r"\b[A-Z][\w’'.-]*")


def confidence(
    question: str, hits: Sequence[Hit], terms: IndexTerms, same: Collection[int] = ()
) -> float:
    """Probability, 0..1, that the first of `hits`, best first, answers the question.

    `terms` are those of its passage, `same` the ids of passages that only repeat it.
    """
    if not hits:
        return 0.0
    first = hits[0]
    found = evidence(question, first, terms)
    others = [fused(h) for h in hits[1:] if h.passage.id not in same]
    read = was_read(first)
    found["lead"] = lead(fused(first), others, read=read)
    bias, weights = (READ_BIAS, READ_WEIGHTS) if read else (BIAS, WEIGHTS)
    logit = bias + sum(weight * found[name] for name, weight in weights.items())
    return 1 / (1 + math.exp(-logit))


def was_read(hit: Hit) -> bool:
    """Whether the reader has read its passage."""
    return "relevance" in hit.features


def default_threshold(*, read: bool) -> float:
    """What confidence has to reach where nobody has set that."""
    return DEFAULT_THRESHOLD if read else UNREAD_THRESHOLD


def lead(score: float, others: Sequence[float], *, read: bool) -> float:
    """How much better a fused score is than the best of the others; at most MOST_LEAD, or
    READ_MOST_LEAD where the passage was read."""
    most = READ_MOST_LEAD if read else MOST_LEAD
    return min(score - max(others, default=-math.inf), most)


def fused(hit: Hit) -> float:
    """The score before reading, which is known of every hit."""
    return hit.features.get("fused", hit.score)


def evidence(question: str, hit: Hit, indexed: IndexTerms) -> dict[str, float]:
    """All that is looked at but the lead, by name; `indexed` are the terms of the passage."""
    features = hit.features
    terms = analysis.content_terms(question)
    names = {
        term
        # The first letter of a question is a capital whatever the word is.
        for match in _NAME.finditer(question, 1)
        for term in analysis.terms(match.group())
    }
    numbers = {term for term in terms if term[0].isdigit()}
    sentence = _sentence(hit)
    title, body = indexed
    in_passage = {*title.split(), *body.split()}
    return {
        "cosine": features.get("best_cosine", features["cosine"]),
        "sentence": features["sentence"],
        "verbatim": features["verbatim"],
        "focus": features.get("best_coverage", features["focus"]),
        "carried": features.get("best_carried", features["focus"]),
        "terms": math.log1p(len(terms)),
        "unnamed": _missing(names, in_passage),
        "unnumbered": float(bool(numbers - in_passage)),
        "uncounted": float(wants.counts(question) and not wants.has_number(sentence)),
        **{
            name: features[name]
            for name in ("relevance", "margin", "certainty")
            if name in features
        },
    }


def _missing(wanted: Collection[str], present: Collection[str]) -> float:
    """Share of `wanted` that is not `present`, 0..1."""
    return sum(term not in present for term in wanted) / len(wanted) if wanted else 0.0


def _sentence(hit: Hit) -> str:
    passage = hit.passage
    if hit.sentence is None:
        return passage.text
    return passage.text[hit.sentence.start - passage.start : hit.sentence.end - passage.start]
