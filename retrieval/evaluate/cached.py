"""The library of a data set: made once, kept in the cache folder, gone on with after an interrupt.

Its name holds a fingerprint of the documents, of the embedder, and of the code that decides what is
stored of a text, so that embeddings are reused where nothing of that has changed and never where
something has.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from retrieval.config import RetrievalSettings
from retrieval.embedding import Embedder, open_embedder
from retrieval.embedding.runtime import OnnxEmbedder
from retrieval.errors import DataSetError, QuestionError
from retrieval.evaluate.dataset import DataSet
from retrieval.evaluate.outcomes import Found, Reply
from retrieval.library import Library
from retrieval.sources.reading import Reading
from retrieval.types import DEFAULT_COLLECTION, CitedPassage, Filters

FOLDER = "evaluations"
KEPT = 3
"""Libraries kept of data sets of one name: the last ones used."""
_DECISIVE = (
    "adding.py",
    "analysis.py",
    "chunking.py",
    "embedding/eightbit.py",
    "embedding/make.py",
    "embedding/runtime.py",
    "paragraphs.py",
    "sentences.py",
    "store/migrations.py",
)
"""The code that decides what is stored of a text; the embedder's name speaks for the rest."""

NO_FILTERS = Filters()
UNHURRIED_MS = 3_600_000
OpenEmbedder = Callable[[RetrievalSettings], Embedder]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    stage: Literal["adding", "asking"]
    done: int
    total: int


OnProgress = Callable[[Progress], None]


class LibrarySearcher:
    """A library that holds a data set, asked as its front ends ask it."""

    def __init__(self, library: Library, documents: Mapping[int, str]) -> None:
        self._library = library
        self.documents = documents

    async def search(self, question: str, *, limit: int) -> Sequence[Found]:
        """The best passages, best first, nothing folded; none for a question without words."""
        try:
            hits = await self._library.search(question, limit=limit)
        except QuestionError:
            return []
        return [
            Found(
                document=self.documents[hit.passage.article_id],
                text=hit.passage.text,
                start=hit.passage.start,
                end=hit.passage.end,
                score=hit.score,
            )
            for hit in hits
        ]

    async def ask(self, question: str, *, filters: Filters = NO_FILTERS) -> Reply:
        """The reply with the settings' limit and threshold; a refusal without words to look for."""
        try:
            answer = await self._library.ask(question, filters=filters)
        except QuestionError:
            return Reply(answered=False, confidence=0.0)
        if not answer.passages:
            return Reply(answer.answered, answer.confidence)
        first = answer.passages[0]
        return Reply(
            answered=answer.answered,
            confidence=answer.confidence,
            passage=self._passage(first),
            sentence=self._sentence(first),
            answer=answer.answer.text if answer.answer else None,
        )

    def _passage(self, cited: CitedPassage) -> Found:
        passage = cited.passage
        document = self.documents[passage.article_id]
        return Found(document, passage.text, passage.start, passage.end, cited.score)

    def _sentence(self, cited: CitedPassage) -> Found:
        quote = cited.sentence
        document = self.documents[quote.article_id]
        return Found(document, quote.text, quote.start, quote.end, cited.score)


@dataclass(frozen=True, slots=True)
class Filled:
    """An open library that holds a data set."""

    library: Library
    searcher: LibrarySearcher
    passages: int


@asynccontextmanager
async def filled(
    data: DataSet,
    settings: RetrievalSettings,
    *,
    on_progress: OnProgress | None = None,
    open_embedder: OpenEmbedder = open_embedder,
) -> AsyncIterator[Filled]:
    """The library of a data set, every document of it added, duplicates too."""
    embedder = await asyncio.to_thread(open_embedder, settings)
    how = embedder.name
    if isinstance(embedder, OnnxEmbedder) and embedder.by_bytes:
        how += f" {embedder.folder.name}"  # by which bytes is told there
    path = library_path(data, settings.cache, how)
    path.parent.mkdir(parents=True, exist_ok=True)
    _let_go(path)
    # However slow the machine, as many passages are read: the figures are not about it.
    own = settings.model_copy(update={"database": path, "reading_ms": UNHURRIED_MS})
    async with Library(own, open_embedder=lambda _settings: embedder) as library:
        await _fill(library, data, on_progress)
        documents = {r.id: str(r.external_id) for r in await library.articles()}
        passages = await library.store.passage_count(DEFAULT_COLLECTION)
        await library.ready()
        yield Filled(library, LibrarySearcher(library, documents), passages)


def library_path(data: DataSet, cache: Path, embedder: str) -> Path:
    """Where the library of a data set lies, whose passages such an embedder has embedded."""
    state = hashlib.sha256(f"{data.digest()} {embedder}".encode())
    package = resources.files("retrieval")
    for name in _DECISIVE:
        state.update(package.joinpath(name).read_bytes())
    return cache / FOLDER / f"{_safe(data.name)}-{state.hexdigest()[:16]}.db"


def _safe(name: str) -> str:
    return re.sub(r"\W+", "-", name)


async def _fill(library: Library, data: DataSet, on_progress: OnProgress | None) -> None:
    """Add what is missing; an interrupt loses no more than the few documents in hand."""
    there = {record.external_id for record in await library.articles()}
    missing = [a for a in data.documents if a.external_id not in there]
    total, done = len(data.documents), len(data.documents) - len(missing)
    readings = (Reading(ref=a.identity, external_id=a.external_id, article=a) for a in missing)
    failures = []
    async for receipt in library.add_all(readings, unique=False):
        done += 1
        if receipt.error is not None:
            failures.append(receipt.error)
        if on_progress:
            on_progress(Progress("adding", done, total))
    if failures:
        raise DataSetError(f"A document cannot be stored: {failures[0]}")


def _let_go(path: Path) -> None:
    """Mark `path` as used now and delete all but the last used libraries of this data set."""
    if path.exists():
        path.touch()
    name = path.stem.rpartition("-")[0]
    others = [p for p in path.parent.glob(f"{name}-{'?' * 16}.db") if p != path]
    for old in sorted(others, key=lambda p: p.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        for file in (old, old.with_name(f"{old.name}-wal"), old.with_name(f"{old.name}-shm")):
            file.unlink(missing_ok=True)
