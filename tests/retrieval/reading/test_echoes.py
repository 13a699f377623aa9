from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.reading.echoes import BESIDE, COVERED, OUTDONE, REPEATED, prior
from retrieval.reading.protocol import ReadingText
from retrieval.reading.spans import CANDIDATES, LONGEST, best_span
from retrieval.sentences import sentence_spans
from retrieval.types import Span

TEXT = "The port has 90 cranes. Dover sent 40 ships to the port of Calais."
SHIPS = "How many ships did Dover send?"


def passage(text: str) -> ReadingText:
    return ReadingText("", text, tuple(sentence_spans(text)))


def value(question: str, words: str, read: ReadingText) -> float:
    at = read.text.index(words)
    return prior(question, read)(Span(at, at + len(words)))


def test_an_answer_gains_by_its_sentence_and_loses_by_repeating() -> None:
    # Asked for: ship, dover, send ("sent" is another stem). The second sentence has two of three.
    assert value(SHIPS, "90", passage(TEXT)) == 0.0
    assert value(SHIPS, "40", passage(TEXT)) == pytest.approx(COVERED * 2 / 3)
    assert value(SHIPS, "40 ships", passage(TEXT)) == pytest.approx(COVERED * 2 / 3 + REPEATED)
    assert value(SHIPS, "Dover sent 40 ships", passage(TEXT)) == pytest.approx(
        COVERED * 2 / 3 + 2 * REPEATED
    )


def test_of_sentences_that_say_the_same_the_one_with_the_number_asked_for_counts() -> None:
    read = passage("Item 776 cost 2,328 euros. Item 777 cost 2,331 euros. It rained in 777.")
    cost = "What did item 777 cost?"
    assert value(cost, "2,331", read) - value(cost, "2,328", read) > -OUTDONE
    # No other sentence says all that this one does.
    assert value("What did item 778 cost?", "2,328", read) == pytest.approx(COVERED * 2 / 3)
    assert value("Where did it rain for item 777?", "rained", read) > 0


def test_words_beside_a_name_gain_asked_what_it_is_and_lose_asked_how() -> None:
    read = ReadingText("", "The baker Ann Lee sold bread to a miller.")
    assert value("Who is Ann Lee?", "baker", read) == BESIDE
    assert value("Who is Ann Lee?", "miller", read) == 0.0
    assert value("How did Ann Lee live?", "baker", read) == -BESIDE


def test_where_sentences_are_not_known_only_repeating_counts() -> None:
    assert value(SHIPS, "40", ReadingText("", TEXT)) == 0.0
    assert value(SHIPS, "40 ships", ReadingText("", TEXT)) == REPEATED


@pytest.mark.parametrize("question", ["", "who is it?", "🙂🙂", "?!"])
def test_a_question_without_terms_says_nothing(question: str) -> None:
    assert value(question, "40 ships", passage(TEXT)) == 0.0


def test_between_answers_of_like_logits_the_words_of_the_question_choose() -> None:
    words = TEXT.replace(".", " .").split()
    text = " ".join(words)
    starts = [sum(len(w) + 1 for w in words[:i]) for i in range(len(words))]
    offsets = [(a, a + len(w)) for a, w in zip(starts, words, strict=True)]
    logits = np.full(len(words) + 1, -5, dtype=np.float32)
    logits[1 + words.index("90")], logits[1 + words.index("40")] = 2.1, 2.0
    alone = best_span(logits, logits, first=1, offsets=offsets, text=text)
    helped = best_span(
        logits, logits, first=1, offsets=offsets, text=text, prior=prior(SHIPS, passage(text))
    )
    assert alone.span is not None
    assert helped.span is not None
    assert text[slice(*alone.span)] == "90"
    assert text[slice(*helped.span)] == "40"
    # How sure it is stays a matter of logits.
    assert helped.margin == pytest.approx(4.0 + 10.0)
    assert helped.certainty < alone.certainty


@given(
    st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=2, max_size=60),
    st.integers(0, 2**32),
)
def test_what_is_chosen_is_among_the_best_by_logits(
    rows: list[tuple[float, float]], seed: int
) -> None:
    start, end = (np.array(column, dtype=np.float32) for column in zip(*rows, strict=True))
    count = len(rows) - 1
    offsets = [(2 * n, 2 * n + 1) for n in range(count)]
    liked = {n: float(x) for n, x in enumerate(np.random.default_rng(seed).normal(size=2 * count))}
    found = best_span(
        start, end, first=1, offsets=offsets, text="a " * count, prior=lambda s: 9 * liked[s.start]
    )
    sums = sorted(
        (
            float(start[1 + a]) + float(end[1 + b])
            for a in range(count)
            for b in range(a, min(count, a + LONGEST))
        ),
        reverse=True,
    )
    none = float(start[0]) + float(end[0])
    assert found.span is not None
    assert found.margin + none >= sums[:CANDIDATES][-1] - 1e-4
    assert found.margin + none <= sums[0] + 1e-4
