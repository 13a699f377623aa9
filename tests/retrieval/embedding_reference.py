"""Run as a program: what sentence-transformers itself says, and small models to try others with.

Its own process, so that torch, which it loads, is never in that of the tests.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np


def encode(model_folder: str, texts_file: str, result: str) -> None:
    """Vectors, token vectors and token starts of the texts in `texts_file`."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(model_folder, device="cpu", local_files_only=True)
    texts = json.loads(Path(texts_file).read_text("utf-8"))
    found = {"vectors": model.encode(texts, normalize_embeddings=True)}
    for i, text in enumerate(texts):
        tokens = model.encode([text], output_value="token_embeddings")[0]
        spans = model.tokenizer(text, truncation=True, return_offsets_mapping=True)
        found[f"tokens{i}"] = tokens.numpy()
        found[f"offsets{i}"] = np.array(spans["offset_mapping"])
    np.savez(result, **found)


def build(bundled_folder: str, target: str) -> None:
    """Small models with random weights: another pooling, a projection, prompts, no transformer."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import (
        Dense,
        Pooling,
        StaticEmbedding,
        Transformer,
    )
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(bundled_folder)
    bare = Path(target) / "bare"
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = BertConfig(vocab_size=len(tokenizer), intermediate_size=64, **sizes)
    BertModel(config).save_pretrained(bare)
    tokenizer.save_pretrained(bare)
    transformer = Transformer(str(bare), max_seq_length=24)
    modules = [transformer, Pooling(32, pooling_mode="cls"), Dense(32, 16)]
    prompts = {"query": "ask: ", "document": "tell: "}
    projected = SentenceTransformer(modules=modules, prompts=prompts, device="cpu")
    projected.save(str(Path(target) / "projected"))
    queries = projected.encode_query(["who"], normalize_embeddings=True)
    passages = projected.encode_document(["T. The text."], normalize_embeddings=True)
    static = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=16)])
    static.save(str(Path(target) / "static"))
    alone = static.encode(["who", "T. The text.", "The text."], normalize_embeddings=True)
    np.savez(Path(target) / "expected.npz", queries=queries, passages=passages, static=alone)


if __name__ == "__main__":
    {"encode": encode, "build": build}[sys.argv[1]](*sys.argv[2:])
