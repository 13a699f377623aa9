"""Good manners towards hosts: few requests at a time, and none before a host wants to be asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

AT_ONCE = 2
"""Requests that one host is sent at a time."""


class Hosts:
    """The hosts that are being read, as long as anybody reads them."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Inside, it is one's turn to send the host a request."""
        at = self._hosts.setdefault(host, _Host())
        at.users += 1
        try:
            async with at.turns:
                await asyncio.sleep(max(0.0, at.not_before - time.monotonic()))
                yield
        finally:
            at.users -= 1
            if not at.users and at.not_before < time.monotonic():
                self._hosts.pop(host, None)

    def pause(self, host: str, seconds: float) -> None:
        """Nobody asks the host anything for so long."""
        at = self._hosts.setdefault(host, _Host())
        at.not_before = max(at.not_before, time.monotonic() + seconds)


class _Host:
    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(AT_ONCE)
        self.not_before = 0.0
        self.users = 0
