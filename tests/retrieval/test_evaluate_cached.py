"""A data set in a library of its own: kept, gone on with, and asked as articles are."""

import asyncio
import json
from pathlib import Path

import pytest

from retrieval.config import RetrievalSettings
from retrieval.embedding.protocol import Embedder
from retrieval.errors import DataSetError
from retrieval.evaluate.cached import FOLDER, KEPT, Progress, filled, library_path
from retrieval.evaluate.dataset import DataSet, Query
from retrieval.evaluate.outcomes import as_json
from retrieval.evaluate.run import measure
from retrieval.types import Article
from tests.retrieval.evaluation import LetterEmbedder, small_set


@pytest.fixture
def settings(tmp_path: Path) -> RetrievalSettings:
    return RetrievalSettings(database=tmp_path / "own.db", cache=tmp_path / "cache")


async def fill(data: DataSet, settings: RetrievalSettings, embedder: Embedder) -> list[Progress]:
    seen: list[Progress] = []
    async with filled(
        data, settings, on_progress=seen.append, open_embedder=lambda _settings: embedder
    ) as ready:
        assert len(await ready.library.articles()) == len(data.documents)
    return seen


async def test_questions_are_answered_from_the_documents(settings: RetrievalSettings) -> None:
    data = small_set()
    async with filled(data, settings, open_embedder=lambda _settings: LetterEmbedder()) as ready:
        report = await measure(data, ready.searcher, passages=ready.passages)
    assert report.passages == 3
    first = report.outcomes[0]
    assert first.ranking[0] == "bees"
    passage, sentence = first.reply.passage, first.reply.sentence
    assert passage is not None
    assert sentence is not None
    text = data.documents[0].text
    assert text[passage.start : passage.end] == passage.text
    assert text[sentence.start : sentence.end] == sentence.text == "Bees make honey."


async def test_a_question_without_words_is_a_refusal(settings: RetrievalSettings) -> None:
    data = small_set()
    silent = DataSet(data.name, data.documents, (Query("q", "?!", {}, False),))
    async with filled(silent, settings, open_embedder=lambda _settings: LetterEmbedder()) as ready:
        report = await measure(silent, ready.searcher, passages=ready.passages)
    assert report.answering is not None
    assert report.answering.refusal_recall == 1


async def test_embeddings_are_used_again(settings: RetrievalSettings) -> None:
    embedder = LetterEmbedder()
    first = await fill(small_set(), settings, embedder)
    assert [(p.stage, p.done, p.total) for p in first] == [("adding", n, 3) for n in (1, 2, 3)]
    made = embedder.embedded
    assert await fill(small_set(), settings, embedder) == []
    assert embedder.embedded == made == 3


async def test_other_documents_or_another_model_are_another_library(
    settings: RetrievalSettings,
) -> None:
    data = small_set()
    fewer = DataSet(data.name, data.documents[:2], data.queries)
    other_queries = DataSet(data.name, data.documents, data.queries[:1])
    paths = [
        library_path(some, settings.cache, model)
        for some, model in ((data, "a"), (fewer, "a"), (data, "b"), (other_queries, "a"))
    ]
    assert len(set(paths)) == 3
    assert paths[0] == paths[3]


async def test_an_interrupted_run_is_gone_on_with(settings: RetrievalSettings) -> None:
    words = "Bees make honey and live in hives beside the river. "
    documents = tuple(
        Article(text=f"{words * 40} Number {n}.", title="T", identity=str(n), external_id=str(n))
        for n in range(60)
    )
    data = DataSet("long", documents, ())
    embedder = LetterEmbedder()

    class Interrupted(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.done >= 20:
            raise Interrupted

    with pytest.raises(Interrupted):
        async with filled(
            data, settings, on_progress=stop, open_embedder=lambda _settings: embedder
        ):
            pass
    before = embedder.embedded
    went_on = await fill(data, settings, embedder)
    assert went_on[0].done > 20
    assert went_on[-1].done == 60
    whole = LetterEmbedder("whole")
    await fill(data, settings, whole)
    assert embedder.embedded - before < whole.embedded


async def test_documents_of_the_same_text_are_all_found(settings: RetrievalSettings) -> None:
    twins = tuple(
        Article(text="Bees make honey.", title="Bees", identity=name, external_id=name)
        for name in ("one", "two")
    )
    data = DataSet("twins", twins, (Query("q", "What do bees make?", {"two": 1}, True),))
    async with filled(data, settings, open_embedder=lambda _settings: LetterEmbedder()) as ready:
        report = await measure(data, ready.searcher, passages=ready.passages)
    assert set(report.outcomes[0].ranking) == {"one", "two"}


async def test_a_document_that_cannot_be_stored_stops_the_run(settings: RetrievalSettings) -> None:
    data = DataSet("bad", (Article(text=" \n ", title="", identity="x", external_id="x"),), ())
    with pytest.raises(DataSetError, match="cannot be stored"):
        await fill(data, settings, LetterEmbedder())


async def test_only_the_libraries_used_last_are_kept(settings: RetrievalSettings) -> None:
    data = small_set()
    for n in range(KEPT + 2):
        await fill(data, settings, LetterEmbedder(f"model {n}"))
        await asyncio.sleep(0.01)
    other = DataSet("small-other", data.documents, ())
    await fill(other, settings, LetterEmbedder())
    folder = settings.cache / FOLDER
    assert len([p for p in folder.glob("*.db") if p.stem.startswith("small-")]) == KEPT + 1
    assert library_path(data, settings.cache, f"model {KEPT + 1}").exists()
    assert not library_path(data, settings.cache, "model 0").exists()


async def test_the_report_of_a_real_run_is_plain_json(settings: RetrievalSettings) -> None:
    data = small_set()
    async with filled(data, settings, open_embedder=lambda _settings: LetterEmbedder()) as ready:
        report = await measure(data, ready.searcher, passages=ready.passages)
    assert json.loads(json.dumps(as_json(report)))["passages"] == 3
