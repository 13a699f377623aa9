"""The whole: one server on loopback that a discord.py client takes for Discord."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from .cdn import Cdn
from .constants import ORDINARY, Intent, Kind
from .gateway import Gateway
from .interactions import Interactions
from .messages import Messages
from .people import People
from .rest import Rest
from .tls import Certificates, Proxy
from .world import Object, World


class DiscordServer:
    """Speaks REST v10, gateway v10 and the attachment CDN, strictly.

    What Discord refuses is refused and remembered: a test ends with `assert_clean`. Clients
    reach it under Discord's own names through `proxy_url`, trusting `certificates.authority`.
    """

    def __init__(
        self,
        certificates: Certificates,
        *,
        heartbeat: float = 41.25,
        privileged: int = Intent.PRIVILEGED,
    ) -> None:
        self.certificates = certificates
        self.violations: list[str] = []
        self.world = World()
        name = base64.b64encode(self.world.app_id.encode()).decode().rstrip("=")
        self.token = f"{name}.test01.{secrets.token_hex(19)}"
        self.gateway = Gateway(
            self.world,
            self.violate,
            token=self.token,
            heartbeat=heartbeat,
            privileged=privileged,
        )
        self.world.role_made = self._tell_of_role
        self.cdn = Cdn(self.world)
        self.messages = Messages(self.world, self.gateway, self.cdn)
        self.rest = Rest(self.world, self.messages, self.violate, token=self.token)
        self.interactions = Interactions(
            self.world, self.gateway, self.messages, self.rest, self.violate
        )
        self.people = People(self.world, self.rest, self.messages, self.interactions, self.cdn)
        self.proxy_url = ""

    async def __aenter__(self) -> DiscordServer:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5)
        await self._runner.setup()
        context = self.certificates.server_context()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        self._proxy = Proxy(self._runner.addresses[0][1], self.violate)
        self.proxy_url = await self._proxy.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        for socket in list(self.gateway.sockets):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(socket.close(1001), 1)
        await self.interactions.stop()
        await self._proxy.stop()
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self.gateway.serve(request)
        if request.host in ("cdn.discordapp.com", "media.discordapp.net"):
            return self.cdn.serve(request)
        return await self.rest.serve(request)

    # -- what went wrong
    def violate(self, where: str, detail: Any) -> None:
        self.violations.append(f"{where}: {detail}")

    def assert_clean(self) -> None:
        assert not self.violations, "violations:\n" + "\n".join(self.violations)
        assert not self.messages.pings, f"somebody was pinged: {self.messages.pings}"

    async def until(self, condition: Callable[[], Any], within: float = 15) -> Any:
        """Wait for a condition and give its value."""
        end = asyncio.get_running_loop().time() + within
        while not (value := condition()):
            assert asyncio.get_running_loop().time() < end, f"waited in vain; {self.violations}"
            await asyncio.sleep(0.01)
        return value

    # -- changes of the world that the bot hears of
    def open_guild(self, name: str, **more: Any) -> Object:
        """The bot is invited to a new server."""
        guild = self.world.add_guild(name, **more)
        # Only of a server that was known before it is said whether it is there again.
        joined = {key: value for key, value in guild.items() if key != "unavailable"}
        self.gateway.dispatch("GUILD_CREATE", joined)
        return guild

    def open_channel(
        self, guild: Object, name: str, *, deny: int = 0, kind: int = Kind.TEXT
    ) -> Object:
        channel = self.world.add_channel(guild, name, deny=deny, kind=kind)
        self.gateway.dispatch("CHANNEL_CREATE", channel)
        return channel

    def open_thread(self, parent: Object, name: str, owner: Object) -> Object:
        thread = self.world.add_thread(parent, name, owner)
        self.messages.announce_thread(thread)
        return thread

    def change_channel(self, channel: Object, **changes: Any) -> None:
        channel |= changes
        self.gateway.dispatch("CHANNEL_UPDATE", channel)

    def _tell_of_role(self, guild: Object, role: Object) -> None:
        self.gateway.dispatch("GUILD_ROLE_CREATE", {"guild_id": guild["id"], "role": role})

    def delete_channel(self, channel: Object) -> None:
        self.world.drop_channel(channel)
        self.world.guilds[channel["guild_id"]]["channels"].remove(channel)
        self.gateway.dispatch("CHANNEL_DELETE", channel)

    def delete_messages(self, *messages: Object) -> None:
        """Somebody takes several away at once."""
        for message in messages:
            del self.world.messages[message["id"]]
        channel = self.world.channels[messages[0]["channel_id"]]
        gone = {"ids": [message["id"] for message in messages], "channel_id": channel["id"]}
        about = {**gone, "guild_id": channel["guild_id"]}
        self.gateway.dispatch("MESSAGE_DELETE_BULK", about, intent=Intent.GUILD_MESSAGES)

    def kick(self, guild: Object) -> None:
        """The bot is put out of the guild."""
        del self.world.guilds[guild["id"]]
        for channel in [*guild["channels"], *guild["threads"]]:
            self.world.drop_channel(channel)
        self.gateway.dispatch("GUILD_DELETE", {"id": guild["id"]})

    def join(self, user: Object, guild: Object, permissions: int = ORDINARY) -> Object:
        return self.world.add_member(guild, user, permissions)

    def leave(self, user: Object, guild: Object) -> None:
        members = guild["members"]
        members.remove(self.world.member(guild["id"], user["id"]))

    # -- what a test looks at
    def said(self, channel: Object) -> list[Object]:
        """The bot's messages in a channel, oldest first."""
        return [
            message
            for message in self.world.messages.values()
            if message["channel_id"] == channel["id"] and message["author"] is self.world.me
        ]
