"""`python -m retrieval.training.mine PACKED OUT --reader FILE --doubt FILE`: of each question's
candidates leave the two that mislead the reader most.

A candidate is a question that the passage is thought not to answer. Of those that mislead most some
are answered after all: what a second reader, that learnt from other examples, takes for answered as
well is left out (as in Han et al. 2018, "Co-teaching").
"""

from __future__ import annotations

import argparse
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from retrieval.embedding.bundled import bundled_folder
from retrieval.reading.make import joined
from retrieval.training.batches import Batches, Numbers, Packed

log = logging.getLogger(__name__)

DOUBTED = 1.0
"""Logit of relevance from which the second reader's word counts against a candidate."""
KEPT = 2
"""Of a question's candidates."""
TOKENS = 200_000
"""Of a batch."""
Logits = npt.NDArray[np.float32]


def relevances(packed: Packed, rows: Numbers, weights: Path, device: torch.device) -> Logits:
    """What a reader says of these rows."""
    alone = packed._replace(
        rows=packed.rows[rows],
        answers_at=np.zeros(len(rows) + 1, np.int64),
        groups_at=np.arange(len(rows) + 1),
        epochs_at=np.array([0, len(rows)]),
        sources=np.zeros(len(rows), np.int64),
    )
    held = Batches(alone, device, tokens=TOKENS)
    network = joined(bundled_folder(), weights).to(device).eval()
    found = np.zeros(len(rows), np.float32)
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
        for numbers in held.by_length():
            batch = held.batch(numbers)
            said = network(batch.ids, batch.types, batch.mask)[2]
            found[numbers] = said.float().cpu().numpy()
    return found


def chosen(
    packed: Packed, misled: Logits, doubted: Logits, *, most: float, kept: int = KEPT
) -> Numbers:
    """Numbers of the rows to keep; `misled` and `doubted` are of the candidates, in their order."""
    ends = packed.groups_at[1:]
    left = np.ones(len(packed.rows), bool)
    at = 0
    for end, count in zip(ends, packed.candidates, strict=True):
        if count:
            left[end - count : end] = False
            logits = np.where(doubted[at : at + count] < most, misled[at : at + count], -np.inf)
            best = np.argsort(-logits)[:kept]
            left[end - count + best[logits[best] > -np.inf]] = True
            at += count
    return np.flatnonzero(left)


def candidate_rows(packed: Packed) -> Numbers:
    """Numbers of the rows that are candidates."""
    pairs = zip(packed.groups_at[1:], packed.candidates, strict=True)
    found = [np.arange(end - count, end) for end, count in pairs if count]
    return np.concatenate(found) if found else np.arange(0)


def kept_rows(packed: Packed, rows: Numbers) -> Packed:
    """The examples with these rows alone, and no candidates any more."""
    count = np.diff(packed.answers_at)
    left = np.zeros(len(packed.rows), bool)
    left[rows] = True
    groups = np.add.reduceat(left.astype(np.int64), packed.groups_at[:-1])
    return packed._replace(
        rows=packed.rows[rows],
        answers=packed.answers[np.repeat(left, count)],
        answers_at=np.concatenate([[0], np.cumsum(count[rows])]),
        groups_at=np.concatenate([[0], np.cumsum(groups)]),
        candidates=np.zeros_like(packed.candidates),
    )


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packed", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--doubt", type=Path, required=True)
    parser.add_argument("--most", type=float, default=DOUBTED, help="logit of the second reader")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    packed, device = Packed.load(given.packed), torch.device(given.device)
    rows = candidate_rows(packed)
    with ThreadPoolExecutor() as pool:
        asked = [
            pool.submit(relevances, packed, rows, weights, device)
            for weights in (given.reader, given.doubt)
        ]
    misled, doubted = (each.result() for each in asked)
    kept = chosen(packed, misled, doubted, most=given.most)
    log.info(
        "%d of %d candidates kept, %d doubted",
        len(kept) - (len(packed.rows) - len(rows)),
        len(rows),
        int((doubted >= given.most).sum()),
    )
    kept_rows(packed, kept).save(given.out)


if __name__ == "__main__":
    main()
