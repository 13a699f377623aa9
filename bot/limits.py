"""How often one person and one server may ask; buckets that fill up again steadily. Pure."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable

FORGET_ABOVE = 10_000
"""Buckets kept; full ones beyond that are let go."""


class Bucket:
    """`per_minute` at once, then one each time that one has come back."""

    def __init__(self, per_minute: int) -> None:
        self._size, self._rate = float(per_minute), per_minute / 60
        self._level: dict[Hashable, tuple[float, float]] = {}

    def lacks(self, key: Hashable, now: float) -> float:
        """Seconds until there is one to take."""
        return max(0.0, (1 - self._filled(key, now)) / self._rate)

    def take(self, key: Hashable, now: float) -> None:
        """Take one."""
        self._level[key] = (self._filled(key, now) - 1, now)
        if len(self._level) > FORGET_ABOVE:
            full = [k for k in self._level if self._filled(k, now) >= self._size]
            for stale in full:
                del self._level[stale]

    def _filled(self, key: Hashable, now: float) -> float:
        level, since = self._level.get(key, (self._size, now))
        return min(self._size, level + (now - since) * self._rate)


class Limits:
    """Both limits together: a question counts for its person and for its server, or for none."""

    def __init__(
        self, *, person: int, server: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._person, self._server, self._clock = Bucket(person), Bucket(server), clock

    def admit(self, person: int, server: int) -> int:
        """0 when the question may be asked now; else in how many seconds it may."""
        now = self._clock()
        wait = max(self._person.lacks(person, now), self._server.lacks(server, now))
        if wait > 0:
            return math.ceil(wait)
        self._person.take(person, now)
        self._server.take(server, now)
        return 0
