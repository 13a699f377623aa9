from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from retrieval.training.average import average


def _weights(path: Path, value: float, name: str = "span.weight") -> Path:
    save_file({name: torch.full((2, 2), value).half()}, path)
    return path


def test_weights_are_averaged_by_their_shares(tmp_path: Path) -> None:
    one, two = _weights(tmp_path / "one", 1.0), _weights(tmp_path / "two", 5.0)
    average(tmp_path / "out", {one: 0.75, two: 0.25})
    [mean] = load_file(tmp_path / "out").values()
    assert mean.dtype == torch.float16
    assert mean.tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_other_weights_and_shares_that_are_not_one_are_refused(tmp_path: Path) -> None:
    one, other = (
        _weights(tmp_path / "one", 1.0),
        _weights(tmp_path / "other", 1.0, "relevance.bias"),
    )
    with pytest.raises(ValueError, match="different weights"):
        average(tmp_path / "out", {one: 0.5, other: 0.5})
    with pytest.raises(ValueError, match="not 1"):
        average(tmp_path / "out", {one: 0.5})
