"""A model's ONNX form, opened to answer: the same way for all of them."""

from __future__ import annotations

from pathlib import Path

import onnxruntime as ort

from retrieval.embedding.form import GRAPH


def session(folder: Path, threads: int, graph: str = GRAPH) -> ort.InferenceSession:
    """The graph of the form in `folder`, each of whose runs so many threads share."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A thread that waits for the next question must not burn its processor.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The graph was optimised when it was made.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    # Texts differ in length, and a plan for memory would be kept for each length there is.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return ort.InferenceSession(str(folder / graph), options, providers=["CPUExecutionProvider"])
