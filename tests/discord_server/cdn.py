"""Attachments, behind signed links that expire."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from aiohttp import web

from .constants import LINK_SECONDS
from .world import Object, World


class Cdn:
    """Files by id. A link is good for a day, and only as it was given out."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._key = secrets.token_bytes(16)
        self._files: dict[str, tuple[str, bytes, str]] = {}
        self.failures: list[int] = []
        """Statuses of the next downloads."""

    def store(self, channel_id: str, file: tuple[str, bytes, str], *, ephemeral: bool) -> Object:
        name, data, kind = file
        number = self._world.new_id()
        self._files[number] = file
        folder = "ephemeral-attachments" if ephemeral else "attachments"
        url = self._sign(f"/{folder}/{channel_id}/{number}/{name}")
        return {
            "id": number,
            "filename": name,
            "size": len(data),
            "url": url,
            "proxy_url": url,
            "content_type": kind,
            "ephemeral": ephemeral,
        }

    def content(self, attachment: Object) -> bytes:
        """For a test: what was uploaded."""
        return self._files[attachment["id"]][1]

    def _sign(self, path: str) -> str:
        expires = f"{int(self._world.now()) + LINK_SECONDS:x}"
        return f"https://cdn.discordapp.com{path}?ex={expires}&hm={self._mark(path, expires)}"

    def _mark(self, path: str, expires: str) -> str:
        return hmac.new(self._key, f"{path} {expires}".encode(), hashlib.sha256).hexdigest()

    def serve(self, request: web.Request) -> web.Response:
        expires = request.query.get("ex", "0")
        signed = request.query.get("hm") == self._mark(request.path, expires)
        file = self._files.get(request.path.split("/")[3]) if signed else None
        if file is None or int(expires, 16) < self._world.now():
            return web.Response(status=404, text="This content is no longer available.")
        if self.failures:
            return web.Response(status=self.failures.pop(0))
        return web.Response(body=file[1], headers={"Content-Type": file[2]})
