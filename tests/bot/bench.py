"""The bot's figures, measured on its own process against the stand-in for Discord.

python -m tests.bot.bench load      fifty questions in flight from ten servers, while an article
                                    of 2,000 passages is added; once as it is, and once with the
                                    socket dropped three times
python -m tests.bot.bench servers   a thousand servers of fifty articles: start and memory
"""

from __future__ import annotations

import asyncio
import os
import platform
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from retrieval.bench.writer import Writer
from retrieval.config import RetrievalSettings
from retrieval.embedding.opening import open_embedder
from retrieval.embedding.protocol import Embedded, Embedder, PassageText
from retrieval.library import Library
from retrieval.types import Article
from tests.bot.process import bot_process, logged, stopped
from tests.bot.words import QUESTION, embeds
from tests.discord_server import ORDINARY, DiscordServer, Permission, make_certificates

SEED = next((Path(__file__).parents[2] / "seeds").glob("*.txt"))
SERVERS, EACH = 10, 5
LONG_PASSAGES = 2_000
ASKING_SECONDS = 60.0
"""For which there are always fifty questions; the article takes longer, and is finished after."""
ADDING_SECONDS = 300.0
"""For which it is waited for."""
DROPS = 3
MANY_SERVERS, ARTICLES = 1_000, 50
ARTICLE_PASSAGES = 5
"""About 600 words, as news is."""
FREELY = {"BOT_PERSON_PER_MINUTE": "600", "BOT_SERVER_PER_MINUTE": "6000"}
MODERATOR = ORDINARY | Permission.MANAGE_MESSAGES


class Crowd:
    """Ten servers with five people each, who ask again as soon as they are answered."""

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        self.channels, self.people = [], []
        for number in range(SERVERS):
            guild = server.world.add_guild(f"server {number}")
            self.channels.append(server.world.add_channel(guild, "talk"))
            self.people.append(
                [server.world.add_user(f"p{number}-{n}", guild) for n in range(EACH)]
            )
        self.moderator = server.world.add_user("mod")
        for guild in list(server.world.guilds.values()):
            server.join(self.moderator, guild, MODERATOR)
        self.asked: list[Any] = []
        self.wrong = 0

    async def add(self, channel: Any, file: tuple[str, bytes, str], within: float) -> None:
        """A moderator uploads an article; until its receipt has come."""
        adding = self.server.people.slash(self.moderator, channel, "articles add", file=file)
        await adding.answered(within)
        await self.server.until(lambda: "author" in adding.original["embeds"][0], within)

    async def keep_asking(self, over: asyncio.Event) -> None:
        """Everybody at once, until it is over."""
        await asyncio.gather(
            *(
                self._one(person, channel, over)
                for channel, people in zip(self.channels, self.people, strict=True)
                for person in people
            )
        )

    async def _one(self, person: Any, channel: Any, over: asyncio.Event) -> None:
        while not over.is_set():
            asked = self.server.people.slash(person, channel, "ask", question=QUESTION)
            self.asked.append(asked)
            answer = await asked.answered(60)
            self.wrong += "150,000" not in embeds(answer)


def _long_article() -> tuple[str, bytes, str]:
    text = Writer(3).article(LONG_PASSAGES).text
    return ("long.txt", f"A long report\n\n{text}".encode(), "text/plain")


async def load(folder: Path, *, drops: int) -> None:
    """Measure the load and print what came of it."""
    async with DiscordServer(make_certificates(folder)) as server:
        crowd = Crowd(server)
        database = folder / f"load{drops}.db"
        async with bot_process(server, database, **FREELY) as process:
            await logged(process, "ready")
            reading = asyncio.create_task(process.stderr.read())
            seed = (SEED.name, SEED.read_bytes(), "text/plain")
            for channel in crowd.channels:
                await crowd.add(channel, seed, 60)
            over, started = asyncio.Event(), time.monotonic()
            crowding = asyncio.create_task(crowd.keep_asking(over))
            adding = asyncio.create_task(crowd.add(crowd.channels[0], _long_article(), 900))
            for number in range(drops + 1):
                if number:
                    server.gateway.drop()
                await asyncio.sleep(ASKING_SECONDS / (drops + 1))
            assert not adding.done(), "the article was added before the questions were asked"
            over.set()
            await crowding
            await asyncio.wait({adding}, timeout=ADDING_SECONDS)
            took = time.monotonic() - started if adding.done() else None
            memory = _memory_mb(process.pid)
            process.send_signal(signal.SIGTERM)
            log = (await reading).decode()
            await process.wait()
            adding.cancel()
        server.assert_clean()
        _tell_load(crowd, drops, took, memory, log)


