"""The gateway: sessions, heartbeats, events out, resuming with replay, and ways to break it."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import secrets
import time
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from .constants import Intent
from .world import Object, World

Violate = Callable[[str, Any], None]
DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT = 0, 1, 2, 3, 6, 7
MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11
MAX_PAYLOAD, MAX_SENT_A_MINUTE, MAX_REPLAY = 4096, 120, 2000


@dataclass
class Session:
    """What a client identified for; it outlives its socket."""

    id: str
    intents: int
    seq: int = 0
    events: deque[Object] = field(default_factory=lambda: deque(maxlen=MAX_REPLAY))
    socket: Socket | None = None


class Socket:
    """One connected WebSocket. Writes happen in order, in a task of its own."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request, *, packed: bool) -> None:
        self.ws, self.request = ws, request
        self.session: Session | None = None
        self.closed_by_us = False
        self.closed = asyncio.Event()
        self.reading: asyncio.Task[int | None] | None = None
        self.answers_heartbeats = True
        self.last_beat = time.monotonic()
        self.received: deque[float] = deque(maxlen=MAX_SENT_A_MINUTE + 1)
        self._zlib = zlib.compressobj() if packed else None
        self._queue: asyncio.Queue[Object] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, payload: Object) -> None:
        self._queue.put_nowait(payload)

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                raw = json.dumps(await self._queue.get()).encode()
                if self._zlib is None:
                    await self.ws.send_str(raw.decode())
                else:
                    packed = self._zlib.compress(raw) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    await self.ws.send_bytes(packed)

    async def close(self, code: int) -> None:
        self.closed_by_us = True
        try:
            if self.reading is not None:
                # While somebody reads, aiohttp ends the connection without waiting for the
                # client's part of the handshake; the client may then never see the code.
                self.reading.cancel()
                await asyncio.wait({self.reading})
            await self.ws.close(code=code)
        finally:
            self.closed.set()

    async def stop(self) -> None:
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)


