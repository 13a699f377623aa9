"""`python -m retrieval.reading.make WEIGHTS TARGET`: the reader's ONNX form.

Run as a process of its own. Joins the weights with the bundled model's, writes the graph into
TARGET, an empty folder, and compares it with the model in torch. The last line of standard error
says why there is none.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from retrieval.embedding import graph, tokenizing
from retrieval.embedding.bundled import bundled_folder, check_weights
from retrieval.embedding.form import TOKENIZER, write_manifest
from retrieval.errors import ModelError
from retrieval.reading.network import ReaderNetwork
from retrieval.reading.pairs import encode_pairs
from retrieval.reading.runtime import OUTPUTS, OnnxReader, ReaderForm

OPSET = 17
"""First with LayerNormalization as one operator."""
TOLERANCE = 2e-3
"""Of a logit. Word vectors in half precision alone move one by .001 at most."""
SAMPLES = (
    ("How many troops did China deploy?", "Border", "China deployed 150,000 troops. It is near."),
    ("who?", "", "x"),
    ("Wo liegt Łódź?", "Städte", "Łódź liegt in Polen. " * 40),
)


class HalfEmbedding(torch.nn.Module):  # type: ignore[misc]  # torch's types are skipped
    """An embedding that is held in half precision, and gives single."""

    def __init__(self, whole: torch.nn.Embedding) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(whole.weight.half(), requires_grad=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Vectors of the tokens, (..., width)."""
        return torch.nn.functional.embedding(ids, self.weight).float()


def make(weights: Path, target: Path) -> None:
    """Fill `target`. Raises ModelError where the weights do not fit or the graph says otherwise."""
    folder = bundled_folder()
    check_weights(folder)
    network = joined(folder, weights)
    # They are most of what would lie in memory: 47 MB.
    words = network.encoder.embeddings.word_embeddings
    network.encoder.embeddings.word_embeddings = HalfEmbedding(words)
    tokenizing.save(Tokenizer.from_file(str(folder / TOKENIZER)), target)
    network.encoder.set_attn_implementation("eager")  # which ONNX Runtime knows how to fuse
    ids = torch.tensor([[101, 2040, 102, 2054, 102]])
    axes = {name: {0: "batch", 1: "length"} for name in ("ids", "types", "start", "end")}
    with torch.no_grad(), warnings.catch_warnings():
        # Tracing warns of each branch it takes; what comes out is compared with the model itself.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (ids, torch.zeros_like(ids)),
            str(target / graph.RAW),
            input_names=["ids", "types"],
            output_names=list(OUTPUTS),
            dynamic_axes={**axes, "relevance": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
    graph.optimise(target)
    write_manifest(target, ReaderForm())
    network.encoder.embeddings.word_embeddings = words
    _compare(target, network)


def joined(folder: Path, weights: Path) -> ReaderNetwork:
    """The bundled model in `folder` with what was learnt put in its place."""
    network: ReaderNetwork = ReaderNetwork(folder).eval()
    network.take(weights)
    return network


def _compare(target: Path, network: ReaderNetwork) -> None:
    reader = OnnxReader(target, name="", threads=1)
    for pair in encode_pairs(reader.tokenizer, SAMPLES):
        with torch.no_grad():
            wanted = network(torch.tensor([pair.ids]), torch.tensor([pair.types]))
        for there, found in zip(wanted, reader.logits(pair), strict=True):
            if not np.allclose(there.numpy(), found, atol=TOLERANCE):
                raise ModelError("The reader's ONNX form says something else than the reader.")


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    try:
        make(arguments.weights, arguments.target)
    except (ModelError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
