"""What the reader's findings change: the order of passages, and when enough were read. Pure.

A read passage's score is its fused score without tokens and what the reader's relevance adds to it:
how tokens match is nothing that the reader does not see better. One that was not read stands behind
all that were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from retrieval.reading.protocol import Finding
from retrieval.reading.spans import sentence_at
from retrieval.types import Hit, Span

MOST_READ = 5
"""Passages of a question at most."""
WEIGHT = 0.45
"""Of relevance beside the fused score, which counts 1."""
LEAST, MOST = -3.0, 1.25
"""Bounds of relevance as it counts there. Of two passages that both answer, the one that the reader
is surer of is not the better one."""
SETTLED = 0.3
"""Lead of the first passage over what the next could reach from which nothing more is read."""
BEHIND = 0.01
"""By how much at least a passage that was not read scores less than one that was."""
REACH = -5.5, 4.0
"""Of the shipped reader's relevance, by which confidence was fitted. Another model may be surer."""
LARGEST = 8.0
"""Bound of the margin as it is told: a logit beyond says no more."""
LONGEST_WORDS = 20
"""Of an answer; a longer one is told by its sentence."""


def with_finding(hit: Hit, finding: Finding) -> Hit:
    """The hit as it stands after its passage was read."""
    features = {
        "relevance": _within(finding.relevance, *REACH),
        "margin": _within(finding.margin, -LARGEST, LARGEST),
        "certainty": finding.certainty,
    }
    found = replace(
        hit,
        score=plain(hit) + gain(finding.relevance),
        features={**hit.features, "fused": hit.score, **features},
    )
    return with_words(found, finding.span)


def with_words(hit: Hit, words: Span | None) -> Hit:
    """The hit with these words of its passage's text for an answer."""
    start = hit.passage.start
    answer = None if words is None else Span(*(start + each for each in words))
    return replace(hit, answer=answer, sentence=_sentence_of(hit, answer))


def plain(hit: Hit) -> float:
    """The score of a passage that is read, before the reader says anything."""
    return hit.features.get("plain", hit.score)


def gain(relevance: float, weight: float = WEIGHT) -> float:
    """What is added to the score of a passage with this relevance, a logit."""
    return weight * _within(relevance, LEAST, MOST)


def in_order(read: Sequence[Hit], unread: Sequence[Hit]) -> list[Hit]:
    """All hits, best first, those read before the others."""
    first = sorted(read, key=lambda hit: (-hit.score, hit.passage.id))
    if not first:
        return list(unread)
    # Scores have to fall along the order; among the unread it stays as it was. None may reach what
    # the last one read has, or those who sort by the score would take it for its equal.
    lowered = min(0.0, first[-1].score - BEHIND - unread[0].score) if unread else 0.0
    return [*first, *(replace(hit, score=hit.score + lowered) for hit in unread)]


def settled(read: Sequence[Hit], following: Sequence[Hit]) -> bool:
    """Whether the best passage read so far would stay the best whatever the next ones say."""
    best = max(read, key=lambda hit: hit.score)
    most = max(map(plain, following)) + gain(MOST)
    return best.features["relevance"] > 0 and best.score - most > SETTLED


def tells(hit: Hit) -> bool:
    """Whether its answer is told by itself rather than by its sentence: it is short, and lies
    within one sentence. How certain the reader is of the very words does not matter: also those
    with a certainty below .005 have F1 .61 on XQuAD and .46 on NQ, and their sentences .16."""
    answer, sentence = hit.answer, hit.sentence
    if answer is None or sentence is None:
        return False
    return (
        sentence.start <= answer.start
        and answer.end <= sentence.end
        and len(hit.passage.words(answer).split()) <= LONGEST_WORDS
    )


def _sentence_of(hit: Hit, answer: Span | None) -> Span | None:
    """The sentence that holds the answer's beginning; the one marked before where none does."""
    if answer is None:
        return hit.sentence
    return sentence_at(hit.passage.sentences, answer.start) or hit.sentence


def _within(logit: float, least: float, most: float) -> float:
    return min(max(logit, least), most)
