from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from retrieval.embedding.bundled import bundled_folder
from retrieval.reading.network import ReaderNetwork
from retrieval.training.batches import Batches
from retrieval.training.examples import Shares
from retrieval.training.pack import pack
from retrieval.training.train import RECORD, WEIGHTS, Plan, Teachers, factor, train

from .rows import write_rows

PLAN = Plan(steps=4, cooldown=2, warmup=1, parts=2, tokens=300)


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_to_the_same_end(tmp_path: Path) -> None:
    packed = tmp_path / "packed.npz"
    pack(write_rows(tmp_path), epochs=2, seed=1, shares=Shares(0.5, 0.5, 0.5, 0.0)).save(packed)
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    for out, plans in ((whole, [PLAN]), (parted, [replace(PLAN, steps=3, cooldown=1), PLAN])):
        out.mkdir()
        for plan in plans:
            train(packed, out, plan, device=torch.device("cpu"), threads=1, every=2)
    made, gone_on = load_file(whole / WEIGHTS), load_file(parted / WEIGHTS)
    assert made.keys() == gone_on.keys()
    assert all(torch.equal(weight, gone_on[name]) for name, weight in made.items())
    assert all(weight.dtype == torch.float16 for weight in made.values())
    assert not [name for name in made if "word_embeddings" in name]
    record = json.loads((whole / RECORD).read_text())
    assert record["data"] == hashlib.sha256(packed.read_bytes()).hexdigest()


def test_what_is_taught_is_the_mean_of_what_the_teachers_say(tmp_path: Path) -> None:
    device = torch.device("cpu")
    packed = pack(write_rows(tmp_path), epochs=1, seed=1, shares=Shares(0.5, 0.5, 0.5, 0.0))
    held = Batches(packed, device, tokens=900)
    batch = held.batch(next(held.endless(5)))
    networks, files = [], []
    for seed in (1, 2):
        torch.manual_seed(seed)
        networks.append(ReaderNetwork(bundled_folder()).eval())
        files.append(tmp_path / f"{seed}.safetensors")
        save_file(networks[-1].learnt(), files[-1])
    teachers = Teachers(files, device)

    same = teachers.taught(batch, Plan(1, taught=0.0, taught_none=0.0))
    assert torch.equal(same.starts, batch.starts)
    assert torch.equal(same.answers, batch.answers)
    taught = teachers.taught(batch, Plan(1, taught=1.0, taught_none=1.0))
    with torch.no_grad():
        said = [network(batch.ids, batch.types, batch.mask) for network in networks]
    for row, eligible in enumerate(batch.eligible):
        ends = [end[row, eligible].softmax(0) for _, end, _ in said]
        assert torch.allclose(taught.ends[row, eligible], sum(ends) / 2, atol=1e-5)
        assert float(taught.ends[row, ~eligible].sum()) == 0.0
    assert torch.allclose(taught.answers, sum(each[2] for each in said).div(2).sigmoid(), atol=1e-5)
    # What is between leads half the way.
    share = torch.where(batch.answers > 0, 0.5, 0.2)
    between = torch.lerp(batch.starts, taught.starts, share[:, None])
    found = teachers.taught(batch, Plan(1, taught=0.5, taught_none=0.2))
    assert torch.allclose(found.starts, between, atol=1e-5)
    assert torch.allclose(
        found.answers, torch.lerp(batch.answers, taught.answers, share), atol=1e-5
    )


def test_the_rate_rises_holds_and_falls() -> None:
    plan = Plan(steps=100, cooldown=20, warmup=10)
    assert [round(factor(step, plan), 2) for step in (0, 9, 50, 80, 90, 99)] == [
        *(0.1, 1.0, 1.0, 1.0, 0.5, 0.05)
    ]
