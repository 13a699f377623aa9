"""Groups of examples into tensors of about the same number of tokens."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from retrieval.reading.pairs import Pair, encode_pairs
from retrieval.training.examples import Example, Group

POOL = 512
"""Groups among which those of like length are looked for."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step learns from; n rows of at most m tokens."""

    ids: Tensor
    """(n, m)"""
    types: Tensor
    """(n, m)"""
    mask: Tensor
    """(n, m): 1 for a token, 0 for padding"""
    eligible: Tensor
    """(n, m): whether an answer may start or end here: the passage, and [CLS]"""
    starts: Tensor
    """(n, m): share of people whose answer starts here"""
    ends: Tensor
    """(n, m)"""
    answers: Tensor
    """(n,): 1 where the passage answers, else 0"""
    groups: Tensor
    """(n,): number of the question"""


def batches(
    groups: Iterable[Group], tokenizer: Tokenizer, *, tokens: int, rng: random.Random
) -> Iterator[Batch]:
    """Batches of at most `tokens` tokens, padding counted, unless a single group has more."""
    source = iter(groups)
    while pool := list(itertools.islice(source, POOL)):
        encoded = _encoded(pool, tokenizer)
        encoded.sort(key=lambda rows: max(len(pair) for _, pair in rows))
        found = [_batch(rows) for rows in _packed(encoded, tokens)]
        rng.shuffle(found)
        yield from found


_Rows = list[tuple[Example, Pair]]


def _encoded(pool: Sequence[Group], tokenizer: Tokenizer) -> list[_Rows]:
    flat = [example for group in pool for example in group]
    pairs = iter(encode_pairs(tokenizer, [(e.question, e.title, e.passage) for e in flat]))
    return [[(example, next(pairs)) for example in group] for group in pool]


def _packed(groups: Sequence[_Rows], tokens: int) -> Iterator[list[_Rows]]:
    held: list[_Rows] = []
    rows = 0
    for group in groups:
        longest = max(len(pair) for _, pair in group)
        if held and (rows + len(group)) * longest > tokens:
            yield held
            held, rows = [], 0
        held.append(group)
        rows += len(group)
    if held:
        yield held


def _batch(groups: Sequence[_Rows]) -> Batch:
    flat = [row for group in groups for row in group]
    shape = len(flat), max(len(pair) for _, pair in flat)
    ids, types = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    mask, eligible = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.bool)
    starts, ends = torch.zeros(shape), torch.zeros(shape)
    for i, (example, pair) in enumerate(flat):
        ids[i, : len(pair)] = torch.tensor(pair.ids)
        types[i, : len(pair)] = torch.tensor(pair.types)
        mask[i, : len(pair)] = 1
        eligible[i, 0] = True
        eligible[i, pair.first : pair.first + len(pair.offsets)] = True
        spans = [found for span in example.answers if (found := _tokens(pair, *span))]
        for start, end in spans or [(0, 0)]:
            starts[i, start] += 1 / max(1, len(spans))
            ends[i, end] += 1 / max(1, len(spans))
    answers = torch.tensor([float(bool(example.answers)) for example, _ in flat])
    numbers = [n for n, group in enumerate(groups) for _ in group]
    return Batch(ids, types, mask, eligible, starts, ends, answers, torch.tensor(numbers))


def _tokens(pair: Pair, start: int, end: int) -> tuple[int, int] | None:
    """Places of the first and last token of a stretch of the passage; None where it is cut off."""
    inside = [n for n, (a, b) in enumerate(pair.offsets) if a < end and b > start]
    return (pair.first + inside[0], pair.first + inside[-1]) if inside else None
