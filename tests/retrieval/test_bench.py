"""Measuring: texts made up, libraries that hold them, children timed and weighed."""

import asyncio
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from retrieval.analysis import terms
from retrieval.bench.figures import Bench, Pair, Size
from retrieval.bench.growth import GrowingLibrary
from retrieval.bench.processes import output, seconds, started
from retrieval.bench.run import bench
from retrieval.bench.writer import Writer
from retrieval.config import RetrievalSettings
from retrieval.errors import RetrievalError
from retrieval.store.store import Store
from retrieval.types import DEFAULT_COLLECTION, Filters
from tests.retrieval.evaluation import LetterEmbedder
from tests.retrieval.store_samples import with_terms

PYTHON = dict(os.environ)


def test_the_same_seed_writes_the_same_articles() -> None:
    assert Writer(7).article(3) == Writer(7).article(3)
    assert Writer(7).article(3) != Writer(8).article(3)


def test_passages_are_verbatim_and_hold_all_sentences() -> None:
    made = Writer(1).article(4)
    assert len(made.cuts) == 4
    assert made.text == "\n\n".join(made.passages)
    for number, cut in enumerate(made.cuts, 1):
        assert cut.paragraph == number
        assert (cut.sentences[0].start, cut.sentences[-1].end) == (cut.start, cut.end)
        for span in cut.sentences:
            assert made.text[span.start : span.end].endswith((".", "?"))


def test_text_is_of_the_size_and_variety_of_news() -> None:
    writer = Writer(2)
    passages = [p for _ in range(50) for p in writer.article(4).passages]
    lengths = [len(p.split()) for p in passages]
    assert 70 < np.mean(lengths) < 160
    vocabulary = {term for p in passages for term in terms(p)}
    assert len(vocabulary) > 2_000
    assert not any("{" in p for p in passages)


def test_a_library_grows_to_the_size_asked_for(tmp_path: Path) -> None:
    library = GrowingLibrary(tmp_path / "growing.db", LetterEmbedder())
    grown: list[int] = []

    async def passages() -> int:
        async with await Store.open(library.path) as store:
            return await store.passage_count(DEFAULT_COLLECTION)

    asyncio.run(library.grow(30, on_grown=grown.append))
    assert asyncio.run(passages()) == library.passages == 30
    asyncio.run(library.grow(410))
    assert asyncio.run(passages()) == library.passages == 410
    assert grown == [20, 30]
    assert library.vectors().shape == (410, 26)


def test_what_it_holds_is_searched_as_any_article(tmp_path: Path) -> None:
    library = GrowingLibrary(tmp_path / "growing.db", LetterEmbedder())

    async def look() -> None:
        await library.grow(400)
        async with await Store.open(library.path) as store:
            ids, vectors = await store.vectors(DEFAULT_COLLECTION, "letters")
            assert len(ids) == 400
            assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
            # The noise keeps neighbours of one subject alike, not the same.
            cosines = (vectors[320:] @ vectors[:320].T).max(axis=1)
            assert 0.6 < cosines.mean() < 0.99
            hits = await with_terms(store, terms(library.questions[0]), limit=5)
            (first,) = await store.passages([hits[0][0]])
            text = await store.text(first.article_id)
            assert text[first.start : first.end] == first.text
            assert await store.passage_ids(DEFAULT_COLLECTION, Filters()) is None

    asyncio.run(look())


def test_a_child_is_spoken_to_timed_and_weighed() -> None:
    echo = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"
    with started([sys.executable, "-c", echo], PYTHON) as child:
        assert child.answer("one") == "ONE\n"
        assert child.answer("two") == "TWO\n"
    assert 1 < child.peak_mb < 100


def test_a_child_is_weighed_without_the_process_that_started_it() -> None:
    heavy = np.ones(60_000_000)  # 480 MB in this process
    child_code = "import sys\nfor line in sys.stdin: print(1, flush=True)"
    with started([sys.executable, "-c", child_code], PYTHON) as child:
        child.answer("one")
    assert child.peak_mb < 100 < heavy.nbytes / 2**20


def test_a_child_that_ends_early_is_said_with_its_last_words() -> None:
    early = "import sys; sys.stdin.readline(); sys.exit('no model here')"
    with (
        pytest.raises(RetrievalError, match="no model here"),
        started([sys.executable, "-c", early], PYTHON) as child,
    ):
        child.answer("one")


def test_a_child_ends_with_the_block_that_fails() -> None:
    forever = "import sys\nfor line in sys.stdin: print(1, flush=True)"
    with (
        pytest.raises(KeyError),
        started([sys.executable, "-c", forever], PYTHON) as child,
    ):
        raise KeyError
    assert child.process.returncode is not None


def test_a_failing_command_is_never_timed() -> None:
    with pytest.raises(RetrievalError, match="out of paper"):
        seconds([sys.executable, "-c", "raise SystemExit('out of paper')"], PYTHON)
    assert output([sys.executable, "-c", "print(6 * 7)"], PYTHON) == "42\n"


def test_every_compared_figure_carries_its_ratio() -> None:
    size = Size(10_000, 90.0, 0.9, 12.0, 15.0, 300.0)
    figures = Bench(
        machine="a machine",
        cold_ask_s=Pair(1.0, 5.0),
        adding_per_s=Pair(60.0, 30.0),
        adding_passages=400,
        question_p50_ms=Pair(10.0, 30.0),
        question_p95_ms=Pair(12.0, 40.0),
        peak_mb=Pair(300.0, 600.0),
        question_passages=10_000,
        sizes=(size,),
    )
    plain = figures.as_json()
    assert plain["cold_ask_s"] == {"ours": 1.0, "plain": 5.0, "ratio": 0.2}
    assert plain["adding_per_s"]["ratio"] == 2
    assert plain["sizes"][0]["passages"] == 10_000


@pytest.mark.slow
def test_the_whole_measurement_runs_with_nothing_but_the_project(tmp_path: Path) -> None:
    steps: list[float] = []
    settings = RetrievalSettings(database=tmp_path / "library.db", reader=True)
    measured = bench(
        settings,
        sizes=(40,),
        rounds=1,
        adding_rounds=1,
        added_passages=32,
        questions=3,
        on_step=lambda _what, done: steps.append(done),
    )
    assert [size.passages for size in measured.sizes] == [40]
    assert measured.question_passages == 40
    assert steps == sorted(steps)
    assert 0 < measured.cold_ask_s.ratio < 1
    assert measured.adding_passages >= 16
    assert measured.peak_mb.ratio < 1
    assert measured.reading is not None
    assert measured.reading.peak_mb > measured.peak_mb.ours
    assert not settings.database.exists()
