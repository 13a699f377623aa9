"""What goes into the store and what it tells; the engine-wide values are in `retrieval.types`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from retrieval.embedding.protocol import Matrix, PassageText, TokenVectors, Vector
from retrieval.types import Cut

Ids = npt.NDArray[np.int64]
"""Passage ids, shape (n,)."""


class NewPassage(NamedTuple):
    """A passage to be stored, with all that is searched of it."""

    cut: Cut
    title_terms: str
    """Analysed terms of the article's title, separated by spaces."""
    body_terms: str
    """Analysed terms of the passage, separated by spaces; its sentences by newlines."""
    vector: Vector
    """(dimension,)"""
    sentence_vectors: Matrix | None = None
    """(number of sentences, dimension)"""
    token_vectors: TokenVectors | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a write has done to a collection, for whoever keeps an index of it."""

    article_id: int
    removed: tuple[int, ...]
    """Ids of the passages that are gone."""
    passage_ids: tuple[int, ...]
    """Ids of the new passages, in the order given."""
    version_before: int
    """The collection's version until now; an index of any other version is out of date."""
    version: int
    """The collection's version from now on."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What removing articles has done to a collection."""

    removed: tuple[int, ...]
    """Ids of the passages that are gone."""
    version_before: int
    version: int


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection and its size."""

    name: str
    created: str
    version: int
    articles: int
    passages: int


@dataclass(frozen=True, slots=True)
class CollectionStats:
    """A collection in figures."""

    name: str
    articles: int
    passages: int
    characters: int
    """Code points in all texts."""
    models: tuple[tuple[str, int], ...]
    """Each model that made vectors of it, and how many."""
    first_added: str | None
    last_updated: str | None


class StalePassage(NamedTuple):
    """A passage without a vector of the model asked for."""

    id: int
    passage: PassageText
    """What to embed."""


class NewVector(NamedTuple):
    """The vectors of a stored passage, made anew."""

    passage_id: int
    vector: Vector
    sentence_vectors: Matrix | None = None
    token_vectors: TokenVectors | None = None


class StoredVectors(NamedTuple):
    """All vectors of a passage, of one model."""

    passage: Vector
    sentences: Matrix | None
    tokens: TokenVectors | None


class Keep(Enum):
    """Says of a fact that it stays as it is, where None says that it is not known."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
