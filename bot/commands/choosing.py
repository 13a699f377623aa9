"""Picking an article while typing."""

from __future__ import annotations

from discord import app_commands

from bot import escape
from bot.asking import collection
from bot.buttons.base import Interaction

MOST_CHOICES = 25
MAX_NAME = 100


async def complete_article(
    interaction: Interaction, current: str
) -> list[app_commands.Choice[str]]:
    """The articles of this server whose titles have what was typed so far."""
    guild_id = interaction.guild_id
    if guild_id is None:
        guild_id = await interaction.client.state.direct_choice(interaction.user.id)
    if guild_id is None:
        return []
    records = await interaction.client.library.articles(
        collection(guild_id), match=current.strip() or None, limit=MOST_CHOICES
    )
    return [
        app_commands.Choice(
            name=escape.raw_line(record.title, MAX_NAME) or str(record.id), value=str(record.id)
        )
        for record in records
    ]
