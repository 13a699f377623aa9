"""The reader's ONNX form at work.

A passage is a run of its own, as in embedding, and here the threads share that run: the first
passage often is enough, and is to be read as soon as can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.embedding.form import FormError
from retrieval.embedding.session import session
from retrieval.embedding.tokenizing import tokenizer
from retrieval.reading import closer, echoes, tables
from retrieval.reading.pairs import Pair, encode_pairs
from retrieval.reading.protocol import Finding, ReadingText
from retrieval.reading.spans import Logits, best_span

OUTPUTS = ("start", "end", "relevance")


@dataclass(frozen=True, slots=True)
class ReaderForm:
    """What has to be known of the form beside its files."""

    kind: str = "reader"


class OnnxReader:
    """Reader over the form in `folder`. Raises FormError if that cannot be loaded."""

    def __init__(self, folder: Path, *, name: str, threads: int) -> None:
        self.name = name
        try:
            self.tokenizer = tokenizer(folder)
            self._session = session(folder, threads)
        except Exception as error:  # both raise their libraries' bare kinds
            raise FormError(f"The reader's form in {folder} cannot be loaded.") from error

    def read(self, question: str, passages: Sequence[ReadingText]) -> list[Finding]:
        """What is in each passage; the order is kept."""
        pairs = encode_pairs(self.tokenizer, [(question, p.title, p.text) for p in passages])
        return [self._finding(question, *each) for each in zip(pairs, passages, strict=True)]

    def closer(self, question: str, passage: ReadingText, found: Finding) -> Finding:
        """What was found, its words chosen by what they score read in less of the passage too."""
        scores = {rival: rival.score for rival in found.rivals}
        views = closer.views(passage, found.span) if len(scores) > 1 else []
        pairs = encode_pairs(
            self.tokenizer, [(question, passage.title, passage.text[slice(*v)]) for v in views]
        )
        for view, pair in zip(views, pairs, strict=True):
            start, end, _ = self.logits(pair)
            closer.add(scores, view, pair, start[0], end[0])
        return closer.chosen(found, scores)

    def logits(self, pair: Pair) -> list[Logits]:
        """Of start and end, shape (1, tokens), and of relevance, shape (1,)."""
        given = {
            "ids": np.array([pair.ids], dtype=np.int64),
            "types": np.array([pair.types], dtype=np.int64),
        }
        found: list[Logits] = self._session.run(list(OUTPUTS), given)
        return found

    def _finding(self, question: str, pair: Pair, passage: ReadingText) -> Finding:
        start, end, relevance = self.logits(pair)
        return best_span(
            start[0],
            end[0],
            first=pair.first,
            offsets=pair.offsets,
            text=passage.text,
            relevance=float(relevance[0]),
            sentences=passage.sentences,
            places=tables.places(question, passage),
            prior=echoes.prior(question, passage),
        )
