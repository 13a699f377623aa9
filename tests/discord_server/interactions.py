"""Interactions as the bot answers them: callbacks, the original response, follow-ups."""

from __future__ import annotations

import asyncio
import copy
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from .commands import check_choice
from .components import ModalComponents
from .constants import MAX_FILE, SECONDS_TO_ACKNOWLEDGE, TOKEN_SECONDS, Flag
from .embeds import Files, check_message
from .errors import ApiError, FormErrors, not_found
from .gateway import Gateway
from .messages import Messages
from .rest import Rest
from .rest_types import Reply, json_reply, nothing, read_body
from .world import Object, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
ALLOWED = {
    COMMAND: (MESSAGE, DEFERRED, MODAL),
    COMPONENT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL),
    AUTOCOMPLETE: (CHOICES,),
    MODAL_SUBMIT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE),
}


class Interaction:
    """A test's view of one interaction: what the bot answered, and when."""

    def __init__(self, payload: Object, created: float) -> None:
        self.payload, self.created = payload, created
        self.id, self.token, self.type = payload["id"], payload["token"], payload["type"]
        self.callback: Object | None = None
        self.seconds: float | None = None
        """How long the acknowledgement took."""
        self.original: Object | None = None
        self.followups: list[Object] = []
        self.expired = False
        self.updating = False
        """An update of the message was promised and has not come."""

    async def until(self, condition: Callable[[], Any], within: float, what: str) -> Any:
        end = asyncio.get_running_loop().time() + within
        while not (value := condition()):
            if asyncio.get_running_loop().time() > end:
                raise AssertionError(f"no {what} in {within} s; callback: {self.callback}")
            await asyncio.sleep(0.01)
        return value

    async def acknowledged(self) -> Object:
        """The callback."""
        await self.until(lambda: self.callback or self.expired, 5, "acknowledgement")
        assert self.callback is not None, "not acknowledged in time"
        return self.callback

    async def answered(self, within: float = 20) -> Object:
        """The original response, once the bot has filled it."""
        await self.acknowledged()
        return await self.until(self._filled, within, "answer")

    def _filled(self) -> Object | None:
        loading = self.original is None or self.original["flags"] & Flag.LOADING
        return None if loading or self.updating else self.original

    async def modal(self) -> Object:
        callback = await self.acknowledged()
        assert callback["type"] == MODAL, callback
        return callback["data"]


