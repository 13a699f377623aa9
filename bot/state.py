"""What the bot itself must remember: answers, votes, choices, and what it has done already."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bot.database import Database, Row
from bot.guilds import DAY, Guilds
from retrieval.types import Answer, Filters

SEEN_DAYS = 2
"""How long answered messages are remembered: a gateway replays minutes, never days."""

SHOWING_SECONDS = 10
"""How long a reply to the bot waits for answers being sent to its channel; most take a tenth."""


class Place(NamedTuple):
    """A passage that was shown, and its best sentence."""

    article_id: int
    start: int
    end: int
    sentence_start: int
    sentence_end: int
    version: int = 0
    """Of the article's text; 0 in answers from before this was noted."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer that was given."""

    id: int
    guild_id: int
    user_id: int
    question: str
    """As it was asked."""
    looked_for: str
    """With what a follow-up had left out."""
    filters: Filters
    answered: bool
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """How a server's questions went."""

    questions: int
    answered: int
    unanswered: tuple[tuple[str, int], ...]
    """Questions that found nothing, most asked first, with how often; only those that were
    answered where others could read it."""


class State:
    """The bot's memory; made by `State.open`."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock
        self.guilds = Guilds(database, clock)
        self._claimed: set[int] = set()
        self._showing: set[tuple[int, asyncio.Future[None]]] = set()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, *, clock: Callable[[], float] = time.time
    ) -> AsyncIterator[State]:
        """Open the memory in the library's file, which the engine has made."""
        async with Database.open(path) as database:
            yield cls(database, clock)

    # -- notes
    async def note(self, name: str) -> str | None:
        """What was noted under a name."""
        row = await self._database.row("SELECT value FROM bot_meta WHERE name = ?", name)
        return str(row[0]) if row else None

    async def set_note(self, name: str, value: str | None) -> None:
        """Note something; None forgets it. Where the disk does not take it, it is done again."""
        with self._database.forgoing():
            if value is None:
                await self._database.write("DELETE FROM bot_meta WHERE name = ?", name)
            else:
                await self._database.write(
                    "INSERT OR REPLACE INTO bot_meta VALUES (?, ?)", name, value
                )

    async def command_hash(self, application_id: int) -> str | None:
        """What was registered last for the application."""
        return await self.note(f"commands:{application_id}")

    async def set_command_hash(self, application_id: int, value: str) -> None:
        """Remember what is registered now."""
        await self.set_note(f"commands:{application_id}", value)

    # -- messages and answers
    async def claim(self, message_id: int) -> bool:
        """Whether this message is now this caller's to answer; true once for each message."""
        if message_id in self._claimed:
            return False
        self._claimed.add(message_id)
        sql, is_new = "INSERT OR IGNORE INTO bot_seen VALUES (?, ?)", True
        with self._database.forgoing():
            is_new = await self._database.write(sql, message_id, self._clock()) == 1
        return is_new

    async def remember(
        self,
        *,
        guild_id: int,
        user_id: int,
        question: str,
        found: Answer,
        filters: Filters,
        public: bool,
    ) -> int | None:
        """Keep an answer for its buttons, for follow-ups and for the figures; its number, or None
        when it cannot be kept. A full disk is no reason to withhold it."""
        places = [
            Place(
                cited.passage.article_id,
                cited.passage.start,
                cited.passage.end,
                cited.sentence.start,
                cited.sentence.end,
                cited.citation.version,
            )
            for cited in found.passages
        ]
        number = None
        with self._database.forgoing():
            number = await self._database.insert(
                "INSERT INTO bot_answers (guild_id, user_id, question, looked_for, filters, "
                "answered, confidence, passages, public, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                guild_id,
                user_id,
                question,
                found.question,
                _packed(filters),
                found.answered,
                found.confidence,
                json.dumps(places),
                public,
                self._clock(),
            )
        return number

    @asynccontextmanager
    async def showing(self, channel_id: int) -> AsyncIterator[None]:
        """Around sending an answer and `shown_in`: who sees it may reply before its message is
        noted here, so `answer_in` waits for what is on its way to the channel."""
        sent = asyncio.get_running_loop().create_future()
        self._showing.add((channel_id, sent))
        try:
            yield
        finally:
            self._showing.discard((channel_id, sent))
            sent.set_result(None)

    async def shown_in(self, answer_id: int | None, message_id: int) -> None:
        """Which message shows an answer, so that a reply to it is a follow-up."""
        sql = "UPDATE bot_answers SET message_id = ? WHERE id = ?"
        if answer_id is not None:
            with self._database.forgoing():
                await self._database.write(sql, message_id, answer_id)

    async def answer(self, answer_id: int) -> Remembered | None:
        """An answer by its number; None when it is forgotten."""
        return _remembered(await self._database.row(f"{_ANSWER} WHERE id = ?", answer_id))

    async def answer_in(self, message_id: int, channel_id: int) -> Remembered | None:
        """The answer that a message in a channel shows."""
        # Those under way before it is looked up: one that ends meanwhile may be it.
        under_way = {sent for channel, sent in self._showing if channel == channel_id}
        end = time.monotonic() + SHOWING_SECONDS
        while True:
            row = await self._database.row(f"{_ANSWER} WHERE message_id = ?", message_id)
            left = end - time.monotonic()
            if row is not None or not under_way or left <= 0:
                return _remembered(row)
            _, under_way = await asyncio.wait(
                under_way, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )

    async def vote(
        self, answer_id: int, user_id: int, *, helpful: bool, expected: str | None = None
    ) -> None:
        """A person's vote on an answer; a later one replaces it."""
        await self._database.write(
            "INSERT OR REPLACE INTO bot_feedback VALUES (?, ?, ?, ?, ?)",
            answer_id,
            user_id,
            helpful,
            expected,
            self._clock(),
        )

    async def figures(self, guild_id: int, most: int = 5) -> Figures:
        """How a server's questions went."""
        rows = await self._database.rows(
            "SELECT answered, count(*) FROM bot_answers WHERE guild_id = ? GROUP BY answered",
            guild_id,
        )
        counts = {bool(row[0]): int(row[1]) for row in rows}
        asked = await self._database.rows(
            "SELECT question FROM bot_answers WHERE guild_id = ? AND NOT answered AND public",
            guild_id,
        )
        alike = Counter(" ".join(row[0].lower().split()).rstrip("?!. ") for row in asked)
        yes, no = counts.get(True, 0), counts.get(False, 0)
        return Figures(yes + no, yes, tuple(alike.most_common(most)))

    # -- direct messages and privacy
    async def direct_choice(self, user_id: int) -> int | None:
        """The server that a person asks in direct messages."""
        sql = "SELECT guild_id FROM bot_direct WHERE user_id = ?"
        row = await self._database.row(sql, user_id)
        return row[0] if row else None

    async def choose_direct(self, user_id: int, guild_id: int) -> None:
        """A person has chosen a server for direct messages. Where it cannot be kept it holds for
        the question that waits for it."""
        sql = "INSERT OR REPLACE INTO bot_direct VALUES (?, ?)"
        with self._database.forgoing():
            await self._database.write(sql, user_id, guild_id)

    async def forget_person(self, user_id: int) -> int:
        """Delete what is known of a person; how many questions and votes that were."""
        choice = "DELETE FROM bot_direct WHERE user_id = ?"
        await self._database.write(choice, user_id)
        return await self._database.transact(
            [
                ("DELETE FROM bot_feedback WHERE user_id = ?", (user_id,)),
                ("DELETE FROM bot_answers WHERE user_id = ?", (user_id,)),
            ]
        )

    async def tidy(self, keep_days: int) -> None:
        """Forget what is older than it is kept."""
        now = self._clock()
        await self._database.transact(
            [
                ("DELETE FROM bot_answers WHERE at < ?", (now - keep_days * DAY,)),
                ("DELETE FROM bot_seen WHERE at < ?", (now - SEEN_DAYS * DAY,)),
            ]
        )
        self._claimed.clear()  # those of the last days are still in the table


_ANSWER = (
    "SELECT id, guild_id, user_id, question, looked_for, filters, answered, passages "
    "FROM bot_answers"
)


def _remembered(row: Row | None) -> Remembered | None:
    if row is None:
        return None
    number, guild_id, user_id, question, looked_for, filters, answered, places = row
    return Remembered(
        number,
        guild_id,
        user_id,
        question,
        looked_for,
        _unpacked(filters),
        bool(answered),
        tuple(Place(*place) for place in json.loads(places)),
    )


def _packed(filters: Filters) -> str:
    ids = sorted(filters.article_ids) if filters.article_ids is not None else None
    return json.dumps([ids, filters.since, filters.before])


def _unpacked(text: str) -> Filters:
    ids, since, before = json.loads(text)
    return Filters(frozenset(ids) if ids is not None else None, since, before)


def digest(value: object) -> str:
    """A short hash of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
