"""The library file: the engine's only SQL."""

from retrieval.store.articles import content_hash
from retrieval.store.handing import Overtaken, Seen
from retrieval.store.store import Store
from retrieval.store.values import (
    KEEP,
    CollectionInfo,
    CollectionStats,
    Ids,
    Keep,
    NewPassage,
    NewVector,
    Removed,
    StalePassage,
    StoredVectors,
    Written,
)

__all__ = [
    "KEEP",
    "CollectionInfo",
    "CollectionStats",
    "Ids",
    "Keep",
    "NewPassage",
    "NewVector",
    "Overtaken",
    "Removed",
    "Seen",
    "StalePassage",
    "Store",
    "StoredVectors",
    "Written",
    "content_hash",
]
