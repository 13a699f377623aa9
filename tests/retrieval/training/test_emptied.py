from __future__ import annotations

import random

import pytest

from retrieval.training.emptied import without_phrase, without_sentence
from retrieval.training.rewording import Otherwise, reworded
from retrieval.types import Span

LONG = "The town of Lindau lies on a quiet river, and its market is held on Fridays. "


def _at(text: str, *answers: str) -> list[Span]:
    return [Span(text.index(answer), text.index(answer) + len(answer)) for answer in answers]


@pytest.mark.parametrize(
    ("text", "answer", "left"),
    [
        ("The bridge was built in 1801.", "1801", "The bridge was built."),
        ("The bridge was built by the masons in May.", "masons", "The bridge was built in May."),
        ("It fell, in the year 1844, and rose.", "year 1844", "It fell and rose."),
        ("In May, the bridge fell.", "May", "The bridge fell."),
        ("The masons built it.", "The masons", None),
        ("It was built in 1801 stone by stone.", "1801", None),
        ("It was built in 1801. In 1801 it fell.", "1801", None),
        ("It was built in May 1801. Since 1801 it fell.", "May 1801", None),
        ("It was built in 1801 and 1805.", "1801", None),
        ("It stands at 3.5 km.", "3", None),
    ],
)
def test_a_phrase_that_answers_is_taken_out_where_a_sentence_stays(
    text: str, answer: str, left: str | None
) -> None:
    found = without_phrase(LONG + text, _at(LONG + text, answer))
    assert found == (None if left is None else LONG + left)


def test_a_sentence_that_answers_is_taken_out() -> None:
    text = f"{LONG}The bridge was built in 1801. {LONG}".strip()
    assert without_sentence(text, _at(text, "1801", "in 1801")) == f"{LONG}{LONG}".strip()
    assert without_sentence(text, _at(text, "market")) is None  # it stands twice
    assert without_sentence("It was built in 1801. It fell.", [Span(16, 20)]) is None  # too little


def test_the_same_is_asked_in_other_words() -> None:
    rng = random.Random(1)
    asked = {reworded("How many masons came?", rng) for _ in range(20)}
    assert asked == {"What number of masons came?", "How large a number of masons came?"}
    assert reworded("Which bridge fell?", rng) == "Which bridge fell?"


def test_what_is_not_told_is_asked() -> None:
    rng = random.Random(1)
    verbs = [f"Who {verb} the bridge?" for verb in ("mended", "painted", "guarded") for _ in "1234"]
    otherwise = Otherwise(verbs, ["They mended, guarded and painted it."] * 4)
    passage = "The bridge was mended and guarded."
    asked = {otherwise.verb("Who mended the bridge?", passage, rng) for _ in range(20)}
    assert asked <= {"Who painted the bridge?", None}
    assert "Who painted the bridge?" in asked
    assert otherwise.verb("Which bridge fell?", passage, rng) is None
    others = {otherwise.adverb("When was it mended?", passage, rng) for _ in range(40)}
    assert others == {"Where was it mended?", "Why was it mended?", "How was it mended?"}
    told = "It was mended in Lindau by masons in 1801 because it fell."
    assert otherwise.adverb("When was it mended?", told, rng) is None
