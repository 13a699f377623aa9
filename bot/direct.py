"""Direct messages: which server's articles a person asks."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import discord

from bot import escape, render, views
from bot.i18n import Texts

if TYPE_CHECKING:
    from bot.buttons.base import Interaction
    from bot.client import ClippingsBot

log = logging.getLogger(__name__)

MEMBERSHIP_SECONDS = 600
"""How long it is believed that somebody is in a server: asking Discord costs a request."""


class Direct:
    """Knows whom the bot may answer in private, and from where."""

    def __init__(self, bot: ClippingsBot) -> None:
        self._bot = bot
        self._members: dict[tuple[int, int], tuple[float, bool]] = {}

    async def guilds(self, user_id: int) -> list[discord.Guild]:
        """Servers that the person shares with the bot and that allow direct messages."""
        allowed = await self._bot.state.guilds.direct_guilds()
        present = [guild for guild in self._bot.guilds if guild.id in allowed]
        return [guild for guild in present if await self._is_member(guild, user_id)]

    async def guild_id(self, user_id: int) -> int | None:
        """The server that the person's questions go to; None while that is to be chosen."""
        guilds = await self.guilds(user_id)
        if len(guilds) == 1:
            return guilds[0].id
        choice = await self._bot.state.direct_choice(user_id)
        return choice if choice in {guild.id for guild in guilds} else None

    async def offer(self, user_id: int, texts: Texts) -> tuple[discord.Embed, discord.ui.View]:
        """The choice, or why there is none."""
        guilds = await self.guilds(user_id)
        if not guilds:
            return render.notice(texts("ask.direct.none")), discord.ui.View()
        return render.notice(texts("ask.direct.choose")), views.direct(guilds, texts)

    async def choose(self, interaction: Interaction, guild_id: int) -> None:
        """Take a choice, and answer the question that it was asked for."""
        texts = Texts.of(interaction.locale)
        chosen = [g for g in await self.guilds(interaction.user.id) if g.id == guild_id]
        if not chosen:
            embed, view = await self.offer(interaction.user.id, texts)
            await interaction.edit_original_response(embed=embed, view=view)
            return
        await self._bot.state.choose_direct(interaction.user.id, guild_id)
        server = escape.plain(chosen[0].name, 100)
        shown = render.notice(texts("ask.direct.chosen", server=server))
        await interaction.edit_original_response(embed=shown, view=None)
        await self._answer_waiting(interaction)

    async def _answer_waiting(self, interaction: Interaction) -> None:
        asked = interaction.message.reference if interaction.message else None
        if asked is None or asked.message_id is None:
            return
        channel = interaction.channel
        if isinstance(channel, discord.DMChannel | discord.PartialMessageable):
            message = await channel.fetch_message(asked.message_id)
            await self._bot.conversation.answer_direct(message)

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
        self._members[key] = (now + MEMBERSHIP_SECONDS, known)
        return known
