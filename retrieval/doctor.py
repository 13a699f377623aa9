"""Whether everything an answer needs is in order: settings, library, model, index."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.config import RetrievalSettings
from retrieval.embedding import open_embedder
from retrieval.embedding.protocol import PassageText
from retrieval.errors import RetrievalError
from retrieval.library import Library
from retrieval.reading.opening import open_reader
from retrieval.reading.protocol import ReadingText
from retrieval.store.database import refuse_unreadable

LITTLE_DISK_MB = 200
"""Free space below which the next articles may not find room."""
_TITLE, _TEXT = "Rivers", "The Danube is 2,850 kilometres long."
_QUESTION = "How long is the Danube?"
_CLOSE = 0.2
"""Cosine at least, of a question and the passage that answers it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str


async def examine(settings: RetrievalSettings) -> list[Finding]:
    """Look at everything; what is broken is a finding, never an exception."""
    checks: dict[str, Callable[[RetrievalSettings], Awaitable[tuple[bool, str]]]] = {
        "disk": _disk,
        "library": _library,
        "model": _model,
        "reader": _reader,
        "index": _index,
    }
    findings = []
    for what, check in checks.items():
        try:
            ok, found = await check(settings)
        except RetrievalError as error:
            ok, found = False, str(error)
        findings.append(Finding(what, ok, found))
    return findings


async def _disk(settings: RetrievalSettings) -> tuple[bool, str]:
    folder = _existing(settings.database)
    free = shutil.disk_usage(folder).free >> 20
    return free >= LITTLE_DISK_MB, f"{free:,} MB free in {folder}"


async def _library(settings: RetrievalSettings) -> tuple[bool, str]:
    refuse_unreadable(settings.database)
    if not settings.database.exists():
        return True, f"none at {settings.database} yet; the first article makes it"
    async with Library(settings) as library:  # brings one of an older version up to date
        problems = await library.store.problems()
        read_only = library.store.read_only
        collections = await library.collections()
    if problems:
        return False, " ".join(problems)
    articles = sum(info.articles for info in collections)
    told = f"{settings.database}, sound, {articles:,} article{'' if articles == 1 else 's'}"
    return True, f"{told}; it can only be read" if read_only else told


async def _model(settings: RetrievalSettings) -> tuple[bool, str]:
    embedder = await asyncio.to_thread(open_embedder, settings)
    text = PassageText(_TITLE, _TEXT)
    passage = await asyncio.to_thread(embedder.passages, [text])
    question = (await asyncio.to_thread(embedder.query, _QUESTION)).vector
    cosine = float(np.dot(passage.vectors[0], question))
    return (
        cosine >= _CLOSE,
        f"{embedder.name} embeds (cosine of a question and its answer {cosine:.2f})",
    )


async def _reader(settings: RetrievalSettings) -> tuple[bool, str]:
    reader = await asyncio.to_thread(open_reader, settings)
    if reader is None:
        return True, "switched off"
    [found] = await asyncio.to_thread(reader.read, _QUESTION, [ReadingText(_TITLE, _TEXT)])
    told = "nothing" if found.span is None else f"“{_TEXT[slice(*found.span)]}”"
    return found.span is not None, f"{reader.name} reads (it finds {told})"


async def _index(settings: RetrievalSettings) -> tuple[bool, str]:
    refuse_unreadable(settings.database)
    if not settings.database.exists():
        return True, "nothing to index yet"
    async with Library(settings) as library:
        embedder = await library.embedder()
        told = []
        for info in await library.collections():
            stale = await library.store.stale_count(info.name, embedder.name)
            if stale:
                told.append(
                    f'"{info.name}" has {stale:,} passages that this model has not embedded; '
                    f"the next question or `clippings rebuild` does it"
                )
    return True, "; ".join(told) or "every passage has its vector"


def _existing(path: Path) -> Path:
    """The nearest folder above `path` that exists and that one may look at."""
    return next(parent for parent in path.absolute().parents if os.path.exists(parent))
