"""The command line as people use it, on a library of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from retrieval.cli.main import run

SEED = next((Path(__file__).parents[3] / "seeds").glob("*.txt"))


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object that was printed."""
        [line] = self.lines
        return line

    @property
    def lines(self) -> list[Any]:
        """A value for each line that was printed."""
        return [json.loads(line) for line in self.out.splitlines()]


Clippings = Callable[..., Result]


@pytest.fixture
def clippings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Clippings:
    """Run the command line in an empty folder; the library is library.db there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RETRIEVAL_DATABASE", str(tmp_path / "library.db"))

    def call(*arguments: object) -> Result:
        capsys.readouterr()
        code = run([str(each) for each in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def seeded(clippings: Clippings) -> Clippings:
    """With the seed article in the library."""
    assert clippings("add", SEED).code == 0
    return clippings
