"""How sure it is that the best passage answers the question. Pure.

A logistic regression over what ranking found of the best passage and its best sentence:

    sentence, cosine   cosine of the question with the passage's nearest sentence, and with its best
    coverage, focus    share of the question's terms in the passage and title, and in the sentence
    carried            that share in the sentence or the one before it
    lead               how much better it scores than the next passage that says something else
    terms              logarithm of one more than the question's terms
    unnamed            share of the names in the question that are not in the passage or its title
    unnamed_sentence   that share of the sentence or the title
    unnumbered         1 where a number in the question is not in the passage or its title
    uncounted          1 where "how many" was asked and the sentence has no number

It was fitted on XQuAD, NQ, ClapNQ, half of SQuAD's development articles and SQuADShifts' new
Wikipedia, each set counting the same, asked three ways: with the whole library; without the
passages that answer; without the whole article. Fitted without a set, its expected calibration
error on that set is .02 to .10, and its AUROC of answerable questions against those whose article
is missing .92 to .99, against ClapNQ's unanswerable ones .85. Questions made to mislead, as
SQuAD's unanswerable ones are, it hardly tells (.57).

The thresholds are chosen for few wrong answers. Without the reader it refuses 90 to 100 in 100 of
the questions whose article is missing and answers 64 to 83 in 100 of all others; with it, 90 to
100, and 85 to 91 (ClapNQ, half of whose questions have no answer, 57).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence

from retrieval import analysis, wants
from retrieval.types import Hit

DEFAULT_THRESHOLD = 0.45
UNREAD_THRESHOLD = 0.65
"""Without the reader."""

WEIGHTS: Mapping[str, float] = {
    "cosine": 3.278,
    "sentence": 2.790,
    "coverage": 0.993,
    "focus": 0.754,
    "carried": 0.599,
    "lead": 0.504,
    "terms": 0.344,
    "unnamed": -0.580,
    "unnumbered": -0.915,
    "unnamed_sentence": -0.522,
    "uncounted": -0.864,
}
BIAS = -6.613

READ_WEIGHTS: Mapping[str, float] = {
    "cosine": 2.305,
    "sentence": 2.394,
    "coverage": 0.944,
    "lead": 0.341,
    "terms": 0.345,
    "relevance": 0.508,
    "unnamed": -1.405,
    "unnumbered": -1.383,
    "uncounted": -0.024,
}
READ_BIAS = -4.646
"""For a passage that was read, whose evidence has the reader's relevance too: fitted in the same
three ways, and on the questions with another name or number in them, on 220 questions each of
XQuAD, ClapNQ and NQ by `retrieval.training.fit`, those asked as they are counting as much as all
others. Fitted without a set, its expected calibration error on that set is .04 to .09. What is
looked at besides, the reader's margin, and whether the answer repeats the question or stands near
its words, told it no more."""

IndexTerms = tuple[str, str]
"""Terms of an article's title and of a passage's text, as they are stored: separated by spaces,
the sentences of the text by newlines."""

MOST_LEAD = 6.0
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
    found["lead"] = lead(_fused(first), [_fused(h) for h in hits[1:] if h.passage.id not in same])
    bias, weights = (READ_BIAS, READ_WEIGHTS) if was_read(first) else (BIAS, WEIGHTS)
    logit = bias + sum(weight * found[name] for name, weight in weights.items())
    return 1 / (1 + math.exp(-logit))


def was_read(hit: Hit) -> bool:
    """Whether the reader has read its passage."""
    return "relevance" in hit.features


def default_threshold(*, read: bool) -> float:
    """What confidence has to reach where nobody has set that."""
    return DEFAULT_THRESHOLD if read else UNREAD_THRESHOLD


def lead(score: float, others: Sequence[float]) -> float:
    """How much better a fused score is than the best of the others; at most MOST_LEAD."""
    return min(score - max(others, default=-math.inf), MOST_LEAD)


def _fused(hit: Hit) -> float:
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
    in_sentence = {*title.split(), *_sentence_terms(hit, body)}
    return {
        "cosine": features.get("best_cosine", features["cosine"]),
        "sentence": features["sentence"],
        "coverage": features["coverage"],
        "focus": features.get("best_coverage", features["focus"]),
        "carried": features.get("best_carried", features["focus"]),
        "terms": math.log1p(len(terms)),
        "unnamed": _missing(names, in_passage),
        "unnamed_sentence": _missing(names, in_sentence),
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


def _sentence_terms(hit: Hit, body: str) -> Sequence[str]:
    if hit.sentence is None:
        return body.split()
    lines = body.split("\n")
    at = hit.passage.sentences.index(hit.sentence)
    return lines[at].split() if at < len(lines) else ()


def _sentence(hit: Hit) -> str:
    passage = hit.passage
    if hit.sentence is None:
        return passage.text
    return passage.text[hit.sentence.start - passage.start : hit.sentence.end - passage.start]
