"""Several processes on one library, and processes that are killed."""

import asyncio
import multiprocessing
import random
import time
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest

from retrieval.index import VectorIndex
from retrieval.store import Store
from tests.retrieval.adding_process import add, identity_of, is_removed, text_of
from tests.retrieval.store_samples import MODEL, put, with_terms

KILLS = 20
ENDLESS = 1_000_000


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Starts processes that need not load everything first."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.retrieval.adding_process"])
    return context


def adding(context: ForkServerContext, folder: Path, first: int, count: int) -> BaseProcess:
    arguments = (folder / "library.db", folder / f"notes {first}", first, count)
    process = context.Process(target=add, args=arguments)
    process.start()
    return process


def noted(folder: Path, first: int) -> list[int]:
    """Numbers of the articles a process says it has stored."""
    path = folder / f"notes {first}"
    return [int(line) for line in path.read_bytes().split()] if path.exists() else []


async def assert_sound(store: Store) -> None:
    assert await store.problems() == []
    ids, matrix = await store.vectors("default", MODEL)
    index = VectorIndex(matrix.shape[1])
    index.add(ids, matrix)
    stored = [
        passage
        for article in await store.articles("default")
        for passage in await store.article_passages(article.id)
    ]
    assert index.ids.tolist() == sorted(passage.id for passage in stored)
    assert len(stored) == await store.passage_count("default")
    for passage in stored[-5:]:
        number = passage.text.split()[1]
        hits = await with_terms(store, [number], limit=1000)
        assert passage.id in [passage_id for passage_id, _ in hits]


async def assert_kept(store: Store, numbers: list[int]) -> None:
    """What is said to be stored is stored, or what took its place is."""
    for number in numbers:
        if is_removed(number) or (number % 3 == 0 and is_removed(number + 2)):
            continue
        found = await store.find_identity("default", identity_of(number))
        assert found is not None, number
        replaced = text_of(number + 2) if number % 3 == 0 else text_of(number)
        assert await store.text(found.id) in (text_of(number), replaced)


def test_killed_at_any_moment_it_loses_at_most_the_article_in_flight(tmp_path, processes):
    moments = random.Random(7)

    async def examine(numbers: list[int], others: int) -> None:
        async with await Store.open(tmp_path / "library.db") as store:
            await assert_kept(store, numbers)
            if not others:
                await assert_sound(store)

    for kill in range(0, KILLS, 2):
        firsts = [kill * 10_000, (kill + 1) * 10_000]
        running = [adding(processes, tmp_path, first, ENDLESS) for first in firsts]
        # Two at a time, so that the library is also opened after a death while another writes.
        for others, (first, process) in enumerate(zip(firsts, running, strict=True)):
            enough = moments.randint(1, 12)
            while len(noted(tmp_path, first)) < enough:
                assert process.is_alive()
                time.sleep(0.002)
            time.sleep(moments.random() * 0.01)
            process.kill()
            process.join()
            process.close()
            asyncio.run(examine(noted(tmp_path, first), others=len(firsts) - 1 - others))
    assert [entry.name for entry in tmp_path.glob("library*")] == ["library.db"]


async def test_a_question_sees_whole_articles_while_another_process_writes(tmp_path, processes):
    async with await Store.open(tmp_path / "library.db") as store:
        process = adding(processes, tmp_path, 0, 300)
        seen, versions = await store.data_version(), set()
        number = 0
        while process.is_alive():
            number += 1
            await put(store, f"Mine {number}", f"mine {number % 5}")
            hits = await with_terms(store, ["says"], limit=1000)
            for passage in await store.passages([passage_id for passage_id, _ in hits]):
                said = passage.text.split()[1]
                assert passage.text == f"Article {said} says {passage.ordinal}. And more."
            versions.add(await store.collection_version("default"))
            await asyncio.sleep(0.005)
        process.join()
        assert process.exitcode == 0
        await assert_kept(store, noted(tmp_path, 0))
        assert len(noted(tmp_path, 0)) == 300
        assert len(versions) > 5
        assert await store.data_version() != seen
        await assert_sound(store)


@pytest.mark.parametrize("seed", [1, 2])
async def test_cancelled_at_random_an_index_that_follows_the_version_agrees(tmp_path, seed):
    """Adds, replacements and removals are cancelled wherever they happen to be. Who keeps an index
    applies a write only where the version before it is the index's own, and else fills it anew."""
    moments = random.Random(seed)
    async with await Store.open(tmp_path / "library.db") as store:
        await put(store, text_of(0), "0")
        index, version, refills = VectorIndex(4), -1, 0

        async def write(number: int) -> None:
            nonlocal version
            if number % 5 == 4:
                articles = await store.articles("default")
                done = await store.remove_articles("default", [moments.choice(articles).id])
                new = ()
            else:
                done = await put(store, text_of(number), str(number % 8))
                new = done.passage_ids
            if done.version_before == version:
                ids = np.array(new, np.int64)
                all_ids, matrix = await store.vectors("default", MODEL)
                if not set(new) <= set(all_ids.tolist()):
                    return
                index.replace(np.array(done.removed), ids, matrix[np.isin(all_ids, ids)])
                version = done.version

        for number in range(120):
            task = asyncio.create_task(write(number))
            await asyncio.sleep(moments.random() * 0.006)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if version != (now := await store.collection_version("default")):
                ids, matrix = await store.vectors("default", MODEL)
                index, version, refills = VectorIndex(4), now, refills + 1
                index.add(ids, matrix)
            ids, _ = await store.vectors("default", MODEL)
            assert index.ids.tolist() == sorted(ids.tolist())
        assert 0 < refills < 120
        await assert_sound(store)
