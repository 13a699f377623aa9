"""The one thread that owns all CPU work: embedding, the vector index, parsing.

What only this thread touches needs no locks. A job that has begun runs to its end, whatever
becomes of its caller; so long work comes in batches, marked as background, and a question waits
for one batch at most.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_Job = tuple[bool, int, Future[Any], Callable[[], Any]]
"""Whether it can wait, its number in order of arrival, where its result goes, the work."""


class Worker:
    """Runs functions one at a time, in a thread of its own."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="worker")
        self._jobs: list[_Job] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns, or raises, when its turn comes: ahead of all background work.

        A caller that is cancelled while waiting for its turn takes the job back.
        """
        return await self._submit(lambda: function(*args, **kwargs), background=False)

    async def run_background(
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same for work that nobody watches: a batch of a long add."""
        return await self._submit(lambda: function(*args, **kwargs), background=True)

    async def close(self) -> None:
        """Wait for the job at work; those still waiting for their turn are cancelled."""
        with self._lock:
            waiting, self._jobs = self._jobs, []
        for _, _, result, _ in waiting:
            result.cancel()
        # The default executor only waits here; it does no work of ours.
        await asyncio.to_thread(self._executor.shutdown, wait=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _submit(self, work: Callable[[], T], *, background: bool) -> T:
        result: Future[T] = Future()
        with self._lock:
            # The executor is given a turn, not the job: whose turn it is, is said when it comes.
            # Within the lock, so that after `close` no job waits for a turn that never comes.
            self._executor.submit(self._take_turn)
            heapq.heappush(self._jobs, (background, next(self._numbers), result, work))
        return await asyncio.wrap_future(result)

    def _take_turn(self) -> None:
        with self._lock:
            if not self._jobs:  # closed meanwhile
                return
            _, _, result, work = heapq.heappop(self._jobs)
        if not result.set_running_or_notify_cancel():
            return
        try:
            value = work()
        except StopIteration as error:
            # A future cannot carry it: in a coroutine it would look like the coroutine's end.
            failure = RuntimeError("the work ended with StopIteration")
            failure.__cause__ = error
            result.set_exception(failure)
        except BaseException as error:
            result.set_exception(error)
        else:
            result.set_result(value)


class Once(Generic[T]):
    """Something the worker opens when it is first asked for; after a failure, once more."""

    def __init__(self, worker: Worker, opening: Callable[[], T]) -> None:
        self._worker = worker
        self._opening = opening
        self._task: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """What was opened, or the error of opening it. A caller that is cancelled stops nobody."""
        task = self._task
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._task = asyncio.create_task(self._worker.run(self._opening))
        return await asyncio.shield(task)

    def cancel(self) -> None:
        """Do not wait for it any more."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
