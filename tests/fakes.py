"""Stand-ins whose every number can be worked out by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np

from retrieval.embedding.protocol import Embedded, EmbeddedQuery, Matrix, PassageText, Vector


class WordEmbedder:
    """An embedder that counts words: the cosine of two texts is that of their word counts.

    Every lower-cased word has an axis, `axis(word)`; a passage is its title and its text; a
    sentence is its own words alone; no token is kept; a text without a word lies on the last
    axis, which is kept free for that.
    """

    def __init__(
        self, dimension: int = 1024, *, name: str = "words", max_tokens: int = 254
    ) -> None:
        self.name = name
        self.dimension = dimension
        self.max_tokens = max_tokens

    def axis(self, word: str) -> int:
        return crc32(word.lower().encode()) % (self.dimension - 1)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_words(text)) for text in texts]

    def passages(self, texts: Sequence[PassageText]) -> Embedded:
        vectors = [self.vector(f"{passage.title} {passage.text}") for passage in texts]
        sentences = [
            self._matrix([self.vector(passage.text[a:b]) for a, b in passage.sentences])
            for passage in texts
        ]
        return Embedded(self._matrix(vectors), sentences, [None] * len(texts))

    def query(self, text: str) -> EmbeddedQuery:
        return EmbeddedQuery(self.vector(text), None, np.zeros(0, np.int64))

    def vector(self, text: str) -> Vector:
        counts = np.zeros(self.dimension, dtype=np.float32)
        for word in _words(text)[: self.max_tokens]:
            counts[self.axis(word)] += 1
        if not counts.any():
            counts[-1] = 1
        vector: Vector = counts / np.float32(np.linalg.norm(counts))
        return vector

    def _matrix(self, rows: list[Vector]) -> Matrix:
        return np.array(rows, dtype=np.float32).reshape(-1, self.dimension)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
