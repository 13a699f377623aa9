"""Ctrl-C: the first asks to stop, a second ends the process there and then."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn, TypeVar

from retrieval.sources.reading import Reading

T = TypeVar("T")

STOPPED = 130
"""The exit code of what was stopped by Ctrl-C, as shells count it."""
_SHOW_CURSOR = "\x1b[?25h"


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns. Ctrl-C cancels it and raises KeyboardInterrupt once it has ended.

    For a second one asyncio would break out of its loop and leave connections open, whose threads
    keep a process from ending. Ending at once loses nothing: all is written in transactions.
    """

    async def heard() -> T:
        with _second_ends():
            return await work

    return asyncio.run(heard())


@contextmanager
def _second_ends() -> Iterator[None]:
    first = signal.getsignal(signal.SIGINT)  # asyncio's own: it cancels the task
    if not callable(first):  # nobody is to be heard, as in a shell's background
        yield
        return

    def interrupted(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, _at_once)
        first(number, frame)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, first)


class Stopping:
    """Ctrl-C asks to stop after the articles in hand; a second one stops at once."""

    def __init__(self) -> None:
        self.asked = False
        self.taken = 0
        """Articles that were taken in hand."""

    def until_stopped(self, readings: Iterable[Reading]) -> Iterator[Reading]:
        """The readings, until somebody asks to stop."""
        for reading in readings:
            if self.asked:
                return
            self.taken += 1
            yield reading

    @contextmanager
    def on_interrupt(self) -> Iterator[None]:
        """Hear Ctrl-C while the block runs."""
        loop = asyncio.get_running_loop()
        before = signal.getsignal(signal.SIGINT)
        if not callable(before):
            yield
            return
        try:
            loop.add_signal_handler(signal.SIGINT, self._ask, loop)
        except NotImplementedError:  # Windows: Ctrl-C stops at once there
            yield
            return
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, _at_once if self.asked else before)

    def _ask(self, loop: asyncio.AbstractEventLoop) -> None:
        self.asked = True
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, _at_once)
        print("Stopping after the article in hand; Ctrl-C again stops at once.", file=sys.stderr)


def _at_once(_number: int, _frame: FrameType | None) -> NoReturn:
    # Not through Python's own files, which may be in use where this interrupts.
    os.write(2, f"{_SHOW_CURSOR if os.isatty(2) else ''}Stopped.\n".encode())
    os._exit(STOPPED)
