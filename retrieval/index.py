"""The vector index of a collection: ids in, nearest ids out. The only importer of FAISS.

A cache of what the store holds, exact while the collection is small: every vector is compared.
Above FLAT_LIMIT the vectors lie in lists around trained centres of which a search reads the
nearest few; the lists are trained anew each time the collection has doubled. An index belongs to
the thread that uses it.
"""

from __future__ import annotations

import json
import logging
import math
import os
import time
import zlib
from pathlib import Path
from typing import IO, Any, Self

import faiss
import numpy as np
import numpy.typing as npt

from retrieval.embedding.protocol import Matrix, Vector

log = logging.getLogger(__name__)

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]

FLAT_LIMIT = 100_000
"""Vectors up to which all are compared: some 10 ms there for 384 numbers each, and no training."""
LISTS_PER_ROOT = 2
"""Lists for each square root of the number of vectors: 632 at 100,000, trained in a few seconds;
twice as many search no faster at equal recall and take three times as long to train."""
GROWTH = 2.0
"""Lists are trained anew when the vectors in them have grown by this."""
RECALL = 0.995
"""Share of the true nearest RECALL_DEPTH that a search has to find, on the sample it is set by. It
came to .993 for 1,500 real questions over 33,000 vectors of real passages and sentences, which took
140 of 361 lists: how many it takes is measured, because it depends on the texts."""
RECALL_DEPTH = 50
SAMPLE = 256
"""Queries in that sample."""
FEW_ALLOWED = 2_000
"""Up to here a hash set of the allowed ids is quicker to make than a bitmap of all ids."""
_SEED = 20_150_403

_MAGIC = b"CLIPVEC1"
_HEADER_BYTES = 4096


