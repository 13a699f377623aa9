"""Examples as tokens, and batches of them with about the same number of tokens.

An epoch's examples share their questions and passages with those of other epochs. So each of these
is kept once, as tokens, and a batch is put together from them on the device that learns: drawing
the examples anew would take longer than learning from them does on a GPU.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

POOL = 2048
"""Groups among which those of like length are looked for."""
Numbers = npt.NDArray[np.int64]


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
    """(n,): number of the question, from 0"""


class Packed(NamedTuple):
    """Examples of some epochs. What has `_at` says where each begins, and where the last ends."""

    heads: Numbers
    """Tokens of all questions, with [CLS] and [SEP]"""
    heads_at: Numbers
    bodies: Numbers
    """Tokens of all titles and passages, with [SEP]"""
    bodies_at: Numbers
    firsts: Numbers
    """Of each body: tokens before the passage"""
    rows: Numbers
    """(examples, 2): number of the head and of the body"""
    answers: Numbers
    """(answers, 2): first and last token, from the passage's first"""
    answers_at: Numbers
    """Where each example's begin; it has none where the passage does not answer"""
    groups_at: Numbers
    """Number of the first example of each question"""
    candidates: Numbers
    """Of each question: how many of its last examples are candidates, a few of which are left"""
    epochs_at: Numbers
    """Number of the first question of each epoch"""
    sources: Numbers
    """Of each question: number of its data set"""
    names: npt.NDArray[np.str_]
    """Of the data sets"""

    def save(self, file: Path) -> None:
        """Write it."""
        # Any: of what is named, numpy's types take all for its one switch.
        small: dict[str, Any] = {name: _small(held) for name, held in self._asdict().items()}
        np.savez_compressed(file, **small)

    @classmethod
    def load(cls, file: Path) -> Packed:
        """Read it."""
        with np.load(file) as held:
            read = {name: held[name] for name in cls._fields}
        whole = {k: v if v.dtype.kind == "U" else v.astype(np.int64) for k, v in read.items()}
        return cls(**whole)


class Batches:
    """Batches of packed examples, made on a device."""

    def __init__(
        self, packed: Packed, device: torch.device, *, tokens: int, without: Collection[str] = ()
    ) -> None:
        """`tokens`: of a batch at most, padding counted, unless a single question has more;
        `without`: data sets to leave out, by how their names begin."""
        self._packed = packed
        self._device = device
        self._tokens = tokens
        self._left_out = [n for n, name in enumerate(packed.names) if name.startswith((*without,))]
        heads, bodies = np.diff(packed.heads_at), np.diff(packed.bodies_at)
        self._lengths = heads[packed.rows[:, 0]] + bodies[packed.rows[:, 1]]
        self._longest = np.maximum.reduceat(self._lengths, packed.groups_at[:-1])
        self._heads, self._bodies = (
            torch.from_numpy(each.astype(np.int32)).to(device)
            for each in (packed.heads, packed.bodies)
        )

    def endless(self, seed: int) -> Iterator[Numbers]:
        """The numbers of each batch's questions, epoch after epoch, and over again."""
        for epoch in itertools.count():
            yield from self.epoch(epoch, random.Random(f"{seed} batches {epoch}"))

    def epoch(self, number: int, rng: random.Random) -> Iterator[Numbers]:
        """The numbers of each batch's questions."""
        packed = self._packed
        first, end = packed.epochs_at[number % (len(packed.epochs_at) - 1) :][:2]
        chosen = np.arange(first, end)
        chosen = chosen[~np.isin(packed.sources[first:end], self._left_out)]
        for at in range(0, len(chosen), POOL):
            pool = chosen[at : at + POOL]
            pool = pool[np.argsort(self._longest[pool], kind="stable")]
            found = list(self._filled(pool))
            rng.shuffle(found)
            yield from found

    def by_length(self) -> Iterator[Numbers]:
        """The numbers of each batch's questions, all of them once, like lengths together."""
        yield from self._filled(np.argsort(self._longest, kind="stable"))

    def _filled(self, groups: Numbers) -> Iterator[Numbers]:
        sizes = np.diff(self._packed.groups_at)[groups]
        begin = rows = 0
        for n, (group, size) in enumerate(zip(groups, sizes, strict=True)):
            if n > begin and (rows + size) * self._longest[group] > self._tokens:
                yield groups[begin:n]
                begin, rows = n, 0
            rows += int(size)
        yield groups[begin:]

    def batch(self, groups: Numbers) -> Batch:
        """The rows of the questions with these numbers."""
        packed = self._packed
        rows = _ranges(packed.groups_at, groups)
        head, body = packed.rows[rows].T
        head_at, body_at = packed.heads_at[head], packed.bodies_at[body]
        behind = packed.heads_at[head + 1] - head_at
        passages, lengths = behind + packed.firsts[body], self._lengths[rows]
        width = int(lengths.max())
        known = np.stack([head_at, body_at - behind, behind, lengths, passages])
        head_from, body_from, split, length, passage = torch.from_numpy(known).to(self._device)[
            :, :, None
        ]
        place = torch.arange(width, device=self._device)[None, :]
        mask, asked = place < length, place < split
        ids = torch.where(
            asked,
            self._heads[(head_from + place).clamp(max=len(self._heads) - 1)],
            self._bodies[(body_from + place).clamp(0, len(self._bodies) - 1)],
        )
        starts, ends = self._marked(rows, passages, width)
        count = np.diff(packed.answers_at)[rows]
        numbers = np.repeat(np.arange(len(groups)), np.diff(packed.groups_at)[groups])
        return Batch(
            ids=torch.where(mask, ids, 0).long(),
            types=(mask & ~asked).long(),
            mask=mask.long(),
            eligible=(place == 0) | ((place >= passage) & (place < length - 1)),
            starts=starts,
            ends=ends,
            answers=torch.from_numpy((count > 0).astype(np.float32)).to(self._device),
            groups=torch.from_numpy(numbers).to(self._device),
        )

    def _marked(self, rows: Numbers, passages: Numbers, width: int) -> Iterator[Tensor]:
        """Shares of people whose answers start, and end, at each token; [CLS] without an answer."""
        packed = self._packed
        count = np.diff(packed.answers_at)[rows]
        row = np.repeat(np.arange(len(rows)), count)
        found = packed.answers[_ranges(packed.answers_at, rows)] + passages[row, None]
        none = np.flatnonzero(count == 0)
        share = np.concatenate([1 / count[row], np.ones(len(none))]).astype(np.float32)
        for side in found.T:
            places = np.stack([np.concatenate([row, none]), np.concatenate([side, 0 * none])])
            row_at, token_at = torch.from_numpy(places).to(self._device)
            marked = torch.zeros((len(rows), width), device=self._device)
            shares = torch.from_numpy(share).to(self._device)
            yield marked.index_put_((row_at, token_at), shares, accumulate=True)


def _small(held: npt.NDArray[np.int64 | np.str_]) -> npt.NDArray[np.generic]:
    """The same numbers in as few bits as they take."""
    if held.dtype.kind == "U":
        return held
    return held.astype(np.min_scalar_type(held.max(initial=0)))


def _ranges(bounds: Numbers, numbers: Numbers) -> Numbers:
    """All that lies between bounds[n] and bounds[n + 1], for each number n in turn."""
    found = [np.arange(bounds[n], bounds[n + 1]) for n in numbers]
    return np.concatenate(found) if found else np.arange(0)
