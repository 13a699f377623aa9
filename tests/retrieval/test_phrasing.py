from __future__ import annotations

import pytest

from retrieval.phrasing import plain


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("How many troops did China deploy? Thanks!", "How many troops did China deploy?"),
        ("Who won? I need it for an essay.", "Who won?"),
        ("Hi there, how many troops were sent?", "how many troops were sent?"),
        ("hi how many troops were sent?", "how many troops were sent?"),
        ("Good morning! Who won?", "Who won?"),
        ("HOW MANY TROOPS DID CHINA DEPLOY?", "how many troops did china deploy?"),
        ("HELLO! HOW MANY WERE SENT? THANKS", "how many were sent?"),
    ],
)
def test_what_is_no_part_of_the_question_is_not_looked_for(typed: str, asked: str) -> None:
    assert plain(typed) == asked


@pytest.mark.parametrize(
    "typed",
    [
        "How many troops did China deploy?",
        # What follows the mark asks.
        "Really? How many troops did China deploy",
        "Who won? And when did they win?",
        # Nothing before it does.
        "Rovers? They last won the cup in May",
        "Who wrote “What is to be done? ” and more?",
        # Acronyms, and names that begin like a greeting.
        "US GDP 2024",
        "WHO?",
        "Hiroshima: when was it bombed?",
        "Heyday of steam",
        "Hey Jude was written by whom?",
        "Hello!",
        "?",
    ],
)
def test_what_asks_is_left_alone(typed: str) -> None:
    assert plain(typed) == typed
