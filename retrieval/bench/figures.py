"""What `bench` measures, as values. Every figure stands beside the plain one of the same run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure of ours and the plain one it is compared with."""

    ours: float
    plain: float

    @property
    def ratio(self) -> float:
        """Ours over plain."""
        return self.ours / self.plain


@dataclass(frozen=True, slots=True)
class Size:
    """What a library of some size costs."""

    passages: int
    file_mb: float
    first_answer_s: float
    """From starting the process to its first answer."""
    p50_ms: float
    """Of one warm question, from asking to the whole JSON answer."""
    p95_ms: float
    peak_mb: float
    """Most memory the answering process held."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the answers cost with the reader, of the same libraries; all else is without it."""

    cold_ask_s: float
    p50_ms: float
    p95_ms: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Bench:
    """All figures of a run."""

    machine: str
    cold_ask_s: Pair
    """Median wall time of `clippings ask`, beside that of importing sentence_transformers."""
    adding_per_s: Pair
    """Passages per second of adding, beside `SentenceTransformer.encode` with its defaults."""
    adding_passages: int
    question_p50_ms: Pair
    """Warm, beside encoding the question and comparing it with as many vectors in numpy."""
    question_p95_ms: Pair
    peak_mb: Pair
    """Of the processes that answered these questions."""
    question_passages: int
    """In the library of these three."""
    sizes: tuple[Size, ...]
    """The larger libraries hold made-up text, and noise around real vectors for vectors."""

    reading: Reading | None = None
    """None where the settings want no reader."""

    def as_json(self) -> dict[str, Any]:
        """The object that `bench --json` prints."""
        pairs = ("cold_ask_s", "adding_per_s", "question_p50_ms", "question_p95_ms", "peak_mb")
        plain = asdict(self)
        for name in pairs:
            plain[name]["ratio"] = getattr(self, name).ratio
        return plain
