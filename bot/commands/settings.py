"""/settings."""

from __future__ import annotations

from discord import app_commands

from bot.buttons.base import Interaction
from bot.buttons.settings import panel
from bot.i18n import word


@app_commands.command(name=word("settings.name"), description=word("settings.description"))
@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
async def settings(interaction: Interaction) -> None:
    """Show the panel."""
    embed, view = await panel(interaction)
    await interaction.response.send_message(embed=embed, view=view, ephemeral=True)
