"""Tokenizers of forms: shared where they are the same, and cutting as their library would."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from retrieval.embedding.bundled import bundled_folder
from retrieval.embedding.tokenizing import encode, save, tokenizer


def bundled() -> Tokenizer:
    """The bundled model's tokenizer, which comes with padding and truncation set."""
    return Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))


def test_forms_of_one_vocabulary_share_a_tokenizer_that_neither_pads_nor_cuts(
    tmp_path: Path,
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    padding, whole = bundled(), bundled()
    whole.no_padding()
    whole.enable_truncation(17)
    for folder, found in ((one, padding), (other, whole)):
        folder.mkdir()
        save(found, folder)
    assert tokenizer(one) is tokenizer(other)
    assert len(tokenizer(one).encode("word " * 700)) == 702
    assert len(tokenizer(one).encode("word")) == 3
    assert len(whole.encode("word " * 700)) == 17, "the one that was saved is left as it was"


PLAIN, CUTTING = bundled(), bundled()
PLAIN.no_padding()
PLAIN.no_truncation()
CUTTING.no_padding()


@given(st.lists(st.text(max_size=60)), st.integers(1, 30))
def test_texts_are_cut_as_the_library_cuts_them(texts: list[str], most: int) -> None:
    CUTTING.enable_truncation(most + 2)
    found, wanted = encode(PLAIN, texts, most), CUTTING.encode_batch(texts)
    assert [(e.ids, e.offsets, e.special_tokens_mask) for e in found] == [
        (e.ids, e.offsets, e.special_tokens_mask) for e in wanted
    ]
