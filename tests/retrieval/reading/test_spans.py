from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.reading.spans import LONGEST, best_span, closed, rooms, whole_words
from retrieval.sentences import sentence_spans
from retrieval.types import Span

OFFSETS = ((0, 3), (4, 7), (8, 12))
TEXT = "one two tree"


def _logits(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_the_answer_has_the_highest_sum_of_start_and_end() -> None:
    # [CLS] question [SEP] one two three [SEP]: the passage begins at place 3.
    start, end = _logits(0, 9, 9, 1, 5, 0, 9), _logits(0, 9, 9, 0, 1, 2, 9)
    found = best_span(start, end, first=3, offsets=OFFSETS, text=TEXT, relevance=1.5)
    assert found.span == (4, 12)
    assert found.margin == 7.0
    assert found.relevance == 1.5
    sums = [1, 2, 3, 6, 7, 2, 0]  # every start with every end not before it, and none
    assert math.isclose(found.certainty, math.exp(7) / sum(map(math.exp, sums)), rel_tol=1e-6)


def test_an_answer_never_ends_before_it_starts() -> None:
    start, end = _logits(0, 0, 0, 9), _logits(0, 9, 0, 0)
    assert best_span(start, end, first=1, offsets=OFFSETS, text=TEXT).span in [(0, 3), (8, 12)]


def test_none_at_all_has_a_margin_below_nothing() -> None:
    start, end = _logits(5, 0, 0, 0), _logits(5, 0, 0, 0)
    found = best_span(start, end, first=1, offsets=OFFSETS, text=TEXT)
    assert found.margin == found.relevance == -10.0
    assert found.certainty < 0.001


def test_a_passage_without_tokens_has_no_answer() -> None:
    found = best_span(_logits(1, 2), _logits(1, 2), first=2, offsets=(), text="")
    assert found.span is None
    assert found.certainty == 0.0


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=2, max_size=90))
def test_the_answer_is_the_best_of_all_that_are_allowed(rows: list[tuple[float, float]]) -> None:
    start, end = (np.array(column, dtype=np.float32) for column in zip(*rows, strict=True))
    count = len(rows) - 1
    offsets = [(2 * n, 2 * n + 1) for n in range(count)]
    found = best_span(start, end, first=1, offsets=offsets, text="a " * count)
    best = max(
        float(start[1 + a]) + float(end[1 + b])
        for a in range(count)
        for b in range(a, min(count, a + LONGEST))
    )
    assert found.span is not None
    assert math.isclose(found.margin, best - float(start[0]) - float(end[0]), abs_tol=1e-5)
    assert 0 <= found.certainty <= 1


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("more than 1,100 troops", "100", "1,100"),
        ("at 3.5 per cent", "3", "3.5"),
        ("at 10:30 sharp", "10", "10:30"),
        ("in the 1980s and", "1980", "1980s"),
        ("by Mr O’Neill today", "Neill", "O’Neill"),
        ("from 1914–1918 on", "1914", "1914"),
        ("with “Lindau” there", "Lindau", "Lindau"),
        ("of the anti-terrorism drill", "terrorism drill", "terrorism drill"),
        ("in Tampa, Fla., on Monday", "Tampa, Fla", "Tampa, Fla."),
        ("by Lindau Inc. of Bavaria", "Lindau Inc", "Lindau Inc."),
        ("was in Lindau. He left", "Lindau", "Lindau"),
        ("was in Lindau.", "Lindau", "Lindau"),
    ],
)
def test_no_word_or_number_is_told_in_part(text: str, part: str, whole: str) -> None:
    at = text.index(part)
    start, end = whole_words(text, Span(at, at + len(part)))
    assert text[start:end] == whole


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("68,511 (43.3%", "68,511"),
        ("Engineering News-Record (ENR)", "Engineering News-Record (ENR)"),
        ("a (b) [c", "a (b)"),
        ("(unopened before it", "(unopened before it"),
    ],
)
def test_a_bracket_that_stays_open_is_left_out(words: str, kept: str) -> None:
    text = f"Of {words} and more)"
    start, end = closed(text, Span(3, 3 + len(words)))
    assert text[start:end] == kept


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('"mad scientist', '"mad scientist"'),
        ('mad scientist"', '"mad scientist"'),
        ('an archetypal "mad scientist', 'an archetypal "mad scientist"'),
        ('"mad', "mad"),
        ('scientist"', "scientist"),
        ("mad scientist", "mad scientist"),
        ("“entrenched", "“entrenched”"),
        ("entrenched”", "“entrenched”"),
        ("“entrenched” clauses", "“entrenched” clauses"),
        ("“", "“"),
    ],
)
def test_a_quotation_has_both_its_marks_or_neither(words: str, told: str) -> None:
    text = 'He is an archetypal "mad scientist" who reads “entrenched” clauses, not “ alone.'
    at = text.index("not “") + 4 if words == "“" else text.index(words)
    start, end = closed(text, Span(at, at + len(words)))
    assert text[start:end] == told


@given(st.text(alphabet='ab (["“”«»„)] ', max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_an_answer_is_never_emptied(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    if start < end and text[start].isalpha():
        found = closed(text, Span(start, end))
        assert 0 <= found.start < found.end <= len(text)


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_growing_to_whole_words_only_grows(text: str, one: int, other: int) -> None:
    span = Span(*sorted((min(one, len(text)), min(other, len(text)))))
    found = whole_words(text, span)
    assert 0 <= found.start <= span.start <= span.end <= found.end <= len(text)


def test_an_answer_lies_in_one_sentence_cell_or_item() -> None:
    text = "The port is in Dover. It has 90 cranes.\n\n2. Take 3 eggs.\n\nfog | 27 | 26"
    found = [text[slice(*each)].strip() for each in rooms(text, sentence_spans(text))]
    assert found == [
        "The port is in Dover.", "It has 90 cranes.", "Take 3 eggs.", "fog", "27", "26",
    ]  # fmt: skip


def test_what_reaches_over_a_bound_is_never_chosen() -> None:
    text = "fog 27 | 26. 3. Dover"
    places = [(0, 3), (4, 6), (7, 8), (9, 11), (11, 12), (13, 14), (14, 15), (16, 21)]
    sentences = [Span(0, 12), Span(13, 21)]
    start, end = np.zeros(9, np.float32), np.zeros(9, np.float32)
    start[2], end[8], end[4], end[1] = 9, 9, 8, 5
    over = best_span(start, end, first=1, offsets=places, text=text)
    assert over.span is not None
    assert text[slice(*over.span)] == "27 | 26. 3. Dover"
    inside = best_span(start, end, first=1, offsets=places, text=text, sentences=sentences)
    assert inside.span is not None
    assert text[slice(*inside.span)] == "27"


def test_a_passage_of_nothing_but_bounds_still_has_its_best_place() -> None:
    found = best_span(
        _logits(0, 1, 2), _logits(0, 1, 2), first=1, offsets=[(0, 1), (2, 3)], text="| |",
        sentences=[Span(0, 3)],
    )  # fmt: skip
    assert found.span == (2, 3)
