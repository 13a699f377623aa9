"""In which rows and cells of a table, and items of a list, an answer is looked for."""

from __future__ import annotations

import pytest

from retrieval.reading.protocol import ReadingText
from retrieval.reading.tables import places
from retrieval.sentences import sentence_spans

GAMES = """The games ended on Sunday.

Country | Gold | Silver

Jersey | 41 | 22

Gotland | 18 | 19

The next ones are held in Menorca."""
PROSE = ["The games ended on Sunday.", "The next ones are held in Menorca."]
POOL = """The Marlow pool opens again on 1 June.

Monday: closed
Tuesday: 9 am to 5 pm
Friday: 11 am to 9 pm

A ticket costs 4 euros."""


def _places(question: str, text: str, title: str = "") -> list[str]:
    found = places(question, ReadingText(title, text, tuple(sentence_spans(text))))
    return [text[slice(*each)].strip() for each in found]


@pytest.mark.parametrize(
    ("question", "cells"),
    [
        ("How many silver medals did Gotland win?", ["19"]),
        ("How much gold did Jersey win?", ["41"]),
        ("Who won 19 silver medals?", ["Gotland", "18"]),
        ("What did Jersey win?", ["41", "22"]),
    ],
)
def test_the_row_and_the_column_that_are_asked_for(question: str, cells: list[str]) -> None:
    found = _places(question, GAMES)
    assert [each for each in found if each not in PROSE] == cells


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("What was the revenue of Skagen in 2023?", "295"),
        ("What was the revenue of Skagen in 2024?", "301"),
        ("How many ships does Nordhaven have?", "27"),
    ],
)
def test_a_heading_may_have_years(question: str, cell: str) -> None:
    text = """Line | Ships | Revenue 2023 | Revenue 2024

Nordhaven | 27 | 812 | 900.5

Skagen | 14 | 295 | 301"""
    assert _places(question, text) == [cell]


def test_a_first_row_with_figures_is_no_heading() -> None:
    text = "Jersey | 41 | 22\n\nGotland | 18 | 19\n\nMenorca | 7 | 2024"
    found = _places("How many did Jersey win in 2024?", text)
    assert found == ["41", "22", "Menorca", "7"]
    text = "Ashford | 2000\n\nBexley | 3100\n\nCorby | 900"
    assert _places("How many people live in Ashford?", text) == ["2000"]


def test_a_sentence_that_says_as_much_stays() -> None:
    text = "Anna Berg is the mayor of Harlow.\n\nPhoto: Anna Berg\nSource: The Harlow Post"
    assert _places("Who is Anna Berg?", text, "The mayor speaks") == [
        "Anna Berg is the mayor of Harlow.",
        "Photo: Anna Berg",
    ]


def test_a_sentence_that_says_less_of_the_question_falls_away() -> None:
    assert _places("How many silver medals did Gotland win?", GAMES) == ["19"]
    found = _places("How many silver medals did Gotland win on Sunday?", GAMES)
    assert found == [PROSE[0], "19"]


def test_an_item_with_a_label_is_a_row_too() -> None:
    title = "Opening hours of the Marlow pool"
    asked = "When is the Marlow pool open on Tuesday?"
    assert _places(asked, POOL, title) == ["Tuesday: 9 am to 5 pm"]
    assert _places("What does a ticket cost on Friday?", POOL) == [
        "Friday: 11 am to 9 pm",
        "A ticket costs 4 euros.",
    ]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Where are the next games held?", GAMES),  # names no row
        ("the?", GAMES),
        ("When does the pool open again?", POOL),
        ("Who owns the mill?", "Ada owns the mill. Ben saw it.\n\nNobody else did."),
        ("Who was Ada?", "Q: Who was Ada?\nA: A miller of Rehme."),  # somebody's words
    ],
)
def test_else_all_of_the_passage_counts(question: str, text: str) -> None:
    every = _places("zzz", text)
    assert _places(question, text) == every
    assert "".join(every).replace(" ", "") == text.translate(str.maketrans("", "", "\n |"))


def test_a_passage_without_sentences_has_no_places() -> None:
    assert places("Who?", ReadingText("", "")) == []
