"""What the handlers of buttons have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import discord

from bot.access import may_add
from bot.client import ClippingsBot
from bot.failures import Refusal
from bot.state import Remembered

Interaction: TypeAlias = discord.Interaction[ClippingsBot]
Handler = Callable[..., Awaitable[Any]]
"""Takes the interaction and the parts of the custom id after the verb, as strings."""


async def given_answer(interaction: Interaction, number: str) -> Remembered:
    """The answer a button belongs to, which must be one that was given here: enough to judge it."""
    kept = await interaction.client.state.answer(int(number))
    if kept is None:
        raise Refusal("ask.forgotten")
    if interaction.guild_id is None:
        here = kept.user_id == interaction.user.id
    else:
        here = kept.guild_id == interaction.guild_id
    if not here:
        raise Refusal("ask.forgotten")
    return kept


async def kept_answer(interaction: Interaction, number: str) -> Remembered:
    """The same, of which more may be seen here. The interaction must be acknowledged: in private
    Discord may have to be asked whether the person is still in the server."""
    kept = await given_answer(interaction, number)
    if interaction.guild_id is None:
        direct = interaction.client.direct
        if not await direct.may_ask(kept.guild_id, interaction.user.id):
            raise Refusal("ask.forgotten")
    return kept


async def require_adding(interaction: Interaction) -> int:
    """The server's id, when this person may add and remove articles in it."""
    if interaction.guild_id is None:
        raise Refusal("articles.server")
    chosen = await interaction.client.state.guilds.settings(interaction.guild_id)
    if not may_add(interaction, chosen):
        raise Refusal("articles.denied")
    return interaction.guild_id


def values(interaction: Interaction) -> list[str]:
    """What was chosen in a select, as Discord sent it."""
    data: Any = interaction.data
    return [str(value) for value in data.get("values", [])]
