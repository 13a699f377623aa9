"""The reader that comes with the program: from weights to its fast form, and what that finds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from retrieval.embedding.bundled import bundled_folder
from retrieval.embedding.form import GRAPH, FormError, read_form
from retrieval.errors import ModelError
from retrieval.reading.make import joined, make
from retrieval.reading.network import ReaderNetwork
from retrieval.reading.pairs import encode_pairs
from retrieval.reading.protocol import ReadingText
from retrieval.reading.runtime import OnnxReader, ReaderForm
from retrieval.sentences import sentence_spans


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights as training begins with: heads drawn at random."""
    torch.manual_seed(7)
    path = tmp_path_factory.mktemp("weights") / "reader.safetensors"
    learnt = ReaderNetwork(bundled_folder()).learnt()
    save_file({name: weight.half() for name, weight in learnt.items()}, path)
    return path


@pytest.fixture(scope="module")
def form(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("form")
    make(weights, folder)
    return folder


def test_the_fast_form_says_what_the_network_says(form: Path, weights: Path) -> None:
    reader = OnnxReader(form, name="it", threads=2)
    network = joined(bundled_folder(), weights)
    [pair] = encode_pairs(reader.tokenizer, [("Who won?", "Chess", "Anna Berg won in Lindau.")])
    with torch.no_grad():
        wanted = network(torch.tensor([pair.ids]), torch.tensor([pair.types]))
    for there, found in zip(wanted, reader.logits(pair), strict=True):
        np.testing.assert_allclose(there.numpy(), found, atol=1e-4)


def test_a_closer_look_adds_up_what_the_sentence_says_read_in_less(form: Path) -> None:
    reader = OnnxReader(form, name="it", threads=1)
    text = "It rained. Anna Berg won in Lindau, and others did not. Nobody saw it."
    passage = ReadingText("Chess", text, tuple(sentence_spans(text)))
    [found] = reader.read("Who won?", [passage])
    looked = reader.closer("Who won?", passage, found)
    assert found.span is not None
    sums = {rival: rival.score for rival in found.rivals}
    at = next(n for n, s in enumerate(passage.sentences) if s.start <= found.span.start < s.end)
    for first in {at, max(0, at - 1)}:
        begin, end = passage.sentences[first].start, passage.sentences[at].end
        [pair] = encode_pairs(reader.tokenizer, [("Who won?", "Chess", text[begin:end])])
        starts, ends, _ = reader.logits(pair)
        for rival in found.rivals:
            a, b = (each - begin for each in rival.tokens)
            first_token = next(n for n, bounds in enumerate(pair.offsets) if bounds[0] == a)
            last_token = next(n for n, bounds in enumerate(pair.offsets) if bounds[1] == b)
            sums[rival] += float(
                starts[0][pair.first + first_token] + ends[0][pair.first + last_token]
            )
    assert looked.span == max(sums, key=lambda rival: sums[rival]).span
    assert replace(looked, span=found.span) == found


def test_answers_are_stretches_of_each_passage_in_their_order(form: Path) -> None:
    reader = OnnxReader(form, name="it", threads=1)
    texts = ["Anna Berg won in Lindau.", "Überraschung: 東京 and 1,100 men 😀.", ""]
    found = reader.read("Who won?", [ReadingText("Chess", text) for text in texts])
    for text, finding in zip(texts, found, strict=True):
        assert (finding.span is None) == (not text)
        if finding.span is not None:
            assert 0 <= finding.span.start < finding.span.end <= len(text)
    alone = reader.read("Who won?", [ReadingText("Chess", texts[1])])
    assert alone == [found[1]], "a passage does not depend on its neighbours"


def test_the_form_is_whole_or_not_there(form: Path, tmp_path: Path) -> None:
    assert read_form(form, ReaderForm) == ReaderForm()
    assert read_form(tmp_path, ReaderForm) is None
    (tmp_path / GRAPH).write_bytes(b"no graph")
    with pytest.raises(FormError):
        OnnxReader(tmp_path, name="it", threads=1)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "reader.safetensors"
    save_file({"somewhere.else": torch.zeros(2)}, path)
    with pytest.raises(ModelError, match="another version"):
        make(path, tmp_path / "form")
