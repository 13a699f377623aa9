"""Who may do what, by Discord's permissions and by what a server's moderators chose."""

from __future__ import annotations

from typing import Any

import discord

from bot.guilds import GuildSettings


def may_add(interaction: discord.Interaction[Any], chosen: GuildSettings) -> bool:
    """Whether this person may add and remove articles here."""
    return interaction.permissions.manage_messages or has_role(interaction.user, chosen)


def may_add_by_message(message: discord.Message, chosen: GuildSettings) -> bool:
    """The same for the author of a message."""
    author = message.author
    if not isinstance(author, discord.Member):
        return False
    try:
        held = message.channel.permissions_for(author)
    except discord.ClientException:
        return False
    return held.manage_messages or has_role(author, chosen)


def has_role(person: discord.Member | discord.User, chosen: GuildSettings) -> bool:
    """Whether the person has one of the roles that may add articles."""
    if not isinstance(person, discord.Member):
        return False
    return any(role.id in chosen.roles for role in person.roles)


def may_set(interaction: discord.Interaction[Any]) -> bool:
    """Whether this person may change the server's settings."""
    return interaction.permissions.manage_guild
