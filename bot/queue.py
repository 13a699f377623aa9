"""Turns for adding articles: one article at a time, the servers in rotation.

A server that adds a hundred articles delays another's single one by one article, not by a hundred.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_Waiting = OrderedDict[int, deque[asyncio.Future[None]]]


class FairQueue:
    """Whoever is inside `turn` is the only one."""

    def __init__(self) -> None:
        self._waiting: _Waiting = OrderedDict()
        self._busy = False

    def __len__(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    @property
    def busy(self) -> bool:
        """Whether a turn would have to be waited for."""
        return self._busy

    @asynccontextmanager
    async def turn(self, server: int) -> AsyncIterator[None]:
        """Wait until it is this server's turn."""
        if self._busy:
            await self._wait(server)
        self._busy = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, server: int) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(server, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._pass_on()  # the turn had come already
            else:
                self._drop(server, mine)
            raise

    def _drop(self, server: int, waiting: asyncio.Future[None]) -> None:
        line = self._waiting[server]
        line.remove(waiting)
        if not line:
            del self._waiting[server]

    def _pass_on(self) -> None:
        """To the server that has waited longest since its last turn."""
        if not self._waiting:
            self._busy = False
            return
        server, line = self._waiting.popitem(last=False)
        line.popleft().set_result(None)
        if line:
            self._waiting[server] = line  # again, at the end of the rotation
