"""Numbers of Discord's protocol."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


HOSTS = (
    "discord.com",
    "gateway.discord.gg",
    "gateway-resume.discord.gg",
    "cdn.discordapp.com",
    "media.discordapp.net",
)
API = "/api/v10"


class Permission:
    """Bits of a permission set."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW = 1 << 10
    SEND = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    SEND_IN_THREADS = 1 << 38
    ALL = (1 << 52) - 1


ORDINARY = (
    Permission.VIEW
    | Permission.SEND
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.ADD_REACTIONS
    | Permission.READ_HISTORY
    | Permission.SEND_IN_THREADS
    | 1 << 31  # use application commands
)


class Intent:
    """Bits of the intents of an IDENTIFY."""

    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15
    PRIVILEGED = MEMBERS | PRESENCES | MESSAGE_CONTENT


class Flag:
    """Bits of a message's flags."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15
    SETTABLE = SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2 | 1 << 13


class Kind:
    """Types of channels."""

    TEXT = 0
    DM = 1
    ANNOUNCEMENT = 5
    PUBLIC_THREAD = 11
    FORUM = 15


MAX_FILE = 10 * 1024 * 1024
SECONDS_TO_ACKNOWLEDGE = 3.0
TOKEN_SECONDS = 900.0
LINK_SECONDS = 86_400
