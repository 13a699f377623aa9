"""Fuse what lexical and dense search found into one order, and mark each best sentence. Pure.

Both searches only propose candidates. Each candidate is then judged by the same few features,
which mean the same in a library of five passages and in one of a million:

    cosine    of the question and the passage (with its title)
    sentence  the highest cosine of the question and one sentence of the passage, the sentence's
              vector being the mean of its token vectors in the context of the passage
    matched   how well each token of the question is matched by one of the passage or its title
    gathered  the same by its best single sentence and the title
    coverage  share of the question's terms, weighted by their rarity, that stand in the passage
              or its title; a term related in meaning stands for it, by a part
    focus     the same share for its best single sentence and the title
    pairs     share of neighbouring question terms that are neighbours in the passage too
    wanted    1 where its best sentence has the kind of answer the question wants, -1 where not
    length    natural logarithm of one more than the passage's terms

The score is their weighted sum. `plain` is that without tokens, by which a passage is judged that
the reader reads, and `verbatim`, coverage by the very terms alone, is for `confidence`. The weights
were fitted by listwise logistic regression on XQuAD, NQ, ClapNQ, half of SQuAD's development
articles and SQuADShifts' new Wikipedia, the last two counting a quarter, since what compares tokens
learnt from their texts, and on XQuAD and SQuAD once more with only the passages of the right
article, as in a small library; that of length was held where most passages come first, which is
nearer 0 than where they are likeliest. Fitted without a set they find the first hit on it as well
as with it, within 0.004.

What each brought, in right passages first, of 8,345 and fitted without each set in turn: that
related terms count 40 (8 on XQuAD, 13 on SQuAD, 12 on new Wikipedia, 6 on NQ, 1 on ClapNQ), that
tokens are compared 87 more (none on XQuAD and ClapNQ, 21 on NQ, and 32 and 34 on the two whose
texts were learnt from). The very terms beside related ones told nothing more, nor did the length of
a question, and neither did BM25 itself beside coverage.

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
from dataclasses import dataclass

from retrieval import analysis, marking
from retrieval.asked import Asked
from retrieval.embedding.protocol import Matrix, TokenVectors
from retrieval.matching import Matched, matched
from retrieval.types import Hit, Passage

WEIGHTS: Mapping[str, float] = {
    "cosine": 5.93,
    "sentence": 9.54,
    "matched": 7.02,
    "gathered": 7.08,
    "coverage": 2.55,
    "focus": 2.58,
    "pairs": 1.24,
    "wanted": 0.38,
    "length": -0.20,
}
"""Of the passage's features."""

WEIGHTS_WITHOUT_TOKENS: Mapping[str, float] = {
    "cosine": 5.425,
    "sentence": 13.175,
    "coverage": 4.990,
    "focus": 5.542,
    "pairs": 1.785,
    "wanted": 0.413,
    "length": -0.300,
}
"""The same for a model whose tokens are not compared, and for passages that are read."""

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
    token_vectors: TokenVectors | None = None
    lexical: float | None = None
    lexical_rank: int | None = None
    dense_rank: int | None = None


def rarity(term: str, passages: int, containing: int) -> float:
    """How much a term says that stands in `containing` of `passages` passages; above 0."""
    total, found = passages + UNSEEN, containing + UNSEEN * analysis.commonness(term)
    return math.log(1 + (total - found + 0.5) / (found + 0.5))


def rank(asked: Asked, candidates: Sequence[Candidate]) -> list[Hit]:
    """The candidates, best first; of equals the one with the lower passage id."""
    tokens = _tokens(asked, candidates)
    hits = [_hit(asked, *each) for each in zip(candidates, tokens, strict=True)]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def _hit(asked: Asked, candidate: Candidate, tokens: Matched | None) -> Hit:
    # Only the question's own terms and those related to them matter from here on.
    title_terms = candidate.title_terms.split()
    title = asked.found(title_terms)
    body = [line.split() for line in candidate.body_terms.split("\n")]
    lines = [asked.found(terms) for terms in body]
    covered = functools.reduce(operator.or_, lines)
    cosines = _cosines(asked, candidate)
    sentences = marking.judge(asked, candidate.passage, cosines, title, lines, tokens)
    features = {
        "cosine": candidate.cosine,
        "sentence": max(cosines, default=candidate.cosine),
        "coverage": asked.share(covered | title),
        "focus": sentences.focus,
        "pairs": _pairs(asked, body, lines, covered),
        "wanted": sentences.best_features.get("best_wanted", 0.0),
        "verbatim": asked.verbatim(covered | title),
        "length": math.log1p(sum(map(len, body)) + len(title_terms)),
    }
    score = features["plain"] = _sum(WEIGHTS_WITHOUT_TOKENS, features)
    if tokens is not None:
        features["matched"] = tokens.passage
        features["gathered"] = max(tokens.sentences, default=tokens.passage)
        score = _sum(WEIGHTS, features)
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


def _sum(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return sum(weight * features[name] for name, weight in weights.items())


def _cosines(asked: Asked, candidate: Candidate) -> list[float]:
    """Of the question and each sentence; the passage's where these are not known."""
    count, vectors = len(candidate.passage.sentences), candidate.sentence_vectors
    if vectors is None or len(vectors) != count:
        return [candidate.cosine] * count
    cosines: list[float] = (vectors @ asked.vector).tolist()
    return cosines


def _tokens(asked: Asked, candidates: Sequence[Candidate]) -> list[Matched | None]:
    """How the tokens of each match the question's; None where the model has none to compare."""
    if asked.tokens is None:
        return [None] * len(candidates)
    known = [each.token_vectors for each in candidates if each.token_vectors is not None]
    found = iter(matched(asked.tokens, known))
    # Of one without any, in a file that was damaged, nothing is known.
    return [
        Matched(0.0, [0.0] * len(each.passage.sentences))
        if each.token_vectors is None
        else next(found)
        for each in candidates
    ]


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
