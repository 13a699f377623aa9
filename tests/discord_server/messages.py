"""Making, editing and deleting messages, with what Discord adds to them."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterator
from typing import Any

from .cdn import Cdn
from .constants import Flag, Intent, Permission
from .embeds import Files, check_message
from .errors import not_found
from .gateway import Gateway
from .world import Object, World


class Messages:
    """The messages of a world; every public change goes out over the gateway."""

    def __init__(self, world: World, gateway: Gateway, cdn: Cdn) -> None:
        self._world, self._gateway, self._cdn = world, gateway, cdn
        self.pings: list[Object] = []
        """Whom a message of the bot notified."""
        self.edits: list[Object] = []
        self._nonces: dict[tuple[str, str], str] = {}

    def create(
        self,
        channel: Object,
        author: Object,
        body: Object,
        files: Files,
        *,
        extra: Object | None = None,
        announce: bool = True,
        message_id: str | None = None,
    ) -> Object:
        """A new message; the bot's own with the same enforced nonce is not made twice."""
        flags = int(body.get("flags") or 0) | (extra or {}).get("flags", 0)
        message: Object = {
            "id": message_id or self._world.new_id(),
            "channel_id": channel["id"],
            "author": author,
            "content": (body.get("content") or "").strip(),
            "timestamp": self._world.stamp(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": self._store(channel["id"], files, flags),
            "embeds": [{"type": "rich", **embed} for embed in body.get("embeds") or []],
            "pinned": False,
            "type": 0,
            "components": numbered(body.get("components") or []),
            "nonce": body.get("nonce"),
            **(extra or {}),
            "flags": flags,
        }
        if author is self._world.me:
            message["application_id"] = self._world.app_id
        reference = body.get("message_reference")
        if reference:
            original = self._world.messages.get(str(reference["message_id"]))
            about = {name: str(value) for name, value in reference.items() if name.endswith("_id")}
            message |= {"type": 19, "message_reference": {**about, "type": 0}}
            message["referenced_message"] = copy.deepcopy(original)
        self._mention(message, channel, body)
        self._world.messages[message["id"]] = message
        channel["last_message_id"] = message["id"]
        if announce and not flags & Flag.EPHEMERAL:
            self._gateway.message("MESSAGE_CREATE", message)
        return message

    def once(self, channel: Object, body: Object) -> Object | None:
        """The message made earlier with this enforced nonce."""
        if not body.get("enforce_nonce") or body.get("nonce") is None:
            return None
        known = self._nonces.get((channel["id"], str(body["nonce"])))
        return self._world.messages.get(known or "")

    def remember(self, channel: Object, body: Object, message: Object) -> None:
        if body.get("nonce") is not None:
            self._nonces[channel["id"], str(body["nonce"])] = message["id"]

    def edit(self, message: Object, body: Object, files: Files) -> Object:
        check_message(body, files, editing=message)
        loading = message["flags"] & Flag.LOADING
        if "content" in body:
            message["content"] = (body["content"] or "").strip()
        if "embeds" in body:
            message["embeds"] = [{"type": "rich", **embed} for embed in body["embeds"] or []]
        if "components" in body:
            message["components"] = numbered(body["components"] or [])
        if "attachments" in body or files:
            kept = {str(a["id"]) for a in body.get("attachments") or []}
            message["attachments"] = [
                *(a for a in message["attachments"] if a["id"] in kept),
                *self._store(message["channel_id"], files, message["flags"]),
            ]
        message["flags"] = message["flags"] & ~Flag.LOADING
        if not loading:
            message["edited_timestamp"] = self._world.stamp()
        self._mention(message, self._world.channels[message["channel_id"]], body)
        self.edits.append(copy.deepcopy(message))
        if not message["flags"] & Flag.EPHEMERAL:
            self._gateway.message("MESSAGE_UPDATE", message)
        return message

    def delete(self, message: Object) -> None:
        del self._world.messages[message["id"]]
        channel = self._world.channels[message["channel_id"]]
        where = {"id": message["id"], "channel_id": channel["id"]}
        if "guild_id" in channel:
            where["guild_id"] = channel["guild_id"]
        if not message["flags"] & Flag.EPHEMERAL:
            intent = Intent.GUILD_MESSAGES if "guild_id" in channel else Intent.DIRECT_MESSAGES
            self._gateway.dispatch("MESSAGE_DELETE", where, intent=intent)

    def find(self, message_id: str, channel_id: str) -> Object:
        message = self._world.messages.get(message_id)
        hidden = message is not None and message["flags"] & Flag.EPHEMERAL
        if message is None or hidden or message["channel_id"] != channel_id:
            raise not_found(10008, "Message")
        return message

    def _store(self, channel_id: str, files: Files, flags: int) -> list[Object]:
        hidden = bool(flags & Flag.EPHEMERAL)
        return [self._cdn.store(channel_id, file, ephemeral=hidden) for file in files.values()]

    def _mention(self, message: Object, channel: Object, body: Object) -> None:
        """Whom the text names, and whom it notifies. Embeds never do either."""
        allowed: Any = body.get("allowed_mentions")
        parse = {"everyone", "users", "roles"} if allowed is None else set(allowed.get("parse", ()))
        texts = [message["content"], *(c["content"] for c in walk(message["components"], 10))]
        text = " ".join(texts)
        named = dict.fromkeys(re.findall(r"<@!?(\d+)>", text))
        message["mentions"] = [self._world.users[u] for u in named if u in self._world.users]
        reference = message.get("referenced_message")
        if reference and (allowed is None or allowed.get("replied_user")):
            message["mentions"].append(reference["author"])
        everyone = "everyone" in parse and re.search(r"@(everyone|here)\b", text) is not None
        permitted = self._world.permissions(message["author"]["id"], channel)
        message["mention_everyone"] = everyone and bool(permitted & Permission.MENTION_EVERYONE)
        users = [u["id"] for u in message["mentions"]] if "users" in parse else []
        if message["author"] is self._world.me and (everyone or users):
            self.pings.append({"message": message["id"], "everyone": everyone, "users": users})

    def open_post(self, forum: Object, author: Object, name: str, content: str) -> Object:
        """A new forum post: a thread, and its first message, which has the thread's id."""
        thread = self._world.add_thread(forum, name, author)
        self.announce_thread(thread)
        return self.create(thread, author, {"content": content}, {}, message_id=thread["id"])

    def announce_thread(self, thread: Object) -> None:
        self._gateway.dispatch("THREAD_CREATE", {**thread, "newly_created": True})


def numbered(components: list[Object]) -> list[Object]:
    """A copy with the ids that Discord gives to components that have none."""
    copied, numbers = copy.deepcopy(components), itertools.count(1)
    for component in walk(copied):
        component["id"] = component.get("id") or next(numbers)
    return copied


def walk(components: list[Object], kind: int | None = None) -> Iterator[Object]:
    """Every component, outer ones first."""
    for component in components:
        if kind is None or component.get("type") == kind:
            yield component
        inside = [component[k] for k in ("accessory", "component") if component.get(k)]
        yield from walk([*(component.get("components") or []), *inside], kind)
