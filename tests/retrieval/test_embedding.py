"""The embedder with the model that comes with the program."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from retrieval.asked import token_shares
from retrieval.config import RetrievalSettings
from retrieval.embedding import Embedder, PassageText, open_embedder
from retrieval.embedding.bundled import WEIGHTS, bundled_folder, check_weights
from retrieval.embedding.eightbit import quantise
from retrieval.embedding.form import EIGHT_BIT
from retrieval.embedding.processor import BYTE_PRODUCTS, byte_products, extensions
from retrieval.embedding.runtime import OnnxEmbedder
from retrieval.errors import ModelError
from retrieval.matching import matched
from retrieval.types import Span

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = Path(__file__).with_name("embedding_reference.py")
OPEN = """
import sys, time
from retrieval.config import RetrievalSettings
from retrieval.embedding import PassageText, open_embedder
embedder = open_embedder(RetrievalSettings(cache=sys.argv[1], model=sys.argv[2]))
embedder.query("who?")
embedder.passages([PassageText("A title", "A text.", ((0, 7),))])
print(embedder.name, sorted({"torch", "transformers", "sentence_transformers"} & set(sys.modules)))
"""
TEXTS = [
    "",
    "a",
    "How many troops did China deploy?",
    "  Spaces,\ttabs,\nnew lines. And a second sentence\n",
    "Łódź naïve façade — Москва, 東京, مرحبا 😀👩‍🚀.",
    "The drill began on Monday. It took three days! Did 1,100 troops take part? They did.",
    "A sentence that comes again and again, far beyond the window. " * 60,
]


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A cache filled by two processes at once, and what they printed; a third was killed."""
    cache = tmp_path_factory.mktemp("cache")
    killed = start(OPEN, cache, "all-MiniLM-L6-v2")
    deadline = time.monotonic() + 60
    while not list(cache.glob("models/.making-*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    started = [start(OPEN, cache, "all-MiniLM-L6-v2") for _ in range(2)]
    ended = [process.communicate(timeout=300) for process in started]
    assert [process.returncode for process in started] == [0, 0], ended
    return cache, [output.strip() for output, _ in ended]


@pytest.fixture(scope="module")
def embedder(opened: tuple[Path, list[str]]) -> Embedder:
    return open_embedder(RetrievalSettings(cache=opened[0]))


@pytest.fixture(scope="module")
def exact(embedder: Embedder) -> OnnxEmbedder:
    """The same in single precision only, as on processors that gain nothing by bytes."""
    assert isinstance(embedder, OnnxEmbedder)
    form = dataclasses.replace(embedder.form, eight_bit=False)
    return OnnxEmbedder(embedder.folder, form, name=embedder.name, threads=2)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """What sentence-transformers says of TEXTS."""
    folder = tmp_path_factory.mktemp("reference")
    (folder / "texts.json").write_text(json.dumps(TEXTS), "utf-8")
    files = [folder / "texts.json", folder / "result.npz"]
    command = [sys.executable, REFERENCE, "encode", bundled_folder(), *files]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    with np.load(folder / "result.npz") as found:
        return dict(found)


def test_two_processes_make_one_form_at_once_and_neither_loads_torch(
    opened: tuple[Path, list[str]],
) -> None:
    cache, printed = opened
    assert len(set(printed)) == 1
    assert printed[0].endswith(" []")
    folders = [path.name for path in (cache / "models").iterdir()]
    assert len([name for name in folders if name.startswith("all-MiniLM-L6-v2-")]) == 1
    assert len([name for name in folders if name.startswith(".making")]) == 1  # the killed one's


def test_the_bundled_weights_are_the_pinned_ones(tmp_path: Path) -> None:
    check_weights(bundled_folder())
    (tmp_path / WEIGHTS).write_bytes(b"other weights")
    with pytest.raises(ModelError, match="force-reinstall"):
        check_weights(tmp_path)


def test_it_says_what_it_is(embedder: Embedder) -> None:
    assert embedder.name.startswith("all-MiniLM-L6-v2@")
    assert embedder.dimension == 384
    assert embedder.max_tokens == 254


@pytest.mark.slow
def test_vectors_are_those_of_the_reference(
    exact: OnnxEmbedder, reference: dict[str, np.ndarray]
) -> None:
    passages = exact.passages([PassageText("", text) for text in TEXTS]).vectors
    queries = np.stack([exact.query(text).vector for text in TEXTS])
    for found in (passages, queries):
        assert found.dtype == np.float32
        assert (found * reference["vectors"]).sum(axis=1).min() > 0.99999


@pytest.mark.slow
def test_a_sentence_is_the_mean_of_its_tokens_in_context(
    exact: Embedder, reference: dict[str, np.ndarray]
) -> None:
    i = 5
    text = TEXTS[i]
    ends = [text.index(mark) + 1 for mark in (". It", "! Did", "? They")] + [len(text)]
    starts = [0, *(end + 1 for end in ends[:-1])]
    spans = tuple(map(Span, starts, ends))
    found = exact.passages([PassageText("", text, spans)]).sentences[0]
    tokens, offsets = reference[f"tokens{i}"], reference[f"offsets{i}"]
    assert found.shape == (4, 384)
    for vector, span in zip(found, spans, strict=True):
        inside = [
            token
            for token, (start, end) in zip(tokens, offsets, strict=True)
            if span.start <= start and end <= span.end and end > start
        ]
        mean = np.mean(inside, axis=0)
        assert vector @ (mean / np.linalg.norm(mean)) == pytest.approx(1, abs=1e-5)


def test_bytes_are_used_where_the_processor_is_made_for_them(embedder: OnnxEmbedder) -> None:
    assert embedder.form.eight_bit == (embedder.folder / EIGHT_BIT).exists()
    assert byte_products() or not embedder.form.eight_bit
    assert embedder.folder.name.endswith(byte_products())


@pytest.mark.parametrize(
    ("told", "best"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_vnni", "avx512_vnni"),
        ("flags\t\t: fpu avx2 fma", "avx2"),
        ("Features\t: fp asimd asimddp", "asimddp"),
        ("flags\t\t: fpu sse4_2", ""),
        ("", ""),
    ],
)
def test_the_best_products_of_bytes_are_taken(
    told: str, best: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_text(_path: Path, *_how: str) -> str:
        return f"processor\t: 0\n{told}\n"

    monkeypatch.setattr(Path, "read_text", read_text)
    extensions.cache_clear()
    try:
        assert byte_products() == best
    finally:
        extensions.cache_clear()


@pytest.mark.parametrize("largest", sorted(set(BYTE_PRODUCTS.values())))
def test_what_bytes_say_is_nearly_the_same(
    exact: OnnxEmbedder, tmp_path: Path, largest: int
) -> None:
    if BYTE_PRODUCTS.get(byte_products(), 0) < largest:
        pytest.skip("this processor would cut off sums of products of bytes")
    folder = tmp_path / "form"
    shutil.copytree(exact.folder, folder)
    assert quantise(folder, exact.inputs(TEXTS[1:4]), largest)
    assert not (folder / "reached.onnx").exists()
    form = dataclasses.replace(exact.form, eight_bit=True)
    quick = OnnxEmbedder(folder, form, name="", threads=2)
    texts = [PassageText("", text, (Span(0, len(text)),)) for text in TEXTS if text.strip()]
    found, wanted = quick.passages(texts), exact.passages(texts)
    assert (found.vectors * wanted.vectors).sum(axis=1).min() > 0.998
    assert not np.array_equal(found.vectors, wanted.vectors)
    for some, others in zip(found.sentences, wanted.sentences, strict=True):
        assert (some * others).sum(axis=1).min() > 0.998
    asked = exact.query("How many troops?").vector
    assert 0.998 < quick.query("How many troops?").vector @ asked < 0.999999

    (folder / EIGHT_BIT).write_bytes(b"of another runtime")
    again = OnnxEmbedder(folder, form, name="", threads=2)
    np.testing.assert_array_equal(again.passages(texts).vectors, wanted.vectors)
    np.testing.assert_array_equal(again.query("How many troops?").vector, asked)


def test_order_is_kept_and_neighbours_do_not_matter(embedder: Embedder) -> None:
    short_ones = TEXTS[:-1]
    many = [*short_ones * 50, TEXTS[-1]]
    texts = [PassageText("Title", text, (Span(0, len(text)),)) for text in many]
    together = embedder.passages(texts)
    assert together.vectors.shape == (len(texts), 384)
    for i, text in enumerate(texts[: len(short_ones)]):
        alone = embedder.passages([text])
        for again in range(i, len(texts) - 1, len(short_ones)):
            np.testing.assert_array_equal(together.vectors[again], alone.vectors[0])
            np.testing.assert_array_equal(together.sentences[again], alone.sentences[0])


def test_a_title_counts_unless_the_text_begins_with_it(embedder: Embedder) -> None:
    bare, titled, joined, begun, part, whole = embedder.passages(
        [
            PassageText("", "It lasted three days."),
            PassageText("The drill", "It lasted three days."),
            PassageText("", "The drill. It lasted three days."),
            PassageText("The drill", "The drill. It lasted three days."),
            PassageText("The", "Then it began."),
            PassageText("", "The. Then it began."),
        ]
    ).vectors
    np.testing.assert_array_equal(titled, joined)
    np.testing.assert_array_equal(titled, begun)
    np.testing.assert_array_equal(part, whole)
    assert titled @ bare < 0.999


def test_sentences_are_found_behind_a_title(embedder: Embedder) -> None:
    text = "First one. Second one."
    spans = (Span(0, 10), Span(11, 22))
    lead = "The drill. "
    shifted = tuple(Span(a + len(lead), b + len(lead)) for a, b in spans)
    titled, joined = embedder.passages(
        [PassageText("The drill", text, spans), PassageText("", lead + text, shifted)]
    ).sentences
    np.testing.assert_array_equal(titled, joined)


def test_what_the_window_cuts_off_has_zeros(embedder: Embedder) -> None:
    text = "word " * 300 + "Beyond the window."
    spans = (Span(0, 1500), Span(1500, len(text)), Span(3, 3))
    found = embedder.passages([PassageText("", text, spans)]).sentences[0]
    assert np.linalg.norm(found[0]) == pytest.approx(1, abs=1e-5)
    assert not found[1:].any()


def test_no_passages_and_no_sentences(embedder: Embedder) -> None:
    nothing = embedder.passages([])
    assert nothing.vectors.shape == (0, 384)
    assert nothing.sentences == []
    assert embedder.passages([PassageText("", "a")]).sentences[0].shape == (0, 384)


def test_tokens_are_counted_beyond_the_window(embedder: Embedder) -> None:
    assert embedder.count_tokens(["", "one two three", "word " * 1000]) == [0, 3, 1000]
    assert embedder.count_tokens([]) == []
    embedder.query("a question between, which is cut to the window")
    assert embedder.count_tokens(["word " * 1000]) == [1000]


@pytest.mark.parametrize("text", ["", "why " * 5000, "😀" * 50, "\x00\x01\x1b", "の" * 20_000])
def test_any_question_has_a_unit_vector(embedder: Embedder, text: str) -> None:
    vector = embedder.query(text).vector
    assert vector.shape == (384,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_passages_and_questions_of_one_model_can_be_compared(embedder: Embedder) -> None:
    texts = ("The old bridge was closed.", "Bees make honey.")
    passage = PassageText("Bees", " ".join(texts), (Span(0, 26), Span(27, 43)))
    question = "who produces honey"
    embedded = embedder.query(question)
    [tokens] = embedder.passages([passage]).tokens
    assert tokens is not None
    assert embedded.tokens is not None
    assert tokens.counts.tolist() == [2, 6, 4]  # "bees" and the full stop between
    shares = token_shares(question, embedded.starts, {"produc": 1.0, "honey": 1.0})
    [found] = matched(embedded.tokens * shares[:, None], [tokens])
    assert found.sentences[1] > found.sentences[0] + 0.2
    assert found.passage == pytest.approx(found.sentences[1], abs=0.05)
