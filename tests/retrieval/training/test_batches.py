from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from retrieval.embedding.bundled import bundled_folder
from retrieval.reading.pairs import encode_pairs
from retrieval.training.batches import Batch, Batches, Packed
from retrieval.training.examples import Examples, Shares
from retrieval.training.pack import pack
from retrieval.training.rows import read_rows

from .rows import write_rows

DRAWN = {"seed": 3, "shares": Shares(0.5, 0.5, 0.5, 0.0, near=0.5)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    packed = pack(write_rows(tmp_path), epochs=2, **DRAWN)
    packed.save(tmp_path / "packed.npz")
    read = Packed.load(tmp_path / "packed.npz")
    assert all(np.array_equal(one, other) for one, other in zip(packed, read, strict=True))
    return tmp_path / "packed.npz"


def _batches(file: Path, tokens: int = 700, epoch: int = 0, **more: object) -> list[Batch]:
    held = Batches(Packed.load(file), torch.device("cpu"), tokens=tokens, **more)
    return [held.batch(groups) for groups in held.epoch(epoch, random.Random(1))]


def test_they_keep_to_their_size_and_mark_the_answer(file: Path) -> None:
    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    found = _batches(file)
    assert sum(float(batch.answers.sum()) for batch in found) == 6
    for batch in found:
        assert batch.ids.numel() <= 700 or int(batch.groups.max()) == 0
        for row in range(len(batch.ids)):
            start, end = (int(each[row].argmax()) for each in (batch.starts, batch.ends))
            assert float(batch.starts[row].sum()) == pytest.approx(1)
            assert batch.eligible[row, [start, end]].all()
            words = tokenizer.decode(batch.ids[row, start : end + 1].tolist())
            assert words.startswith("18") if batch.answers[row] else start == end == 0


def test_a_row_is_the_pair_that_the_reader_is_given(file: Path) -> None:
    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    for epoch in (0, 1):
        examples = Examples(read_rows(file.parent), **DRAWN).epoch(epoch)
        flat = [each for drawn in examples for each in (*drawn.group, *drawn.candidates)]
        pairs = encode_pairs(tokenizer, [(e.question, e.title, e.passage) for e in flat])
        wanted = {
            (pair.ids, pair.types, pair.first, len(pair.offsets), bool(example.answers))
            for pair, example in zip(pairs, flat, strict=True)
        }
        found = set()
        for batch in _batches(file, epoch=epoch):
            for row in range(len(batch.ids)):
                length = int(batch.mask[row].sum())
                eligible = batch.eligible[row].nonzero()[1:, 0].tolist()
                assert eligible == list(range(eligible[0], length - 1))
                ids, types = (each[row, :length].tolist() for each in (batch.ids, batch.types))
                answers = bool(batch.answers[row])
                found.add((tuple(ids), tuple(types), eligible[0], len(eligible), answers))
        assert found == wanted


def test_a_data_set_can_be_left_out(file: Path) -> None:
    assert not _batches(file, without=["squad"])
    assert len(_batches(file, without=["fairy"])) == len(_batches(file))
