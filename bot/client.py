"""The bot as a whole: what it hears of Discord, and whom it tells."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands, ui

from bot import failures
from bot.adding import Adder
from bot.asking import Asker, collection
from bot.config import BotSettings
from bot.conversation import Conversation
from bot.direct import Direct
from bot.failures import Refusal
from bot.i18n import CommandTranslator
from bot.keeping import keep_house
from bot.limits import Limits
from bot.polling import Polling
from bot.state import State, digest
from retrieval.library import Library
from retrieval.sources.web import Fetcher
from retrieval.types import ArticleRecord

log = logging.getLogger(__name__)
Command = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu

FINISH_SECONDS, TELL_SECONDS = 4.5, 2.5
"""How long what is in flight may go on when the bot stops, and then how long it takes to tell those
whose article was not added. Together well below the ten seconds after which services are killed."""
SEEN_INTERACTIONS = 1000
"""Interactions that are known again: they live 15 minutes, and a replay comes within one or two."""
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)


@dataclass(frozen=True, slots=True)
class Controls:
    """What people can use. It stands on the client, which therefore is given it."""

    commands: tuple[Command, ...]
    on_messages: type[ui.DynamicItem[Any]]
    """Buttons and selects."""
    submitted: Callable[[discord.Interaction[Any]], Awaitable[None]]
    """Told of each form that was sent."""


class Tree(app_commands.CommandTree["ClippingsBot"]):
    """The commands; what goes wrong in one is told to whoever called it."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Whether it is to be run: not when it came again after a reconnect."""
        new: bool = interaction.client.is_new(interaction)
        return new

    async def on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /
    ) -> None:
        """Tell."""
        await failures.explain(interaction, getattr(error, "original", error))


class ClippingsBot(discord.Client):
    """Holds the parts together; made once its library and its memory are open."""

    def __init__(
        self,
        settings: BotSettings,
        library: Library,
        state: State,
        controls: Controls,
        *,
        message_content: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(
            intents=discord.Intents(
                guilds=True,
                guild_messages=True,
                dm_messages=True,
                message_content=message_content,
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            proxy=settings.proxy,
            **options,
        )
        self.settings, self.library, self.state = settings, library, state
        self.reads_messages = message_content
        limits = Limits(person=settings.person_per_minute, server=settings.server_per_minute)
        self.asker = Asker(library, state, limits)
        self.adder = Adder(library)
        # One for all that is read, so that it holds together how often a host is asked.
        self.fetcher = Fetcher(library.settings)
        self.direct = Direct(self, state)
        self.conversation = Conversation(self, state, self.asker, self.direct, self.at_work)
        self.polling = Polling(self, library, self.fetcher, state, poll=settings.poll)
        self.tree = Tree(self)
        self._controls = controls
        for command in controls.commands:
            self.tree.add_command(command)
        self.removing = asyncio.Lock()
        """Held while what belongs together is removed, so that a second click finds all gone."""
        self._seen: deque[int] = deque(maxlen=SEEN_INTERACTIONS)
        self._working = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._background: list[asyncio.Task[None]] = []

    # -- life
    async def setup_hook(self) -> None:
        """Logged in, not yet connected."""
        self.add_dynamic_items(self._controls.on_messages)
        await self.tree.set_translator(CommandTranslator())
        await self._sync_commands()
        # What is loaded by now stays until the end. A collection that walks all of it holds up
        # every answer for a tenth of a second.
        gc.collect()
        gc.freeze()
        self._background = [
            asyncio.create_task(keep_house(self, self.library, self.state, self.settings)),
            asyncio.create_task(self.polling.run()),
        ]

    async def _sync_commands(self) -> None:
        """Register the commands, if they are not those that were registered last."""
        translator = self.tree.translator
        assert translator is not None
        assert self.application_id is not None
        payload = [
            await command.get_translated_payload(self.tree, translator)
            for command in self.tree.get_commands()
        ]
        now = digest(payload)
        if await self.state.command_hash(self.application_id) == now:
            log.info("commands unchanged")
            return
        try:
            await self.tree.sync()
        except discord.HTTPException as error:
            log.error("the commands could not be registered, the old ones stay: %s", error)
            return
        await self.state.set_command_hash(self.application_id, now)
        log.info("commands registered count=%d", len(payload))

    def is_new(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether an interaction comes for the first time: a reconnect may bring it again."""
        if interaction.id in self._seen:
            return False
        self._seen.append(interaction.id)
        return True

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Inside, somebody is being served; the bot does not stop before that is done."""
        if self._stopping:
            raise Refusal("ask.closing")
        self._working += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._idle.set()

    async def stop(self) -> None:
        """Take nothing new on, finish what is in flight, and go."""
        self._stopping = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), FINISH_SECONDS)
        self.adder.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), TELL_SECONDS)
        await self.close()

    async def close(self) -> None:
        """Disconnect."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.fetcher.aclose()
        await super().close()

    # -- what it hears
    async def on_ready(self) -> None:
        """Connected; also after a session that could not be resumed."""
        await self.state.guilds.present(guild.id for guild in self.guilds)
        assert self.user is not None
        invite = discord.utils.oauth_url(self.user.id, permissions=PERMISSIONS)
        log.info("ready name=%s servers=%d invite=%s", self.user, len(self.guilds), invite)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A command, a button or a form; the others are handed on by discord.py."""
        if interaction.type is discord.InteractionType.modal_submit:
            await self._controls.submitted(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Somebody said something."""
        await self.conversation.hear(message)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """A message is gone."""
        self.conversation.deleted(event.message_id)

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Several are gone at once."""
        for message_id in event.message_ids:
            self.conversation.deleted(message_id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was invited."""
        log.info("joined server=%d", guild.id)
        await self.state.guilds.joined(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was put out, or the server is no more."""
        log.info("left server=%d", guild.id)
        self.direct.forget_guild(guild.id)
        await self.state.guilds.left(guild.id)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Nothing that somebody says stops the bot."""
        if self.is_closed():  # what it was told last found nobody there any more
            log.info("%s came too late", event_method)
            return
        log.exception("in %s", event_method)

    # -- what its parts share
    async def record(self, guild_id: int, article_id: int) -> ArticleRecord:
        """An article of a server."""
        return await self.library.article(collection(guild_id), article_id)
