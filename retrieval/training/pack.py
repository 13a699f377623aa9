"""`python -m retrieval.training.pack DATA FILE --epochs N`: draw examples, keep their tokens."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import accumulate, chain
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from retrieval.embedding.bundled import bundled_folder
from retrieval.reading.pairs import Pair, encode_pairs
from retrieval.training.batches import Numbers, Packed
from retrieval.training.examples import Examples, Group, Shares
from retrieval.training.rows import digests, read_rows
from retrieval.types import Span

log = logging.getLogger(__name__)

Encoded = tuple[tuple[int, ...], tuple[int, ...], int, tuple[tuple[int, int], ...]]
"""Tokens of the question, those behind it, the passage's place among these, the answers."""


class Packing:
    """Epochs of examples into one `Packed`."""

    def __init__(self) -> None:
        self._heads: dict[tuple[int, ...], int] = {}
        self._bodies: dict[tuple[int, ...], int] = {}
        self._firsts: list[int] = []
        self._rows: list[tuple[int, int]] = []
        self._answers: list[tuple[tuple[int, int], ...]] = []
        self._groups: list[int] = []
        self._candidates: list[int] = []
        self._epochs: list[int] = []
        self._sources: list[int] = []
        self._names: dict[str, int] = {}

    def add(self, epoch: Iterable[tuple[str, Sequence[Encoded], Sequence[Encoded]]]) -> None:
        """Another epoch: for each question its data set, its encoded examples and candidates."""
        count = 0
        for source, examples, candidates in epoch:
            for head, body, first, answers in (*examples, *candidates):
                number = self._bodies.setdefault(body, len(self._bodies))
                if number == len(self._firsts):
                    self._firsts.append(first)
                self._rows.append((self._heads.setdefault(head, len(self._heads)), number))
                self._answers.append(answers)
            self._groups.append(len(examples) + len(candidates))
            self._candidates.append(len(candidates))
            self._sources.append(self._names.setdefault(source, len(self._names)))
            count += 1
        self._epochs.append(count)

    def packed(self) -> Packed:
        """All that was added."""
        answers = list(chain.from_iterable(self._answers))
        return Packed(
            heads=_numbers(chain.from_iterable(self._heads)),
            heads_at=_bounds(map(len, self._heads)),
            bodies=_numbers(chain.from_iterable(self._bodies)),
            bodies_at=_bounds(map(len, self._bodies)),
            firsts=_numbers(self._firsts),
            rows=np.array(self._rows, np.int64).reshape(-1, 2),
            answers=np.array(answers, np.int64).reshape(-1, 2),
            answers_at=_bounds(map(len, self._answers)),
            groups_at=_bounds(self._groups),
            candidates=_numbers(self._candidates),
            epochs_at=_bounds(self._epochs),
            sources=_numbers(self._sources),
            names=np.array(list(self._names)),
        )


def encoded(tokenizer: Tokenizer, group: Group) -> list[Encoded]:
    """The examples of a question as tokens."""
    pairs = encode_pairs(tokenizer, [(e.question, e.title, e.passage) for e in group])
    found = []
    for example, pair in zip(group, pairs, strict=True):
        split = pair.types.index(1)
        spans = [place for span in example.answers if (place := _tokens(pair, span))]
        found.append((pair.ids[:split], pair.ids[split:], pair.first - split, tuple(spans)))
    return found


def _tokens(pair: Pair, span: Span) -> tuple[int, int] | None:
    """First and last token of a stretch of the passage; None where it is cut off."""
    inside = [n for n, (a, b) in enumerate(pair.offsets) if a < span.end and b > span.start]
    return (inside[0], inside[-1]) if inside else None


def _numbers(values: Iterable[int]) -> Numbers:
    return np.fromiter(values, np.int64)


def _bounds(sizes: Iterable[int]) -> Numbers:
    return _numbers(accumulate(sizes, initial=0))


@cache
def _source(data: Path, seed: int, shares: Shares) -> tuple[Tokenizer, Examples]:
    """Once in each process: which texts are like which takes longer to learn than to look up."""
    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer, Examples(read_rows(data), seed=seed, shares=shares)


def _epoch(
    data: Path, number: int, seed: int, shares: Shares
) -> list[tuple[str, list[Encoded], list[Encoded]]]:
    tokenizer, examples = _source(data, seed, shares)
    found = [
        (drawn.source, encoded(tokenizer, drawn.group), encoded(tokenizer, drawn.candidates))
        for drawn in examples.epoch(number)
    ]
    log.info("epoch %d: %d questions", number, len(found))
    return found


def pack(data: Path, *, epochs: int, seed: int, shares: Shares) -> Packed:
    """Examples of the first epochs, drawn side by side. Raises TrainingDataError."""
    packing = Packing()
    with ProcessPoolExecutor() as pool:
        drawn = [pool.submit(_epoch, data, n, seed, shares) for n in range(epochs)]
        for each in drawn:
            packing.add(each.result())
    return packing.packed()


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    for name, usual in Shares()._asdict().items():
        parser.add_argument(f"--{name}", type=float, default=usual, help="share of examples")
    given = vars(parser.parse_args())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    data, file = given.pop("data"), given.pop("file")
    for name, digest in digests(data).items():
        log.info("%s  %s", digest, name)
    shares = Shares(**{name: given.pop(name) for name in Shares._fields})
    pack(data, **given, shares=shares).save(file)


if __name__ == "__main__":
    main()
