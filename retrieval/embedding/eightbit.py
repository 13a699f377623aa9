"""From a graph in single precision to one whose large products are of eight-bit integers.

Processors that multiply and add four pairs of bytes at once do these in well under half the time,
those that do it with two in about half of it, and others gain nothing: whoever makes the graph has
to time it. Four things keep what comes out near to what it was: weights have a scale for each
output and inputs one for each token; what is hard to tell in eight bits is shared between inputs
and weights (Xiao et al. 2023, "SmoothQuant"); the few inputs that are largest are multiplied in
single precision (Dettmers et al. 2022, "LLM.int8()"); and inputs that hardly get below 0, as those
behind GELU, leave few numbers to what is below. How far inputs get is seen in samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from retrieval.embedding.form import EIGHT_BIT, GRAPH
from retrieval.embedding.protocol import Matrix, Vector
from retrieval.embedding.session import session

LEAST = 256
"""Inputs that a product needs: with fewer, what is done around it takes longer than it does."""
BELOW = 8
"""One in so many numbers is for what is below 0, of inputs that get so much less far below it."""
SHARE = 0.4
"""Of the difficulty that the weights take over; from .3 to .5 nothing changes."""
APART = 48
"""One in so many inputs is multiplied in single precision."""
SMALLEST_INPUT, SMALLEST_WEIGHT, SMALLEST_RANGE = 1e-2, 1e-3, 1e-8
"""Least range of an input, which samples may not have shown; least weight that shares difficulty;
least range of an output's weights, which may all be 0."""
SMALLEST_LARGEST = 1e-9
"""Least largest value of a token, which may be all zeros."""
_MICROSOFT = "com.microsoft"


def quantise(
    folder: Path, samples: Iterable[Mapping[str, npt.NDArray[np.int64]]], largest: int
) -> bool:
    """Write `EIGHT_BIT` beside the graph in `folder`, whose other weights it shares; False where
    no product is large enough.

    `samples` are what the graph is given for some texts. Inputs become whole numbers from 0 to
    twice `largest` and one, 127 at most, and weights from -127 to 127. Products with more inputs
    than outputs stay as they are, unless these hardly get below 0: they would make half of all
    error.
    """
    model = onnx.load(folder / GRAPH, load_external_data=False)
    stored = {each.name: each for each in model.graph.initializer}
    products = {
        node.output[0]: numpy_helper.to_array(stored[node.input[1]], base_dir=str(folder))
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in stored
    }
    products = {k: w for k, w in products.items() if w.ndim == 2 and len(w) >= LEAST}
    inputs = {n.output[0]: n.input[0] for n in model.graph.node if n.output[0] in products}
    reached = _reached(folder, model, sorted(set(inputs.values())), samples) if products else {}
    products = {
        k: w for k, w in products.items() if len(w) <= w.shape[1] or reached[inputs[k]].one_sided
    }
    if not products:
        return False
    making = _Making(model, products, reached, largest)
    nodes = [new for node in model.graph.node for new in making.instead_of(node)]
    used = {name for node in nodes for name in node.input}
    kept = [each for each in model.graph.initializer if each.name in used]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend([*kept, *making.constants])
    onnx.save(model, folder / EIGHT_BIT)
    return True


class _Reached(NamedTuple):
    """How far each input of a product gets, (inputs,)."""

    lowest: Vector
    highest: Vector

    @property
    def largest(self) -> Vector:
        """In size."""
        return np.maximum(-self.lowest, self.highest)

    @property
    def one_sided(self) -> bool:
        """Whether some get far above 0 and none of them far below; the few largest, which may be
        set apart, say nothing of it."""
        return bool(-self.lowest.min() * BELOW <= np.percentile(self.highest, 95))


def _reached(
    folder: Path,
    model: Any,  # onnx generates its messages' types
    names: Sequence[str],
    samples: Iterable[Mapping[str, npt.NDArray[np.int64]]],
) -> dict[str, _Reached]:
    """How far these inputs of products get."""
    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    seen.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    found: dict[str, _Reached] = {}
    file = folder / "reached.onnx"  # beside the weights that it names
    try:
        onnx.save(seen, file)
        running = session(folder, 1, file.name)
        for given in samples:
            for name, values in zip(names, running.run(names, dict(given)), strict=True):
                rows = values.reshape(-1, values.shape[-1])
                lowest, highest = found.get(name, (0.0, SMALLEST_INPUT))
                found[name] = _Reached(
                    np.minimum(lowest, rows.min(0)), np.maximum(highest, rows.max(0))
                )
    finally:
        file.unlink(missing_ok=True)
    return found


