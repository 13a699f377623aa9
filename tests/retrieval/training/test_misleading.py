"""Questions made to mislead ask for what the passage does not tell."""

from __future__ import annotations

import random

from retrieval.training.swaps import asked_otherwise
from retrieval.training.verbs import SEEN, Verbs, forms


def _verbs(*names: str) -> Verbs:
    text = " ".join(f"They want to {name}. They {forms(name)[2]}." for name in names)
    return Verbs([text] * SEEN)


def _swapped(verbs: Verbs, question: str, passage: str) -> set[str | None]:
    return {verbs.swapped(question, passage, random.Random(seed)) for seed in range(30)}


def test_forms_of_verbs_are_spelled_as_english_does() -> None:
    assert forms("carry") == ("carry", "carries", "carried", "carrying")
    assert forms("deploy") == ("deploy", "deploys", "deployed", "deploying")
    assert forms("reach") == ("reach", "reaches", "reached", "reaching")
    assert forms("move") == ("move", "moves", "moved", "moving")
    assert forms("ban") == ("ban", "bans", "banned", "banning")
    assert forms("lead") == ("lead", "leads", "led", "leading")


def test_a_verb_takes_the_place_of_one_in_the_same_form() -> None:
    verbs = _verbs("form", "command", "praise")
    passage = "The council formed a brigade."
    assert _swapped(verbs, "Who formed the brigade?", passage) == {
        "Who commanded the brigade?",
        "Who praised the brigade?",
    }
    assert _swapped(verbs, "Who forms the brigade?", passage) == {
        "Who commands the brigade?",
        "Who praises the brigade?",
    }
    assert _swapped(verbs, "When did the council form a brigade?", passage) == {
        "When did the council command a brigade?",
        "When did the council praise a brigade?",
    }


def test_no_verb_is_put_in_that_the_passage_has_in_any_form() -> None:
    verbs = _verbs("form", "command", "praise")
    passage = "The council formed a brigade, commanding it itself."
    assert _swapped(verbs, "Who formed the brigade?", passage) == {"Who praised the brigade?"}
    everything = f"{passage} It was praised."
    assert _swapped(verbs, "Who formed the brigade?", everything) == {None}


def test_a_question_without_a_known_verb_is_left_alone() -> None:
    verbs = _verbs("form", "command")
    assert _swapped(verbs, "Who is the mayor?", "The mayor is Anna Berg.") == {None}
    # "forms" is a noun here.
    assert _swapped(verbs, "How many forms are there?", "There are two.") == {None}
    assert _swapped(Verbs([]), "Who formed the brigade?", "The council did.") == {None}


def test_another_question_word_asks_for_what_the_passage_shows_no_sign_of() -> None:
    passage = "The council formed a brigade at Lindau."
    asked = {
        asked_otherwise("Where did the council form it?", passage, random.Random(seed))
        for seed in range(30)
    }
    assert asked == {f"{word} did the council form it?" for word in ("When", "Why", "How")}


def test_a_question_word_is_kept_where_the_passage_might_tell_the_other() -> None:
    rng = random.Random(1)
    told = "In May the council formed it by merging two, because it had no soldiers."
    assert asked_otherwise("Where did the council form it?", told, rng) is None
    assert asked_otherwise("Who formed it?", "The council formed it.", rng) is None
    assert asked_otherwise("How many did it form?", "It formed two.", rng) is None
