"""Rate limits and scripted failures."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections import deque
from dataclasses import dataclass

from .rest_types import Reply, json_reply

GLOBAL_PER_SECOND = 50
# Discord does not publish the limits of a route; these are what its headers usually say.
ROUTES: dict[str, tuple[int, float]] = {
    "POST /channels/{}/messages": (5, 5.0),
    "PATCH /channels/{}/messages/{}": (5, 5.0),
    "POST /webhooks/{}/{}": (5, 2.0),
    "PATCH /webhooks/{}/{}/messages/{}": (5, 2.0),
}


@dataclass
class Fault:
    """The next `times` matching requests fail; `after` lets the request do its work first."""

    method: str
    pattern: re.Pattern[str]
    status: int
    times: int
    retry_after: float = 0.3
    after: bool = False
    code: int = 0
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        return (
            self.hits < self.times
            and self.method in (method, "*")
            and self.pattern.search(path) is not None
        )

    def reply(self) -> Reply:
        self.hits += 1
        if self.status == 429:
            return limited(self.retry_after, scope="user")
        return json_reply({"message": "scripted", "code": self.code}, status=self.status)


def limited(seconds: float, *, scope: str) -> Reply:
    everywhere = scope == "global"
    body = {
        "message": "You are being rate limited.",
        "retry_after": round(seconds, 3),
        "global": everywhere,
    }
    headers = {"Retry-After": str(math.ceil(seconds)), "X-RateLimit-Scope": scope}
    if everywhere:
        headers["X-RateLimit-Global"] = "true"
    return json_reply(body, status=429, headers=headers)


class Buckets:
    """Fixed windows per route and major parameter, and the global one."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, ...], tuple[float, int]] = {}
        self._recent: deque[float] = deque()

    def take(
        self, route: str, major: tuple[str, ...], *, counts: bool
    ) -> tuple[Reply | None, dict[str, str]]:
        """A refusal if the limit is reached, and the headers that a reply carries."""
        now = time.monotonic()
        if counts:
            while self._recent and now - self._recent[0] > 1:
                self._recent.popleft()
            if len(self._recent) >= GLOBAL_PER_SECOND:
                return limited(1 - (now - self._recent[0]), scope="global"), {}
            self._recent.append(now)
        if route not in ROUTES:
            return None, {}
        most, window = ROUTES[route]
        key = (route, *major)
        start, used = self._windows.get(key, (now, 0))
        if now - start >= window:
            start, used = now, 0
        left = window - (now - start)
        if used >= most:
            return limited(left, scope="user"), {}
        self._windows[key] = (start, used + 1)
        return None, {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(most - used - 1),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left + 0.001:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(route.encode()).hexdigest()[:32],
        }