class Interactions:
    """Hands interactions to the bot and takes its answers."""

    def __init__(
        self,
        world: World,
        gateway: Gateway,
        messages: Messages,
        rest: Rest,
        violate: Callable[[str, Any], None],
    ) -> None:
        self._world, self._gateway, self._messages = world, gateway, messages
        self._violate = violate
        self._by_token: dict[str, Interaction] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        hook = "/webhooks/{}/{}"
        rest.route("POST", "/interactions/{}/{}/callback", self._callback, public=True)
        rest.route("POST", hook, self._followup, public=True)
        rest.route("GET", f"{hook}/messages/{{}}", self._get, public=True)
        rest.route("PATCH", f"{hook}/messages/{{}}", self._patch, public=True)
        rest.route("DELETE", f"{hook}/messages/{{}}", self._delete, public=True)

    def send(
        self,
        kind: int,
        user: Object,
        channel: Object,
        data: Object,
        *,
        message: Object | None = None,
        locale: str = "en-US",
    ) -> Interaction:
        """A person's interaction goes out; the clock of its acknowledgement runs."""
        guild_id = channel.get("guild_id")
        theirs = str(self._world.permissions(user["id"], channel))
        payload: Object = {
            "id": self._world.new_id(),
            "application_id": self._world.app_id,
            "type": kind,
            "data": data,
            "channel_id": channel["id"],
            "channel": {**channel, "permissions": theirs},
            "version": 1,
            "token": secrets.token_urlsafe(60),
            "locale": locale,
            "entitlements": [],
            "attachment_size_limit": MAX_FILE,
            "app_permissions": str(self._world.permissions(self._world.app_id, channel)),
            "context": 0 if guild_id else 1,
            "authorizing_integration_owners": {"0": guild_id or "0"},
        }
        if guild_id:
            member = self._world.member(guild_id, user["id"])
            language = self._world.guilds[guild_id]["preferred_locale"]
            payload |= {"guild_id": guild_id, "guild_locale": language}
            payload["guild"] = {"id": guild_id, "locale": language, "features": []}
            payload["member"] = {**member, "permissions": theirs}
        else:
            payload["user"] = user
        if message is not None:
            payload["message"] = message
        interaction = Interaction(copy.deepcopy(payload), self._world.now())
        self._by_token[interaction.token] = interaction
        sessions = list(self._gateway.sessions.values())
        assert sessions, "the bot is not connected"
        self._gateway.push(sessions[0], "INTERACTION_CREATE", payload)
        task = asyncio.create_task(self._deadline(interaction))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return interaction

    async def _deadline(self, interaction: Interaction) -> None:
        await asyncio.sleep(SECONDS_TO_ACKNOWLEDGE)
        if interaction.callback is None:
            interaction.expired = True
            data = interaction.payload["data"]
            name = data.get("name") or data.get("custom_id")
            self._violate("interaction", f"{name} was not acknowledged in time")

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- the first response
    async def _callback(self, request: web.Request, number: str, token: str) -> Reply:
        interaction = self._by_token.get(token)
        if interaction is None or interaction.id != number or interaction.expired:
            raise not_found(10062, "interaction")
        if interaction.callback is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        if interaction.payload["channel_id"] not in self._world.channels:
            raise not_found(10003, "Channel")
        body, files = await read_body(request)
        kind, data = body.get("type"), body.get("data") or {}
        errors = FormErrors()
        errors.choice(("type",), kind, ALLOWED[interaction.type])
        errors.raise_any()
        self._check(interaction, kind, data, files)
        interaction.callback = body
        interaction.seconds = self._world.now() - interaction.created
        self._apply(interaction, kind, data, files)
        if request.query.get("with_response", "").lower() in ("1", "true"):
            return json_reply(self._described(interaction, kind))
        return nothing()

    def _check(self, interaction: Interaction, kind: int, data: Object, files: Files) -> None:
        errors = FormErrors()
        if kind in (MESSAGE, UPDATE):
            editing = interaction.payload.get("message") if kind == UPDATE else None
            check_message(data, files, editing=editing, prefix=("data",))
        elif kind in (DEFERRED, DEFERRED_UPDATE):
            plain = not int(data.get("flags") or 0) & ~Flag.EPHEMERAL
            errors.choice(("data", "flags"), plain, (True,))
        elif kind == CHOICES:
            errors.count(("data", "choices"), data.get("choices") or [], 0, 25)
            asked = focused(interaction.payload["data"].get("options") or [])
            for index, choice in enumerate(data.get("choices") or []):
                check_choice(errors, ("data", "choices", index), choice, asked["type"])
        elif kind == MODAL:
            errors.text(("data", "title"), data.get("title"), 1, 45, needed=True)
            errors.text(("data", "custom_id"), data.get("custom_id"), 1, 100, needed=True)
            ModalComponents(errors).check(data.get("components") or [])
        errors.raise_any()

    def _apply(self, interaction: Interaction, kind: int, data: Object, files: Files) -> None:
        if kind == MESSAGE:
            interaction.original = self._respond(interaction, data, files)
        elif kind == DEFERRED:
            hidden = int(data.get("flags") or 0) & Flag.EPHEMERAL
            interaction.original = self._respond(interaction, {"flags": hidden | Flag.LOADING}, {})
        elif kind in (DEFERRED_UPDATE, UPDATE):
            interaction.updating = kind == DEFERRED_UPDATE
            shown = interaction.payload["message"]
            interaction.original = self._world.messages.get(shown["id"], shown)
            if kind == UPDATE:
                self._messages.edit(interaction.original, data, files)

    def _respond(self, interaction: Interaction, data: Object, files: Files) -> Object:
        payload = interaction.payload
        user = payload.get("user") or payload["member"]["user"]
        about = {"id": interaction.id, "type": interaction.type, "user": user}
        about["authorizing_integration_owners"] = {"0": payload.get("guild_id") or "0"}
        extra: Object = {
            "type": 20 if interaction.type == COMMAND else 19,
            "webhook_id": self._world.app_id,
            "interaction_metadata": about,
        }
        channel = self._world.channels[payload["channel_id"]]
        return self._messages.create(channel, self._world.me, data, files, extra=extra)

    def _described(self, interaction: Interaction, kind: int) -> Object:
        about: Object = {"id": interaction.id, "type": interaction.type}
        resource: Object = {"type": kind}
        if interaction.original is not None:
            flags = interaction.original["flags"]
            about["response_message_id"] = interaction.original["id"]
            about["response_message_loading"] = bool(flags & Flag.LOADING)
            about["response_message_ephemeral"] = bool(flags & Flag.EPHEMERAL)
            resource["message"] = interaction.original
        return {"interaction": about, "resource": resource}

    # -- what comes after it
    def _open(self, application: str, token: str) -> Interaction:
        interaction = self._by_token.get(token)
        if interaction is None or application != self._world.app_id or not interaction.callback:
            raise not_found(10015, "Webhook")
        if self._world.now() - interaction.created > TOKEN_SECONDS:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return interaction

    async def _followup(self, request: web.Request, application: str, token: str) -> Reply:
        interaction = self._open(application, token)
        body, files = await read_body(request)
        check_message(body, files)
        original = interaction.original
        if original is not None and original["flags"] & Flag.LOADING:
            return json_reply(self._messages.edit(original, body, files))
        interaction.followups.append(self._respond(interaction, body, files))
        return json_reply(interaction.followups[-1])

    def _message(self, interaction: Interaction, message_id: str) -> Object:
        known = {message["id"]: message for message in interaction.followups}
        if interaction.original is not None:
            known["@original"] = known[interaction.original["id"]] = interaction.original
        message = known.get(message_id)
        if message is None or message["id"] not in self._world.messages:
            raise not_found(10008, "Message")
        return message

    async def _get(self, request: web.Request, app: str, token: str, message_id: str) -> Reply:
        return json_reply(self._message(self._open(app, token), message_id))

    async def _patch(self, request: web.Request, app: str, token: str, message_id: str) -> Reply:
        interaction = self._open(app, token)
        message = self._message(interaction, message_id)
        body, files = await read_body(request)
        edited = self._messages.edit(message, body, files)
        interaction.updating = interaction.updating and message is not interaction.original
        return json_reply(edited)

    async def _delete(self, request: web.Request, app: str, token: str, message_id: str) -> Reply:
        self._messages.delete(self._message(self._open(app, token), message_id))
        return nothing()


def focused(options: list[Object]) -> Object:
    """The option that a person is typing in."""
    for option in options:
        if option.get("focused"):
            return option
        if found := focused(option.get("options") or []):
            return found
    return {}
