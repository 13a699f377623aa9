"""From an exported graph to the one that is run: optimised once, its weights in a file beside it.

Weights of their own file are mapped into memory rather than copied: the session opens in a third
of the time, and of the word vectors only the pages of words that occur are ever read.
"""

from __future__ import annotations

from pathlib import Path

import onnxruntime as ort

from retrieval.embedding.form import GRAPH

RAW = "raw.onnx"
WEIGHTS = "model.weights"


def optimise(folder: Path) -> None:
    """Turn `RAW` in `folder` into the graph that is run, and remove it."""
    options = ort.SessionOptions()
    # Not ORT_ENABLE_ALL: what that adds is tied to the processor at hand, and a cache may move.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / GRAPH)
    options.log_severity_level = 3
    options.add_session_config_entry(
        "session.optimized_model_external_initializers_file_name", WEIGHTS
    )
    ort.InferenceSession(str(folder / RAW), options, providers=["CPUExecutionProvider"])
    (folder / RAW).unlink()
