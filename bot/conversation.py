"""Messages in channels, threads, forum posts and in private: which are for the bot, and how it
answers."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import discord

from bot import questions, render
from bot.access import may_add_by_message, read_by_all
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
    guild_id: int | None
    """Whose articles are asked; None in private, where that is to be chosen first."""
    texts: Texts
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
        try:
            # At work from now on: finding out whether the message is for the bot takes a while, and
            # one that came before the bot was told to stop is answered.
            with self._at_work():
                if heard := await self._first_heard(message):
                    await self._answer(message, heard)
        except Refusal as closing:
            heard = await self._first_heard(message)
            if heard and not heard.silent:
                await self._tell(message, closing.text(heard.texts))

    def deleted(self, message_id: int) -> None:
        """A message is gone: who deletes a question wants no answer any more."""
        self._deleted.append(message_id)

    async def answer_direct(self, message: discord.Message, guild_id: int, *, kind: str) -> None:
        """A question in private, once more, from the server that the person has chosen now."""
        heard = await self._heard_in_private(message, guild_id)
        await self._answer(message, replace(heard, kind=kind))

    async def _first_heard(self, message: discord.Message) -> Heard | None:
        """What the message asks of the bot, if it does and that is news."""
        if message.guild is None:
            guild_id = await self._direct.guild_id(message.author.id)
            heard: Heard | None = await self._heard_in_private(message, guild_id)
        else:
            heard = await self._heard(message, message.guild)
        if heard is None or not permissions(message).send:
            return None
        if heard.after is not None and questions.replies_only(heard.text):
            return None  # people say thanks by replying; that is no question
        return heard if await self._state.claim(message.id) else None

    async def _heard_in_private(self, message: discord.Message, guild_id: int | None) -> Heard:
        text = questions.bare(message.content, me=self._me)
        # Nobody says which language a person speaks in private; that of the server may be theirs.
        guild = self._client.get_guild(guild_id) if guild_id is not None else None
        texts = Texts.of(guild.preferred_locale if guild else None)
        return Heard(text, guild_id, texts, await self._answer_replied_to(message))

    @property
    def _me(self) -> int:
        return self._client.user.id if self._client.user else 0

    async def _heard(self, message: discord.Message, guild: discord.Guild) -> Heard | None:
        """What the message asks of the bot, if it does."""
        text = questions.bare(message.content, me=self._me)
        heard = Heard(text, guild.id, Texts.of(guild.preferred_locale))
        after = await self._answer_replied_to(message)
        if after is not None:
            return replace(heard, after=after)
        if f"<@{self._me}>" in message.content or f"<@!{self._me}>" in message.content:
            return replace(heard, text=text or _replied_text(message, self._me))
        if message.reference is None and await self._listens(message, guild.id):
            if isinstance(message.channel, discord.Thread) and message.id == message.channel.id:
                text = questions.post(message.channel.name, text)
            if questions.asks(text):
                return replace(heard, text=text, silent=True)
        return None

    async def _answer_replied_to(self, message: discord.Message) -> Remembered | None:
        reference = message.reference
        if reference is None or reference.message_id is None:
            return None
        said = reference.resolved
        if isinstance(said, discord.Message) and said.author.id != self._me:
            return None
        return await self._state.answer_in(reference.message_id, message.channel.id)

    async def _listens(self, message: discord.Message, guild_id: int) -> bool:
        chosen = await self._state.guilds.settings(guild_id)
        parent = getattr(message.channel, "parent_id", None)
        return message.channel.id in chosen.channels or parent in chosen.channels

    async def _answer(self, message: discord.Message, heard: Heard) -> None:
        try:
            if heard.guild_id is None:
                await self._offer(message, heard.texts)
            else:
                await self._asked(message, heard, heard.guild_id)
        except EmbedsForbidden:
            if not heard.silent:
                told = heard.texts("ask.embeds")
                await post(message.channel, key=f"a{message.id}", content=told)
        except Exception as error:
            text = sentence(error, heard.texts)
            if text is not None and not heard.silent:
                await self._tell(message, text)

    async def _offer(self, message: discord.Message, texts: Texts) -> None:
        """The choice of a server; the question waits for it."""
        embed, view = await self._direct.offer(message.author.id, texts)
        await reply(message, kind="o", embed=embed, view=view if view.children else None)

    async def _asked(self, message: discord.Message, heard: Heard, guild_id: int) -> None:
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
            texts=heard.texts,
            after=heard.after,
            may_add=may_add_by_message(message, chosen),
            public=read_by_all(message.channel),
        )
        answer = await self._asker.ask(question)
        if message.id in self._deleted or (heard.silent and not answer.answered):
            return
        async with self._state.showing(message.channel.id):
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
