"""Direct messages: which server's articles a person asks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import discord

from bot import escape, render, views
from bot.i18n import Texts
from bot.state import State

log = logging.getLogger(__name__)

MEMBERSHIP_SECONDS = 600
"""How long it is believed that somebody is in a server: asking Discord costs a request."""


class Direct:
    """Knows whom the bot may answer in private, and from where."""

    def __init__(self, client: discord.Client, state: State) -> None:
        self._client, self._state = client, state
        self._members: dict[tuple[int, int], tuple[float, bool]] = {}

    def forget_person(self, user_id: int) -> None:
        """Nothing is believed any more of where the person is."""
        self._forget(lambda key: key[1] == user_id)

    def forget_guild(self, guild_id: int) -> None:
        """Nor of who is in a server that the bot has left."""
        self._forget(lambda key: key[0] == guild_id)

    def _forget(self, which: Callable[[tuple[int, int]], bool]) -> None:
        self._members = {key: known for key, known in self._members.items() if not which(key)}

    async def guilds(self, user_id: int) -> list[discord.Guild]:
        """Servers that the person shares with the bot and that allow direct messages."""
        allowed = await self._state.guilds.direct_guilds()
        present = [guild for guild in self._client.guilds if guild.id in allowed]
        shared = await asyncio.gather(*(self._is_member(guild, user_id) for guild in present))
        return [guild for guild, is_shared in zip(present, shared, strict=True) if is_shared]

    async def guild_id(self, user_id: int) -> int | None:
        """The server that the person's questions go to; None while that is to be chosen."""
        choice = await self._state.direct_choice(user_id)
        if choice is not None and await self.may_ask(choice, user_id):
            return choice
        guilds = await self.guilds(user_id)
        return guilds[0].id if len(guilds) == 1 else None

    async def may_ask(self, guild_id: int, user_id: int) -> bool:
        """Whether the person may ask this server in private, also if it was chosen before."""
        guild = self._client.get_guild(guild_id)
        chosen = await self._state.guilds.settings(guild_id)
        return guild is not None and chosen.direct and await self._is_member(guild, user_id)

    async def offer(self, user_id: int, texts: Texts) -> tuple[discord.Embed, discord.ui.View]:
        """The choice, or why there is none."""
        guilds = await self.guilds(user_id)
        if not guilds:
            return render.notice(texts("ask.direct.none")), discord.ui.View()
        return render.notice(texts("ask.direct.choose")), views.direct(guilds, texts)

    async def choose(
        self, interaction: discord.Interaction[Any], guild_id: int
    ) -> discord.Message | None:
        """Take a choice, and give the question that it was asked for, if it was for one."""
        texts = Texts.of(interaction.locale)
        guilds = await self.guilds(interaction.user.id)
        chosen = [guild for guild in guilds if guild.id == guild_id]
        if not chosen:
            embed, view = await self.offer(interaction.user.id, texts)
            await interaction.edit_original_response(embed=embed, view=view)
            return None
        await self._state.choose_direct(interaction.user.id, guild_id)
        server = escape.plain(chosen[0].name, 100)
        shown = render.notice(texts("ask.direct.chosen", server=server))
        # The choice stays, so that another may be made.
        await interaction.edit_original_response(embed=shown, view=views.direct(guilds, texts))
        return await self._waiting(interaction)

    async def _waiting(self, interaction: discord.Interaction[Any]) -> discord.Message | None:
        asked = interaction.message.reference if interaction.message else None
        if asked is None or asked.message_id is None:
            return None
        channel = interaction.channel
        if isinstance(channel, discord.DMChannel | discord.PartialMessageable):
            return await channel.fetch_message(asked.message_id)
        return None

    async def _is_member(self, guild: discord.Guild, user_id: int) -> bool:
        key, now = (guild.id, user_id), time.monotonic()
        until, known = self._members.get(key, (0.0, False))
        if now < until:
            return known
        try:
            await guild.fetch_member(user_id)
            known = True
        except discord.NotFound:
            known = False
        except discord.HTTPException as error:
            log.info("whether somebody is in server=%d is not known (%s)", guild.id, error.status)
            return False
        self._members[key] = (now + MEMBERSHIP_SECONDS, known)
        return known