def _tell_load(crowd: Crowd, drops: int, took: float | None, memory: float, log: str) -> None:
    waits = sorted(1000 * asked.seconds for asked in crowd.asked)
    twice = sum(bool(asked.followups) for asked in crowd.asked)
    said = sum(len(crowd.server.said(channel)) for channel in crowd.channels)
    twice += said - len(crowd.asked) - SERVERS - 1
    answers = sorted(float(ms) for ms in re.findall(r"question .*ms=(\d+)", log))
    print(
        f"{drops} drops: {len(waits)} questions, always fifty of them in flight, while "
        f"{LONG_PASSAGES} passages were added ({f'in {took:.0f} s' if took else 'not done'})\n"
        f"  acknowledged p50 {_at(waits, 0.5):.0f} ms, p99 {_at(waits, 0.99):.0f} ms, "
        f"most {waits[-1]:.0f} ms\n  answered p50 {_at(answers, 0.5):.0f} ms, p99 "
        f"{_at(answers, 0.99):.0f} ms after that; wrong {crowd.wrong}, lost "
        f"{len(crowd.asked) - len(answers)}, twice {twice}; memory {memory:.0f} MB",
        flush=True,
    )


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    assert found is not None
    return int(found[1]) / 1024


class Copier:
    """The real model, which embeds each text once: all servers hold the same articles."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[PassageText, Any] = {}
        self.name, self.dimension = embedder.name, embedder.dimension
        self.max_tokens = embedder.max_tokens
        self.count_tokens, self.query = embedder.count_tokens, embedder.query

    def passages(self, texts: Iterable[PassageText]) -> Embedded:
        texts = list(texts)
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            made = self._embedder.passages(new)
            pairs = zip(made.vectors, made.sentences, strict=True)
            self._known.update(zip(new, pairs, strict=True))
        import numpy as np

        vectors = np.array([self._known[text][0] for text in texts])
        return Embedded(vectors, [self._known[text][1] for text in texts])


async def _fill(database: Path, names: Iterable[str]) -> int:
    """The same fifty articles for each; the passages in all."""
    writer = Writer(5)
    made = [writer.article(ARTICLE_PASSAGES) for _ in range(ARTICLES)]
    articles = [
        Article(text=one.text, title=one.title, identity=f"a{number}", added_by="1")
        for number, one in enumerate(made)
    ]
    settings, total = RetrievalSettings(database=database), 0
    copier = Copier(open_embedder(settings))
    async with Library(settings, open_embedder=lambda _: copier) as library:
        for name in names:
            for article in articles:
                total += (await library.add(article, collection=name)).passages
    return total


async def servers(folder: Path) -> None:
    """Measure the thousand servers and print what came of it."""
    async with DiscordServer(make_certificates(folder)) as server:
        ann = server.world.add_user("ann")
        channels = []
        for number in range(MANY_SERVERS):
            guild = server.world.add_guild(f"server {number}")
            channels.append(server.world.add_channel(guild, "talk"))
            server.join(ann, guild)
        database, started = folder / "servers.db", time.monotonic()
        passages = await _fill(database, (f"discord:{c['guild_id']}" for c in channels))
        size = database.stat().st_size / (1 << 20)
        print(
            f"{MANY_SERVERS} servers, {MANY_SERVERS * ARTICLES} articles, {passages} passages, "
            f"{size:.0f} MB, made in {time.monotonic() - started:.0f} s",
            flush=True,
        )
        started = time.monotonic()
        async with bot_process(server, database, BOT_IDLE_MINUTES="1", **FREELY) as process:
            await logged(process, "ready")
            print(
                f"  ready after {time.monotonic() - started:.1f} s, memory "
                f"{_memory_mb(process.pid):.0f} MB",
                flush=True,
            )
            waits = []
            for channel in channels:
                asked = server.people.slash(ann, channel, "ask", question="How much money?")
                at = time.monotonic()
                await asked.answered()
                waits.append(1000 * (time.monotonic() - at))
            waits.sort()
            print(
                f"  first question of each server p50 {_at(waits, 0.5):.0f} ms, p99 "
                f"{_at(waits, 0.99):.0f} ms; memory with all of them {_memory_mb(process.pid):.0f}"
                " MB",
                flush=True,
            )
            evicted = 0
            while evicted < MANY_SERVERS:
                told = await asyncio.wait_for(logged(process, "idle libraries"), 200)
                evicted += int(told.rsplit("count=", 1)[1])
            print(f"  {evicted} idle libraries left: memory {_memory_mb(process.pid):.0f} MB")
            process.send_signal(signal.SIGTERM)
            await stopped(process)
        server.assert_clean()


async def _main(what: str) -> None:
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as name:
        if what == "servers":
            await servers(Path(name))
        else:
            for drops in (0, DROPS):
                await load(Path(name), drops=drops)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:2] or ["load"]))
