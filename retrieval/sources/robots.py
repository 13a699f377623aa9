"""What sites ask of programs that read them (robots.txt)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from protego import Protego

from retrieval.errors import Reason, SourceError, UnreadableError

KEPT_S = 24 * 3600
"""After a day a site is asked anew."""
FAILURE_KEPT_S = 60
KEPT_SITES = 500
LARGEST = 500 << 10
"""Bytes of rules that are read; what a site has more of is left out."""


class Robots:
    """The rules of sites, each asked for once, by as many as want to know at a time."""

    def __init__(self, agent: str, read: Callable[[str], Awaitable[bytes]]) -> None:
        """`read` gives what is at a link; it raises SourceError where there is nothing, and
        `Unanswered` where that cannot be told."""
        self._agent = agent
        self._read = read
        self._rules: dict[str, tuple[float, Protego | None]] = {}
        """By site, when they were read; None where its server failed."""
        self._turns: dict[str, asyncio.Lock] = {}

    async def welcome(self, url: str) -> None:
        """Raises UnreadableError where the site asks programs not to read the page. A site without
        rules welcomes all; of one whose server fails to tell them, nothing is read."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        turn = self._turns.setdefault(site, asyncio.Lock())
        async with turn:
            rules = await self._of(site)
        self._turns.pop(site, None)
        if not rules.can_fetch(url, self._agent):
            raise UnreadableError(
                "its site asks programs not to read it (robots.txt)", Reason.ROBOTS
            )

    async def _of(self, site: str) -> Protego:
        read_at, rules = self._rules.get(site, (-KEPT_S, None))
        age = time.monotonic() - read_at
        if age > (FAILURE_KEPT_S if rules is None else KEPT_S):
            rules = await self._asked(site)
            self._rules.pop(site, None)
            self._rules[site] = (time.monotonic(), rules)
            while len(self._rules) > KEPT_SITES:
                del self._rules[next(iter(self._rules))]
        if rules is None:
            raise UnreadableError(
                "its site cannot tell just now whether programs may read it (robots.txt)",
                Reason.ROBOTS_UNKNOWN,
            )
        return rules

    async def _asked(self, site: str) -> Protego | None:
        try:
            text = await self._read(f"{site}/robots.txt")
        except Unanswered:
            return None
        except SourceError:
            text = b""
        return Protego.parse(text[:LARGEST].decode("utf-8", "replace"))


class Unanswered(UnreadableError):
    """The server failed, so that it is not known what is there."""
