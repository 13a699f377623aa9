"""Replies and bodies of the REST interface."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from .embeds import Files
from .errors import ApiError

Reply = web.Response


def json_reply(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """discord.py reads a body as JSON only when the content type says exactly that."""
    kind = {"Content-Type": "application/json", **(headers or {})}
    return Reply(body=json.dumps(body).encode(), status=status, headers=kind)


def nothing() -> Reply:
    return Reply(status=204)


async def read_body(request: web.Request) -> tuple[Any, Files]:
    """The JSON of a body, and the files of a multipart one."""
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        return (json.loads(raw) if raw else {}), {}
    payload: Any = {}
    files: Files = {}
    async for part in await request.multipart():
        number = re.fullmatch(r"files\[(\d+)\]", part.name or "")
        if part.name == "payload_json":
            payload = json.loads(await part.text())
        elif number:
            name = re.sub(r"[^\w.\-]", "_", part.filename or "unknown")
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files[number[1]] = (name, bytes(await part.read()), kind)
        else:
            raise ApiError(400, 50035, "Invalid Form Body", {part.name or "": "unexpected part"})
    return payload, files
