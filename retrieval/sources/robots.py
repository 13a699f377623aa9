"""What sites ask of programs that read them (robots.txt)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from protego import Protego

from retrieval.errors import Reason, SourceError, UnreadableError
from retrieval.sources.sandbox import apart

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
        self._rules: dict[str, tuple[float, Protego | SourceError]] = {}
        """By site, when they were read; the reason where they could not be."""
        self._turns: dict[str, asyncio.Lock] = {}

    async def welcome(self, url: str) -> None:
        """Raises SourceError where the site asks programs not to read the page. A site without
        rules welcomes all; of one whose server fails to tell them, nothing is read."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        turn = self._turns.setdefault(site, asyncio.Lock())
        try:
            async with turn:
                rules = await self._of(site)
        finally:
            self._turns.pop(site, None)
        if not rules.can_fetch(url, self._agent):
            raise UnreadableError(
                "its site asks programs not to read it (robots.txt)", Reason.ROBOTS
            )

    async def _of(self, site: str) -> Protego:
        read_at, rules = self._rules.get(site, (-KEPT_S, None))
        age = time.monotonic() - read_at
        if rules is None or age > (KEPT_S if isinstance(rules, Protego) else FAILURE_KEPT_S):
            rules = await self._asked(site)
            self._rules.pop(site, None)
            self._rules[site] = (time.monotonic(), rules)
            while len(self._rules) > KEPT_SITES:
                del self._rules[next(iter(self._rules))]
        if isinstance(rules, SourceError):
            raise UnreadableError(str(rules), rules.reason) from rules
        return rules

    async def _asked(self, site: str) -> Protego | SourceError:
        try:
            text = await self._read(f"{site}/robots.txt")
        except SourceError as error:
            if error.reason in _NOBODY_ANSWERS:
                return error  # nor would anybody for the page
            if isinstance(error, Unanswered) or error.reason in _NOT_TOLD:
                return UnreadableError(
                    "its site cannot tell just now whether programs may read it (robots.txt)",
                    Reason.ROBOTS_UNKNOWN,
                )
            text = b""
        return await apart(Protego.parse, text[:LARGEST].decode("utf-8", "replace"))


_NOBODY_ANSWERS = frozenset({Reason.SLOW, Reason.UNREACHABLE})
_NOT_TOLD = frozenset({Reason.BROKEN_REPLY, Reason.TOO_LARGE})


class Unanswered(UnreadableError):
    """The server is busy or out of order, so that it is not known what is there."""
