"""Questions after who does something."""

import tomllib
from importlib import resources

import pytest

from retrieval.roles import FAR, FILE, HERE, LONGEST_QUESTION, NEARBY, NOBODY, NOWHERE, told
from retrieval.types import Span


@pytest.mark.parametrize(
    "question",
    [
        "Who runs the mill?",
        "who's in charge of the mill",
        "Who is the captain of the ferry?",
        "Who is going to head the new council?",
        "Who was to chair the council?",
        "Who was the technical director of the mill?",
        "Who is Ann Lee's agent?",
        "Who’s Clay & Moss Ltd's chairwoman?",
        "Who is running the mill?",
        "Who has led the council since May?",
        "Who will be captain of the ferry?",
        "Who took over as boss?",
        "Who is at the helm of the mill?",
        "Who is the lead singer of the Foxes?",
        "Who currently owns it?",
        "Can anyone tell me who wrote The Mill?",
        "Do you know who edits the Gazette?",
        "Which coach was in charge of the club?",
        "Which actress played the fox?",
        "Which person owns the mill?",
        "What company sponsors the cup?",
        "Name the author of The Mill.",
        "What is the name of the judge at the trial?",
        "What's the name of the woman who runs the mill?",
        "Whose job is it to lead the council?",
        "Who provides the voice of the fox?",
        "WHO RUNS THE MILL?",
    ],
)
def test_who_does_something_is_asked(question: str) -> None:
    assert told(question) is not None


@pytest.mark.parametrize(
    "question",
    [
        "Who is Ann Lee?",
        "Who was hurt?",
        "Who was beaten?",
        "Who was paid £5m?",
        "Who did Ann Lee beat?",
        "Who will Italy play?",
        "Who will the team play next?",
        "Who can it beat?",
        "Who has the president nominated?",
        "Who is the singer married to?",
        "Who is the chief suspect?",
        "Who has the lead role?",
        "Who managed to finish the race?",
        "Who ruled out a bid?",
        "Who found the body?",
        "How old is the man who runs the mill?",
        "How many of those who ran the race finished?",
        "Which film won and who directed it?",
        "What is the name of the film directed by Ann Lee?",
        "Name the game developed by Clay & Moss.",
        "Which coach left the club?",
        "Which actor slept?",
        "What agent causes it?",
        "What play opened?",
        "What led the mayor to leave?",
        "What head injuries did he have?",
        "How many people run the mill?",
        "When Bo Dee left, who took over?",
        "Who founded the club, what for?",
        "Who founded the mill and when?",
        "When did the coach leave?",
        "Whose own goal was it?",
        "The mill",
        "Wer leitet die Mühle?",
        "",
        "Who runs the mill" + " and the other mill" * (LONGEST_QUESTION // 10),
        "who " * 5_000,
    ],
)
def test_other_questions_are_not_known(question: str) -> None:
    assert told(question) is None


RUNS = "Who runs the mill?"
WROTE = "Who wrote The Mill?"
OWNS = "Who owns the mill?"
COACHES = "Who coaches the Foxes?"


@pytest.mark.parametrize(
    ("question", "sentence", "words", "value"),
    [
        (RUNS, "Mill chief executive Ann Lee rose early.", "Ann Lee", HERE),
        (RUNS, "Ann Lee, who runs the mill, rose early.", "Ann Lee", HERE),
        (RUNS, "Ann Lee rose early, as the chief of a mill does.", "Ann Lee", NEARBY),
        (RUNS, "Ann Lee rose early to bake bread for the town, said her boss.", "Ann Lee", FAR),
        (RUNS, "Ann Lee sold flour to the mill.", "Ann Lee", NOWHERE),
        (RUNS, "Some farmers sold flour to the mill.", "farmers", NOBODY),
        (RUNS, "Chinese farmers sold flour to the mill.", "Chinese farmers", NOBODY),
        (RUNS, "The chief of the mill, a farmer, rose early.", "a farmer", HERE),
        (RUNS, "The authority opened the mill to Ann Lee.", "Ann Lee", NOWHERE),
        (WROTE, "The Mill is a book by Ann Lee.", "Ann Lee", HERE),
        (WROTE, "They read Ann Lee's The Mill.", "Ann Lee", HERE),
        (WROTE, "They read Ann Lee's The Mill.", "Ann Lee's", HERE),
        (WROTE, "They read James’ The Mill.", "James’", HERE),
        (WROTE, "The Mill was read to Ann Lee.", "Ann Lee", NOWHERE),
        (WROTE, "The authorities banned The Mill, Ann Lee told us.", "Ann Lee", NOWHERE),
        (RUNS, "Ann Lee's mill burnt.", "Ann Lee", NOWHERE),  # it may be let
        (OWNS, "Ann Lee's mill burnt.", "Ann Lee", HERE),
        (OWNS, "The mill went to easyMill.", "easyMill", NOWHERE),
        (OWNS, "The mill went to Éla.", "Éla", NOWHERE),
        (OWNS, "The mill went to 'Ann Lee' then.", "'Ann Lee'", NOWHERE),
        (WROTE, "The Mill is by the National Guild.", "National Guild", HERE),
        (WROTE, "By Ann Lee.", "Ann Lee", HERE),
        (WROTE, "Co-author Ann Lee left.", "Ann Lee", HERE),
        ("Who captains the Foxes?", "Vice-captain Bo Dee left.", "Bo Dee", NOWHERE),
        ("Who plays the fox?", "The fox (Ann Lee) sleeps.", "Ann Lee", HERE),
        ("Who plays the fox?", "Ann Lee (the fox) sleeps.", "Ann Lee", HERE),
        (COACHES, "New coach Bo Dee left.", "Bo Dee", HERE),
        (COACHES, "New coach Bo Dee left.", "New coach", NOBODY),
        (COACHES, "New coach Bo Dee left.", "coach", NOBODY),
        (COACHES, "Bo van Dee, in charge of the Foxes, left.", "Bo van Dee", HERE),
        (COACHES, "The trains to the Foxes' ground left with Bo Dee.", "Bo Dee", NEARBY),
    ],
)
def test_how_well_words_are_told_to_do_it(
    question: str, sentence: str, words: str, value: float
) -> None:
    of = told(question)
    assert of is not None
    text = f"Ann Lee is the chief executive. {sentence} Bo Dee is the coach."
    start = text.index(sentence)
    at = text.index(words, start)
    here = Span(start, start + len(sentence))
    assert of(text, here, Span(at, at + len(words))) == value


def test_without_words_the_sentence_counts() -> None:
    of = told(RUNS)
    assert of is not None
    text = "The boss left. Ann Lee stayed."
    assert of(text, Span(0, 14), None) == 0.0
    assert of(text, Span(15, len(text)), None) == NOWHERE


def test_the_table_asks_for_each_thing_once() -> None:
    roles = tomllib.loads(resources.files("retrieval").joinpath(FILE).read_text("ascii"))["role"]
    asked = [word for r in roles for word in {*r["asked"].split(), *r["agent"].split()}]
    assert len(set(asked)) == len(asked) > 200
    for role in roles:
        assert set(role) <= {"asked", "agent", "told", "right_at"}
        assert not {*role["told"].split()} & {*role["asked"].split(), *role["agent"].split()}
        of = told(f"Who {role['asked'].split()[0].replace('_', ' ')} it?")
        assert of is not None
        for word in " ".join((role["asked"], role["agent"], role["told"])).split():
            text = word.replace("*", "").replace("_", " ")
            assert of(text, Span(0, len(text)), None) == 0.0
