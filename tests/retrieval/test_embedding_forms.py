"""Which model is used, and how its fast form is made, kept and mended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from retrieval.config import RetrievalSettings
from retrieval.embedding import PassageText, open_embedder
from retrieval.embedding.bundled import bundled_folder
from retrieval.embedding.eightbit import quantise
from retrieval.embedding.form import MANIFEST, Form, read_form, write_manifest
from retrieval.errors import ModelError
from retrieval.types import Span

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = Path(__file__).with_name("embedding_reference.py")
OPEN = """
import logging, sys
from retrieval.config import RetrievalSettings
from retrieval.embedding import PassageText, open_embedder
from retrieval.types import Span
logging.basicConfig(format="%(levelname)s %(message)s")
embedder = open_embedder(RetrievalSettings(cache=sys.argv[1], model=sys.argv[2]))
import numpy
passages = embedder.passages([PassageText("T", "The text.", (Span(0, 9),))])
question = embedder.query("who").vector
numpy.save(sys.argv[3], [question, passages.vectors[0], passages.sentences[0][0]])
print(embedder.count_tokens(["one two"]))
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small models of other kinds, and what sentence-transformers says with them."""
    folder = tmp_path_factory.mktemp("models")
    command = [sys.executable, REFERENCE, "build", bundled_folder(), folder]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/no/such/model", "There is no model at /no/such/model"),
        ("./none", "There is no model at ./none"),
        ("some-owner/some-model", "hf download some-owner/some-model"),
        ("no-such-model", "is not on this machine"),
        ("../none/none/none", "There is no model at"),
        (__file__, "is a file"),
    ],
)
def test_a_model_that_is_not_here_is_said_so_at_once(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    started = time.monotonic()
    with pytest.raises(ModelError, match=said):
        open_embedder(RetrievalSettings(cache=tmp_path, model=name))
    assert time.monotonic() - started < 2


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model in"):
        open_embedder(RetrievalSettings(cache=tmp_path / "cache", model=str(tmp_path)))


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match="RETRIEVAL_CACHE"):
        open_embedder(RetrievalSettings(cache=tmp_path / "file"))


@pytest.mark.slow
def test_a_broken_model_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}")
    settings = RetrievalSettings(cache=tmp_path / "cache", model=str(tmp_path / "broken"))
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_embedder(settings)
    assert not list((tmp_path / "cache" / "models").glob("*making*"))


@pytest.mark.slow
def test_another_pooling_a_projection_and_prompts(models: Path, cache: Path) -> None:
    embedder = open_embedder(RetrievalSettings(cache=cache, model=str(models / "projected")))
    with np.load(models / "expected.npz") as expected:
        question, passage = expected["queries"][0], expected["passages"][0]
    found = embedder.passages([PassageText("T", "The text.", (Span(0, 9),))])
    assert (embedder.dimension, embedder.max_tokens) == (16, 22)
    [form] = (cache / "models").glob("projected-*")
    assert not quantise(form, [], 127)  # its products are small
    assert embedder.query("who").vector @ question > 0.9999
    assert found.vectors[0] @ passage > 0.9999
    assert np.linalg.norm(found.sentences[0], axis=1) == pytest.approx([1], abs=1e-5)


@pytest.mark.slow
def test_a_model_without_a_faithful_form_runs_in_torch(
    models: Path, cache: Path, tmp_path: Path
) -> None:
    result = tmp_path / "found.npy"
    done = subprocess.run(
        [sys.executable, "-c", OPEN, cache, models / "static", result],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "WARNING static runs in torch, which is slower" in done.stderr
    assert done.stdout.strip() == "[2]"
    with np.load(models / "expected.npz") as expected:
        np.testing.assert_allclose(np.load(result), expected["static"], atol=1e-5)


@pytest.mark.slow
def test_a_damaged_form_is_made_anew(models: Path, cache: Path) -> None:
    settings = RetrievalSettings(cache=cache, model=str(models / "projected"))
    before = open_embedder(settings).query("who").vector
    abandoned = cache / "models" / ".making-long-ago"
    abandoned.mkdir()
    os.utime(abandoned, (0, 0))
    (kept,) = (cache / "models").glob("projected-*")
    weights = kept / "model.weights"
    content = weights.read_bytes()
    weights.write_bytes(content[:-2] + b"??")
    np.testing.assert_array_equal(open_embedder(settings).query("who").vector, before)
    assert weights.read_bytes() == content
    assert not abandoned.exists()


def test_a_form_is_whole_or_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    form = Form("onnx", 16, 24, 2, "", "")
    (tmp_path / "model.onnx").write_bytes(b"graph")
    assert read_form(tmp_path, Form) is None
    write_manifest(tmp_path, form)
    assert read_form(tmp_path, Form) == form
    os.utime(tmp_path / "model.onnx", (0, 0))  # as a copy without its times: the content is read
    assert read_form(tmp_path, Form) == form
    assert not caplog.messages
    (tmp_path / "model.onnx").write_bytes(b"grape")
    assert read_form(tmp_path, Form) is None
    assert "is damaged: model.onnx" in caplog.text
    (tmp_path / "model.onnx").unlink()
    assert read_form(tmp_path, Form) is None
    for manifest in ("", "[]", '{"files": {}, "form": {"kind": "onnx"}}'):
        (tmp_path / MANIFEST).write_text(manifest)
        assert read_form(tmp_path, Form) is None