class Gateway:
    """All sessions and sockets of the one application this server knows."""

    def __init__(
        self, world: World, violate: Violate, *, token: str, heartbeat: float, privileged: int
    ) -> None:
        self._world, self._violate = world, violate
        self._token, self._heartbeat, self._privileged = token, heartbeat, privileged
        self.sessions: dict[str, Session] = {}
        self.sockets: set[Socket] = set()
        self.log: list[tuple[str, Any]] = []

    # -- events out
    def dispatch(self, event: str, data: Object, *, intent: int = Intent.GUILDS) -> None:
        for session in self.sessions.values():
            if session.intents & intent:
                self.push(session, event, data)

    def push(self, session: Session, event: str, data: Object) -> None:
        session.seq += 1
        payload = {"op": DISPATCH, "t": event, "s": session.seq, "d": copy.deepcopy(data)}
        session.events.append(payload)
        if session.socket is not None:
            session.socket.send(payload)

    def message(self, event: str, message: Object) -> None:
        """A message event, with its content only for those who may read it."""
        channel = self._world.channels[message["channel_id"]]
        guild_id = channel.get("guild_id")
        intent = Intent.GUILD_MESSAGES if guild_id else Intent.DIRECT_MESSAGES
        for session in self.sessions.values():
            if session.intents & intent:
                self.push(session, event, self._as_seen(message, guild_id, session))

    def _as_seen(self, message: Object, guild_id: str | None, session: Session) -> Object:
        seen, me = dict(message), self._world.app_id
        readable = session.intents & Intent.MESSAGE_CONTENT or not guild_id
        named = any(user["id"] == me for user in message["mentions"])
        if not (readable or named or message["author"]["id"] == me):
            seen |= {"content": "", "embeds": [], "attachments": [], "components": []}
        if guild_id:
            seen["guild_id"] = guild_id
            members = self._world.guilds[guild_id]["members"]
            for member in members:
                if member["user"]["id"] == message["author"]["id"]:
                    seen["member"] = {k: v for k, v in member.items() if k != "user"}
        return seen

    # -- ways to break it
    def drop(self) -> None:
        """Cut every socket without a close frame."""
        for socket in list(self.sockets):
            if socket.request.transport is not None:
                socket.request.transport.abort()

    async def close(self, code: int) -> None:
        for socket in list(self.sockets):
            await socket.close(code)

    def ask_reconnect(self) -> None:
        for socket in self.sockets:
            socket.send({"op": RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool) -> None:
        for socket in self.sockets:
            if not resumable and socket.session:
                self.sessions.pop(socket.session.id, None)
            socket.send({"op": INVALID_SESSION, "d": resumable})

    def replay(self, count: int = 1) -> None:
        """Send the last events again, as a reconnect may."""
        for session in self.sessions.values():
            for payload in list(session.events)[-count:]:
                self.push(session, payload["t"], payload["d"])

    # -- the socket
    async def serve(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        if query.get("v") != "10" or query.get("encoding") != "json":
            self._violate("gateway", f"bad query {dict(query)}")
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        socket = Socket(ws, request, packed=query.get("compress") == "zlib-stream")
        self.sockets.add(socket)
        self.log.append(("connect", request.host))
        interval = int(self._heartbeat * 1000)
        socket.send({"op": HELLO, "d": {"heartbeat_interval": interval, "_trace": []}})
        watch = asyncio.create_task(self._watch(socket))
        socket.reading = asyncio.create_task(self._read(socket))
        try:
            await asyncio.wait({socket.reading})
            if not socket.reading.cancelled() and (code := socket.reading.result()) is not None:
                self.log.append(("closed", code))
                await socket.close(code)
        finally:
            watch.cancel()
            socket.reading.cancel()
            self._leave(socket)
            await socket.stop()
            if socket.closed_by_us:
                await socket.closed.wait()
        return ws

    async def _read(self, socket: Socket) -> int | None:
        """Until the client goes, or has to: then the code to close with."""
        async for message in socket.ws:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            if (code := self._receive(socket, message.data)) is not None:
                return code
        return None

    def _leave(self, socket: Socket) -> None:
        self.sockets.discard(socket)
        session = socket.session
        if session is None or session.socket is not socket:
            return
        session.socket = None
        if socket.ws.close_code in (1000, 1001) and not socket.closed_by_us:
            self.sessions.pop(session.id, None)  # a clean close by the client ends the session

    async def _watch(self, socket: Socket) -> None:
        left = patience = self._heartbeat * 1.5
        while left > 0:
            await asyncio.sleep(left)
            left = socket.last_beat + patience - time.monotonic()
        self._violate("gateway", "missed heartbeats")
        await socket.close(4000)

    def _receive(self, socket: Socket, raw: str | bytes) -> int | None:
        """The code to close with, if the payload asks for it."""
        if len(raw) > MAX_PAYLOAD:
            self._violate("gateway", f"payload of {len(raw)} bytes")
            return 4002
        now = time.monotonic()
        socket.received.append(now)
        if len(socket.received) > MAX_SENT_A_MINUTE and now - socket.received[0] < 60:
            self._violate("gateway", "more than 120 payloads in 60 s")
            return 4008
        payload = json.loads(raw)
        op, data = payload["op"], payload.get("d")
        self.log.append((f"op{op}", None if op in (IDENTIFY, RESUME) else data))
        if op == HEARTBEAT:
            socket.last_beat = now
            if socket.answers_heartbeats:
                socket.send({"op": HEARTBEAT_ACK})
            return None
        if op == IDENTIFY:
            return self._identify(socket, data)
        if op == RESUME:
            return self._resume(socket, data)
        if socket.session is None:
            return 4003
        if op not in (PRESENCE, 4, MEMBERS):
            self._violate("gateway", f"unknown opcode {op}")
            return 4001
        return None

    def _identify(self, socket: Socket, data: Object) -> int | None:
        if socket.session:
            return 4005
        if data.get("token") != self._token:
            return 4004
        if data["intents"] & Intent.PRIVILEGED & ~self._privileged:
            return 4014
        session = Session(secrets.token_hex(16), data["intents"], socket=socket)
        socket.session = self.sessions[session.id] = session
        self.push(session, "READY", self._ready(session))
        if session.intents & Intent.GUILDS:
            for guild in self._world.guilds.values():
                own = [m for m in guild["members"] if m["user"]["id"] == self._world.app_id]
                self.push(session, "GUILD_CREATE", {**guild, "members": own})
        return None

    def _ready(self, session: Session) -> Object:
        return {
            "v": 10,
            "user": self._world.me,
            "guilds": [{"id": guild, "unavailable": True} for guild in self._world.guilds],
            "session_id": session.id,
            "resume_gateway_url": "wss://gateway-resume.discord.gg",
            "application": {"id": self._world.app_id, "flags": 0},
            "private_channels": [],
            "relationships": [],
            "shard": [0, 1],
        }

    def _resume(self, socket: Socket, data: Object) -> int | None:
        session = self.sessions.get(data.get("session_id", ""))
        if data.get("token") != self._token:
            return 4004
        if session is None:
            socket.send({"op": INVALID_SESSION, "d": False})
            return None
        if not socket.request.host.startswith("gateway-resume."):
            self._violate("gateway", "RESUME was not sent to resume_gateway_url")
        socket.session, session.socket = session, socket
        for payload in session.events:
            if payload["s"] > data["seq"]:
                socket.send(payload)
        self.push(session, "RESUMED", {"_trace": []})
        return None
