"""Whatever stands in an article is shown as it stands there, within limits, and does nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import escape

NASTY = st.text(
    alphabet=st.one_of(
        st.sampled_from("*_~|`<>[]()#-+@:\\/ \n\t.1a\U0001f600\u202e中"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=400,
)
MARKUP = re.compile(r"(?<!\\)(?:\\\\)*[*_~|`<\[\]@]")


def shown(sent: str) -> str:
    """As a reader sees it: an escaped mark is the mark."""
    return re.sub(r"\\([^\sA-Za-z0-9])", r"\1", sent)


@given(NASTY)
def test_what_is_escaped_is_shown_word_for_word(text):
    assert shown(escape.escape(text)).split() == _visible(text).split()


def _visible(text: str) -> str:
    return "".join(
        c for c in text if c not in escape._BIDIRECTIONAL and (c >= " " or c in "\n\t")
    ).replace("\r", "")


@given(NASTY)
def test_no_markup_is_left(text):
    assert not MARKUP.search(escape.escape(text))


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("**bold** _it_ ~~no~~ ||spoiler||", r"\*\*bold\*\* \_it\_ \~\~no\~\~ \|\|spoiler\|\|"),
        ("[bank](https://evil.example)", r"\[bank\](https\://evil.example)"),
        ("<@1> <#2> <t:1:R> </ask:3>", r"\<\@1> \<#2> \<t\:1\:R> \</ask\:3>"),
        ("@everyone and @here", r"\@everyone and \@here"),
        ("# head\n> quote\n- item\n-# small", "\\# head\n\\> quote\n\\- item\n\\-# small"),
        ("1. one\n 2) two", "1\\. one\n 2\\) two"),
        ("join discord.gg/abc", r"join discord\.gg/abc"),
        ("at 10:30: now", r"at 10\:30: now"),
        ("a\u202eb\x07c", "abc"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("3.5 - 2 > 1", "3.5 - 2 > 1"),
    ],
)
def test_marks_become_plain_characters(text, sent):
    assert escape.escape(text) == sent


@given(NASTY, st.integers(20, 300), st.data())
def test_an_excerpt_fits_and_keeps_the_mark(text, limit, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    made = escape.excerpt(text, (start, end), limit)
    assert escape.width(made) <= limit
    start, end = escape._trim(text, start, end)
    marked = "".join(escape.pieces(text)[start:end])
    if start < end and escape.width(marked) <= limit - 8:
        assert f"**{marked}**" in made


def test_an_excerpt_is_cut_at_words_around_the_mark():
    text = "one two three four five six seven eight nine ten eleven twelve"
    start = text.index("six")
    made = escape.excerpt(text, (start, start + 3), 36)
    assert made == "… five **six** seven eight nine …"


def test_a_long_sentence_is_cut_at_a_word():
    made = escape.excerpt("start " + "word " * 100, (0, 506), 50)
    assert made.startswith("**start word")
    assert made.endswith("word…**")
    assert escape.width(made) <= 50


def test_text_without_blanks_is_cut_where_it_must_be():
    made = escape.excerpt("中" * 500, (200, 210), 60)
    assert "**" + "中" * 10 + "**" in made
    assert 40 < escape.width(made) <= 60


def test_the_mark_is_bold_without_blanks_at_its_ends():
    assert escape.excerpt("a  b \n c", (1, 6), 50) == "a  **b** \n c"


def test_width_counts_as_discord_does():
    assert escape.width("a\U0001f600") == 3


@given(NASTY, st.integers(2, 60))
def test_a_line_is_one_line_and_fits(text, limit):
    for made in (escape.plain(text, limit), escape.raw_line(text, limit)):
        assert escape.width(made) <= limit
        assert "\n" not in made
