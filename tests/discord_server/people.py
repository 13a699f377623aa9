"""What people do: type commands, press buttons, fill modals in, write messages."""

from __future__ import annotations

import copy
from typing import Any

from .cdn import Cdn
from .components import LABEL, SELECTS, TEXT_INPUT, TEXT_SELECT
from .interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction, Interactions
from .messages import Messages, numbered, walk
from .rest import Rest
from .world import Object, World

CHAT, MESSAGE = 1, 3
STRING, CHANNEL, ATTACHMENT = 3, 7, 11


class People:
    """Acts as Discord's client would: what that would not let a person do, fails the test."""

    def __init__(
        self, world: World, rest: Rest, messages: Messages, interactions: Interactions, cdn: Cdn
    ) -> None:
        self._world, self._rest, self._messages = world, rest, messages
        self._interactions, self._cdn = interactions, cdn

    # -- messages
    def say(
        self,
        user: Object,
        channel: Object,
        content: str,
        *,
        files: list[tuple[str, bytes, str]] | None = None,
        reply_to: Object | None = None,
    ) -> Object:
        body: Object = {"content": content}
        if reply_to is not None:
            body["message_reference"] = {"message_id": reply_to["id"], "channel_id": channel["id"]}
            body["allowed_mentions"] = {"parse": ["users"], "replied_user": True}
        uploads = {str(index): file for index, file in enumerate(files or [])}
        return self._messages.create(channel, user, body, uploads)

    # -- commands
    def command(self, name: str, kind: int = CHAT) -> Object:
        for command in self._rest.commands:
            if command["type"] == kind and command["name"] == name:
                return command
        known = [command["name"] for command in self._rest.commands]
        raise AssertionError(f"{name!r} is not registered; there are {known}")

    def slash(
        self, user: Object, channel: Object, path: str, /, *, locale: str = "en-US", **values: Any
    ) -> Interaction:
        """`/path` with its options: `slash(ann, general, "articles add", link=…)`."""
        data = self._data(user, channel, path, values)
        return self._interactions.send(COMMAND, user, channel, data, locale=locale)

    async def complete(
        self, user: Object, channel: Object, path: str, option: str, text: str, /, **others: Any
    ) -> list[Object]:
        """The choices offered for what is typed so far."""
        data = self._data(user, channel, path, {**others, option: text}, focus=option)
        interaction = self._interactions.send(AUTOCOMPLETE, user, channel, data)
        return (await interaction.acknowledged())["data"]["choices"]

    def menu(self, user: Object, channel: Object, name: str, message: Object) -> Interaction:
        """A right click on a message."""
        data = {"id": self.command(name, MESSAGE)["id"], "name": name, "type": MESSAGE}
        data |= {"target_id": message["id"]}
        data["resolved"] = {"messages": {message["id"]: copy.deepcopy(message)}}
        return self._interactions.send(COMMAND, user, channel, data)

    def _data(
        self, user: Object, channel: Object, path: str, values: Object, focus: str | None = None
    ) -> Object:
        name, *inner = path.split()
        command = leaf = self.command(name)
        for part in inner:
            leaf = next(option for option in leaf["options"] if option["name"] == part)
        need = command.get("default_member_permissions")
        if need is not None and "guild_id" in channel:
            have = self._world.permissions(user["id"], channel)
            assert have & int(need) == int(need), f"/{path} is not shown to {user['username']}"
        if "guild_id" not in channel:
            assert 1 in (command.get("contexts") or [0, 1]), f"/{path} is not for direct messages"
        data: Object = {"id": command["id"], "name": name, "type": CHAT, "resolved": {}}
        options = self._options(leaf, values, channel, data["resolved"], focus)
        for depth, part in reversed(list(enumerate(inner))):
            kind = 1 if depth == len(inner) - 1 else 2
            options = [{"name": part, "type": kind, "options": options}]
        return {**data, "options": options}

    def _options(
        self, leaf: Object, values: Object, channel: Object, resolved: Object, focus: str | None
    ) -> list[Object]:
        known = {option["name"]: option for option in leaf.get("options") or []}
        assert not values.keys() - known.keys(), f"options are {list(known)}"
        missing = [n for n, o in known.items() if o.get("required") and n not in values]
        assert not missing or focus, f"required: {missing}"
        given = []
        for name, value in values.items():
            option = known[name]
            if option["type"] == STRING and not focus:
                low, high = option.get("min_length") or 0, option.get("max_length") or 6000
                assert low <= len(value) <= high, f"{name}: its length is out of bounds"
                choices = [choice["value"] for choice in option.get("choices") or []]
                assert not choices or value in choices, f"{name} is one of {choices}"
            if option["type"] == ATTACHMENT:
                file = self._cdn.store(channel["id"], value, ephemeral=True)
                resolved.setdefault("attachments", {})[file["id"]] = file
                value = file["id"]
            if option["type"] == CHANNEL:
                kinds = option.get("channel_types")
                assert not kinds or value["type"] in kinds, f"{name} is no channel of {kinds}"
                shown = {**value, "permissions": "0"}
                resolved.setdefault("channels", {})[value["id"]] = shown
                value = value["id"]
            entry = {"name": name, "type": option["type"], "value": value}
            given.append({**entry, "focused": True} if name == focus else entry)
        return given

    # -- components
    def click(
        self, user: Object, message: Object, custom_id: str, values: list[str] | None = None
    ) -> Interaction:
        """Press the button (or choose `values`) whose custom id starts so."""
        here = [c for c in walk(message["components"]) if "custom_id" in c]
        found = [c for c in here if c["custom_id"].startswith(custom_id)]
        assert found, f"{custom_id}: there are {[c['custom_id'] for c in here]}"
        component = found[0]
        assert not component.get("disabled"), f"{custom_id} is disabled"
        data = {"custom_id": component["custom_id"], "component_type": component["type"]}
        data["id"] = component["id"]
        if component["type"] in SELECTS:
            data |= {"values": values or [], "resolved": self._resolve(component, values or [])}
        channel = self._world.channels[message["channel_id"]]
        shown = copy.deepcopy(message)
        return self._interactions.send(COMPONENT, user, channel, data, message=shown)

    def _resolve(self, select: Object, values: list[str]) -> Object:
        if select["type"] == TEXT_SELECT:
            offered = {option["value"] for option in select["options"]}
            assert set(values) <= offered, f"options are {offered}"
            return {}
        roles = {r["id"]: r for guild in self._world.guilds.values() for r in guild["roles"]}
        channels = {v: {**c, "permissions": "0"} for v, c in self._world.channels.items()}
        return {
            "roles": {value: roles[value] for value in values if value in roles},
            "channels": {value: channels[value] for value in values if value in channels},
        }

    async def submit(self, user: Object, opened: Interaction, **values: str) -> Interaction:
        """Fill in and send the modal that `opened` was answered with; inputs by custom id."""
        modal = await opened.modal()
        filled = []
        for outer in numbered(modal["components"]):
            kind = outer["type"]
            inner = outer["component"] if kind == LABEL else outer["components"][0]
            assert inner["type"] == TEXT_INPUT
            value = values.pop(inner["custom_id"], inner.get("value") or "")
            low = max(inner.get("min_length") or 0, 1)
            fits = low <= len(value) <= (inner.get("max_length") or 4000)
            empty = not value and not inner.get("required", True)
            assert fits or empty, f"{inner['custom_id']} would not be sent"
            answer = {"type": TEXT_INPUT, "id": inner["id"], "custom_id": inner["custom_id"]}
            answer["value"] = value
            box = {"component": answer} if kind == LABEL else {"components": [answer]}
            filled.append({"type": kind, "id": outer["id"], **box})
        assert not values, f"no such inputs: {list(values)}"
        channel = self._world.channels[opened.payload["channel_id"]]
        data = {"custom_id": modal["custom_id"], "components": filled}
        message = opened.payload.get("message")
        return self._interactions.send(MODAL_SUBMIT, user, channel, data, message=message)
