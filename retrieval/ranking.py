"""Fuse what lexical and dense search found into one order, and mark each best sentence. Pure.

Both searches only propose candidates. Each candidate is then judged by the same few features,
which mean the same in a library of five passages and in one of a million:

    cosine    of the question and the passage (with its title)
    sentence  the highest cosine of the question and one sentence of the passage, the sentence's
              vector being the mean of its token vectors in the context of the passage
    coverage  share of the question's terms, weighted by their rarity, that stand in the passage
              or its title; a term related in meaning stands for it, by a part
    focus     the same share for its best single sentence and the title
    pairs     share of neighbouring question terms that are neighbours in the passage too
    wanted    1 where its best sentence has the kind of answer the question wants, -1 where not
    length    natural logarithm of one more than the passage's terms

The score is their weighted sum; `confidence` looks at `verbatim` too, coverage by the very terms
alone. The weights were fitted by listwise logistic regression on XQuAD, NQ, ClapNQ, half of SQuAD's
development articles and SQuADShifts' new Wikipedia, the first three counting twice, and on XQuAD
and SQuAD once more with only the passages of the right article, as in a small library; that of
length was held where most passages come first, which is nearer 0 than where they are likeliest.
Fitted without a set they find the first hit on it as well as with it, within 0.004. That related
terms count brought 40 more right passages first, of 8,345 (fitted without each set in turn): 8 on
XQuAD, 13 on SQuAD, 12 on new Wikipedia, 6 on NQ, 1 on ClapNQ; the very terms beside them told
nothing more. The length of a question gained nothing as a further factor, and neither did BM25
itself beside coverage.

The rarity of a term is BM25's, log(1 + (N - n + .5) / (n + .5)) for n of N passages (Robertson &
Zaragoza 2009, in Lucene's form, which is never negative), as if UNSEEN passages of everyday English
stood beside the library's own: one of five passages says little of how rare a word is.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from retrieval import analysis, wants
from retrieval.asked import Asked
from retrieval.embedding.protocol import Matrix, Vector
from retrieval.types import Hit, Passage

WEIGHTS: Mapping[str, float] = {
    "cosine": 5.425,
    "sentence": 13.175,
    "coverage": 4.990,
    "focus": 5.542,
    "pairs": 1.785,
    "wanted": 0.413,
    "length": -0.300,
}
"""Of the passage's features."""

SENTENCE_WEIGHTS: Mapping[str, float] = {
    "cosine": 7.48,
    "coverage": 0.72,
    "titled": 3.43,
    "carried": 2.58,
    "wanted": 0.93,
    "length": 0.15,
    "first": 0.23,
}
"""Of a sentence's: cosine; share of the question's terms in it, in it or the title, in it or the
sentence before; whether it has the kind of answer wanted; logarithm of its characters; whether it
is the passage's first. Fitted in the same way, before related terms counted, on the gold sentences
of XQuAD, SQuAD, ClapNQ and SQuADShifts, of which it found 82, 84, 78 and 88 in 100 (the best cosine
alone 71, 73, 72, 78). Where a passage has several it now finds 85, 87, 80 and 88 in 100; fitted
anew, no more."""

_COSINE, _COVERAGE, _TITLED, _CARRIED, _WANTED, _LENGTH, _FIRST = SENTENCE_WEIGHTS.values()

UNSEEN = 100
"""Passages of everyday English that are imagined beside those of the library."""
_NEAR = 2
"""Terms apart that still count as neighbours: stop words between them are gone already."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage either search has found."""

    passage: Passage
    title_terms: str
    """Index terms separated by spaces."""
    body_terms: str
    """Likewise, its sentences separated by newlines."""
    cosine: float
    sentence_vectors: Matrix | None
    """(number of sentences, dimension)"""
    lexical: float | None = None
    lexical_rank: int | None = None
    dense_rank: int | None = None


@dataclass(frozen=True, slots=True)
class _Sentences:
    """The judged sentences of a passage."""

    cosines: Sequence[float]
    focus: float
    best: int | None
    best_features: dict[str, float] = field(default_factory=dict)


def rarity(term: str, passages: int, containing: int) -> float:
    """How much a term says that stands in `containing` of `passages` passages; above 0."""
    total, found = passages + UNSEEN, containing + UNSEEN * analysis.commonness(term)
    return math.log(1 + (total - found + 0.5) / (found + 0.5))


