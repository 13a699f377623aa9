"""Stretches of a training text, as the reader is given them: what the library would cut of it, and
its sentences."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import lru_cache

from retrieval import chunking
from retrieval.sentences import sentence_spans
from retrieval.training.rows import Row
from retrieval.types import Span

BUDGET = 200
"""Tokens of a cut at most, taken as words and marks."""
_TOKEN = re.compile(r"\w+|[^\w\s]")


@lru_cache(maxsize=20_000)
def cut(text: str) -> tuple[Span, ...]:
    """Where the library would cut the text; at least one span."""
    cuts = chunking.passages(text, count=_count, budget=BUDGET)
    return tuple(Span(c.start, c.end) for c in cuts) or (Span(0, len(text)),)


def _count(texts: Sequence[str]) -> list[int]:
    # Words and marks instead of the model's tokens, which are some more.
    return [round(1.15 * len(_TOKEN.findall(text))) for text in texts]


def close(row: Row, shown: Span, rng: random.Random) -> Span:
    """The sentence with an answer, or that and the one before it; all where it spans several."""
    inside = [(s, e) for s, e in row.answers if shown.start <= s and e <= shown.end]
    if not inside:
        return shown
    answer = rng.choice(inside)
    found = sentences(row.context)
    for number, each in enumerate(found):
        if each.start <= answer[0] and answer[1] <= each.end:
            before = found[number - 1].start if number and rng.random() < 0.5 else each.start
            return Span(max(before, shown.start), min(each.end, shown.end))
    return shown


@lru_cache(maxsize=4_000)
def sentences(text: str) -> tuple[Span, ...]:
    """Its sentences; kept, as a text has many questions."""
    return tuple(sentence_spans(text))
