"""A server's settings as its moderators see them. Pure."""

from __future__ import annotations

import discord

from bot.guilds import GuildSettings
from bot.i18n import Texts
from bot.render.embeds import BLUE

MOST_NAMED = 25
"""Roles or channels; a select holds no more, and a field of an embed has room for them."""


def settings_panel(
    chosen: GuildSettings, texts: Texts, *, reads_messages: bool = True
) -> discord.Embed:
    """What is chosen, by name: a select that has a value does not say any more what it is for."""
    lines = [texts("settings.body")]
    if not reads_messages:
        lines += ["", texts("settings.content")]
    embed = discord.Embed(title=texts("settings.title"), description="\n".join(lines), colour=BLUE)
    reports = [chosen.reports] if chosen.reports else []
    for key, marks in (
        ("settings.roles", [f"<@&{role}>" for role in sorted(chosen.roles)]),
        ("settings.channels", [f"<#{channel}>" for channel in sorted(chosen.channels)]),
        ("settings.reports", [f"<#{channel}>" for channel in reports]),
    ):
        named = " ".join(marks[:MOST_NAMED]) or texts("settings.none")
        embed.add_field(name=texts(key), value=named, inline=False)
    return embed
