"""Messages in channels, threads, forum posts and in private: which are for the bot, and how it
answers."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import discord

from bot import questions, render
from bot.access import may_add_by_message
from bot.asking import Asker, Question
from bot.delivery import EmbedsForbidden, permissions, post, reply
from bot.direct import Direct
from bot.failures import Refusal, sentence
from bot.i18n import Texts
from bot.state import Remembered, State

log = logging.getLogger(__name__)

DELETED_KEPT = 500
"""Deleted messages that are known: more than are ever being answered."""
SPOKEN = frozenset({discord.MessageType.default, discord.MessageType.reply})


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that is to be answered."""

    text: str
    after: Remembered | None = None
    silent: bool = False
    """Nobody spoke to the bot: it answers if it can, and says nothing if not."""
    kind: str = "a"
    """Of reply; there is one of each kind."""


class Conversation:
    """Listens, and answers each message once."""

    def __init__(
        self,
        client: discord.Client,
        state: State,
        asker: Asker,
        direct: Direct,
        at_work: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """`at_work` is entered while somebody is served; it may refuse."""
        self._client, self._state, self._asker = client, state, asker
        self._direct, self._at_work = direct, at_work
        self._deleted: deque[int] = deque(maxlen=DELETED_KEPT)

    async def hear(self, message: discord.Message) -> None:
        """A message has come; it may have come before."""
        if message.author.bot or message.webhook_id or message.type not in SPOKEN:
            return
        # At work from now on: finding out whether the message is for the bot takes a while, and
        # one that came before the bot was told to stop is answered.
        with self._working() as closing:
            if message.guild is None:
                if await self._state.claim(message.id):
                    await self._answer_direct(message, "a", closing)
                return
            heard = await self._heard(message, message.guild.id)
            if heard is None or not permissions(message).send:
                return
            if not await self._state.claim(message.id):
                return
            texts = Texts.of(message.guild.preferred_locale)
            await self._answer(message, heard, message.guild.id, texts, closing)

    def deleted(self, message_id: int) -> None:
        """A message is gone: who deletes a question wants no answer any more."""
        self._deleted.append(message_id)

    async def answer_direct(self, message: discord.Message, *, kind: str) -> None:
        """A question in private, once more, from the server that the person has chosen now."""
        with self._working() as closing:
            await self._answer_direct(message, kind, closing)

    @contextmanager
    def _working(self) -> Iterator[Refusal | None]:
        """At work within, if that is still allowed; else why it is not."""
        with ExitStack() as working:
            try:
                working.enter_context(self._at_work())
            except Refusal as refusal:
                yield refusal
            else:
                yield None

    async def _answer_direct(
        self, message: discord.Message, kind: str, closing: Refusal | None
    ) -> None:
        texts = Texts()
        guild_id = await self._direct.guild_id(message.author.id)
        if guild_id is None:
            embed, view = await self._direct.offer(message.author.id, texts)
            shown = view if view.children else None
            await reply(message, kind="o", embed=embed, view=shown)
            return
        after = await self._answer_replied_to(message)
        heard = Heard(questions.bare(message.content, me=self._me), after, kind=kind)
        await self._answer(message, heard, guild_id, texts, closing)

    @property
    def _me(self) -> int:
        return self._client.user.id if self._client.user else 0

    async def _heard(self, message: discord.Message, guild_id: int) -> Heard | None:
        """What the message asks of the bot, if it does."""
        text = questions.bare(message.content, me=self._me)
        after = await self._answer_replied_to(message)
        if after is not None:
            return Heard(text, after)
        if f"<@{self._me}>" in message.content or f"<@!{self._me}>" in message.content:
            return Heard(text or _replied_text(message, self._me))
        if message.reference is None and await self._listens(message, guild_id):
            if isinstance(message.channel, discord.Thread) and message.id == message.channel.id:
                text = questions.post(message.channel.name, text)
            if questions.asks(text):
                return Heard(text, silent=True)
        return None

    async def _answer_replied_to(self, message: discord.Message) -> Remembered | None:
        reference = message.reference
        if reference is None or reference.message_id is None:
            return None
        return await self._state.answer_in(reference.message_id)

    async def _listens(self, message: discord.Message, guild_id: int) -> bool:
        chosen = await self._state.guilds.settings(guild_id)
        parent = getattr(message.channel, "parent_id", None)
        return message.channel.id in chosen.channels or parent in chosen.channels

    async def _answer(
        self,
        message: discord.Message,
        heard: Heard,
        guild_id: int,
        texts: Texts,
        closing: Refusal | None,
    ) -> None:
        try:
            if closing is not None:
                raise closing
            await self._asked(message, heard, guild_id, texts)
        except EmbedsForbidden:
            if not heard.silent:
                await post(message.channel, key=f"a{message.id}", content=texts("ask.embeds"))
        except Exception as error:
            text = sentence(error, texts)
            if text is not None and not heard.silent:
                await self._tell(message, text)

    async def _asked(
        self, message: discord.Message, heard: Heard, guild_id: int, texts: Texts
    ) -> None:
        if not heard.text:
            raise Refusal("ask.nothing")
        seconds = self._asker.admit(message.author.id, guild_id)
        if seconds:
            raise Refusal("ask.slow", seconds=seconds)
        chosen = await self._state.guilds.settings(guild_id)
        question = Question(
            guild_id=guild_id,
            user_id=message.author.id,
            text=heard.text,
            texts=texts,
            after=heard.after,
            may_add=may_add_by_message(message, chosen),
        )
        answer = await self._asker.ask(question)
        if message.id in self._deleted or (heard.silent and not answer.answered):
            return
        shown = await reply(message, kind=heard.kind, embeds=answer.embeds, view=answer.view)
        if shown is not None:
            await self._state.shown_in(answer.answer_id, shown.id)

    async def _tell(self, message: discord.Message, text: str) -> None:
        try:
            await reply(message, embed=render.failure(text))
        except (discord.HTTPException, EmbedsForbidden) as error:
            log.info("an error could not be told (%s)", type(error).__name__)


def _replied_text(message: discord.Message, me: int) -> str:
    """Somebody points the bot to another's message: that one is the question."""
    asked = message.reference.resolved if message.reference else None
    return questions.bare(asked.content, me=me) if isinstance(asked, discord.Message) else ""
