"""Polls and refreshes in several processes, and in processes that are killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections import Counter
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from retrieval.feeds import Feeds
from retrieval.library import Library
from retrieval.sources.web import Fetcher, fetch_article
from tests.fakes import WordEmbedder
from tests.retrieval import polling_process
from tests.retrieval.newspaper import Newspaper, printed, reading

KILLS = 10
"""Of each kind; each comes shortly after a request, where the writing is."""
STORIES = 8
"""New ones for each poll that is killed: more than it has read when it is."""


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.retrieval.polling_process"])
    return context


def started(
    context: ForkServerContext, work: Callable[[Path, float], None], folder: Path, ahead: float
) -> BaseProcess:
    process = context.Process(target=work, args=(folder, ahead))
    process.start()
    return process


async def finished(process: BaseProcess) -> None:
    await asyncio.to_thread(process.join)
    assert process.exitcode == 0


async def killed(process: BaseProcess, paper: Newspaper, rng: random.Random) -> None:
    """Kill it shortly after one of its first requests, if it is not done before."""
    enough = len(paper.asked) + rng.randrange(1, 7)
    while process.is_alive() and len(paper.asked) < enough:  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(0.002)
    await asyncio.sleep(rng.random() * 0.05)
    process.kill()
    await asyncio.to_thread(process.join)


def library(folder: Path) -> Library:
    return Library(reading(folder), open_embedder=lambda _: WordEmbedder())


async def subscribed(folder: Path, paper: Newspaper, path: str = "/rss") -> None:
    async with library(folder) as opened, Fetcher(opened.settings) as fetcher:
        feeds = Feeds(opened, fetcher)
        await feeds.poll(
            await feeds.add(paper.at(path), collection="default", announce="somewhere")
        )


async def assert_each_once(folder: Path, paper: Newspaper, first: int) -> None:
    """Every story is an article, no story is two, and each since the `first` is news once."""
    async with library(folder) as opened:
        urls = Counter(record.url for record in await opened.articles())
        assert urls == {paper.at(f"/story/{n}"): 1 for n in paper.stories}
        news = Counter(each.article_id for each in await opened.store.announcements(10_000))
        ids = {record.url: record.id for record in await opened.articles()}
        assert news == {ids[paper.at(f"/story/{n}")]: 1 for n in paper.stories if n >= first}
        [feed] = await opened.store.feeds()
        assert (feed.waiting, feed.failed, feed.items) == (0, 0, len(paper.stories))
        assert await opened.store.problems() == []


@pytest.mark.slow
async def test_killed_polls_lose_nothing_and_double_nothing(
    tmp_path: Path, processes: ForkServerContext
) -> None:
    rng = random.Random(5)
    async with printed(1, 2) as paper:
        paper.plain = True
        await subscribed(tmp_path, paper)
        cut_short = 0
        for kill in range(KILLS):
            first = len(paper.stories) + 1
            paper.publish(*range(first, first + STORIES))
            process = started(processes, polling_process.poll, tmp_path, kill + 1)
            await killed(process, paper, rng)
            cut_short += process.exitcode != 0
        assert cut_short > KILLS / 2, cut_short
        await finished(started(processes, polling_process.poll, tmp_path, KILLS + 1))
        await assert_each_once(tmp_path, paper, first=3)


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [0, 1])
async def test_two_polls_at_once_double_nothing(
    tmp_path: Path, processes: ForkServerContext, ahead: float
) -> None:
    """Whether the second respects that the first holds the feed, or takes it for dead."""
    async with printed(1, 2) as paper:
        paper.plain = True
        await subscribed(tmp_path, paper)
        for _ in range(2):
            paper.publish(*range(len(paper.stories) + 1, len(paper.stories) + 6))
            both = [
                started(processes, polling_process.poll, tmp_path, 0),
                started(processes, polling_process.poll, tmp_path, ahead),
            ]
            for process in both:
                await finished(process)
        await finished(started(processes, polling_process.poll, tmp_path, 9))
        await assert_each_once(tmp_path, paper, first=3)
        if not ahead:
            assert all(paper.count(f"/story/{n}") == 1 for n in paper.stories)


@pytest.mark.slow
async def test_killed_refreshes_keep_every_text_once(
    tmp_path: Path, processes: ForkServerContext
) -> None:
    rng = random.Random(6)
    async with printed(*range(8)) as paper:
        paper.plain = True
        async with library(tmp_path) as opened:
            for number in paper.stories:
                page = await fetch_article(paper.at(f"/story/{number}"), opened.settings)
                await opened.add(page)
        cut_short = 0
        for kill in range(KILLS):
            for number in rng.sample(paper.stories, 4):
                paper.extra[number] = f"Edition {kill} has a correction."
            process = started(processes, polling_process.refresh, tmp_path, kill)
            await killed(process, paper, rng)
            cut_short += process.exitcode != 0
        assert cut_short > KILLS / 2, cut_short
        await finished(started(processes, polling_process.refresh, tmp_path, KILLS))
        async with library(tmp_path) as opened:
            assert await opened.store.problems() == []
            records = await opened.articles()
            assert len(records) == len(paper.stories)
            for number, record in enumerate(records):
                texts = [await opened.text(record.id, n) for n in range(1, record.version + 1)]
                assert ["Edition" in text for text in texts] == [False] + [True] * (len(texts) - 1)
                editions = [int(text.split("Edition ")[1].split()[0]) for text in texts[1:]]
                assert editions == sorted(set(editions))
                assert texts[-1].endswith(paper.extra.get(number, texts[0]))
