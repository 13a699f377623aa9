import time

import pytest
from hypothesis import example, given

from retrieval.paragraphs import (
    paragraph_lines,
    paragraph_number,
    paragraph_span,
    paragraph_spans,
)
from retrieval.sentences import LONGEST, _pieces, sentence_spans
from tests.retrieval.texts import TEXTS


def sentences(text: str, language: str | None = None) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language=language)]


@given(TEXTS)
@example("1.\n\n2.")
@example("“”\n”")
@example("a ." + " " * 60 + ".B")
@example("*aMr.[1]؟....B\u2028.}")
def test_sentences_are_in_order_trimmed_and_hold_everything_that_is_not_white_space(text):
    position = 0
    for start, end in sentence_spans(text):
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(TEXTS)
def test_no_sentence_reaches_over_a_blank_line(text):
    paragraphs = paragraph_spans(text)
    for start, end in sentence_spans(text):
        assert any(first <= start and end <= last for first, last in paragraphs)


@given(TEXTS)
def test_a_paragraph_is_found_by_its_number_and_its_number_by_any_offset_in_it(text):
    for number, span in enumerate(paragraph_spans(text), start=1):
        assert paragraph_span(text, number) == span
        assert paragraph_number(text, span.start) == number
        assert paragraph_number(text, span.end - 1) == number


def test_a_paragraph_that_is_not_there_is_an_error():
    for number in (0, -1, 3):
        with pytest.raises(IndexError):
            paragraph_span("One.\n\nTwo.", number)


def test_blank_lines_of_every_kind_part_paragraphs_and_single_breaks_do_not():
    text = "one\ntwo\r\nthree\rfour\n \t\nfive\r\n\r\nsix\r\rseven"
    lines = [[text[a:b] for a, b in lines] for lines in paragraph_lines(text)]
    assert lines == [["one", "two", "three", "four"], ["five"], ["six"], ["seven"]]


@pytest.mark.parametrize(
    "expected",
    [
        ["Mr. J. K. Rowling paid $3.5 million to Dr. Smith.", "He left."],
        ["The U.S. Army left at 5 p.m. Monday.", "Nobody saw it."],
        ["He met Sen. Smith and Rep. Jones (D-N.Y.) on Oct. 5.", "It was fun."],
        ["It rose 3.5% in No. 10 Downing St. last year.", "Why?", "Nobody knows!"],
        ["He said “I go.”", "Then he left.", "“At least I know China tried!”"],
        ["“It has not worked out,” he wrote on Twitter.", "“At least I tried!”"],
        ['"It is hard to deal with this." he added.', "“Why?” she asked.", "He left."],
        ["**Ms. Adler, why?**", "“I **do** play.”", "It was *fun.*", "Then I left."],
        ["The peak is 2,415 m.", "It is high.", "In 1984 J. Smith came with 12 t.", "He sank."],
        ["word one.", "Another word was glued to it."],
        ["ASP.NET is older than Node.js and Booking.com.", "It is."],
        ["It was so.[2]", "Then it was not.[3][4]", "Now it is."],
        ["Seasonality is a thing which recurs every year .", "Any change may recur .", "It is ."],
        ["这是一句话。", "第二句！", "“第三句？”"],
        ["هذه جملة.", "وهذه أخرى؟", "نعم."],
        ["1. First thing.", "Then more of it."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(expected):
    for between in (" ", "\n\n"):
        assert sentences(between.join(expected)) == expected


def test_glued_sentences_are_parted_but_names_with_a_dot_are_not():
    assert sentences("It is done.Another one is not.") == ["It is done.", "Another one is not."]
    assert sentences("Version 2.Next of ASP.NET by @ben.Kew") == [
        "Version 2.Next of ASP.NET by @ben.Kew"
    ]


def test_language_chooses_the_abbreviations():
    text = "Er kam am 3. Mai 2020. Dann schlief er."
    assert sentences(text, "de") == ["Er kam am 3. Mai 2020.", "Dann schlief er."]
    assert sentences(text, "no such language") == sentences(text)


def test_a_long_speech_is_split_inside_its_quotes_and_a_short_one_is_not():
    short = "She said: “I saw it. It was big.”"
    assert sentences(short) == [short]
    said = [f"The {n} sentence says something or other about the matter at hand." for n in range(6)]
    said[0], said[-1] = "He said: “" + said[0], said[-1] + "”"
    assert sentences(" ".join(said)) == said
    said[4], said[5] = said[4] + "”", "“" + said[5]
    assert sentences(" ".join(said)) == said


def test_wrapped_lines_flow_and_other_lines_stand_alone():
    wrapped = (
        "When in the course of human events, it becomes necessary for one people\n"
        "to dissolve the political bands which have connected them with another,\n"
        "and to assume among the powers of the earth a separate station. Then they\n"
        "Declare the causes."
    )
    assert len(sentences(wrapped)) == 2
    assert sentences("Results\nThe first half was good.\nSo was the second") == [
        "Results",
        "The first half was good.",
        "So was the second",
    ]
    assert sentences("We need:\n- apples and\n- pears\n2) Plums") == [
        "We need:",
        "- apples and",
        "- pears",
        "2) Plums",
    ]
    assert sentences("It goes on\nin lower case.") == ["It goes on\nin lower case."]
    long = "A paragraph of a file that keeps each one on a single line, without any full stop " * 3
    assert sentences(f"{long.strip()}\n{long.strip()}") == [long.strip(), long.strip()]


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        "a" * 1_000_000,
        "“" * 200_000,
        '"(' * 100_000,
        "1. " * 50_000,
        " \n" * 500_000,
    ],
    ids=["words", "letters", "quotes", "brackets", "numbers", "blank"],
)
def test_hostile_text_takes_no_more_than_its_length_in_time(text):
    began = time.perf_counter()
    spans = sentence_spans(text)
    assert time.perf_counter() - began < 10
    assert all(end - start <= LONGEST for start, end in spans)


@pytest.mark.parametrize(
    "text",
    [
        "It seats approx. 1,450 people in all.",
        "The price of 45 euros is incl. VAT for now.",
        "They flew in from Ft. Worth on Tues. morning.",
        "Ms. Nunes met Cllr. Okoro there.",
        "Doors open max. 2 hrs. before the show.",
        "See Vol. 2, ch. 4 of it.",
    ],
)
def test_an_abbreviation_ends_no_sentence(text):
    assert sentences(text) == [text]


def test_a_unit_at_the_end_of_a_sentence_ends_it():
    assert sentences("It took 9 hrs. The end came.") == ["It took 9 hrs.", "The end came."]
    assert sentences("The wall is 6 ft. The gate is new.") == [
        "The wall is 6 ft.",
        "The gate is new.",
    ]
    assert sentences("They met on Sun. The rain fell.") == ["They met on Sun.", "The rain fell."]


@pytest.mark.parametrize("space", ["\u00a0", "\u2028", "\u2029", "\u0085", "\u3000", "\u202f"])
def test_any_white_space_may_stand_before_a_full_stop(space):
    assert sentences(f"He had no plan B{space}. It rained.") == [
        f"He had no plan B{space}.",
        "It rained.",
    ]


def test_where_the_splitter_breaks_down_nothing_is_split(capfd):
    """At what it is not given any more; its next version may split it."""
    text = "He had no plan B\u00a0. It rained."
    assert "".join(_pieces("en", text)) == text
    capfd.readouterr()  # what it says of that
