"""`python -m retrieval.embedding.make MODEL_FOLDER TARGET [--bundled]`: a model's fast form.

Run by `making` as a process of its own. Writes the ONNX form into TARGET, an empty folder, if it
says the same as the model; else notes there that the model has to run in torch. The last line of
standard error says why there is no form at all.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from retrieval.embedding import bundled, eightbit, graph, reference, tokenizing
from retrieval.embedding.form import EIGHT_BIT, Form, write_manifest
from retrieval.embedding.processor import BYTE_PRODUCTS, byte_products
from retrieval.embedding.protocol import Matrix, PassageText
from retrieval.embedding.runtime import OnnxEmbedder
from retrieval.errors import ModelError
from retrieval.types import Span

log = logging.getLogger(__name__)

AGREEMENT = 0.9999
"""Least cosine of an ONNX vector with the model's own."""
EIGHT_BIT_AGREEMENT = 0.998
"""The same by products of bytes."""
QUICKER = 0.8
"""Share of the usual time that such products may take at most; else they are not worth it."""
TIMED, TIMED_S = 7, 10.0
"""Rounds in which both are timed, and seconds after which no other begins."""
SAMPLES = (
    "",
    "a",
    "How many troops did China deploy?",
    "  Spaces before,\ttabs within,\nnew lines, and a trailing one\n",
    "Überraschung: naïve façade, Łódź, Ελλάδα, Москва, 東京の天気, 서울, مرحبا, 😀👩‍🚀",
    "x" * 500,
    "In 1901 the first Nobel Prize in Physics was awarded to Wilhelm Conrad Röntgen. " * 8,
    "A very long text goes on well beyond what any window holds. " * 400,
)
"""Short, long, odd and empty: each has gone wrong in some export of some model."""
USUAL = SAMPLES[1:-1]
"""Those of a passage's size at most: what fills a long window takes minutes, embedded often."""


def make(model_folder: Path, target: Path, *, is_bundled: bool) -> None:
    """Fill `target` with the form of the model in `model_folder`."""
    if is_bundled:
        bundled.check_weights(model_folder)
    model = reference.load(model_folder, safetensors=is_bundled)
    form = reference.describe(model)
    wanted = reference.encode(model, SAMPLES)
    try:
        tokenizer = reference.tokenizer_of(model)
        if tokenizer is None:
            raise reference.UnfitError("it has no tokenizer that works by itself")
        tokenizing.save(tokenizer, target)
        reference.export(model, target / graph.RAW)
        graph.optimise(target)
        form = replace(form, kind="onnx")
        _compare(target, form, wanted)
        form = _eight_bit(target, form)
    except Exception as error:  # an export may fail in any way: torch still says what is right
        log.debug("no ONNX form", exc_info=True)
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        form = replace(form, kind="reference", reason=line)
        for left in target.iterdir():
            left.unlink()
    write_manifest(target, form)


def _compare(folder: Path, form: Form, wanted: Matrix) -> None:
    """Raise UnfitError unless the form in `folder` says of the samples what the model says."""
    made = OnnxEmbedder(folder, form, name="", threads=1)
    found = np.stack([made.vector(text) for text in SAMPLES])
    worst = float(np.sum(found * wanted, axis=1).min())
    if not worst >= AGREEMENT:  # so written, NaN disagrees too
        raise reference.UnfitError(f"its ONNX form says something else (cosine {worst:.5f})")
    whole = PassageText("", SAMPLES[2], (Span(0, len(SAMPLES[2])),))
    if made.passages([whole]).sentences[0].shape != (1, form.dimension):
        raise reference.UnfitError("its tokens and its texts have vectors of different lengths")


def _eight_bit(folder: Path, form: Form) -> Form:
    """The form with products of bytes, where these say the same and are quicker."""
    products = byte_products()
    if not products:
        return form
    exact = OnnxEmbedder(folder, form, name="", threads=1)
    texts = [PassageText("", text, (Span(0, len(text)),)) for text in USUAL]
    try:
        if not eightbit.quantise(folder, exact.inputs(USUAL), BYTE_PRODUCTS[products]):
            return form
        quick = OnnxEmbedder(folder, replace(form, eight_bit=True), name="", threads=1)
        wanted, found = (
            np.concatenate([each.vectors, *each.sentences])
            for each in (exact.passages(texts), quick.passages(texts))
        )
        worst = float(np.sum(wanted * found, axis=1).min())
        took = _share_of_time(quick, exact, texts)
        log.debug("by products of bytes: cosine %.5f, %.2f of the time", worst, took)
        if worst >= EIGHT_BIT_AGREEMENT and took <= QUICKER:
            return replace(form, eight_bit=True)
    except Exception:  # a graph may have products of any kind: it does without these
        log.debug("no products of bytes", exc_info=True)
    (folder / EIGHT_BIT).unlink(missing_ok=True)
    return form


def _share_of_time(quick: OnnxEmbedder, exact: OnnxEmbedder, texts: Sequence[PassageText]) -> float:
    """What the one takes of the other's time, each at its best of some rounds by turns."""
    best = {quick: float("inf"), exact: float("inf")}
    end = time.perf_counter() + TIMED_S
    for _ in range(TIMED):
        for embedder in best:
            start = time.perf_counter()
            embedder.passages(texts)
            best[embedder] = min(best[embedder], time.perf_counter() - start)
        if time.perf_counter() > end:
            break
    return best[quick] / best[exact]


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model_folder", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--bundled", action="store_true")
    arguments = parser.parse_args()
    try:
        make(arguments.model_folder, arguments.target, is_bundled=arguments.bundled)
    except (ModelError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
