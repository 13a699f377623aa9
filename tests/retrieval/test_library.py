"""The library under changing models, cancellation and other processes."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from retrieval.config import RetrievalSettings
from retrieval.errors import QuestionError
from retrieval.library import Library
from retrieval.reading.protocol import Finding, ReadingText
from retrieval.types import Article, Span
from tests.fakes import WordEmbedder
from tests.processes import COMMAND


def settings(path: Path) -> RetrievalSettings:
    return RetrievalSettings(database=path / "library.db", cache=path / "cache")


def library(path: Path, model: str = "words") -> Library:
    return Library(settings(path), open_embedder=lambda _: WordEmbedder(name=model))


def mill(number: int, *, extra: str = "") -> Article:
    text = (
        f"The mill number {number} stands on the river.\n\nIt was sold in {1700 + number}.{extra}"
    )
    return Article(text=text, title=f"Mill {number}", identity=f"mill-{number}")


async def test_an_empty_library_needs_no_model(tmp_path: Path) -> None:
    def never(_: RetrievalSettings) -> WordEmbedder:
        raise AssertionError("the model was loaded")

    async with Library(settings(tmp_path), open_embedder=never) as opened:
        answer = await opened.ask("What was sold?")
        assert (answer.answered, answer.passages) == (False, ())
        with pytest.raises(QuestionError):
            await opened.ask(" ")


async def test_vectors_of_two_models_never_meet(tmp_path: Path) -> None:
    async with library(tmp_path, "first") as opened:
        await opened.add(mill(1))
        await opened.add(mill(2))
    told: list[tuple[int, int]] = []
    async with library(tmp_path, "second") as opened:
        await opened.ready(on_progress=lambda done, total: told.append((done, total)))
        stats = await opened.stats()
        assert [name for name, _ in stats.models] == ["second"]
        assert told[-1][0] == told[-1][1] == stats.passages
        assert (await opened.search("mill number 2"))[0].passage.article_id == 2


async def test_a_new_title_is_what_is_searched(tmp_path: Path) -> None:
    async with library(tmp_path) as opened:
        await opened.add(mill(1))
        await opened.add(mill(2))
        await opened.edit("default", "2", title="Zeppelin works")
        [best, other] = await opened.search("zeppelin", limit=2)
        assert best.passage.article_id == 2
        assert best.dense is not None
        assert other.dense is not None
        assert best.dense > other.dense


async def test_a_title_without_end_is_cut_to_what_a_title_may_have(tmp_path: Path) -> None:
    """It is searched with every passage: one of a megabyte would be stored a thousand times."""
    endless = " ".join(f"zeppelin{n}" for n in range(100_000))
    article = Article(
        text="\n\n".join(mill(n).text for n in range(300)), title=endless, identity="a"
    )
    async with library(tmp_path) as opened:
        added = await opened.add(article)
        assert added.title is not None
        assert added.title.startswith("zeppelin0 zeppelin1 ")
        assert added.title.endswith("…")
        assert len(added.title) <= 500
        assert added.passages > 20
        assert (await opened.add(article)).status == "unchanged"
        [hit] = await opened.search("zeppelin7", limit=1)
        assert hit.passage.article_id == added.article_id
        await opened.edit("default", "1", title="balloon " * 100_000)
        assert len((await opened.article("default", "1")).title) <= 500
    assert (tmp_path / "library.db").stat().st_size < 8 << 20


async def test_another_process_is_noticed(tmp_path: Path) -> None:
    async with library(tmp_path) as one, library(tmp_path) as other:
        await one.add(mill(1))
        assert len(await other.search("mill")) == len(await one.search("mill")) == 1
        await other.add(mill(2))
        assert len(await one.search("mill")) == 2
        await one.remove("default", ["1"])
        assert [hit.passage.article_id for hit in await other.search("mill")] == [2]


async def test_cancelled_anywhere_store_and_index_agree(tmp_path: Path) -> None:
    rng = random.Random(7)
    async with library(tmp_path) as opened:
        for trial in range(30):
            tasks = [
                asyncio.create_task(opened.add(mill(n, extra=f" Trial {trial}."))) for n in range(3)
            ] + [asyncio.create_task(opened.search("mill"))]
            await asyncio.sleep(rng.random() * 0.02)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            articles = {record.id for record in await opened.articles()}
            found = {hit.passage.article_id for hit in await opened.search("mill", limit=50)}
            assert found == articles
        assert await opened.store.problems() == []
        receipt = await opened.add(mill(9))  # no lock was left behind
        assert receipt.status == "added"


async def test_cancelled_while_closing_it_is_closed_all_the_same(tmp_path: Path) -> None:
    before = threading.active_count()

    async def use() -> None:
        async with library(tmp_path) as opened:
            await opened.add(mill(1))
            task = asyncio.current_task()
            assert task is not None
            task.cancel()  # it lands on the first wait of closing

    task = asyncio.create_task(use())
    await asyncio.wait([task])
    assert task.cancelled()
    for _ in range(100):  # a thread ends a moment after it has said so
        if threading.active_count() <= before + 1:  # asyncio keeps one to wait in
            break
        await asyncio.sleep(0.02)
    assert threading.active_count() <= before + 1
    assert not (tmp_path / "library.db-wal").exists()  # the last one to close tidied up


async def test_two_people_adding_the_same_get_one_article(tmp_path: Path) -> None:
    async with library(tmp_path) as opened:
        receipts = await asyncio.gather(*(opened.add(mill(1)) for _ in range(5)))
        assert sorted(receipt.status for receipt in receipts) == ["added"] + ["unchanged"] * 4
        assert len({receipt.article_id for receipt in receipts}) == 1


def _adding(tmp_path: Path, count: int) -> subprocess.Popen[str]:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        "".join(
            f'{{"id": "{n}", "text": "Mill {n} on the river was built in {n}."}}\n'
            for n in range(count)
        )
    )
    return subprocess.Popen(
        [*COMMAND, "--db", tmp_path / "library.db", "--json", "add", rows],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
async def test_what_was_said_to_be_added_is_there(tmp_path: Path, stop: signal.Signals) -> None:
    process = _adding(tmp_path, 2_000)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(70)]
    await asyncio.sleep(0.2)
    process.send_signal(stop)
    out, err = process.communicate(timeout=60)
    said += out.splitlines()
    if stop == signal.SIGINT:
        assert process.returncode == 130
        assert "What was added stays" in err
        assert "Traceback" not in err
    added = sum('"status": "added"' in line and line.rstrip().endswith("}") for line in said)
    async with Library(settings(tmp_path), open_embedder=lambda _: WordEmbedder()) as opened:
        stored = await opened.articles()
        assert added <= len(stored) < 2_000
        assert await opened.store.problems() == []


async def test_an_idle_collection_leaves_memory_and_answers_again(tmp_path: Path) -> None:
    async with library(tmp_path) as opened:
        for name in ("a", "b"):
            await opened.add(mill(1), collection=name)
            await opened.ask("the mill number 1", collection=name)
        assert await opened.forget_idle(3_600) == 0
        assert await opened.forget_idle(0) == 2
        assert await opened.forget_idle(0) == 0
        again = await opened.ask("the mill number 1", collection="a")
        assert again.passages
        assert await opened.forget_idle(0) == 1


class Meddler:
    """A reader while whose first reading somebody else removes an article."""

    name = "meddler"

    def __init__(self, path: Path) -> None:
        self._path = path
        self.read_first: list[str] = []

    def read(self, question: str, passages: Sequence[ReadingText]) -> list[Finding]:
        if not self.read_first:
            asyncio.run(self._remove())
        self.read_first.append(passages[0].text)
        return [self._finding(each.text) for each in passages]

    def closer(self, question: str, passage: ReadingText, found: Finding) -> Finding:
        return found

    def _finding(self, text: str) -> Finding:
        at = text.index("sold in ") + len("sold in ")
        return Finding(9.0 if "number 1 " in text else -9.0, Span(at, at + 4), 9.0, 0.9)

    async def _remove(self) -> None:
        async with library(self._path) as elsewhere:
            await elsewhere.remove("default", ["1"])


async def test_how_sure_an_answer_is_is_said_of_no_other(tmp_path: Path) -> None:
    reader = Meddler(tmp_path)
    async with Library(
        settings(tmp_path), open_embedder=lambda _: WordEmbedder(), open_reader=lambda _: reader
    ) as opened:
        await opened.add(mill(1))
        await opened.add(mill(2))
        during = await opened.ask("When was the mill sold?")
        after = await opened.ask("When was the mill sold?")
        assert "number 1 " in reader.read_first[0]
        assert [each.passage.article_id for each in during.passages] == [2]
        assert during.confidence == after.confidence


async def test_each_collection_has_a_cache_of_its_own_and_takes_it_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.shelf.CACHED_FROM", 1)
    async with library(tmp_path) as opened:
        names = ["a b", "a-b", "a-b-c"]
        for number, name in enumerate(names):
            await opened.add(mill(number), collection=name)
            await opened.ready(name)
        indexes = tmp_path / "cache" / "indexes"
        assert len(list(indexes.glob("*.index"))) == 3
        await opened.rebuild("a b")
        assert len(list(indexes.glob("*.index"))) == 3
        for left, name in enumerate(reversed(names)):
            await opened.drop_collection(name)
            assert len(list(indexes.glob("*.index"))) == 2 - left
