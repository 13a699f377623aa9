"""Readers and rerankers of other people's making, run in torch.

The only importer of transformers and sentence_transformers here, itself imported only where an
operator names such a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from sentence_transformers import CrossEncoder
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from retrieval.errors import ModelError
from retrieval.reading.protocol import Finding, Reader, ReadingText
from retrieval.reading.spans import best_span

WINDOW = 512
"""Tokens of question and passage together; what is longer is cut off behind."""


class TransformersReader:
    """Any extractive question-answering model of transformers. Raises ModelError if it cannot be
    loaded.

    It knows nothing of relevance by itself: that is how much more it believes in its best answer
    than in there being none.
    """

    def __init__(self, folder: Path, *, name: str, threads: int) -> None:
        self.name = name
        torch.set_num_threads(threads)
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model = AutoModelForQuestionAnswering.from_pretrained(
                folder, local_files_only=True
            ).eval()
        except Exception as error:  # whatever a foreign model's files may cause
            raise _unloadable(folder, error) from error
        if not self._tokenizer.is_fast:
            raise ModelError(
                f"The reader in {folder} has no fast tokenizer (tokenizer.json), without which it "
                "cannot be told where in a text its answers stand."
            )

    def read(self, question: str, passages: Sequence[ReadingText]) -> list[Finding]:
        """What is in each passage; the order is kept."""
        return [self._finding(question, passage) for passage in passages]

    def closer(self, question: str, passage: ReadingText, found: Finding) -> Finding:
        """What was found: a model of others was not measured at it."""
        return found

    def _finding(self, question: str, passage: ReadingText) -> Finding:
        encoded = self._tokenizer(
            question,
            passage.text,
            truncation="only_second" if passage.text else True,
            max_length=WINDOW,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = encoded.pop("offset_mapping")[0].tolist()
        mine = [n for n, part in enumerate(encoded.sequence_ids(0)) if part == 1]
        with torch.no_grad():
            found = self._model(**encoded)
        return best_span(
            found.start_logits[0].numpy(),
            found.end_logits[0].numpy(),
            first=mine[0] if mine else 0,
            offsets=[tuple(offsets[n]) for n in mine],
            text=passage.text,
            sentences=passage.sentences,
        )


class CrossEncoderReranker:
    """Any CrossEncoder of sentence-transformers, whose score is taken for relevance; where the
    answer stands is left to `reader`. Raises ModelError if it cannot be loaded."""

    def __init__(self, folder: Path, reader: Reader, *, name: str, threads: int) -> None:
        self.name = f"{name}+{reader.name}"
        self._reader = reader
        torch.set_num_threads(threads)
        try:
            self._model = CrossEncoder(
                str(folder),
                device="cpu",
                local_files_only=True,
                activation_fn=torch.nn.Identity(),
                max_length=WINDOW,
            )
        except Exception as error:  # whatever a foreign model's files may cause
            raise _unloadable(folder, error) from error
        if self._model.num_labels != 1:
            raise ModelError(
                f"The model in {folder} gives {self._model.num_labels} scores for a passage; a "
                "reranker gives one."
            )

    def read(self, question: str, passages: Sequence[ReadingText]) -> list[Finding]:
        """What is in each passage; the order is kept."""
        pairs = [(question, f"{p.title}\n{p.text}" if p.title else p.text) for p in passages]
        scores = self._model.predict(pairs, show_progress_bar=False) if pairs else []
        found = self._reader.read(question, passages)
        return [
            replace(finding, relevance=float(score))
            for finding, score in zip(found, scores, strict=True)
        ]

    def closer(self, question: str, passage: ReadingText, found: Finding) -> Finding:
        """What the reader beside it finds at a closer look."""
        return self._reader.closer(question, passage, found)


def _unloadable(folder: Path, error: Exception) -> ModelError:
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return ModelError(f"The model in {folder} cannot be loaded: {line}")
