"""Where documents from strangers are parsed: processes with a limit on time and memory.

Parsers of PDFs, archives and pages are large, old and partly written in C, and some documents are
made to break them. Such a one costs itself: its process is ended and the next document gets a new
one. A process is started when the first document comes and used for many, so that it costs a
document a fraction of a millisecond. What comes back is JSON, which does nothing on being read, and
the process is given none of the program's environment, where the bot's token is.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import logging
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import IO, Any, ParamSpec, TypeVar

from retrieval.errors import Reason, SourceError, TooLargeError, UnreadableError
from retrieval.sources.child import environment
from retrieval.sources.draft import Draft

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE = 2
"""Processes: a document that takes all its time does not hold up everybody else's."""
FILES_EACH = 500
"""Documents a process reads before it is replaced, as parsers do not give all memory back."""
LARGEST_REPLY = 512 << 20
"""Bytes; a process that was taken over may send without end."""
LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost."""

    seconds: float = 60.0
    """Of a processor, and three times that by the clock, for machines with other things to do."""
    memory_mb: int = 1024
    """Address space of the process in all."""


class Sandbox:
    """Reads documents in processes of its own; any thread may ask."""

    def __init__(self, limits: Limits | None = None, *, at_once: int = AT_ONCE) -> None:
        self.limits = limits or Limits()
        self._turns = threading.BoundedSemaphore(at_once)
        self._idle: list[_Process] = []
        self._lock = threading.Lock()

    def read(
        self, data: bytes, name: str, *, charset: str | None = None, whole: bool = False
    ) -> Draft:
        """`documents.read_document`, apart. Blocks; raises SourceError with a bare reason."""
        with self._turns, self._process() as process:
            reply = process.ask({"name": name, "charset": charset, "whole": whole}, data)
        return _draft(reply, self.limits)

    def close(self) -> None:
        """End the processes that are idle; a later document starts one again."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    @contextmanager
    def _process(self) -> Iterator[_Process]:
        with self._lock:
            process = self._idle.pop() if self._idle else None
        if process is not None and not process.usable:
            process.end()
            process = None
        process = process or _Process(self.limits)
        try:
            yield process
        finally:
            if process.usable:
                with self._lock:
                    self._idle.append(process)
            else:
                process.end()


class _Process:
    """One process, asked by one thread at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = FILES_EACH
        self._late = False
        self._running = subprocess.Popen(
            # -P: what lies in the folder of whoever started the program is not imported.
            [
                sys.executable,
                "-P",
                "-B",
                "-m",
                "retrieval.sources.parsing",
                json.dumps(asdict(limits)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )

    @property
    def usable(self) -> bool:
        return self._left > 0 and self._running.poll() is None

    def ask(self, about: Mapping[str, str | bool | None], data: bytes) -> dict[str, Any]:
        """The reply to a document. Raises SourceError where none comes."""
        self._left -= 1
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        timer = threading.Timer(3 * self._limits.seconds, self._stop)
        timer.daemon = True
        started = time.monotonic()
        timer.start()
        try:
            send(self._running.stdin, json.dumps(about).encode(), data)
            reply = receive(self._running.stdout, LARGEST_REPLY)
            return dict(json.loads(reply))
        except (OSError, EOFError, ValueError, TypeError):
            raise self._broken(time.monotonic() - started) from None
        except BaseException:
            self._left = 0  # it may be in the middle of a reply
            raise
        finally:
            timer.cancel()

    def end(self) -> None:
        self._running.kill()
        for pipe in (self._running.stdin, self._running.stdout):
            assert pipe is not None
            with suppress(OSError):  # what was not sent cannot be sent any more
                pipe.close()
        self._running.wait()

    def _stop(self) -> None:
        self._late = True
        self._running.kill()

    def _broken(self, seconds: float) -> SourceError:
        self._left = 0
        self._running.kill()
        code = self._running.wait()
        log.info("a process that read a document ended with %s after %.1f s", code, seconds)
        if self._late or seconds >= self._limits.seconds:
            return _too_long(self._limits)
        return UnreadableError(
            "it is damaged in a way that ends the program that reads it", Reason.DAMAGED
        )


def send(pipe: IO[bytes], *parts: bytes) -> None:
    """Write parts that `receive` reads again, each with its length before it."""
    for part in parts:
        pipe.write(LENGTH.pack(len(part)))
        pipe.write(part)
    pipe.flush()


def receive(pipe: IO[bytes], largest: int) -> bytes:
    """One part. Raises EOFError where it is cut off, ValueError where it is too long."""
    [size] = LENGTH.unpack(_exactly(pipe, LENGTH.size))
    if size > largest:
        raise ValueError("too long")
    return _exactly(pipe, size)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _draft(reply: Mapping[str, Any], limits: Limits) -> Draft:
    error = reply.get("error")
    if error == "MemoryError":
        raise TooLargeError(
            f"reading it takes more than {limits.memory_mb} MB of memory", Reason.TOO_MUCH
        )
    if error is not None:
        kind = {each.__name__: each for each in SourceError.__subclasses__()}.get(str(error))
        raise (kind or UnreadableError)(str(reply.get("told")), _reason(reply.get("reason")))
    draft = Draft(**{**reply["draft"], "page_starts": tuple(reply["draft"]["page_starts"])})
    return replace(draft, stands_in=_reason(draft.stands_in) if draft.stands_in else None)


def _reason(given: object) -> Reason:
    return next((each for each in Reason if each == given), Reason.OTHER)


def _too_long(limits: Limits) -> SourceError:
    return TooLargeError(
        f"reading it takes longer than {limits.seconds:g} seconds", Reason.TOO_MUCH
    )


async def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `function`, which reads documents, returns: for an event loop.

    Not on the loop's own threads: a few documents that take their time would hold them all, and
    host names are looked up there.
    """
    work = functools.partial(function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)


SHARED = Sandbox()
"""The program's one: its processes cost memory and serve everybody alike. Nothing is started before
the first document."""
atexit.register(SHARED.close)
_THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="reading")
"""They wait for the processes, and are started with them."""
