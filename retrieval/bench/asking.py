"""Answering measured from outside: a process is started, asked, timed and weighed."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.bench.processes import Child, command_line, seconds, started
from retrieval.embedding.protocol import Matrix
from retrieval.errors import RetrievalError
from retrieval.evaluate.metrics import percentiles

WARM_UP = 10
"""Questions asked before the clock starts."""


_ASKED = (0, 1)
"""A question that nothing answers has been asked all the same."""


@dataclass(frozen=True, slots=True)
class Answering:
    """What one answering process took."""

    first_answer_s: float
    p50_ms: float
    p95_ms: float
    peak_mb: float


def cold(
    database: Path, question: str, environments: Sequence[dict[str, str]], *, rounds: int
) -> tuple[list[float], float]:
    """Median seconds of `clippings ask` in each environment, and of importing
    sentence_transformers in the first; all taken in turns."""
    ask = command_line(database, "--json", "ask", question)
    imported = [sys.executable, "-c", "import sentence_transformers"]
    for environment in environments:  # What is made once (caches) is not what is asked here.
        seconds(ask, environment, fine=_ASKED)
    ours: list[list[float]] = [[] for _ in environments]
    plain = []
    for _ in range(rounds):
        for times, environment in zip(ours, environments, strict=True):
            times.append(seconds(ask, environment, fine=_ASKED))
        plain.append(seconds(imported, environments[0]))
    return [statistics.median(times) for times in ours], statistics.median(plain)


def warm(database: Path, questions: Sequence[str], environment: dict[str, str]) -> Answering:
    """Asking `clippings ask -` the questions, one after the other."""
    command = command_line(database, "--json", "ask", "-")
    with started(command, environment) as child:
        child.answer(questions[0])  # The first process of a library writes its index cache.
    start = time.perf_counter()
    with started(command, environment) as child:
        _checked(child.answer(questions[0]))
        first = time.perf_counter() - start
        times = _times(child, questions)
    return Answering(first, times["p50"], times["p95"], child.peak_mb)


def plain(
    model: Path,
    vectors: Matrix,
    questions: Sequence[str],
    folder: Path,
    environment: dict[str, str],
) -> Answering:
    """The same questions to sentence-transformers and a matrix, for comparison."""
    file = folder / "vectors.npy"
    np.save(file, vectors)
    command = [sys.executable, "-m", "retrieval.bench.plain", "ask", str(model), str(file)]
    start = time.perf_counter()
    with started(command, environment) as child:
        child.answer(questions[0])
        first = time.perf_counter() - start
        times = _times(child, questions)
    file.unlink()
    return Answering(first, times["p50"], times["p95"], child.peak_mb)


def _times(child: Child, questions: Sequence[str]) -> dict[str, float]:
    for question in questions[:WARM_UP]:
        child.answer(question)
    times = []
    for question in questions:
        start = time.perf_counter()
        child.answer(question)
        times.append(1e3 * (time.perf_counter() - start))
    return percentiles(times)


def _checked(reply: str) -> None:
    """Refuse to time an error: an answer, found or not, is an object with passages."""
    if "passages" not in json.loads(reply):
        raise RetrievalError(f"a question was not answered: {reply[:200].strip()}")
