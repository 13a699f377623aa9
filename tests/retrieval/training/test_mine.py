from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from retrieval.reading.shipped import weights
from retrieval.training import mine
from retrieval.training.batches import Batches, Packed
from retrieval.training.examples import Shares
from retrieval.training.pack import pack

from .rows import write_rows


def _packed(folder: Path) -> Packed:
    shares = Shares(other=0.5, misled=0.0, emptied=0.5, near=1.0)
    return pack(write_rows(folder), epochs=1, seed=3, shares=shares)


def test_of_the_candidates_those_that_mislead_most_are_left_and_none_that_both_believe(
    tmp_path: Path,
) -> None:
    packed = _packed(tmp_path)
    rows = mine.candidate_rows(packed)
    assert len(rows) == packed.candidates.sum() == 12
    rng = np.random.default_rng(1)
    misled, doubted = (rng.normal(size=len(rows)).astype(np.float32) for _ in range(2))
    kept = mine.chosen(packed, misled, doubted, most=0.5, kept=1)
    others = np.setdiff1d(np.arange(len(packed.rows)), rows)
    assert np.isin(others, kept).all()
    at = 0
    for end, count in zip(packed.groups_at[1:], packed.candidates, strict=True):
        logits = {end - count + n: misled[at + n] for n in range(count) if doubted[at + n] < 0.5}
        best = sorted(logits, key=lambda row: -logits[row])[:1]
        assert {*kept} & {*range(end - count, end)} == {*best}
        at += count

    left = mine.kept_rows(packed, kept)
    assert left.candidates.sum() == 0
    assert len(left.rows) == len(kept) == left.groups_at[-1]
    held = Batches(left, torch.device("cpu"), tokens=2_000)
    answered = sum(float(held.batch(groups).answers.sum()) for groups in held.by_length())
    assert answered == (np.diff(packed.answers_at) > 0).sum()


def test_a_reader_says_the_same_of_a_row_whatever_stands_beside_it(tmp_path: Path) -> None:
    packed = _packed(tmp_path)
    rows = np.arange(len(packed.rows))
    device = torch.device("cpu")
    found = mine.relevances(packed, rows, weights(), device)
    assert found.shape == rows.shape
    alone = mine.relevances(packed, rows[5:6], weights(), device)
    assert abs(float(alone[0] - found[5])) < 0.1  # half precision
    assert found.std() > 0
