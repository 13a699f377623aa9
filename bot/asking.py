"""A question on its way through the bot: what is looked for, what is shown, what is remembered."""

from __future__ import annotations

import dataclasses
import logging
import time
from dataclasses import dataclass

import discord

from bot import render, views
from bot.guilds import GuildSettings
from bot.i18n import Texts
from bot.limits import Limits
from bot.state import Remembered, State
from retrieval.conversation import ask_after
from retrieval.errors import NotFoundError
from retrieval.followup import Turn
from retrieval.library import Library
from retrieval.types import Answer, Filters

log = logging.getLogger(__name__)

NO_FILTERS = Filters()


def collection(guild_id: int) -> str:
    """The library of a server. Everything the bot asks of the engine goes by this name."""
    return f"discord:{guild_id}"


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked, and where."""

    guild_id: int
    user_id: int
    text: str
    texts: Texts
    filters: Filters = NO_FILTERS
    after: Remembered | None = None
    """The answer that this question follows up."""
    may_add: bool = False
    public: bool = False
    """Whether others can read the answer."""

    @property
    def follows(self) -> Remembered | None:
        """That answer, where it was this server's."""
        after = self.after
        return after if after is not None and after.guild_id == self.guild_id else None


@dataclass(frozen=True, slots=True)
class Reply:
    """What to show, and under which number it is remembered, if it could be."""

    answer_id: int | None
    answered: bool
    embeds: list[discord.Embed]
    view: discord.ui.View


class Asker:
    """Asks the engine for whoever asks the bot."""

    def __init__(self, library: Library, state: State, limits: Limits) -> None:
        self._library, self._state, self._limits = library, state, limits

    def admit(self, user_id: int, guild_id: int) -> int:
        """0, or in how many seconds the person may ask again."""
        return self._limits.admit(user_id, guild_id)

    async def ask(self, question: Question) -> Reply:
        """Raises QuestionError when there is nothing in the question to look for."""
        started = time.perf_counter()
        if question.follows:  # what it was narrowed to is still what is spoken of
            question = dataclasses.replace(question, filters=question.follows.filters)
        chosen = await self._state.guilds.settings(question.guild_id)
        try:
            found = await self._found(question, chosen)
        except Exception as error:
            took = (time.perf_counter() - started) * 1000
            line = "question failed error=%s server=%d ms=%.0f"
            log.info(line, type(error).__name__, question.guild_id, took)
            raise
        answer_id = await self._state.remember(
            guild_id=question.guild_id,
            user_id=question.user_id,
            question=question.text,
            found=found,
            filters=question.filters,
            public=question.public,
        )
        log.info(
            "question answered=%s confidence=%.2f passages=%d follow_up=%s server=%d ms=%.0f",
            found.answered,
            found.confidence,
            len(found.passages),
            question.after is not None,
            question.guild_id,
            (time.perf_counter() - started) * 1000,
        )
        return self._shown(question, dataclasses.replace(found, question=question.text), answer_id)

    def _shown(self, question: Question, found: Answer, answer_id: int | None) -> Reply:
        texts = question.texts
        if found.answered:
            embeds = render.answer(found, texts)
            return Reply(answer_id, True, embeds, views.answer(answer_id, texts))
        view = views.miss(answer_id, texts, may_add=question.may_add)
        shown = render.miss(found, texts, narrowed=not question.filters.empty)
        return Reply(answer_id, False, shown, view)

    async def _found(self, question: Question, chosen: GuildSettings) -> Answer:
        """Ask the engine, with the answer in mind that the question follows."""
        name, before = collection(question.guild_id), question.follows
        if before is not None:
            article_id = before.places[0].article_id if before.places else None
            turn = Turn(before.looked_for, article_id)
            return await ask_after(
                self._library,
                question.text,
                turn,
                collection=name,
                limit=chosen.passages,
                filters=question.filters,
                threshold=chosen.threshold,
            )
        return await self._library.ask(
            question.text,
            collection=name,
            limit=chosen.passages,
            filters=question.filters,
            threshold=chosen.threshold,
        )

    async def more(self, kept: Remembered, *, page: int, size: int) -> Answer:
        """A further page of passages, counted from 1, without those that the answer showed."""
        seen = {(place.article_id, place.start) for place in kept.places}
        found = await self._library.ask(
            kept.looked_for,
            collection=collection(kept.guild_id),
            limit=len(seen) + page * size + 1,
            filters=kept.filters,
        )
        places = [(cited.passage.article_id, cited.passage.start) for cited in found.passages]
        pairs = zip(places, found.passages, strict=True)
        others = [cited for place, cited in pairs if place not in seen]
        numbered = [
            dataclasses.replace(cited, rank=rank)
            for rank, cited in enumerate(others, len(kept.places) + 1)
        ]
        return dataclasses.replace(found, passages=tuple(numbered[(page - 1) * size :]))


async def text_of(library: Library, article_id: int, version: int = 0) -> str:
    """An article's text, or that of one of its versions; empty when it is gone."""
    try:
        return await library.text(article_id, version or None)
    except NotFoundError:
        return ""
