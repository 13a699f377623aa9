"""A closer look at a sentence: what is read again, and what its readings add up to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from retrieval.reading import closer
from retrieval.reading.pairs import Pair
from retrieval.reading.protocol import Finding, ReadingText, Rival
from retrieval.types import Span

TEXT = "Bees fly. Anna Berg won. It rained. "
SENTENCES = (Span(0, 9), Span(10, 24), Span(25, 35))
PASSAGE = ReadingText("", TEXT, SENTENCES)


def _read(*texts: Span) -> list[str]:
    return [TEXT[slice(*each)] for each in texts]


def test_the_sentence_is_read_by_itself_and_with_the_one_before_it() -> None:
    second = closer.views(PASSAGE, Span(15, 19))
    assert _read(*second) == ["Anna Berg won.", "Bees fly. Anna Berg won."]
    assert _read(*closer.views(PASSAGE, Span(0, 4))) == ["Bees fly."]


def test_what_was_read_whole_is_not_read_again() -> None:
    two = replace(PASSAGE, sentences=SENTENCES[:2])
    assert _read(*closer.views(two, Span(10, 14))) == ["Anna Berg won."]
    assert closer.views(replace(PASSAGE, sentences=SENTENCES[:1]), Span(0, 4)) == []


def test_where_no_sentence_answers_nothing_is_read_again() -> None:
    assert closer.views(PASSAGE, None) == []
    assert closer.views(replace(PASSAGE, sentences=()), Span(0, 4)) == []


def _rival(start: int, end: int, score: float) -> Rival:
    return Rival(Span(start, end), Span(start, end), score)


def test_readings_add_up_and_the_best_sum_is_told() -> None:
    anna, berg, both = _rival(10, 14, 3.0), _rival(15, 19, 2.0), _rival(10, 19, 1.0)
    amid = _rival(11, 19, 9.0)  # begins within a token of the view
    scores = {each: each.score for each in (anna, berg, both, amid)}
    # [CLS] who [SEP] Anna Berg won [SEP], of the text from 10 on.
    pair = Pair((0,) * 7, (0,) * 7, 3, ((0, 4), (5, 9), (10, 13)))
    start = np.array([0, 9, 9, 1.0, 0.5, 0, 9], dtype=np.float32)
    end = np.array([0, 9, 9, 0.25, 4.0, 0, 9], dtype=np.float32)
    closer.add(scores, Span(10, 24), pair, start, end)
    assert scores == {anna: 4.25, berg: 6.5, both: 6.0}
    found = Finding(1.0, anna.span, 2.0, 0.5, (anna, berg, both, amid))
    assert closer.chosen(found, scores) == replace(found, span=Span(15, 19))
    assert closer.chosen(found, {}) == found
