"""A form's tokenizer: one for all forms that have the same."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Encoding, Tokenizer

from retrieval.embedding.form import TOKENIZER


def save(found: Tokenizer, folder: Path) -> None:
    """Keep the tokenizer with the form in `folder`: without padding and truncation, so that forms
    of one vocabulary have the same file."""
    plain = Tokenizer.from_str(found.to_str())
    plain.no_padding()
    plain.no_truncation()
    plain.save(str(folder / TOKENIZER), pretty=False)


def tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of the form in `folder`, without padding and truncation.

    Forms that have the same share it (it takes 8 MB and 20 ms), so nobody may change its settings.
    Raises its library's bare Exception where it cannot be read.
    """
    return _parsed((folder / TOKENIZER).read_bytes())


def encode(tokenizer: Tokenizer, texts: Sequence[str], most: int) -> list[Encoding]:
    """The texts in tokens, special tokens added; of longer ones the first `most` tokens."""
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    for encoding in encodings:
        encoding.truncate(most)
    return [tokenizer.post_process(encoding) for encoding in encodings]


@functools.lru_cache(maxsize=4)
def _parsed(content: bytes) -> Tokenizer:
    return Tokenizer.from_buffer(content)