class _Side(NamedTuple):
    """How inputs become bytes: by the names of two constants, and how many times as far they reach
    above 0 as below."""

    zero: str
    step: str
    ratio: float


class _Input(NamedTuple):
    """An input that has become bytes."""

    scale: Vector
    """(inputs,): what each was divided by."""
    apart: npt.NDArray[np.int64]
    """Numbers of those that are not among the bytes."""
    side: _Side


class _Making:
    """Puts other operations in the place of large products."""

    def __init__(
        self,
        model: Any,
        products: Mapping[str, Matrix],
        reached: Mapping[str, _Reached],
        largest: int,
    ) -> None:
        self.constants: list[Any] = []
        self._products = products
        self._reached = reached
        self._sharing: dict[str, list[Matrix]] = {}
        for node in model.graph.node:
            if node.output[0] in products:
                self._sharing.setdefault(node.input[0], []).append(products[node.output[0]])
        self._inputs: dict[str, _Input] = {}
        below = (2 * largest + 1) // BELOW
        self._sides = {
            one_sided: _Side(
                self._constant(f"eight-bit.zero.{one_sided}", np.uint8(zero)),
                self._constant(f"eight-bit.step.{one_sided}", np.float32(1 / above)),
                above / zero,
            )
            for one_sided, zero, above in (
                (False, largest + 1, largest),
                (True, below, 2 * largest + 1 - below),
            )
        }

    def instead_of(self, node: Any) -> list[Any]:
        """What does the same; the node itself where it is no large product."""
        if node.output[0] not in self._products:
            return [node]
        given, out = node.input[0], node.output[0]
        before = [] if given in self._inputs else self._quantised(given)
        scale, apart, side = self._inputs[given]
        weights = self._products[out]
        scaled = weights * scale[:, None]
        scaled[apart] = 0.0
        steps = np.maximum(np.abs(scaled).max(0), SMALLEST_RANGE) / 127
        whole = [
            f"{given}.bytes",
            self._constant(f"{out}.weights", np.round(scaled / steps).astype(np.int8)),
            side.step,
            self._constant(f"{out}.steps", steps.astype(np.float32)),
            side.zero,
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
        reached = self._reached[given]
        large, side = reached.largest, self._sides[reached.one_sided]
        heavy = np.max([np.abs(weights).max(1) for weights in self._sharing[given]], axis=0)
        apart = np.sort(np.argsort(-large * heavy, kind="stable")[: len(large) // APART])
        scale = large**SHARE / np.maximum(heavy, SMALLEST_WEIGHT) ** (1 - SHARE)
        if reached.one_sided:  # some inputs would get further below, which all leave room for
            scale = np.ones_like(scale)
        self._inputs[given] = _Input(scale, apart, side)
        factors = 1 / scale
        factors[apart] = 0.0
        # What is below 0 has to fit too.
        least = -(reached.lowest * factors).min() * side.ratio if reached.one_sided else 0.0
        places = self._constant(f"{given}.places", apart)
        by = self._constant(f"{given}.factors", factors.astype(np.float32))
        floor = self._constant(f"{given}.least", np.float32(max(least, SMALLEST_LARGEST)))
        names = {part: f"{given}.{part}" for part in ("even", "sizes", "most", "largest", "parts")}
        sizes = names["even" if reached.one_sided else "sizes"]
        steps: Sequence[tuple[str, list[str], str, dict[str, Any]]] = [
            ("Gather", [given, places], f"{given}.apart", {"axis": -1}),
            ("Mul", [given, by], names["even"], {}),
            *([] if reached.one_sided else [("Abs", [names["even"]], sizes, {})]),
            ("ReduceMax", [sizes], names["most"], {"axes": [-1], "keepdims": 1}),
            ("Max", [names["most"], floor], names["largest"], {}),
            ("Div", [names["even"], names["largest"]], names["parts"], {}),
            ("QuantizeLinear", [names["parts"], side.step, side.zero], f"{given}.bytes", {}),
        ]
        return [helper.make_node(kind, ins, [out], **more) for kind, ins, out, more in steps]

    def _constant(self, name: str, value: npt.ArrayLike) -> str:
        held = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
        self.constants.append(numpy_helper.from_array(held, name))
        return name
