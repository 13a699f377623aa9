"""What exists on the server: users, guilds, channels, threads, messages. No protocol here."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from collections.abc import Callable
from typing import Any

from .constants import ORDINARY, Kind, Permission, names
from .errors import not_found

Object = dict[str, Any]
EPOCH_MS = 1_420_070_400_000


class World:
    """The objects, in the shapes that Discord sends them in."""

    def __init__(self) -> None:
        self._serial = itertools.count(1)
        self._skew = 0.0
        self.me = self._person("clippings", bot=True)
        self.owner = self._person("owner")
        self.users: dict[str, Object] = {user["id"]: user for user in (self.me, self.owner)}
        self.guilds: dict[str, Object] = {}
        self.channels: dict[str, Object] = {}
        self.messages: dict[str, Object] = {}
        self.role_made: Callable[[Object, Object], None] = lambda guild, role: None
        """Told of each new role and its guild."""

    @property
    def app_id(self) -> str:
        return self.me["id"]

    # -- time and names
    def now(self) -> float:
        return time.time() + self._skew

    def advance(self, seconds: float) -> None:
        """Move the clock, for what expires."""
        self._skew += seconds

    def stamp(self) -> str:
        return dt.datetime.fromtimestamp(self.now(), dt.UTC).isoformat()

    def new_id(self) -> str:
        milliseconds = int(self.now() * 1000) - EPOCH_MS
        return str(milliseconds << 22 | next(self._serial) & 0x3FFFFF)

    # -- people
    def _person(self, name: str, *, bot: bool = False) -> Object:
        return {
            "id": self.new_id(),
            "username": name,
            "discriminator": "0",
            "global_name": name.title(),
            "avatar": None,
            "bot": bot,
            "public_flags": 0,
        }

    def add_user(
        self, name: str, *guilds: Object, permissions: int = ORDINARY, bot: bool = False
    ) -> Object:
        user = self._person(name, bot=bot)
        self.users[user["id"]] = user
        for guild in guilds:
            self.add_member(guild, user, permissions)
        return user

    def add_member(self, guild: Object, user: Object, permissions: int = ORDINARY) -> Object:
        """A member; permissions beyond the ordinary ones come as a role of their own."""
        roles = []
        if permissions & ~ORDINARY:
            roles.append(self.add_role(guild, f"of {user['username']}", permissions)["id"])
        member = {
            "user": user,
            "nick": None,
            "avatar": None,
            "roles": roles,
            "joined_at": self.stamp(),
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
            "premium_since": None,
            "communication_disabled_until": None,
        }
        guild["members"].append(member)
        guild["member_count"] += 1
        return member

    def member(self, guild_id: str, user_id: str) -> Object:
        guild = self.guilds.get(guild_id)
        if guild is None:
            raise not_found(10004, "Guild")
        for member in guild["members"]:
            if member["user"]["id"] == user_id:
                return member
        raise not_found(10007, "Member")

    # -- guilds, roles, channels
    def add_guild(self, name: str, *, bot_permissions: int = ORDINARY, locale: str = "en-US"):
        guild: Object = {
            "id": self.new_id(),
            "name": name,
            "owner_id": self.owner["id"],
            "afk_channel_id": None,
            "afk_timeout": 300,
            "roles": [],
            "features": [],
            "joined_at": self.stamp(),
            "large": False,
            "unavailable": False,
            "member_count": 0,
            "preferred_locale": locale,
            "premium_progress_bar_enabled": False,
            "system_channel_flags": 0,
        }
        guild |= {key: 0 for key in _ZERO} | {key: None for key in _NOTHING}
        guild |= {key: [] for key in _LISTS}
        self.guilds[guild["id"]] = guild
        self.add_role(guild, "@everyone", ORDINARY, role_id=guild["id"])
        self.add_member(guild, self.me, bot_permissions)
        return guild

    def add_role(
        self, guild: Object, name: str, permissions: int = ORDINARY, *, role_id: str | None = None
    ) -> Object:
        role = {
            "id": role_id or self.new_id(),
            "name": name,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "icon": None,
            "unicode_emoji": None,
            "position": len(guild["roles"]),
            "permissions": str(permissions),
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        guild["roles"].append(role)
        self.role_made(guild, role)
        return role

    def add_channel(
        self, guild: Object, name: str, *, deny: int = 0, kind: int = Kind.TEXT
    ) -> Object:
        """`deny` are permissions that the bot lacks in it."""
        overwrites = [{"id": self.app_id, "type": 1, "allow": "0", "deny": str(deny)}]
        channel = {
            "id": self.new_id(),
            "type": kind,
            "flags": 0,
            "last_message_id": None,
            "guild_id": guild["id"],
            "name": name,
            "position": len(guild["channels"]),
            "permission_overwrites": overwrites if deny else [],
            "nsfw": False,
            "parent_id": None,
            "topic": None,
            "rate_limit_per_user": 0,
        }
        if kind == Kind.FORUM:
            channel |= {"available_tags": [], "default_reaction_emoji": None}
        guild["channels"].append(channel)
        self.channels[channel["id"]] = channel
        return channel

    def drop_channel(self, channel: Object) -> None:
        """It is gone, or hidden from the bot, with all that was said in it."""
        self.channels.pop(channel["id"], None)
        messages = self.messages.items()
        self.messages = {key: m for key, m in messages if m["channel_id"] != channel["id"]}

    def add_thread(
        self, parent: Object, name: str, owner: Object, *, thread_id: str | None = None
    ) -> Object:
        now = self.stamp()
        thread = {
            "id": thread_id or self.new_id(),
            "type": Kind.PUBLIC_THREAD,
            "guild_id": parent["guild_id"],
            "parent_id": parent["id"],
            "owner_id": owner["id"],
            "name": name,
            "flags": 0,
            "last_message_id": None,
            "message_count": 0,
            "member_count": 1,
            "total_message_sent": 0,
            "rate_limit_per_user": 0,
            "applied_tags": [],
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": now,
                "locked": False,
                "create_timestamp": now,
            },
        }
        self.guilds[parent["guild_id"]]["threads"].append(thread)
        self.channels[thread["id"]] = thread
        return thread

    def direct(self, user: Object) -> Object:
        """The channel of direct messages between the bot and `user`."""
        for channel in self.channels.values():
            if channel["type"] == Kind.DM and channel["recipients"][0]["id"] == user["id"]:
                return channel
        channel = {
            "id": self.new_id(),
            "type": Kind.DM,
            "flags": 0,
            "last_message_id": None,
            "recipients": [user],
        }
        self.channels[channel["id"]] = channel
        return channel

    # -- who may what
    def permissions(self, user_id: str, channel: Object) -> int:
        """Of a person in a channel; a thread's are its parent's."""
        guild_id = channel.get("guild_id")
        if guild_id is None:
            return ORDINARY
        guild = self.guilds.get(guild_id)
        if guild is None:
            return 0
        if guild["owner_id"] == user_id:
            return Permission.ALL
        roles = {guild_id, *self.member(guild_id, user_id)["roles"]}
        granted = 0
        for role in guild["roles"]:
            granted |= int(role["permissions"]) if role["id"] in roles else 0
        if granted & Permission.ADMINISTRATOR:
            return Permission.ALL
        place = channel
        if channel["type"] == Kind.PUBLIC_THREAD:
            place = self.channels.get(channel["parent_id"], channel)
        for overwrite in place.get("permission_overwrites", []):
            if overwrite["id"] in {user_id, *roles}:
                granted = granted & ~int(overwrite["deny"]) | int(overwrite["allow"])
        return granted


_ZERO = names(
    "verification_level default_message_notifications mfa_level premium_tier nsfw_level "
    "premium_subscription_count explicit_content_filter"
)
_NOTHING = names(
    "icon splash discovery_splash application_id system_channel_id rules_channel_id "
    "vanity_url_code description banner public_updates_channel_id safety_alerts_channel_id"
)
_LISTS = names(
    "emojis stickers voice_states members channels threads presences stage_instances "
    "guild_scheduled_events soundboard_sounds"
)
