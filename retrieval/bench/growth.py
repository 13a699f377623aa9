"""Libraries of any size, made quickly: only what searching costs is asked of them.

The text is made up anew for every passage. The first passages have the vectors of the real model;
the later ones have one of these with noise around it, since embedding a hundred thousand passages
would take an hour and search as long as these do. Everything goes through the store as an article
that is added would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from retrieval.analysis import terms
from retrieval.bench.writer import MadeUp, Writer
from retrieval.embedding.protocol import Embedder, Matrix, PassageText, TokenVectors
from retrieval.embedding.text import unit
from retrieval.store.store import Store
from retrieval.store.values import NewPassage
from retrieval.types import DEFAULT_COLLECTION, Article

PASSAGES_PER_ARTICLE = 20
REAL = 320
"""Passages that are really embedded."""
NOISE = 0.8
"""Length of the noise beside a unit vector: neighbours have cosine 0.78, as passages on one subject
have."""

OnGrown = Callable[[int], None]
"""Told how many passages there are."""


@dataclass(slots=True)
class GrowingLibrary:
    """A library file that is made larger and larger."""

    path: Path
    embedder: Embedder
    writer: Writer = field(default_factory=Writer)
    passages: int = 0
    questions: list[str] = field(default_factory=list)
    """One about each article, in the order of writing."""
    _random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    _real: list[Matrix] = field(default_factory=list)
    _real_tokens: list[TokenVectors | None] = field(default_factory=list)

    async def grow(self, to: int, *, on_grown: OnGrown | None = None) -> None:
        """Add articles until there are `to` passages."""
        async with await Store.open(self.path) as store:
            while self.passages < to:
                made = self.writer.article(min(PASSAGES_PER_ARTICLE, to - self.passages))
                await store.put_article(
                    DEFAULT_COLLECTION,
                    Article(text=made.text, title=made.title, identity=f"bench:{self.passages}"),
                    passages=self._new(made),
                    model=self.embedder.name,
                )
                self.passages += len(made.cuts)
                self.questions.append(made.question)
                if on_grown:
                    on_grown(self.passages)

    def vectors(self) -> Matrix:
        """As many vectors as there are passages, alike to those stored; (passages, dimension)."""
        return self._drawn(self.passages)

    def _new(self, made: MadeUp) -> list[NewPassage]:
        title_terms = " ".join(terms(made.title))
        vectors = self._of(made)
        return [
            NewPassage(
                cut=cut,
                title_terms=title_terms,
                body_terms="\n".join(
                    " ".join(terms(made.text[span.start : span.end])) for span in cut.sentences
                ),
                vector=vector,
                sentence_vectors=self._around(np.repeat(vector[None], len(cut.sentences), axis=0)),
                token_vectors=self._tokens(len(cut.sentences)),
            )
            for cut, vector in zip(made.cuts, vectors, strict=True)
        ]

    def _of(self, made: MadeUp) -> Matrix:
        if sum(map(len, self._real)) >= REAL:
            return self._drawn(len(made.cuts))
        texts = [PassageText(made.title, passage) for passage in made.passages]
        embedded = self.embedder.passages(texts)
        self._real.append(embedded.vectors)
        self._real_tokens.extend(embedded.tokens)
        return self._real[-1]

    def _tokens(self, sentences: int) -> TokenVectors | None:
        """Those of some real passage, as if they stood in so many sentences."""
        real = self._real_tokens[self._random.integers(len(self._real_tokens))]
        if real is None:
            return None
        shares = np.array_split(np.arange(len(real.vectors)), sentences + 1)
        return real._replace(counts=np.array([len(each) for each in shares], np.uint16))

    def _drawn(self, count: int) -> Matrix:
        real = np.concatenate(self._real)
        return self._around(real[self._random.integers(len(real), size=count)])

    def _around(self, vectors: Matrix) -> Matrix:
        count, dimension = vectors.shape
        noise = self._random.standard_normal((count, dimension), dtype=np.float32)
        moved = vectors + noise * np.float32(NOISE / dimension**0.5)
        return unit(moved)
