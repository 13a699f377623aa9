"""Whether two wordings of an answer are the same, as SQuAD's own script decides it. Pure.

As in MLQA's version of that script, all punctuation of Unicode is dropped, not ASCII's alone:
articles are full of curly quotes.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_ASCII_PUNCTUATION = frozenset(string.punctuation)


def normalised(text: str) -> str:
    """Lower-cased, without punctuation and English articles, single-spaced."""
    bare = "".join(character for character in text.lower() if not _is_punctuation(character))
    return " ".join(_ARTICLES.sub(" ", bare).split())


def _is_punctuation(character: str) -> bool:
    return character in _ASCII_PUNCTUATION or unicodedata.category(character).startswith("P")


def exact_match(given: str, golds: Iterable[str]) -> float:
    """1 when the normalised answer is one of the golds, else 0; 0 without golds."""
    answer = normalised(given)
    return float(any(answer == normalised(gold) for gold in golds))


def f1(given: str, golds: Iterable[str]) -> float:
    """Best token F1 of the answer against any of the golds; 0 without golds."""
    return max(
        (_f1(normalised(given).split(), normalised(gold).split()) for gold in golds), default=0.0
    )


def _f1(given: list[str], gold: list[str]) -> float:
    if not given or not gold:
        return float(given == gold)
    shared = sum((Counter(given) & Counter(gold)).values())
    return 2 * shared / (len(given) + len(gold))


def mentions(text: str, golds: Iterable[str]) -> bool:
    """Whether the normalised text holds one of the golds as whole words."""
    padded = f" {normalised(text)} "
    return any(words and f" {words} " in padded for words in map(normalised, golds))
