"""Ctrl-C, once and twice, as a person presses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.processes import COMMAND
from tests.retrieval.cli.conftest import Clippings


def _started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        env=os.environ | {"RETRIEVAL_DATABASE": str(folder / "library.db")},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _rows(file: Path, count: int) -> Path:
    """Articles that take long enough to add to be interrupted."""
    file.write_text(
        "".join(
            json.dumps({"id": str(n), "text": f"Mill {n} on the river was built in {1500 + n}."})
            + "\n"
            for n in range(count)
        )
    )
    return file


def _at_work(process: subprocess.Popen[str]) -> None:
    """Wait until it has printed something."""
    assert process.stdout is not None
    assert process.stdout.readline()


@pytest.mark.parametrize("command", ["add", "ask"])
def test_once_it_stops_and_says_so(seeded: Clippings, tmp_path: Path, command: str) -> None:
    if command == "add":
        process = _started(tmp_path, "add", str(_rows(tmp_path / "rows.jsonl", 2_000)), "--json")
    else:
        process = _started(tmp_path, "ask", "-")
        assert process.stdin is not None
        process.stdin.write("How many troops did China deploy?\n")
        process.stdin.flush()
    _at_work(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped." in err
    assert "Traceback" not in err
    assert seeded("ask", "How many troops did China deploy?").code == 0


def test_twice_it_ends_there_and_then_and_loses_nothing(seeded: Clippings, tmp_path: Path) -> None:
    process = _started(tmp_path, "add", str(_rows(tmp_path / "rows.jsonl", 2_000)), "--json")
    _at_work(process)
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    assert "again stops at once" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in err
    # The last line may be cut off in the middle.
    said = 1 + sum(line.endswith("}") for line in out.splitlines())
    stored = seeded("list", "--json").lines
    assert said <= len(stored) < 2_000
    assert seeded("doctor").code == 0


def test_an_evaluation_ends_at_the_second(tmp_path: Path) -> None:
    """Where nothing but asyncio hears the first, the second must not leave the process hanging."""
    folder = tmp_path / "set"
    folder.mkdir()
    _rows(folder / "corpus.jsonl", 3_000)
    (folder / "queries.jsonl").write_text('{"id": "q", "question": "When was mill 7 built?"}\n')
    (folder / "qrels.tsv").write_text("q\t7\t1\n")
    process = _started(tmp_path, "eval", str(folder), "--verbose")
    assert process.stderr is not None
    while "added" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
