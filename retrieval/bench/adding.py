"""How fast articles are added, beside encoding the very same passages with sentence-transformers.

Ours is all of it: reading the file, cutting, embedding passages and sentences, storing, indexing.
Starting the process is taken out by adding one article alone in another run; the plain side loads
its model before its clock starts.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from retrieval.bench.processes import command_line, seconds, started
from retrieval.bench.writer import MadeUp
from retrieval.errors import RetrievalError
from retrieval.store.store import Store
from retrieval.types import DEFAULT_COLLECTION

PASSAGES_PER_ARTICLE = 8


@dataclass(frozen=True, slots=True)
class Added:
    """What adding took beyond that of the first article, and the passages it made."""

    seconds: float
    texts: tuple[str, ...]
    """Title and text of each passage, as they are embedded."""


def ours(folder: Path, articles: Sequence[MadeUp], environment: dict[str, str]) -> Added:
    """Add all the articles to a new library in an empty folder, and the first alone to another."""
    first = _added(folder / "first", articles[:1], environment)
    every = _added(folder / "all", articles, environment)
    alone = asyncio.run(_passages(folder / "first.db"))
    texts = asyncio.run(_passages(folder / "all.db"))
    spent = every - first
    if spent <= 0:
        raise RetrievalError("adding could not be timed: add more passages, or on a calmer machine")
    return Added(spent, tuple(texts[len(alone) :]))


def plain(model: Path, texts: Sequence[str], environment: dict[str, str]) -> float:
    """Seconds that encoding the texts takes."""
    command = [sys.executable, "-m", "retrieval.bench.plain", "encode", str(model)]
    with started(command, environment) as child:
        reply = json.loads(child.answer(json.dumps(list(texts))))
    return float(reply["seconds"])


def _added(base: Path, articles: Sequence[MadeUp], environment: dict[str, str]) -> float:
    rows = base.with_suffix(".jsonl")
    rows.write_text(
        "".join(
            json.dumps({"id": str(i), "title": made.title, "text": made.text}) + "\n"
            for i, made in enumerate(articles)
        ),
        encoding="utf-8",
    )
    database = base.with_suffix(".db")
    return seconds(command_line(database, "--quiet", "add", str(rows)), environment)


async def _passages(path: Path) -> list[str]:
    async with await Store.open(path) as store:
        return [
            f"{record.title}. {passage.text}"
            for record in await store.articles(DEFAULT_COLLECTION)
            for passage in await store.article_passages(record.id)
        ]