def rank(asked: Asked, candidates: Sequence[Candidate]) -> list[Hit]:
    """The candidates, best first; of equals the one with the lower passage id."""
    hits = [_hit(asked, candidate) for candidate in candidates]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def _hit(asked: Asked, candidate: Candidate) -> Hit:
    # Only the question's own terms and those related to them matter from here on.
    title_terms = candidate.title_terms.split()
    title = asked.found(title_terms)
    body = [line.split() for line in candidate.body_terms.split("\n")]
    lines = [asked.found(terms) for terms in body]
    covered = functools.reduce(operator.or_, lines)
    sentences = _judge(asked, candidate, title, lines)
    features = {
        "cosine": candidate.cosine,
        "sentence": max(sentences.cosines, default=candidate.cosine),
        "coverage": asked.share(covered | title),
        "focus": sentences.focus,
        "pairs": _pairs(asked, body, lines, covered),
        "wanted": sentences.best_features.get("best_wanted", 0.0),
        "verbatim": asked.verbatim(covered | title),
        "length": math.log1p(sum(map(len, body)) + len(title_terms)),
    }
    score = sum(weight * features[name] for name, weight in WEIGHTS.items())
    passage = candidate.passage
    return Hit(
        passage=passage,
        score=score,
        dense=candidate.cosine,
        lexical=candidate.lexical,
        dense_rank=candidate.dense_rank,
        lexical_rank=candidate.lexical_rank,
        sentence=None if sentences.best is None else passage.sentences[sentences.best],
        features=features | sentences.best_features,
    )


def _judge(asked: Asked, candidate: Candidate, title: int, lines: Sequence[int]) -> _Sentences:
    """Judge each sentence for itself, and find the best one; of equals the first."""
    passage = candidate.passage
    count = len(passage.sentences)
    if not count:
        return _Sentences((), asked.share(functools.reduce(operator.or_, lines, title)), None)
    lines = [*lines, *[0] * count][:count]
    vectors = candidate.sentence_vectors
    cosines = (
        [candidate.cosine] * count
        if vectors is None or len(vectors) != count
        else (vectors @ asked.vector).tolist()
    )
    # Written out: this runs for every sentence of every candidate, and is most of what ranking
    # costs. What a sentence scores without the kind of its answer, which takes a look at its
    # words: so only those are looked at that could still be the best.
    share, scores, before, focus = asked.share, [], 0, 0.0
    for cosine, terms, span in zip(cosines, lines, passage.sentences, strict=True):
        titled = share(terms | title)
        scores.append(
            _COSINE * cosine
            + _COVERAGE * share(terms)
            + _TITLED * titled
            + _CARRIED * share(terms | before)
            + _LENGTH * math.log1p(span.end - span.start)
        )
        before = terms
        if titled > focus:
            focus = titled
    scores[0] += _FIRST
    best, best_score, best_wanted = 0, -math.inf, 0.0
    for i in sorted(range(count), key=lambda i: -scores[i]):
        if scores[i] + _WANTED < best_score:
            break
        span = passage.sentences[i]
        text = passage.words(span)
        wanted = wants.satisfied(asked.wanted, text, asked.text)
        score = scores[i] + _WANTED * wanted
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
    return _Sentences(cosines, focus, best, features)


def _pairs(
    asked: Asked, body: Sequence[Sequence[str]], lines: Sequence[int], covered: int
) -> float:
    """Weight of those neighbouring question terms that are neighbours in the passage, 0..1.

    `lines` are the bits found in each line of `body`, `covered` all of them.
    """
    total, both = 0.0, []
    for first, second in itertools.pairwise(asked.weights):
        weight = min(asked.weights[first], asked.weights[second])
        total += weight
        if asked.has(covered, first) and asked.has(covered, second):
            both.append((first, second, weight))
    if not both:
        return 0.0
    places: dict[str, list[int]] = {}
    at = 0
    for terms, found in zip(body, lines, strict=True):
        if found:
            for place, term in enumerate(terms, at):
                if term in asked.fields:
                    places.setdefault(term, []).append(place)
        at += len(terms)
    near = (
        weight
        for first, second, weight in both
        if any(0 < b - a <= _NEAR for a in places[first] for b in places[second])
    )
    return sum(near) / total


def cosines(vector: Vector, vectors: Mapping[int, Vector]) -> dict[int, float]:
    """Cosine of one unit vector with each of the others."""
    if not vectors:
        return {}
    values = np.stack(list(vectors.values())) @ vector
    return dict(zip(vectors, map(float, values), strict=True))
