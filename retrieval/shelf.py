"""The vector indexes in memory, one a collection, held to what the store says.

The store numbers every state of a collection. An index carries the number of the state it holds;
where the two differ (another process wrote, an update was cut short), it is built anew from the
store before anyone searches it. So no moment exists in which a crash or a cancellation could leave
an index that answers for a library which is not there.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.embedding.protocol import Embedder, Matrix, Vector
from retrieval.index import Ids, Scores, VectorIndex
from retrieval.store import NewVector, Removed, Store, Written
from retrieval.worker import Worker

log = logging.getLogger(__name__)

CACHED_FROM = 20_000
"""Passages from which an index is kept on disk too: below, filling it from the store is as fast."""
RE_EMBED_BATCH = 64
"""Passages embedded at a time when the model has changed, each batch a transaction."""

OnProgress = Callable[[int, int], None]
"""Called with passages done and passages in all."""


@dataclass(slots=True)
class _Held:
    index: VectorIndex
    version: int
    used: float = 0.0
    """When it was asked for last, by the monotonic clock."""


class Shelf:
    """Keeps the indexes of the collections used last, up to `capacity` vectors in all."""

    def __init__(
        self, store: Store, worker: Worker, cache: Path, *, capacity: int, threads: int = 1
    ) -> None:
        self._store = store
        self._worker = worker
        self._cache = cache
        self._capacity = capacity
        self._threads = threads
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    def lock(self, collection: str) -> asyncio.Lock:
        """Held by whoever writes to the collection, from its commit until its index agrees."""
        return self._locks.setdefault(collection, asyncio.Lock())

    async def search(
        self,
        collection: str,
        embedder: Embedder,
        vector: Vector,
        k: int,
        *,
        allowed: Ids | None = None,
    ) -> tuple[Ids, Scores]:
        """Ids of the nearest passages and their cosines, best first, on the current state."""
        held = await self._current(collection, embedder)
        return await self._worker.run(held.index.search, vector, k, allowed=allowed)

    async def ready(
        self, collection: str, embedder: Embedder, on_progress: OnProgress | None = None
    ) -> None:
        """Embed what has no vector of this model yet, and load the collection's index."""
        async with self.lock(collection):
            await self._renew_vectors(collection, embedder, on_progress)
        await self._current(collection, embedder)

    async def apply(
        self, collection: str, done: Removed | Written, vectors: Matrix | None = None
    ) -> None:
        """Let a loaded index follow what was written, `vectors` being those of the new passages;
        call it under `lock`. An index that is not loaded, or is not of the version that was
        written to, is left for the next question to build."""
        held = self._held.get(collection)
        if held is None or held.version != done.version_before:
            return
        added = done.passage_ids if isinstance(done, Written) else ()

        def update() -> None:
            # In one job, so that index and version change together whatever becomes of the caller.
            new = np.empty((0, held.index.dimension), np.float32) if vectors is None else vectors
            held.index.replace(np.array(done.removed, np.int64), np.array(added, np.int64), new)
            held.version = done.version

        await self._worker.run(update)

    def forget(self, collection: str) -> None:
        """Let go of the collection's index."""
        self._held.pop(collection, None)

    async def forget_files(self, collection: str) -> None:
        """Delete what the cache has of the collection, which has to be there still."""
        for file in self._cache.glob(f"{await self._prefix(collection)}*"):
            file.unlink(missing_ok=True)

    def forget_idle(self, seconds: float) -> int:
        """Drop the indexes that nobody has asked for so long; how many that were."""
        before = time.monotonic() - seconds
        idle = [name for name, held in self._held.items() if held.used < before]
        for name in idle:
            self.forget(name)
        return len(idle)

    async def rebuild(self, collection: str, embedder: Embedder) -> int:
        """Build the collection's index anew from the store; the number of its vectors."""
        async with self.lock(collection):
            self.forget(collection)
            await self.forget_files(collection)
            held = await self._load(collection, embedder)
        return len(held.index)

    async def _current(self, collection: str, embedder: Embedder) -> _Held:
        held = self._held.get(collection)
        version = await self._store.collection_version(collection)
        if held is None or held.version != version:
            # A writer of our own is about to bring the index up to date: it holds the lock.
            async with self.lock(collection):
                held = self._held.get(collection)
                version = await self._store.collection_version(collection)
                if held is None or held.version != version:
                    held = await self._load(collection, embedder)
        held.used = time.monotonic()
        if collection in self._held:
            self._held.move_to_end(collection)
        return held

    async def _load(self, collection: str, embedder: Embedder) -> _Held:
        await self._renew_vectors(collection, embedder, None)
        started = time.monotonic()
        version = await self._store.collection_version(collection)
        path = self._cache / f"{await self._prefix(collection)}{embedder.dimension}.index"
        index = await self._worker.run(
            VectorIndex.load,
            path,
            model=embedder.name,
            dimension=embedder.dimension,
            version=version,
            threads=self._threads,
        )
        if index is None:
            index = await self._build(collection, embedder, path, version)
        held = _Held(index, version)
        self._held[collection] = held
        self._evict(collection)
        log.debug("loaded %d vectors in %.3f s", len(index), time.monotonic() - started)
        return held

    async def _build(
        self, collection: str, embedder: Embedder, path: Path, version: int
    ) -> VectorIndex:
        index = VectorIndex(embedder.dimension, threads=self._threads)
        ids, vectors = await self._store.vectors(collection, embedder.name)
        if len(ids):
            await self._worker.run(index.add, ids, vectors)
        if len(ids) >= CACHED_FROM and not self._store.read_only:
            if version != await self._store.collection_version(collection):
                return index  # another process wrote meanwhile: this may hold more than `version`
            try:
                await self._worker.run(index.save, path, model=embedder.name, version=version)
            except OSError as error:  # it is only a cache
                log.warning("the index cache could not be written: %s", error)
        return index

    async def _renew_vectors(
        self, collection: str, embedder: Embedder, on_progress: OnProgress | None
    ) -> None:
        missing = await self._store.stale_count(collection, embedder.name)
        done = 0
        while batch := await self._store.stale(collection, embedder.name, limit=RE_EMBED_BATCH):
            embedded = await self._worker.run_background(
                embedder.passages, [stale.passage for stale in batch]
            )
            await self._store.put_vectors(
                [
                    NewVector(stale.id, vector, sentences, tokens)
                    for stale, vector, sentences, tokens in zip(batch, *embedded, strict=True)
                ],
                embedder.name,
            )
            done += len(batch)
            if on_progress:
                on_progress(done, max(missing, done))

    def _evict(self, keep: str) -> None:
        """Let go of the least recently used until all fit."""
        while sum(len(held.index) for held in self._held.values()) > self._capacity:
            oldest = (
                next(name for name in self._held if name != keep) if len(self._held) > 1 else keep
            )
            if oldest == keep:
                return
            del self._held[oldest]

    async def _prefix(self, collection: str) -> str:
        """What the names of the collection's cache files begin with."""
        library = await self._store.library_id()
        return f"{library}-{await self._store.collection_key(collection)}-"
