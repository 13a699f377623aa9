"""The same work on many things, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")
Done = TypeVar("Done")


async def in_groups(
    work: Callable[[Thing], Awaitable[Done]], things: Sequence[Thing], at_once: int
) -> AsyncIterator[Done]:
    """What `work` makes of each, in order; of `at_once` of them together. All of a group have ended
    before an error of one ends the run."""
    for at in range(0, len(things), at_once):
        group = map(work, things[at : at + at_once])
        for done in await asyncio.gather(*group, return_exceptions=True):
            if isinstance(done, BaseException):
                raise done
            yield done
