from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from retrieval.embedding.bundled import bundled_folder
from retrieval.reading.pairs import PASSAGE_TOKENS, encode_pairs


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


TOKENIZER = _tokenizer()


def test_a_pair_is_question_title_and_passage_between_separators() -> None:
    [pair] = encode_pairs(TOKENIZER, [("Who won?", "Chess", "Anna Berg won.")])
    words = [TOKENIZER.id_to_token(number) for number in pair.ids]
    assert words == [
        *("[CLS]", "who", "won", "?", "[SEP]", "chess", "[SEP]"),
        *("anna", "berg", "won", ".", "[SEP]"),
    ]
    assert pair.types == (0,) * 5 + (1,) * 7
    assert words[pair.first] == "anna"


def test_a_question_without_its_mark_is_read_as_one_with_it() -> None:
    [with_it] = encode_pairs(TOKENIZER, [("Who won?", "Chess", "Anna Berg won.")])
    [without] = encode_pairs(TOKENIZER, [("who won ", "Chess", "Anna Berg won.")])
    assert without == with_it


def test_without_a_title_its_separator_is_left_out() -> None:
    [pair] = encode_pairs(TOKENIZER, [("Who won?", "", "Anna Berg won.")])
    assert TOKENIZER.id_to_token(pair.ids[pair.first - 1]) == "[SEP]"
    assert pair.first == 5


@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=400))
@settings(max_examples=100, deadline=None)
def test_offsets_are_those_of_the_passage(question: str, title: str, passage: str) -> None:
    [pair] = encode_pairs(TOKENIZER, [(question, title, passage)])
    assert len(pair.ids) == len(pair.types) == pair.first + len(pair.offsets) + 1
    assert all(0 <= start <= end <= len(passage) for start, end in pair.offsets)
    assert list(pair.offsets) == sorted(pair.offsets)


def test_what_is_too_long_is_cut_off_behind() -> None:
    [pair] = encode_pairs(TOKENIZER, [("why " * 500, "so " * 500, "because " * 5000)])
    assert len(pair.offsets) == PASSAGE_TOKENS
    assert len(pair) < 512


def test_a_tokenizer_without_separators_is_refused() -> None:
    from tokenizers.models import WordLevel

    bare = Tokenizer(WordLevel({"a": 0}, unk_token="a"))
    with pytest.raises(ValueError, match=r"\[CLS\]"):
        encode_pairs(bare, [("a", "", "a")])
