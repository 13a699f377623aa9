import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.chunking import TARGET, passages
from retrieval.paragraphs import paragraph_number
from retrieval.sentences import sentence_spans
from tests.retrieval.texts import TEXTS

SEED = next((Path(__file__).parents[2] / "seeds").glob("*.txt")).read_text(encoding="utf-8")
WINDOW = 240


def count(texts):
    """A word, and each sign of punctuation, is a token: as the bundled model has it, roughly."""
    return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def size(text, cut):
    return count([text[cut.start : cut.end]])[0]


def words(number, start=0):
    return " ".join(f"word{n}" for n in range(start, start + number))


def sentence(number, start=0):
    return f"This {words(number - 2, start)}."


@given(TEXTS, st.integers(1, 30), st.integers(1, 40))
def test_passages_are_apart_in_order_within_budget_and_hold_everything(text, budget, target):
    cuts = passages(text, count=count, budget=budget, target=target)
    assert "".join("".join(text[c.start : c.end].split()) for c in cuts) == "".join(text.split())
    position = 0
    for cut in cuts:
        assert position <= cut.start < cut.end
        assert (cut.sentences[0].start, cut.sentences[-1].end) == (cut.start, cut.end)
        assert all(a.end <= b.start for a, b in pairwise(cut.sentences))
        assert cut.paragraph == paragraph_number(text, cut.start)
        tokens = sum(count([text[a:b] for a, b in cut.sentences]))
        assert tokens <= budget or len(text[cut.start : cut.end].split()) == 1
        position = cut.end


@given(TEXTS)
def test_sentences_that_fit_stay_whole(text):
    cuts = passages(text, count=count, budget=1000)
    assert [span for cut in cuts for span in cut.sentences] == sentence_spans(text)


def test_an_article_is_cut_at_the_ends_of_paragraphs_into_passages_of_about_the_target():
    cuts = passages(SEED, count=count, budget=WINDOW)
    assert 3 <= len(cuts) <= 6
    assert all(SEED[cut.end :].startswith("\n\n") for cut in cuts[:-1])
    assert all(TARGET / 2 <= size(SEED, cut) <= WINDOW for cut in cuts)


def test_short_paragraphs_come_together():
    text = "\n\n".join(sentence(20, n) for n in range(9))
    cuts = passages(text, count=count, budget=WINDOW, target=60)
    assert [cut.paragraph for cut in cuts] == [1, 4, 7]


def test_a_text_that_fits_the_window_stays_whole_and_one_just_over_it_leaves_no_crumb():
    assert len(passages(" ".join(map(sentence, [24] * 9)), count=count, budget=WINDOW)) == 1
    text = " ".join(map(sentence, [24] * 11))
    sizes = [size(text, cut) for cut in passages(text, count=count, budget=WINDOW)]
    assert len(sizes) == 2
    assert min(sizes) > WINDOW / 3


@pytest.mark.parametrize("heading", ["What came of it", "## The second part", "They were these:"])
def test_a_heading_stays_with_what_follows(heading):
    text = f"{sentence(170)}\n\n{heading}\n\n{sentence(170)}"
    first, second = passages(text, count=count, budget=WINDOW)
    assert heading not in text[first.start : first.end]
    assert text[second.start :].startswith(heading)


def test_a_sentence_over_the_budget_is_cut_at_clauses():
    clauses = [words(30, n) for n in range(6)]
    text = f"{', '.join(clauses)}."
    cuts = passages(text, count=count, budget=70)
    assert [text[cut.start : cut.end].rstrip(",.") for cut in cuts] == [
        ", ".join(clauses[n : n + 2]) for n in (0, 2, 4)
    ]


def test_without_clauses_it_is_cut_at_words_into_equal_parts():
    text = words(250)
    cuts = passages(text, count=count, budget=100)
    assert [size(text, cut) for cut in cuts] == [84, 83, 83]


def test_a_script_without_spaces_is_cut_between_letters():
    text = "中" * 1000
    cuts = passages(text, count=lambda texts: [len(text) for text in texts], budget=100)
    assert {cut.end - cut.start for cut in cuts} == {100}


def test_no_letter_is_parted_from_its_marks_nor_an_emoji_from_its_parts():
    for letter in ("e\u0301", "👩\u200d🚀", "中\u0301", "👍\U0001f3fd"):
        text = letter * 400
        cuts = passages(text, count=lambda texts: [len(text) for text in texts], budget=11)
        assert "".join(text[cut.start : cut.end] for cut in cuts) == text
        assert all((cut.end - cut.start) % len(letter) == 0 for cut in cuts)


def test_nothing_gives_no_passages_and_no_budget_is_an_error():
    assert passages(" \n\n ", count=count, budget=WINDOW) == []
    with pytest.raises(ValueError, match="budget"):
        passages("One.", count=count, budget=0)


def test_tokens_are_counted_in_at_most_two_calls():
    calls = []

    def counting(texts):
        calls.append(len(texts))
        return count(texts)

    passages(SEED, count=counting, budget=WINDOW)
    assert len(calls) == 1
    passages(f"{SEED} {words(3000)}", count=counting, budget=WINDOW)
    assert len(calls) == 3


def test_time_grows_with_length_alone():
    def took(text):
        began = time.perf_counter()
        passages(text, count=lambda texts: [len(text) // 5 + 1 for text in texts], budget=WINDOW)
        return time.perf_counter() - began

    article = "\n\n".join([SEED] * 25)
    small, large = min(took(article) for _ in range(3)), took("\n\n".join([article] * 10))
    assert small < 0.5
    assert large < 40 * small
    assert took("a\n\n" * 30_000) < 10
    assert took("a" * 500_000) < 10
