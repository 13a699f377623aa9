"""The model's ONNX form at work: onnxruntime and tokenizers, nothing of torch.

Every passage is a run of its own, and runs go side by side on as many threads as there are
processors. So no token of padding is ever computed (sorted batches of 32 still pad by a fifth), a
text's vector cannot depend on its neighbours, and threads never wait for one another inside a
matrix product. A question comes alone. By products of bytes one thread has it in 3 ms, and a
second one brings nothing; without them threads share its products: 7 ms for 14 tokens on two cores
instead of 11, and no more than these where both are busy. None spins while idle.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from tokenizers import Encoding

from retrieval.embedding.form import EIGHT_BIT, Form, FormError
from retrieval.embedding.protocol import (
    Embedded,
    EmbeddedQuery,
    Matrix,
    PassageText,
    TokenVectors,
    Vector,
)
from retrieval.embedding.session import session
from retrieval.embedding.text import Indices, by_sentence, compose, sentence_means, token_bounds
from retrieval.embedding.tokenizing import encode, tokenizer
from retrieval.embedding.tokens import Projection, stored

log = logging.getLogger(__name__)

MOST_SHARING = 4
"""Threads at one question: its products are too small for more."""
HELD_TEXTS = 256
"""Texts held in tokens at once: each takes tens of kilobytes in that form."""


_Inside = tuple[Vector, Matrix, TokenVectors | None]
"""Of a passage: its vector, those of its sentences, those of its tokens."""


class OnnxEmbedder:
    """Embedder over the form in `folder`. Raises FormError if that cannot be loaded."""

    def __init__(
        self,
        folder: Path,
        form: Form,
        *,
        name: str,
        threads: int,
        projection: Projection | None = None,
    ) -> None:
        """Without a projection of its tokens' vectors none of these are given."""
        self.name = name
        self.dimension = form.dimension
        self.max_tokens = form.window - form.special_tokens
        self.form = form
        self.folder = folder
        self._projection = projection
        try:
            self._tokenizer = tokenizer(folder)
            self._alone = self._session_by_bytes()
            self.by_bytes = self._alone is not None
            """Whether texts are embedded by products of bytes, which may be made and not open."""
            self._shared = self._alone or session(folder, min(threads, MOST_SHARING))
        except Exception as error:  # both raise their libraries' bare kinds
            raise FormError(f"The model's fast form in {folder} cannot be loaded.") from error
        self._pool = ThreadPoolExecutor(threads, "embedding") if threads > 1 else None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens in each text, special tokens not counted."""
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in found]

    def query(self, text: str) -> EmbeddedQuery:
        """Embed a question."""
        prompt = self.form.query_prompt
        [encoding] = self._encoded([prompt + text])
        vectors, tokens = _run(self._shared, encoding, ["vectors", "tokens"])
        kept, starts = _of_text(encoding)
        asked = starts >= len(prompt)
        projection = self._projection
        projected = None if projection is None else projection(tokens[0][kept][asked])
        return EmbeddedQuery(vectors[0], projected, starts[asked] - len(prompt))

    def vector(self, text: str) -> Vector:
        """The unit vector of a text as it is, without any prompt."""
        vector: Vector = _run(self._shared, self._encoded([text])[0], ["vectors"])[0][0]
        return vector

    def passages(self, texts: Sequence[PassageText]) -> Embedded:
        """Embed passages; the order is kept."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        sentences: list[Matrix] = []
        tokens: list[TokenVectors | None] = []
        for first in range(0, len(texts), HELD_TEXTS):
            for vector, means, each in self._embed(texts[first : first + HELD_TEXTS]):
                vectors[len(sentences)] = vector
                sentences.append(means)
                tokens.append(each)
        return Embedded(vectors, sentences, tokens)

    def inputs(self, texts: Sequence[str]) -> list[dict[str, npt.NDArray[np.int64]]]:
        """What the graph is given for each text."""
        return [_given(encoding) for encoding in self._encoded(texts)]

    def _session_by_bytes(self) -> ort.InferenceSession | None:
        if self.form.eight_bit:
            try:
                return session(self.folder, 1, EIGHT_BIT)
            except Exception as error:  # of a bare kind; another runtime may have made it
                log.warning("the model runs in single precision: %s", error)
        return None

    def _embed(self, texts: Sequence[PassageText]) -> list[_Inside]:
        composed = [compose(passage, self.form.passage_prompt) for passage in texts]
        encodings = self._encoded([text for text, _ in composed])
        if self._alone is None:  # who only asks never needs it
            self._alone = session(self.folder, 1)
        alone = self._alone

        def embed(i: int) -> _Inside:
            vectors, tokens = _run(alone, encodings[i], ["vectors", "tokens"])
            kept, starts = _of_text(encodings[i])
            inside = tokens[0][kept]
            bounds = token_bounds(starts, texts[i].sentences, composed[i][1])
            means = sentence_means(inside, bounds)
            if self._projection is None:
                return vectors[0], means, None
            order, counts = by_sentence(len(inside), bounds)
            return vectors[0], means, stored(self._projection(inside[order]), counts)

        # Longest first, so that no thread is left with a long one at the end.
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i]), reverse=True)
        found = self._pool.map(embed, order) if self._pool and len(order) > 1 else map(embed, order)
        placed = dict(zip(order, found, strict=True))
        return [placed[i] for i in range(len(texts))]

    def _encoded(self, texts: Sequence[str]) -> list[Encoding]:
        return encode(self._tokenizer, texts, self.max_tokens)


def _run(on: ort.InferenceSession, encoding: Encoding, outputs: list[str]) -> list[Matrix]:
    found: list[Matrix] = on.run(outputs, _given(encoding))
    return found


def _given(encoding: Encoding) -> dict[str, npt.NDArray[np.int64]]:
    return {"input_ids": np.array([encoding.ids], dtype=np.int64)}


def _of_text(encoding: Encoding) -> tuple[npt.NDArray[np.bool_], Indices]:
    """Which tokens are no special ones, and where these begin, in characters."""
    text = np.array(encoding.special_tokens_mask) == 0
    offsets: Indices = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    return text, offsets[text, 0]
