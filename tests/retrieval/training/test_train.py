from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from retrieval.training.train import RECORD, WEIGHTS, Plan, factor, train

from .rows import write_rows

PLAN = Plan(steps=4, cooldown=2, warmup=1, parts=2, tokens=300)


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_to_the_same_end(tmp_path: Path) -> None:
    data = write_rows(tmp_path)
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    for out, plans in ((whole, [PLAN]), (parted, [replace(PLAN, steps=3, cooldown=1), PLAN])):
        out.mkdir()
        for plan in plans:
            train(data, out, plan, threads=1, every=2, start=None)
    made, gone_on = load_file(whole / WEIGHTS), load_file(parted / WEIGHTS)
    assert made.keys() == gone_on.keys()
    assert all(torch.equal(weight, gone_on[name]) for name, weight in made.items())
    assert all(weight.dtype == torch.float16 for weight in made.values())
    assert not [name for name in made if "embeddings" in name or "layer.0." in name]
    record = json.loads((whole / RECORD).read_text())
    assert list(record["data"]) == ["squad_dev_half.jsonl.gz"]


def test_the_rate_rises_holds_and_falls() -> None:
    plan = Plan(steps=100, cooldown=20, warmup=10)
    assert [round(factor(step, plan), 2) for step in (0, 9, 50, 80, 90, 99)] == [
        *(0.1, 1.0, 1.0, 1.0, 0.5, 0.05)
    ]
