"""The bot's figures, measured on its own process against the stand-in for Discord.

python -m tests.bot.bench load      fifty questions in flight from ten servers, while an article
                                    of 2,000 passages is added; once as it is, and once with the
                                    socket dropped three times
python -m tests.bot.bench servers [COUNT]
                                    a thousand servers, or so many, of fifty articles: how soon the
                                    bot is ready, and its memory then, after each server has asked,
                                    and after all of their libraries were let go as idle

The fifty articles of `servers` are added once, as articles are, and that collection is then copied
for each server as `clippings restore --collection` does: embedding a quarter of a million passages
would take hours, and what is measured does not depend on whether they differ. Every server still
has rows, vectors, full-text tables and an index of its own.
"""

from __future__ import annotations

import asyncio
import os
import platform
import re
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from retrieval.bench.writer import Writer
from retrieval.config import RetrievalSettings
from retrieval.library import Library
from retrieval.store import Store
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
IDLE_MINUTES = 6
"""Longer than it takes to ask in all servers, so that there is a moment at which all are loaded."""
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


async def _fill(folder: Path, database: Path, names: list[str]) -> int:
    """The same fifty articles for each collection; the passages in all."""
    writer, pattern = Writer(5), folder / "pattern.db"
    async with Library(RetrievalSettings(database=pattern)) as library:
        for number in range(ARTICLES):
            made = writer.article(ARTICLE_PASSAGES)
            article = Article(text=made.text, title=made.title, identity=f"a{number}", added_by="1")
            await library.add(article, collection=names[0])
        passages = await library.store.passage_count(names[0])
    async with await Store.open(pattern) as store, await Store.open(database) as copies:
        for before, name in pairwise([names[0], *names]):
            with closing(sqlite3.connect(pattern)) as renaming, renaming:
                renaming.execute("UPDATE collections SET name = ? WHERE name = ?", (name, before))
            await store.copy_collection_to(copies, name)
    return passages * len(names)


class Rounds:
    """One person who shares all servers with the bot, and asks in one after the other."""

    def __init__(self, server: DiscordServer, count: int) -> None:
        self._server = server
        self._ann = server.world.add_user("ann")
        self.channels = []
        for number in range(count):
            guild = server.world.add_guild(f"server {number}")
            self.channels.append(server.world.add_channel(guild, "talk"))
            server.join(self._ann, guild)

    async def ask(self) -> list[float]:
        """One question in each server: the milliseconds until each was answered, in order of
        size. Every server has an article that answers it."""
        waits = []
        for channel in self.channels:
            at = time.monotonic()
            asked = self._server.people.slash(self._ann, channel, "ask", question="How much money?")
            answer = await asked.answered()
            waits.append(1000 * (time.monotonic() - at))
            assert answer["embeds"]
        return sorted(waits)


async def servers(folder: Path, count: int = MANY_SERVERS) -> None:
    """Measure so many servers and print what came of it."""
    async with DiscordServer(make_certificates(folder)) as server:
        rounds = Rounds(server, count)
        database, started = folder / "servers.db", time.monotonic()
        names = [f"discord:{channel['guild_id']}" for channel in rounds.channels]
        passages = await _fill(folder, database, names)
        print(
            f"{count} servers, {count * ARTICLES} articles, {passages} passages, "
            f"{database.stat().st_size / (1 << 20):.0f} MB, made in "
            f"{time.monotonic() - started:.0f} s",
            flush=True,
        )
        started = time.monotonic()
        more = {"BOT_IDLE_MINUTES": str(IDLE_MINUTES), **FREELY}
        async with bot_process(server, database, **more) as process:
            await logged(process, "ready")
            _tell_memory(process.pid, f"ready after {time.monotonic() - started:.1f} s")
            left: list[int] = []
            idle = asyncio.create_task(_evicted(process, count, left))
            waits = await rounds.ask()
            asking = time.monotonic() - started
            assert not left, "libraries were let go before all were asked"
            _tell_memory(
                process.pid,
                f"asked in every server, by {asking:.0f} s: answered after p50 "
                f"{_at(waits, 0.5):.0f} ms, p99 {_at(waits, 0.99):.0f} ms",
            )
            await asyncio.wait_for(idle, 60 * (IDLE_MINUTES + 2))
            _tell_memory(process.pid, f"{sum(left)} idle libraries let go")
            process.send_signal(signal.SIGTERM)
            await stopped(process)
        server.assert_clean()


async def _evicted(process: asyncio.subprocess.Process, count: int, left: list[int]) -> None:
    """Until as many libraries are let go as there are: how many each time, in `left`."""
    assert process.stderr is not None
    while sum(left) < count and (line := (await process.stderr.readline()).decode()):
        if "idle libraries" in line:
            left.append(int(line.rsplit("count=", 1)[1]))


def _tell_memory(pid: int, when: str) -> None:
    print(f"  {when}; memory {_memory_mb(pid):.0f} MB", flush=True)


async def _main(what: str, *count: str) -> None:
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as name:
        if what == "servers":
            await servers(Path(name), *map(int, count))
        else:
            for drops in (0, DROPS):
                await load(Path(name), drops=drops)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:] or ["load"]))
