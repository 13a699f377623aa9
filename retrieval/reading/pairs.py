"""A question and a passage as the reader's model takes them: one row of tokens.

    [CLS] question? [SEP] title [SEP] passage [SEP]

A question gets its mark where it was asked without, as all that were learnt from have it. The title
is left out, with its separator, where there is none. Token types are 0 up to the first separator
and 1 behind it. An answer lies among the passage's tokens, or at [CLS]: not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

QUESTION_TOKENS = 64
TITLE_TOKENS = 24
PASSAGE_TOKENS = 384
"""What is longer is cut off behind. A passage of the library has some 130 tokens."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A row of tokens."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    """0 or 1 for each token."""
    first: int
    """Place of the passage's first token."""
    offsets: tuple[tuple[int, int], ...]
    """Start and end, in characters of the passage, of each of the passage's tokens."""

    def __len__(self) -> int:
        return len(self.ids)


def encode_pairs(tokenizer: Tokenizer, triples: Sequence[tuple[str, str, str]]) -> list[Pair]:
    """The rows of questions, titles (or "") and passages; the order is kept.

    `tokenizer` neither pads nor truncates.
    """
    begin, separator = (_special(tokenizer, name) for name in ("[CLS]", "[SEP]"))
    flat = tokenizer.encode_batch(
        [
            text
            for question, title, passage in triples
            for text in (f"{question.rstrip(' ?')}?", title, passage)
        ],
        add_special_tokens=False,
    )
    pairs = []
    for at in range(0, len(flat), 3):
        question, title, passage = flat[at : at + 3]
        head = [begin, *question.ids[:QUESTION_TOKENS], separator]
        named = [*title.ids[:TITLE_TOKENS], separator] if title.ids else []
        body = passage.ids[:PASSAGE_TOKENS]
        behind = len(named) + len(body) + 1
        pairs.append(
            Pair(
                ids=(*head, *named, *body, separator),
                types=(0,) * len(head) + (1,) * behind,
                first=len(head) + len(named),
                offsets=tuple(passage.offsets[:PASSAGE_TOKENS]),
            )
        )
    return pairs


def _special(tokenizer: Tokenizer, name: str) -> int:
    number = tokenizer.token_to_id(name)
    if number is None:
        raise ValueError(f"the tokenizer has no {name}")
    return number
