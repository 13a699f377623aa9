"""From a graph in single precision to one whose large products are of eight-bit integers.

Processors that multiply and add four pairs of bytes at once do these in well under half the time;
others gain nothing, so whoever makes the graph has to time it. Four things keep what comes out
near to what it was: weights have a scale for each output and inputs one for each token; what is
hard to tell in eight bits is shared between inputs and weights (Xiao et al. 2023, "SmoothQuant");
and the few inputs that are largest are multiplied in single precision (Dettmers et al. 2022,
"LLM.int8()"). How large inputs get is seen in samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from retrieval.embedding.form import EIGHT_BIT, GRAPH
from retrieval.embedding.protocol import Matrix, Vector
from retrieval.embedding.session import session

LEAST = 256
"""Inputs that a product needs: with fewer, what is done around it takes longer than it does. One
with more inputs than outputs stays as it is: it alone would make half of all error."""
SHARE = 0.4
"""Of the difficulty that the weights take over; from .3 to .5 nothing changes."""
APART = 48
"""One in so many inputs is multiplied in single precision."""
SMALLEST_INPUT, SMALLEST_WEIGHT, SMALLEST_RANGE = 1e-2, 1e-3, 1e-8
"""Least range of an input, which samples may not have shown; least weight that shares difficulty;
least range of an output's weights, which may all be 0."""
_MICROSOFT = "com.microsoft"
_MIDDLE, _STEP, _TINY = "eight-bit.middle", "eight-bit.step", "eight-bit.tiny"


def quantise(folder: Path, samples: Iterable[Mapping[str, npt.NDArray[np.int64]]]) -> bool:
    """Write `EIGHT_BIT` beside the graph in `folder`, whose other weights it shares; False where
    no product is large enough. `samples` are what the graph is given for some texts."""
    model = onnx.load(folder / GRAPH, load_external_data=False)
    stored = {each.name: each for each in model.graph.initializer}
    products = {
        node.output[0]: numpy_helper.to_array(stored[node.input[1]], base_dir=str(folder))
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in stored
    }
    products = {k: w for k, w in products.items() if w.ndim == 2 and LEAST <= len(w) <= w.shape[1]}
    if not products:
        return False
    ranges = _ranges(folder, model, products, samples)
    making = _Making(model, products, ranges)
    nodes = [new for node in model.graph.node for new in making.instead_of(node)]
    used = {name for node in nodes for name in node.input}
    kept = [each for each in model.graph.initializer if each.name in used]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend([*kept, *making.constants])
    onnx.save(model, folder / EIGHT_BIT)
    return True


def _ranges(
    folder: Path,
    model: Any,  # onnx generates its messages' types
    products: Mapping[str, Matrix],
    samples: Iterable[Mapping[str, npt.NDArray[np.int64]]],
) -> dict[str, Vector]:
    """How large each input of the products gets, (inputs,)."""
    names = sorted({node.input[0] for node in model.graph.node if node.output[0] in products})
    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    seen.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    found: dict[str, Vector] = {}
    file = folder / "ranges.onnx"  # beside the weights that it names
    try:
        onnx.save(seen, file)
        running = session(folder, 1, file.name)
        for given in samples:
            for name, values in zip(names, running.run(names, dict(given)), strict=True):
                largest = np.abs(values).reshape(-1, values.shape[-1]).max(0)
                found[name] = np.maximum(found.get(name, SMALLEST_INPUT), largest)
    finally:
        file.unlink(missing_ok=True)
    return found


class _Making:
    """Puts other operations in the place of large products."""

    def __init__(
        self, model: Any, products: Mapping[str, Matrix], ranges: Mapping[str, Vector]
    ) -> None:
        self.constants: list[Any] = []
        self._products = products
        self._ranges = ranges
        self._sharing: dict[str, list[Matrix]] = {}
        for node in model.graph.node:
            if node.output[0] in products:
                self._sharing.setdefault(node.input[0], []).append(products[node.output[0]])
        self._inputs: dict[str, tuple[Vector, npt.NDArray[np.int64]]] = {}
        self._constant(_MIDDLE, np.uint8(128))
        self._constant(_STEP, np.float32(1 / 127))
        self._constant(_TINY, np.float32(1e-9))

    def instead_of(self, node: Any) -> list[Any]:
        """What does the same; the node itself where it is no large product."""
        if node.output[0] not in self._products:
            return [node]
        given, out = node.input[0], node.output[0]
        before = [] if given in self._inputs else self._quantised(given)
        scale, apart = self._inputs[given]
        weights = self._products[out]
        scaled = weights * scale[:, None]
        scaled[apart] = 0.0
        steps = np.maximum(np.abs(scaled).max(0), SMALLEST_RANGE) / 127
        whole = [
            f"{given}.bytes",
            self._constant(f"{out}.weights", np.round(scaled / steps).astype(np.int8)),
            _STEP,
            self._constant(f"{out}.steps", steps.astype(np.float32)),
            _MIDDLE,
            self._constant(f"{out}.zeros", np.zeros(len(steps), np.int8)),
        ]
        single = [f"{given}.apart", self._constant(f"{out}.apart.weights", weights[apart])]
        return [
            *before,
            helper.make_node("MatMulIntegerToFloat", whole, [f"{out}.whole"], domain=_MICROSOFT),
            helper.make_node("Mul", [f"{out}.whole", f"{given}.largest"], [f"{out}.scaled"]),
            helper.make_node("MatMul", single, [f"{out}.single"]),
            helper.make_node("Add", [f"{out}.scaled", f"{out}.single"], [out]),
        ]

    def _quantised(self, given: str) -> list[Any]:
        """What makes bytes of an input, each token by its own largest value."""
        large = self._ranges[given]
        heavy = np.max([np.abs(weights).max(1) for weights in self._sharing[given]], axis=0)
        apart = np.sort(np.argsort(-large * heavy, kind="stable")[: len(large) // APART])
        scale = large**SHARE / np.maximum(heavy, SMALLEST_WEIGHT) ** (1 - SHARE)
        self._inputs[given] = (scale, apart)
        factors = 1 / scale
        factors[apart] = 0.0
        places = self._constant(f"{given}.places", apart)
        by = self._constant(f"{given}.factors", factors.astype(np.float32))
        names = {part: f"{given}.{part}" for part in ("even", "sizes", "most", "largest", "parts")}
        steps: Sequence[tuple[str, list[str], str, dict[str, Any]]] = [
            ("Gather", [given, places], f"{given}.apart", {"axis": -1}),
            ("Mul", [given, by], names["even"], {}),
            ("Abs", [names["even"]], names["sizes"], {}),
            ("ReduceMax", [names["sizes"]], names["most"], {"axes": [-1], "keepdims": 1}),
            ("Max", [names["most"], _TINY], names["largest"], {}),
            ("Div", [names["even"], names["largest"]], names["parts"], {}),
            ("QuantizeLinear", [names["parts"], _STEP, _MIDDLE], f"{given}.bytes", {}),
        ]
        return [helper.make_node(kind, ins, [out], **more) for kind, ins, out, more in steps]

    def _constant(self, name: str, value: npt.ArrayLike) -> str:
        held = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
        self.constants.append(numpy_helper.from_array(held, name))
        return name
