from __future__ import annotations

import random

from retrieval.training.near_misses import NearMisses
from retrieval.training.rows import Row

MILL = "The mill on the Oker was restored by Jonas Lind, who runs it with Maria Berg."
BRIDGE = "The bridge of Lindau was finished in 1931, and the masons went home."


def _row(question: str, context: str, answer: str = "", title: str = "Valley") -> Row:
    at = context.index(answer)
    spans = ((at, at + len(answer)),) if answer else ()
    return Row("set", question, title, context, spans)


ROWS = [
    _row("Who restored the mill?", MILL, "Jonas Lind"),
    _row("When did Arthur Schmidt die?", "He died in 1870.", "1870", title="Elsewhere"),
    _row("Who was the captain of the ship?", "Paul was the captain.", "Paul", title="Elsewhere"),
    _row("How many sailors did it carry?", "It carried 9.", "9", title="Elsewhere"),
    _row("Who was the miller of the valley?", MILL, "Jonas Lind"),
    _row("When was the bridge of Lindau finished?", BRIDGE, "1931"),
    _row("Who paid for the bridge of Lindau?", BRIDGE),
]
NEAR = NearMisses(ROWS)


def test_questions_of_other_texts_are_put_about_names_of_this_one() -> None:
    asked = NEAR.transplanted("Who restored the mill?", MILL, random.Random(1))
    assert "When did Jonas Lind die?" in asked or "When did Maria Berg die?" in asked
    told = MILL + " Jonas Lind died in 1980."
    assert not any("die" in each for each in NEAR.transplanted("", told, random.Random(1)))
    assert NEAR.transplanted("Who is it?", "nobody has a name here.", random.Random(1)) == []


def test_another_kind_of_thing_is_asked_for_that_the_passage_does_not_speak_of() -> None:
    asked = NEAR.for_another("Who was the miller of the valley?", MILL, random.Random(1))
    assert asked == ["Who was the captain of the valley?"]
    assert NEAR.for_another("How many millers are there?", MILL, random.Random(1)) == [
        "How many sailors are there?"
    ]
    assert NEAR.for_another("Why is it so?", MILL, random.Random(1)) == []


def test_questions_of_the_same_article_are_asked_where_their_answer_does_not_stand() -> None:
    assert set(NEAR.beside(ROWS[0], MILL, random.Random(1))) == {
        "When was the bridge of Lindau finished?"
    }
    assert set(NEAR.beside(ROWS[5], BRIDGE, random.Random(1))) == {
        "Who restored the mill?",
        "Who was the miller of the valley?",
        "Who paid for the bridge of Lindau?",  # asked in vain
    }
    assert NEAR.beside(_row("Who?", MILL, "Jonas", title=""), MILL, random.Random(1)) == []
