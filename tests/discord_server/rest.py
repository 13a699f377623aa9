"""The REST interface: who may call what, how often, and the plain resources."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .commands import check_commands
from .constants import API, Permission
from .embeds import check_message
from .errors import ApiError, not_found
from .limits import Buckets, Fault
from .messages import Messages
from .rest_types import Reply, json_reply, nothing, read_body
from .world import Object, World

Handler = Callable[..., Awaitable[Reply]]
REFUSALS = (400, 401, 403, 404, 405, 413)


class Rest:
    """Routes, authorisation, limits and failures around the handlers."""

    def __init__(
        self, world: World, messages: Messages, violate: Callable[[str, Any], None], *, token: str
    ) -> None:
        self._world, self._messages, self._violate, self._token = world, messages, violate, token
        self._buckets = Buckets()
        self._routes: list[tuple[str, str, re.Pattern[str], bool, Handler]] = []
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str, int]] = []
        self.commands: list[Object] = []
        self.tolerated: set[int] = set()
        """Refused codes that a test provokes on purpose."""
        self.latency = 0.0
        self.reply_latency = 0.0
        """What is done is seen by others so long before the bot hears of it."""
        for method, path, handler in self._plain():
            self.route(method, path, handler)

    def route(self, method: str, path: str, handler: Handler, *, public: bool = False) -> None:
        """`public` routes carry their secret in the path; they have no global limit."""
        pattern = re.compile(re.escape(path).replace(r"\{\}", "([^/]+)"))
        self._routes.append((method, path, pattern, public, handler))

    def fault(self, method: str, pattern: str, status: int, times: int = 1, **more: Any) -> Fault:
        """Script a failure of the next `times` requests that match."""
        fault = Fault(method, re.compile(pattern), status, times, **more)
        self.faults.append(fault)
        return fault

    async def serve(self, request: web.Request) -> Reply:
        if not request.path.startswith(f"{API}/"):
            self._violate("http", f"{request.method} {request.path}: not version 10")
            return json_reply({"message": "404: Not Found", "code": 0}, status=404)
        path = request.path.removeprefix(API)
        if self.latency:
            await asyncio.sleep(self.latency)
        try:
            reply = await self._answer(request, path)
        except ApiError as error:
            if error.status in REFUSALS and error.body["code"] not in self.tolerated:
                self._violate(f"{request.method} {path}", error.body)
            reply = json_reply(error.body, status=error.status)
        if self.reply_latency:
            await asyncio.sleep(self.reply_latency)
        self.requests.append((request.method, path, reply.status))
        reply.headers["Via"] = "1.1 google"  # a 429 without it is read as a ban by Cloudflare
        return reply

    async def _answer(self, request: web.Request, path: str) -> Reply:
        for fault in self.faults:
            if fault.matches(request.method, path):
                if fault.after:
                    await self._handle(request, path)
                return fault.reply()
        return await self._handle(request, path)

    async def _handle(self, request: web.Request, path: str) -> Reply:
        for method, name, pattern, public, handler in self._routes:
            match = pattern.fullmatch(path) if method == request.method else None
            if match is None:
                continue
            if not public:
                self._authorise(request)
            major = match.groups()[: 2 if public else 1]
            refusal, headers = self._buckets.take(f"{method} {name}", major, counts=not public)
            if refusal is not None:
                return refusal
            reply = await handler(request, *match.groups())
            reply.headers.update(headers)
            return reply
        raise ApiError(404, 0, "404: Not Found")

    def _authorise(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self._token}":
            raise ApiError(401, 0, "401: Unauthorized")
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            self._violate("http", "User-Agent must be 'DiscordBot ($url, $versionNumber)'")

    # -- plain resources
    def _plain(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "/users/@me", self._me),
            ("GET", "/gateway", self._gateway),
            ("GET", "/gateway/bot", self._gateway),
            ("GET", "/applications/@me", self._application),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/applications/{}/commands", self._get_commands),
            ("PUT", "/applications/{}/commands", self._put_commands),
            ("POST", "/users/@me/channels", self._open_direct),
            ("GET", "/users/{}", self._user),
            ("GET", "/guilds/{}/members/{}", self._member),
            ("GET", "/channels/{}", self._channel),
            ("POST", "/channels/{}/typing", self._typing),
            ("POST", "/channels/{}/messages", self._post),
            ("GET", "/channels/{}/messages/{}", self._get),
            ("PATCH", "/channels/{}/messages/{}", self._patch),
            ("DELETE", "/channels/{}/messages/{}", self._delete),
        ]

    async def _me(self, request: web.Request) -> Reply:
        return json_reply(self._world.me)

    async def _gateway(self, request: web.Request) -> Reply:
        limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        body = {"url": "wss://gateway.discord.gg", "shards": 1, "session_start_limit": limit}
        return json_reply(body)

    async def _application(self, request: web.Request) -> Reply:
        return json_reply(
            {
                "id": self._world.app_id,
                "name": "clippings",
                "icon": None,
                "description": "",
                "bot_public": True,
                "bot_require_code_grant": False,
                "owner": self._world.owner,
                "team": None,
                "verify_key": "0" * 64,
                "flags": 0,
                "bot": self._world.me,
                "summary": "",
            }
        )

    async def _get_commands(self, request: web.Request, application: str) -> Reply:
        return json_reply(self.commands)

    async def _put_commands(self, request: web.Request, application: str) -> Reply:
        if application != self._world.app_id:
            raise ApiError(403, 20012, "You are not authorized to act on this application")
        body, _ = await read_body(request)
        check_commands(body)
        kept = {(c["type"], c["name"]): c["id"] for c in self.commands}
        self.commands = []
        for command in body:
            full = {"type": 1, "application_id": application, "version": "1", **command}
            known = kept.get((full["type"], full["name"]))
            full |= {
                "id": known or self._world.new_id(),
                "description": full.get("description", ""),
            }
            full.setdefault("default_member_permissions", None)
            self.commands.append(full)
        return json_reply(self.commands)

    async def _open_direct(self, request: web.Request) -> Reply:
        body, _ = await read_body(request)
        user = self._world.users.get(str(body.get("recipient_id")))
        if user is None:
            raise ApiError(400, 50033, "Invalid Recipient(s)")
        return json_reply(self._world.direct(user))

    async def _user(self, request: web.Request, user_id: str) -> Reply:
        if user_id not in self._world.users:
            raise not_found(10013, "User")
        return json_reply(self._world.users[user_id])

    async def _member(self, request: web.Request, guild_id: str, user_id: str) -> Reply:
        return json_reply(self._world.member(guild_id, user_id))

    async def _channel(self, request: web.Request, channel_id: str) -> Reply:
        return json_reply(self._see(channel_id))

    async def _typing(self, request: web.Request, channel_id: str) -> Reply:
        self._see(channel_id, send=True)
        return nothing()

    # -- messages
    def _see(self, channel_id: str, need: int = 0, *, send: bool = False) -> Object:
        channel = self._world.channels.get(channel_id)
        if channel is None:
            raise not_found(10003, "Channel")
        have = self._world.permissions(self._world.app_id, channel)
        if not have & Permission.VIEW:
            raise ApiError(403, 50001, "Missing Access")
        if send:
            thread = channel.get("parent_id") and "thread_metadata" in channel
            need |= Permission.SEND_IN_THREADS if thread else Permission.SEND
        if need & ~have:
            raise ApiError(403, 50013, "Missing Permissions")
        return channel

    async def _post(self, request: web.Request, channel_id: str) -> Reply:
        body, files = await read_body(request)
        need = Permission.ATTACH_FILES if files else 0
        need |= Permission.EMBED_LINKS if body.get("embeds") else 0
        channel = self._see(channel_id, need, send=True)
        check_message(body, files)
        reference = body.get("message_reference")
        if reference:
            self._see(channel_id, Permission.READ_HISTORY)
            self._refer(reference)
        made = self._messages.once(channel, body)
        if made is None:
            made = self._messages.create(channel, self._world.me, body, files)
            self._messages.remember(channel, body, made)
        return json_reply(made)

    def _refer(self, reference: Object) -> None:
        gone = str(reference["message_id"]) not in self._world.messages
        if gone and reference.get("fail_if_not_exists", True):
            error = {"_errors": [{"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}]}
            raise ApiError(400, 50035, "Invalid Form Body", {"message_reference": error})

    async def _get(self, request: web.Request, channel_id: str, message_id: str) -> Reply:
        self._see(channel_id)
        return json_reply(self._messages.find(message_id, channel_id))

    async def _patch(self, request: web.Request, channel_id: str, message_id: str) -> Reply:
        self._see(channel_id)
        message = self._messages.find(message_id, channel_id)
        if message["author"] is not self._world.me:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        body, files = await read_body(request)
        return json_reply(self._messages.edit(message, body, files))

    async def _delete(self, request: web.Request, channel_id: str, message_id: str) -> Reply:
        self._see(channel_id)
        self._messages.delete(self._messages.find(message_id, channel_id))
        return nothing()
