"""Who may do what, by Discord's permissions and by what a server's moderators chose."""

from __future__ import annotations

from typing import Any

import discord

from bot.guilds import GuildSettings


def may_add(interaction: discord.Interaction[Any], chosen: GuildSettings) -> bool:
    """Whether this person may add and remove articles here."""
    return _held(interaction).manage_messages or has_role(interaction.user, chosen)


def may_add_by_message(message: discord.Message, chosen: GuildSettings) -> bool:
    """The same for the author of a message."""
    author = message.author
    if not isinstance(author, discord.Member):
        return False
    try:
        here = message.channel.permissions_for(author)
    except discord.ClientException:
        return False
    return _everywhere(here, message.channel, author).manage_messages or has_role(author, chosen)


def has_role(person: discord.Member | discord.User, chosen: GuildSettings) -> bool:
    """Whether the person has one of the roles that may add articles."""
    if not isinstance(person, discord.Member):
        return False
    return any(role.id in chosen.roles for role in person.roles)


def read_by_all(channel: Any) -> bool:
    """Whether everybody in the server can read the channel."""
    guild = getattr(channel, "guild", None)
    if guild is None or guild.default_role is None:
        return False
    if isinstance(channel, discord.Thread):
        if channel.is_private() or channel.parent is None:
            return False
        channel = channel.parent
    return bool(channel.permissions_for(guild.default_role).view_channel)


def may_set(interaction: discord.Interaction[Any]) -> bool:
    """Whether this person may change the server's settings."""
    return _held(interaction).manage_guild


def _held(interaction: discord.Interaction[Any]) -> discord.Permissions:
    return _everywhere(interaction.permissions, interaction.channel, interaction.user)


def _everywhere(
    here: discord.Permissions, channel: Any, person: discord.Member | discord.User
) -> discord.Permissions:
    """What a person may do in a channel, but for what only this channel grants: who manages one
    channel does not thereby manage the articles of all.

    Not what the person's roles grant: of those Discord's answer knows more than is kept here.
    """
    place = getattr(channel, "parent", None) or channel  # a thread has what its channel has
    overwrites = getattr(place, "overwrites", {})
    if not isinstance(person, discord.Member) or not overwrites:
        return here
    theirs = {person.id, *(role.id for role in person.roles)}
    granted = discord.Permissions.none()
    for target, overwrite in overwrites.items():
        if target.id in theirs:
            granted |= overwrite.pair()[0]
    return here & ~(granted & ~person.guild_permissions)
