"""What is measured against: plain sentence-transformers with its defaults, in a process of its own.

`python -m retrieval.bench.plain encode MODEL` reads a line with a JSON list of texts from standard
input and prints the seconds that encoding them took. `… ask MODEL VECTORS.npy` answers each line of
standard input with the rows of the nearest vectors, as the shortest program on it would.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

WARM_UP = 32
"""Texts encoded before the clock starts."""
NEAREST = 3


def encode(model: str, texts: Sequence[str]) -> float:
    """Seconds of encoding `texts` with defaults, loading and warming up left out."""
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(model)
    encoder.encode(list(texts[:WARM_UP]), show_progress_bar=False)
    start = time.perf_counter()
    encoder.encode(list(texts), show_progress_bar=False)
    return time.perf_counter() - start


def ask(model: str, vectors: Path) -> None:
    """Answer questions from standard input until it ends."""
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(model)
    matrix = np.load(vectors)
    for line in sys.stdin:
        found = matrix @ encoder.encode(line.strip(), show_progress_bar=False)
        rows = np.argpartition(-found, NEAREST)[:NEAREST]
        sys.stdout.write(json.dumps(rows.tolist()) + "\n")
        sys.stdout.flush()


def main(arguments: Sequence[str]) -> None:
    """Run what the arguments name."""
    if arguments[0] == "encode":
        sys.stdout.write(
            json.dumps({"seconds": encode(arguments[1], json.loads(sys.stdin.readline()))}) + "\n"
        )
    else:
        ask(arguments[1], Path(arguments[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
