"""The model as sentence-transformers runs it: what every faster form is made from and held to.

The only importer of torch and sentence_transformers, itself imported only where they are needed.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling
from tokenizers import Tokenizer

from retrieval.embedding.form import Form
from retrieval.embedding.protocol import Embedded, EmbeddedQuery, Matrix, PassageText
from retrieval.embedding.text import compose
from retrieval.errors import ModelError

log = logging.getLogger(__name__)

OPSET = 17
"""First with LayerNormalization as one operator."""
WINDOW_AT_MOST = 8192
"""For models that name no limit: tokenizers then report an astronomical one."""


def load(folder: Path, *, safetensors: bool = False) -> SentenceTransformer:
    """The model in `folder`, on the CPU. Raises ModelError if it cannot be loaded."""
    try:
        model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            model_kwargs={"use_safetensors": True} if safetensors else None,
        )
    except Exception as error:  # whatever a foreign model's files may cause
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"The model in {folder} cannot be loaded: {line}") from error
    return model.eval()


def describe(model: SentenceTransformer) -> Form:
    """What has to be known of the model, taken to run in torch."""
    dimension = model.get_embedding_dimension()
    if not dimension:
        raise ModelError("The model does not say how long its vectors are.")
    tokenizer = tokenizer_of(model)
    window = min(model.max_seq_length or WINDOW_AT_MOST, WINDOW_AT_MOST)
    return Form(
        kind="reference",
        dimension=int(dimension),
        window=int(window),
        special_tokens=tokenizer.num_special_tokens_to_add(False) if tokenizer else 0,
        query_prompt=model.prompts.get("query") or "",
        passage_prompt=next(filter(None, map(model.prompts.get, _PASSAGE_PROMPTS)), ""),
    )


def tokenizer_of(model: SentenceTransformer) -> Tokenizer | None:
    """A copy of the model's tokenizer as works without torch, if it has one."""
    tokenizer = getattr(model.tokenizer, "backend_tokenizer", model.tokenizer)
    return Tokenizer.from_str(tokenizer.to_str()) if isinstance(tokenizer, Tokenizer) else None


_PASSAGE_PROMPTS = ("document", "passage", "corpus")


def encode(model: SentenceTransformer, texts: Sequence[str]) -> Matrix:
    """Unit vectors of `texts` as they are, without any prompt."""
    if not texts:
        return np.zeros((0, model.get_embedding_dimension() or 0), dtype=np.float32)
    vectors = model.encode(
        list(texts), prompt="", normalize_embeddings=True, show_progress_bar=False
    )
    return np.asarray(vectors, dtype=np.float32)


class UnfitError(Exception):
    """The model is not of a kind whose ONNX form says all that is wanted of it."""


class _Traced(torch.nn.Module):  # type: ignore[misc]  # torch's types are skipped
    """All of a model in one graph: token ids in; passage vectors and token vectors out.

    It has no attention mask: what runs it never pads.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        modules = list(model)
        if len(modules) < 2 or not isinstance(modules[1], Pooling) or not modules[1].include_prompt:
            raise UnfitError("it does not pool tokens in the ordinary way")
        self.encoder, self.pooling, *rest = modules
        if not all(isinstance(module, Dense | Normalize) for module in rest):
            raise UnfitError("it has modules of another kind than Dense and Normalize")
        self.rest = torch.nn.ModuleList(rest)

    def forward(self, input_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = self.encoder({"input_ids": input_ids, "modality": "text"})["token_embeddings"]
        vectors = self.pooling({"token_embeddings": tokens})["sentence_embedding"]
        for module in self.rest:
            vectors = module({"sentence_embedding": vectors})["sentence_embedding"]
            if isinstance(module, Dense):
                # Of each token too, so that means of tokens lie in the space of the vectors.
                tokens = module({"sentence_embedding": tokens})["sentence_embedding"]
        return torch.nn.functional.normalize(vectors, dim=-1), tokens


def export(model: SentenceTransformer, target: Path) -> None:
    """Write the model as ONNX to `target`. Raises UnfitError where that cannot be done."""
    traced = _Traced(model).eval()
    # Written out, attention is fused by ONNX Runtime; torch's own kernel is opaque to it.
    model[0].auto_model.set_attn_implementation("eager")
    example = model.preprocess(["A text of some length."])["input_ids"]
    with torch.no_grad(), warnings.catch_warnings():
        # Tracing warns of each branch it takes; what comes out is compared with the model itself.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            traced,
            (example,),
            str(target),
            input_names=["input_ids"],
            output_names=["vectors", "tokens"],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "length"},
                "vectors": {0: "batch"},
                "tokens": {0: "batch", 1: "length"},
            },
            opset_version=OPSET,
            dynamo=False,
        )


class ReferenceEmbedder:
    """Embedder that runs the model in torch, for models whose ONNX form does not say the same.

    Their tokens may not be open to us, so a sentence's vector is that of the sentence by itself.
    """

    def __init__(self, folder: Path, form: Form, *, name: str, threads: int) -> None:
        self.name = name
        self.dimension = form.dimension
        self.max_tokens = form.window - form.special_tokens
        self._form = form
        torch.set_num_threads(threads)
        self._model = load(folder)
        self._tokenizer = tokenizer_of(self._model)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens in each text, special tokens not counted; words for a model without tokens."""
        if self._tokenizer is None:
            return [len(text.split()) for text in texts]
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in found]

    def query(self, text: str) -> EmbeddedQuery:
        """Embed a question."""
        [vector] = encode(self._model, [self._form.query_prompt + text])
        return EmbeddedQuery(vector, None, np.zeros(0, np.int64))

    def passages(self, texts: Sequence[PassageText]) -> Embedded:
        """Embed passages; the order is kept."""
        prompt = self._form.passage_prompt
        vectors = encode(self._model, [compose(passage, prompt)[0] for passage in texts])
        alone = [
            prompt + passage.text[span.start : span.end]
            for passage in texts
            for span in passage.sentences
        ]
        bounds = np.cumsum([len(passage.sentences) for passage in texts])
        sentences = np.split(encode(self._model, alone), bounds[:-1])
        return Embedded(vectors, sentences, [None] * len(texts))
