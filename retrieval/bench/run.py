"""The whole measurement, a part after the other, everything in a folder that is thrown away."""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from retrieval.bench import adding, asking
from retrieval.bench.figures import Bench, Pair, Reading, Size
from retrieval.bench.growth import GrowingLibrary
from retrieval.bench.processes import command_line, environment, output
from retrieval.bench.writer import Writer
from retrieval.config import RetrievalSettings
from retrieval.embedding import open_embedder
from retrieval.embedding.models import find_model

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
COMPARED_AT = 10_000
"""Passages at which a question's time and memory are compared with the plain ones."""
QUESTIONS = 200
ROUNDS = 5
ADDING_ROUNDS = 3
ADDED_PASSAGES = 400
SEED_QUESTION = "How many troops did China deploy?"

OnStep = Callable[[str, float], None]
"""Told what is being measured and how much of the whole is done, 0..1."""


def bench(
    settings: RetrievalSettings,
    *,
    seed: Path | None = None,
    sizes: Sequence[int] = SIZES,
    rounds: int = ROUNDS,
    adding_rounds: int = ADDING_ROUNDS,
    added_passages: int = ADDED_PASSAGES,
    questions: int = QUESTIONS,
    on_step: OnStep | None = None,
) -> Bench:
    """Measure everything; blocking, some ten minutes with the defaults on two cores.

    `seed` is the file or folder asked cold, an article made up where it is None. The comparison of
    questions is at 10,000 passages, or at the largest of `sizes` where that is smaller.
    """
    tell = on_step or (lambda _what, _done: None)
    tell("opening the model", 0.0)
    embedder = open_embedder(settings)
    with tempfile.TemporaryDirectory(prefix="clippings-bench-") as name:
        folder = Path(name)
        own = settings.model_copy(update={"cache": _own_cache(folder, settings)})
        children = environment(own.model_copy(update={"reader": False}))
        readers = environment(own) if own.reader else None
        tell("a cold answer", 0.02)
        cold, cold_read = _cold(folder, seed, children, readers, rounds)
        tell("adding", 0.1)
        ours, plain, passages = _adding(settings, children, folder, adding_rounds, added_passages)
        library = GrowingLibrary(folder / "growing.db", embedder)
        model = find_model(settings.model).folder
        grown = _growth(library, model, (children, readers), sizes, questions, tell)
    mine, other, read = grown.mine, grown.plain, grown.read
    return Bench(
        machine=machine(),
        cold_ask_s=cold,
        adding_per_s=Pair(ours, plain),
        adding_passages=passages,
        question_p50_ms=Pair(mine.p50_ms, other.p50_ms),
        question_p95_ms=Pair(mine.p95_ms, other.p95_ms),
        peak_mb=Pair(mine.peak_mb, other.peak_mb),
        question_passages=grown.compared,
        sizes=grown.rows,
        reading=(
            None
            if read is None or cold_read is None
            else Reading(cold_read, read.p50_ms, read.p95_ms, read.peak_mb)
        ),
    )


def _own_cache(folder: Path, settings: RetrievalSettings) -> Path:
    """A cache that is thrown away with the rest, but for the models, which are the usual ones."""
    cache = folder / "cache"
    cache.mkdir()
    (cache / "models").symlink_to((settings.cache / "models").resolve())
    return cache


def _cold(
    folder: Path,
    seed: Path | None,
    children: dict[str, str],
    readers: dict[str, str] | None,
    rounds: int,
) -> tuple[Pair, float | None]:
    source, question = seed, SEED_QUESTION
    if source is None:
        made = Writer().article(5)
        source, question = folder / "article.txt", made.question
        source.write_text(f"{made.title}\n\n{made.text}\n", encoding="utf-8")
    database = folder / "cold.db"
    output(command_line(database, "--quiet", "add", str(source.resolve())), children)
    environments = [children] if readers is None else [children, readers]
    (unread, *read), plain = asking.cold(database, question, environments, rounds=rounds)
    return Pair(unread, plain), read[0] if read else None


def _adding(
    settings: RetrievalSettings,
    children: dict[str, str],
    folder: Path,
    rounds: int,
    passages: int,
) -> tuple[float, float, int]:
    model = find_model(settings.model).folder
    writer = Writer(seed=1)
    articles = [writer.article(adding.PASSAGES_PER_ARTICLE)
                for _ in range(-(-passages // adding.PASSAGES_PER_ARTICLE))]  # fmt: skip
    ours, plain = [], []
    for n in range(rounds):
        place = folder / f"adding-{n}"
        place.mkdir()
        added = adding.ours(place, articles, children)
        spent = adding.plain(model, added.texts, children)
        ours.append(len(added.texts) / added.seconds)
        plain.append(len(added.texts) / spent)
    return statistics.median(ours), statistics.median(plain), len(added.texts)


@dataclass(frozen=True, slots=True)
class _Grown:
    """What growing libraries cost, and at the size of the comparison what else does."""

    compared: int
    mine: asking.Answering
    plain: asking.Answering
    read: asking.Answering | None
    rows: tuple[Size, ...]


def _growth(
    library: GrowingLibrary,
    model: Path,
    environments: tuple[dict[str, str], dict[str, str] | None],
    sizes: Sequence[int],
    questions: int,
    tell: OnStep,
) -> _Grown:
    children, readers = environments
    ordered = sorted(sizes)
    compared = max((n for n in ordered if n <= COMPARED_AT), default=ordered[0])
    rows, at_compared = [], None
    for size in ordered:
        tell(f"a library of {size:,} passages", 0.3 + 0.7 * library.passages / ordered[-1])
        asyncio.run(library.grow(size))
        asked = _spread(library.questions, questions)
        mine = asking.warm(library.path, asked, children)
        if size == compared:
            plain = asking.plain(model, library.vectors(), asked, library.path.parent, children)
            read = None if readers is None else asking.warm(library.path, asked, readers)
            at_compared = mine, plain, read
        rows.append(
            Size(
                passages=size,
                file_mb=library.path.stat().st_size / 1e6,
                first_answer_s=mine.first_answer_s,
                p50_ms=mine.p50_ms,
                p95_ms=mine.p95_ms,
                peak_mb=mine.peak_mb,
            )
        )
    assert at_compared is not None
    return _Grown(compared, *at_compared, tuple(rows))


def _spread(questions: Sequence[str], count: int) -> list[str]:
    """So many questions, taken evenly; fewer where there are fewer."""
    step = max(1, len(questions) // count)
    return list(questions[::step][:count])


def machine() -> str:
    """What was measured on, in a line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(
        f"{name} {metadata.version(name)}"
        for name in ("onnxruntime", "sentence-transformers", "torch", "faiss-cpu")
    )
    return (
        f"{_processor()}, {cores} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if sys.platform == "linux" and cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
