"""The model's ONNX form at work: onnxruntime and tokenizers, nothing of torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from tokenizers import Encoding, Tokenizer

from retrieval.embedding.form import GRAPH, TOKENIZER, Form
from retrieval.embedding.protocol import Embedded, Matrix, PassageText, Vector
from retrieval.embedding.text import compose, sentence_means

BATCH_TOKENS = 2048
WINDOW_TEXTS = 1024
"""Texts that are sorted by length and held tokenised at once."""


class OnnxEmbedder:
    """Embedder over the form in `folder`."""

    def __init__(self, folder: Path, form: Form, *, name: str, threads: int) -> None:
        self.name = name
        self.dimension = form.dimension
        self.max_tokens = form.window - form.special_tokens
        self._form = form
        self._threads = threads
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._session = _session(folder)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens in each text, special tokens not counted."""
        self._tokenizer.no_truncation()
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in found]

    def query(self, text: str) -> Vector:
        """Embed a question."""
        vector: Vector = self.vectors([self._form.query_prompt + text])[0]
        return vector

    def passages(self, texts: Sequence[PassageText]) -> Embedded:
        """Embed passages; the order is kept."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        sentences: list[Matrix] = [np.zeros((0, self.dimension), dtype=np.float32)] * len(texts)
        composed = [compose(passage, self._form.passage_prompt) for passage in texts]
        encodings = self._encode([text for text, _ in composed])
        for batch in self._batches(encodings):
            found, tokens = self._run([encodings[i] for i in batch], ["vectors", "tokens"])
            vectors[batch] = found
            for row, i in enumerate(batch):
                starts, first = _starts(encodings[i])
                sentences[i] = sentence_means(
                    tokens[row, first : first + len(starts)],
                    starts,
                    texts[i].sentences,
                    composed[i][1],
                )
        return Embedded(vectors, sentences)

    def vectors(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors of `texts` as they are, without any prompt, as one batch."""
        found: Matrix = self._run(self._encode(texts), ["vectors"])[0]
        return found

    def _encode(self, texts: Sequence[str]) -> list[Encoding]:
        self._tokenizer.enable_truncation(self._form.window)
        return list(self._tokenizer.encode_batch(list(texts)))

    def _batches(self, encodings: Sequence[Encoding]) -> Iterator[list[int]]:
        lengths = [len(encoding) for encoding in encodings]
        batch: list[int] = []
        for i in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
            if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _run(self, encodings: Sequence[Encoding], outputs: list[str]) -> list[Matrix]:
        longest = max(len(encoding) for encoding in encodings)
        ids = np.full((len(encodings), longest), self._form.pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding)] = encoding.ids
            mask[row, : len(encoding)] = 1
        found: list[Matrix] = self._session.run(outputs, {"input_ids": ids, "attention_mask": mask})
        return found


def _starts(encoding: Encoding) -> tuple[npt.NDArray[np.int64], int]:
    """Where each token of the text begins in it, and the place of the first among all tokens."""
    special = np.array(encoding.special_tokens_mask, dtype=bool)
    plain = np.flatnonzero(~special)
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    return offsets[plain, 0], int(plain[0]) if len(plain) else 0


def _session(folder: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(str(folder / GRAPH), options, providers=["CPUExecutionProvider"])
