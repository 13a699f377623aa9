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
    mistaken           1 where "how many" was asked and the sentence has no number, or where a
                       number, a sum or a time was asked for and the words that the reader would
                       tell have none, and where the sentence is a line that says who wrote it
    apposed            1 where it was asked who or what something is, and the words that the reader
                       would tell stand beside its name, or without the reader what seems to tell
                       it; -1 where it was asked how or why, and they stand right before a name
    done               where it was asked who does something, how well the words that the reader
                       would tell are told to do it, -3..0.5 (`roles`); without the reader -1
                       where the sentence tells of nobody that does it
    denied             1 where it was asked when, where, by whom or how often something was done,
                       and the sentence says that it was not

Where the passage was read the reader's relevance is looked at too, and of these only what tells
something beside it: not the lead, which made sure of what no article tells.

Without the reader it was fitted by `retrieval.training.fit` on 400 questions each of XQuAD, NQ,
ClapNQ, half of SQuAD's development articles and SQuADShifts' new Wikipedia, each set counting the
same, asked four ways: with the whole library; without the passages that answer; without the whole
article; with another name or number in the question. With it, on 220 each of XQuAD, NQ and ClapNQ
and on 546 questions about news articles, most of them near misses (`tests/data/near_misses`). Those
that have an answer count as much as all others. What `apposed` and `done` count was fitted by
itself: the first on 223 questions such as "who is Kurt Barnard?" (`tests/data/who_is`), of which 88
in 100 of those that articles tell are answered and 87 of the others refused, where without it 65
and 90 were (AUROC .93, .88); without the reader 72 and 73, where 47 and 80 were (.80, .69). The
other on those near misses, on some of 263 questions more (`tests/data/told_or_not`), and on ClapNQ
and NQ, which bear less of it. Of 239 questions after who does something that it was not fitted on
(`tests/data/who_does`) 79 in 100 of those told are answered and 62 of the others refused, where 83
and 47 were (AUROC .80, .76); without the reader 62 and 62, where 67 and 47 were (.67, .63). What is
denied is too rare to be fitted, in few of 4,011 questions: its weight is chosen so that it mostly
decides. Fitted without a set, its expected calibration error on that set is .03 to .15;
`reading/CARD.md` has more figures.

The thresholds are chosen for few wrong answers. Without the reader it refuses 89 to 100 in 100 of
the questions whose article is missing and answers 75 to 81 in 100 of all others; with it, 85 to
100, and 88 to 94. Of near misses, about what an article speaks of and does not tell, it refuses 51
in 100 with the reader.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence

from retrieval import analysis, naming, roles, wants
from retrieval.types import Hit, Span

DEFAULT_THRESHOLD = 0.36
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
    "mistaken": -1.196,
    "apposed": 2.1,
    "done": 0.8,
    "denied": -5.0,
}
BIAS = -9.412

READ_WEIGHTS: Mapping[str, float] = {
    "cosine": 3.817,
    "sentence": 3.847,
    "relevance": 0.484,
    "unnamed": -1.706,
    "unnumbered": -1.139,
    "mistaken": -1.795,
    "apposed": 2.1,
    "done": 1.0,
    "denied": -5.0,
}
READ_BIAS = -3.192
"""For a passage that was read, whose evidence has the reader's relevance too."""

IndexTerms = tuple[str, str]
"""Terms of an article's title and of a passage's text, as they are stored: separated by spaces,
the sentences of the text by newlines."""

MOST_LEAD = 2.0
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
    if was_read(first):
        bias, weights = READ_BIAS, READ_WEIGHTS
    else:
        bias, weights = BIAS, WEIGHTS
        others = [hit.score for hit in hits[1:] if hit.passage.id not in same]
        found["lead"] = lead(first.score, others)
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
    title, body = indexed
    in_passage = {*title.split(), *body.split()}
    credited = wants.credited(question, _told(hit, hit.sentence))
    return {
        "cosine": features.get("best_cosine", features["cosine"]),
        "sentence": features["sentence"],
        "verbatim": features["verbatim"],
        "focus": features.get("best_coverage", features["focus"]),
        "carried": features.get("best_carried", features["focus"]),
        "terms": math.log1p(len(terms)),
        "unnamed": _missing(names, in_passage),
        "unnumbered": float(bool(numbers - in_passage)),
        "mistaken": float(credited or _mistaken(question, hit)),
        "apposed": _apposed(question, hit),
        "done": _done(question, hit, credited=credited),
        "denied": float(_denied(question, hit)),
        **{
            name: features[name]
            for name in ("relevance", "margin", "certainty")
            if name in features
        },
    }


def _missing(wanted: Collection[str], present: Collection[str]) -> float:
    """Share of `wanted` that is not `present`, 0..1."""
    return sum(term not in present for term in wanted) / len(wanted) if wanted else 0.0


def _mistaken(question: str, hit: Hit) -> bool:
    if was_read(hit):
        return wants.mistaken(question, _told(hit, hit.answer or hit.sentence))
    return wants.counts(question) and not wants.has_number(_told(hit, hit.sentence))


def _apposed(question: str, hit: Hit) -> float:
    if not was_read(hit):
        return float(naming.introduced(question, _told(hit, hit.sentence)))
    beside = naming.beside(question)
    if beside is None or hit.answer is None:
        return 0.0
    return beside(hit.passage.text, hit.answer.since(hit.passage.start))


def _done(question: str, hit: Hit, *, credited: bool) -> float:
    told = roles.told(question)
    # The reader's words are left out where a whole sentence is the answer.
    if told is None or hit.sentence is None or (was_read(hit) and hit.answer is None):
        return 0.0
    if credited:
        return roles.NOWHERE
    start = hit.passage.start
    words = None if hit.answer is None else hit.answer.since(start)
    return told(hit.passage.text, hit.sentence.since(start), words)


def _denied(question: str, hit: Hit) -> bool:
    words = "" if hit.answer is None else _told(hit, hit.answer)
    return wants.denied(question, _told(hit, hit.sentence), words)


def _told(hit: Hit, span: Span | None) -> str:
    """Words of the passage; all of it without a span."""
    return hit.passage.text if span is None else hit.passage.words(span)