class VectorIndex:
    """Vectors of unit length under ids of the caller's, searched by inner product, which for them
    is the cosine."""

    def __init__(self, dimension: int, *, threads: int = 1, flat_limit: int = FLAT_LIMIT) -> None:
        self._dimension = dimension
        self._threads = threads
        self._flat_limit = flat_limit
        self._ids: Ids = np.empty(0, np.int64)
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._trained_at = 0
        """Vectors there were when the lists were trained; 0 while there are none."""

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def ids(self) -> Ids:
        """Ids of all vectors, shape (n,), ascending."""
        return np.sort(self._ids)

    @property
    def exact(self) -> bool:
        """Whether every vector is compared with a question."""
        return not self._trained_at

    def add(self, ids: Ids, vectors: Matrix) -> None:
        """Add `vectors[i]` under `ids[i]`; ValueError, and nothing added, for an id that is there
        already or comes twice, and for vectors of another width or with numbers not finite."""
        ids, vectors = self._checked(ids, vectors)
        if not len(ids):
            return
        if np.isin(ids, self._ids).any():
            raise ValueError("an id to be added is in the index already")
        if len(np.unique(ids)) != len(ids):
            raise ValueError("an id to be added comes twice")
        if self._outgrown(len(self._ids) + len(ids)):
            held, held_vectors = self._all()
            self._train(np.concatenate([held, ids]), np.concatenate([held_vectors, vectors]))
        else:
            faiss.omp_set_num_threads(self._threads)
            self._index.add_with_ids(vectors, ids)
            self._ids = np.concatenate([self._ids, ids])

    def remove(self, ids: Ids) -> int:
        """Remove those that are there, and say how many."""
        present = np.intersect1d(np.asarray(ids, np.int64), self._ids)
        if len(present):
            self._index.remove_ids(faiss.IDSelectorBatch(present))
            self._ids = self._ids[~np.isin(self._ids, present)]
        return len(present)

    def replace(self, removed: Ids, ids: Ids, vectors: Matrix) -> None:
        """Put the vectors of an article's new passages in place of its old ones'."""
        ids, vectors = self._checked(ids, vectors)
        self.remove(removed)
        self.add(ids, vectors)

    def search(self, vector: Vector, k: int, *, allowed: Ids | None = None) -> tuple[Ids, Scores]:
        """The ids nearest to `vector` and their inner products, best first: k, or as many as there
        are. With `allowed`, only of those ids."""
        query = np.ascontiguousarray(vector, np.float32)
        if query.shape != (self._dimension,):
            raise ValueError(f"a vector has {self._dimension} numbers, not {query.shape}")
        k = min(k, len(self._ids) if allowed is None else len(allowed))
        if k < 1 or not len(self._ids):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        faiss.omp_set_num_threads(self._threads)
        selector = None if allowed is None else _selector(np.asarray(allowed, np.int64))
        scores, ids = self._index.search(
            query[np.newaxis], k, params=self._parameters(selector, allowed)
        )
        found = ids[0] >= 0  # FAISS fills up with -1 what it did not find
        return ids[0][found], scores[0][found]

    def save(self, path: Path, *, model: str, version: int) -> None:
        """Write the index as a cache for the collection's `version`; what was there is replaced
        in one step."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
        try:
            with unfinished.open("wb") as file:
                file.write(bytes(_HEADER_BYTES))
                payload = _Checksummed(file)
                faiss.write_index(self._index, faiss.PyCallbackIOWriter(payload.write))
                header = self._header(model, version) | {"size": payload.size, "crc": payload.crc}
                file.seek(0)
                file.write((_MAGIC + json.dumps(header).encode()).ljust(_HEADER_BYTES))
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(
        cls, path: Path, *, model: str, dimension: int, version: int, threads: int = 1
    ) -> Self | None:
        """The index saved for that model and that version of the collection, or None: there is
        none, it is of another, or it is damaged."""
        try:
            with path.open("rb") as file:
                header = _read_header(file)
                index = cls(dimension, threads=threads)
                wanted = {"model": model, "dimension": dimension, "version": version}
                if header is None or wanted.items() - header.items():
                    return None
                index._index = faiss.read_index(faiss.PyCallbackIOReader(file.read))
        except (OSError, RuntimeError, ValueError) as error:
            if not isinstance(error, FileNotFoundError):
                log.info("index cache %s is not usable: %s", path.name, error)
            return None
        index._trained_at = header["trained_at"]
        index._ids = index._in_order()
        return index

    def _header(self, model: str, version: int) -> dict[str, Any]:
        return {
            "model": model,
            "dimension": self._dimension,
            "version": version,
            "count": len(self),
            "trained_at": self._trained_at,
        }

    def _checked(self, ids: Ids, vectors: Matrix) -> tuple[Ids, Matrix]:
        ids = np.ascontiguousarray(ids, np.int64)
        vectors = np.ascontiguousarray(vectors, np.float32)
        if vectors.shape != (len(ids), self._dimension):
            raise ValueError(
                f"{len(ids)} vectors of {self._dimension} numbers, not {vectors.shape}"
            )
        if len(ids) and ids.min() < 0:
            raise ValueError("an id is negative")
        if not np.isfinite(vectors).all():
            raise ValueError("a vector has numbers that are not finite")
        return ids, vectors

    def _outgrown(self, count: int) -> bool:
        return count > max(self._flat_limit, GROWTH * self._trained_at)

    def _train(self, ids: Ids, vectors: Matrix) -> None:
        """Sort all vectors into lists around centres, and set how many of them a search reads."""
        begun = time.perf_counter()
        faiss.omp_set_num_threads(self._threads)
        lists = int(LISTS_PER_ROOT * math.sqrt(len(ids)))
        index = faiss.IndexIVFFlat(
            faiss.IndexFlatIP(self._dimension), self._dimension, lists, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.niter = 8
        index.cp.min_points_per_centroid = 1  # fewer than FAISS would like are no cause to print
        index.cp.max_points_per_centroid = 64
        index.cp.seed = _SEED
        index.train(vectors)
        index.add_with_ids(vectors, ids)
        index.nprobe = _lists_to_read(index, ids, vectors)
        self._index, self._ids, self._trained_at = index, ids, len(ids)
        log.info(
            "trained %d lists for %d vectors, %d read by a search, in %.1f s",
            lists,
            len(ids),
            index.nprobe,
            time.perf_counter() - begun,
        )

    def _parameters(self, selector: Any, allowed: Ids | None) -> Any:
        if allowed is None:
            return None
        if self.exact:
            return faiss.SearchParameters(sel=selector)
        lists = self._index.nlist
        if len(allowed) > self._flat_limit:
            # Fewer than those may be compared one by one; of more, the nearest allowed ones lie
            # the further away the fewer they are.
            lists = min(lists, math.ceil(self._index.nprobe * len(self._ids) / len(allowed)))
        return faiss.SearchParametersIVF(sel=selector, nprobe=lists)

    def _in_order(self) -> Ids:
        """The ids in the order in which FAISS holds their vectors."""
        if self.exact:
            return np.asarray(faiss.vector_to_array(self._index.id_map), np.int64)
        lists = self._index.invlists
        parts = [
            faiss.rev_swig_ptr(lists.get_ids(each), size).copy()
            for each in range(self._index.nlist)
            if (size := lists.list_size(each))
        ]
        return np.concatenate([np.empty(0, np.int64), *parts])

    def _all(self) -> tuple[Ids, Matrix]:
        """All ids and their vectors, in the order in which FAISS holds them."""
        if self.exact:
            flat = faiss.downcast_index(self._index.index)
            size = flat.ntotal * self._dimension
            parts = [faiss.rev_swig_ptr(flat.get_xb(), size).copy()] if size else []
        else:
            lists = self._index.invlists
            parts = [
                faiss.rev_swig_ptr(lists.get_codes(each), size * self._index.code_size)
                .view(np.float32)
                .copy()
                for each in range(self._index.nlist)
                if (size := lists.list_size(each))
            ]
        joined = np.concatenate([np.empty(0, np.float32), *parts])
        return self._in_order(), joined.reshape(-1, self._dimension)


def _selector(allowed: Ids) -> Any:
    allowed = allowed[allowed >= 0]
    if len(allowed) <= FEW_ALLOWED:
        return faiss.IDSelectorBatch(allowed)
    bits = np.zeros(int(allowed.max()) + 1, bool)
    bits[allowed] = True
    return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))


def _lists_to_read(index: Any, ids: Ids, vectors: Matrix) -> int:
    """The fewest lists that reach RECALL, on queries that lie between two passages each."""
    chosen = np.random.default_rng(_SEED).integers(0, len(ids), (SAMPLE, 2))
    queries = vectors[chosen[:, 0]] + 0.5 * vectors[chosen[:, 1]]
    depth = min(RECALL_DEPTH, len(ids))
    _, nearest = faiss.knn(queries, vectors, depth, metric=faiss.METRIC_INNER_PRODUCT)
    true = ids[nearest]
    lists = 1
    while lists < index.nlist:
        index.nprobe = lists
        _, found = index.search(queries, depth)
        hits = sum(len(np.intersect1d(a, b)) for a, b in zip(true, found, strict=True))
        if hits >= RECALL * true.size:
            break
        lists = math.ceil(lists * 1.5)
    return min(lists, int(index.nlist))


class _Checksummed:
    """Writes through to a file and keeps count of what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.crc = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.crc = zlib.crc32(data, self.crc)
        return self._file.write(data)


def _read_header(file: IO[bytes]) -> dict[str, Any] | None:
    """The header of a saved index whose contents are whole; the file is left at these."""
    block = file.read(_HEADER_BYTES)
    if not block.startswith(_MAGIC):
        return None
    header = json.loads(block.removeprefix(_MAGIC))
    contents = _size_and_crc(file)
    return header if contents == (header["size"], header["crc"]) else None


def _size_and_crc(file: IO[bytes]) -> tuple[int, int]:
    size = crc = 0
    while data := file.read(1 << 20):
        size += len(data)
        crc = zlib.crc32(data, crc)
    file.seek(_HEADER_BYTES)
    return size, crc
