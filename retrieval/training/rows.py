"""Questions with their answers in a text, as the training data has them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import RetrievalError
from retrieval.reading.shipped import fingerprint


class TrainingDataError(RetrievalError):
    """The training data cannot be used as it is."""


@dataclass(frozen=True, slots=True)
class Row:
    """A question about a text."""

    source: str
    """The data set it is from."""
    question: str
    title: str
    """Empty where the data set has none that says anything."""
    context: str
    answers: tuple[tuple[int, int], ...]
    """Start and end, in characters of `context`, of what people answered, repeats kept; empty
    where the text holds no answer."""


def read_rows(folder: Path) -> dict[str, list[Row]]:
    """The rows of every `*.jsonl.gz` in `folder`, by data set. Raises TrainingDataError."""
    files = sorted(folder.glob("*.jsonl.gz"))
    if not files:
        raise TrainingDataError(f"There are no .jsonl.gz files of training rows in {folder}.")
    return {path.name.removesuffix(".jsonl.gz"): list(_rows(path)) for path in files}


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each data file, in hexadecimal, for the record."""
    return {path.name: fingerprint(path) for path in sorted(folder.glob("*.jsonl.gz"))}


def _rows(path: Path) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            raw = json.loads(line)
            context = raw["context"]
            spans = [(a["start"], a["start"] + len(a["text"]), a["text"]) for a in raw["answers"]]
            if any(context[start:end] != text for start, end, text in spans):
                raise TrainingDataError(f"An answer in {path} is not where its row says.")
            yield Row(
                source=raw["dataset"],
                question=" ".join(raw["question"].split()),
                title=_title(raw.get("title", "")),
                context=context,
                answers=tuple((start, end) for start, end, _ in spans if end > start),
            )


def _title(title: str) -> str:
    """A title as an article could have it: "Amazon Reviews 2030" is none."""
    plain = title.replace("_", " ").strip()
    return "" if plain.startswith(("Amazon Reviews", "Filtered Reddit")) else plain
