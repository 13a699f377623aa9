"""From an exported graph to the one that runs: fused for the CPU, weights beside it."""

from __future__ import annotations

from pathlib import Path

import onnxruntime as ort

from retrieval.embedding.form import GRAPH

RAW = "raw.onnx"
WEIGHTS = "model.weights"


def optimise(folder: Path) -> None:
    """Turn `RAW` in `folder` into the graph that is run, and remove it."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.optimized_model_filepath = str(folder / GRAPH)
    options.log_severity_level = 3
    options.add_session_config_entry(
        "session.optimized_model_external_initializers_file_name", WEIGHTS
    )
    ort.InferenceSession(str(folder / RAW), options, providers=["CPUExecutionProvider"])
    (folder / RAW).unlink()
