"""How long callbacks keep the event loop from everything else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEDULE = Path("/proc/thread-self/schedstat")


def _waited() -> float:
    """Seconds that this thread was ready to run and another had the processor."""
    return int(SCHEDULE.read_text().split()[1]) / 1e9 if SCHEDULE.exists() else 0.0


def _name(handle: asyncio.Handle) -> str:
    """The coroutine of a task's step, with its file; else the callback."""
    task = getattr(handle._callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return repr(handle)
    coroutine = task.get_coro()
    code = getattr(coroutine, "cr_code", None)
    return f"{coroutine!r} {code.co_filename if code else ''} {task.get_name()}"


@contextmanager
def watchdog() -> Iterator[list[tuple[float, str]]]:
    """Collects how long each callback took, longest first, with its name.

    Time in which the machine ran something else is taken off: on a busy machine a callback may
    take long that does little.
    """
    seen: list[tuple[float, str]] = []
    original = asyncio.events.Handle._run

    def run(handle: asyncio.Handle) -> None:
        started, waited = time.perf_counter(), _waited()
        original(handle)
        took = time.perf_counter() - started
        if took > 0.02:
            seen.append((took - (_waited() - waited), _name(handle)))

    asyncio.events.Handle._run = run  # type: ignore[method-assign]  # the loop's own, for a while
    try:
        yield seen
    finally:
        asyncio.events.Handle._run = original  # type: ignore[method-assign]
        seen.sort(reverse=True)
