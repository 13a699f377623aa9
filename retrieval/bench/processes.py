"""Child processes, timed and weighed: what is measured is what a user would start."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from retrieval.config import RetrievalSettings
from retrieval.errors import RetrievalError

_BYTES_PER_MAXRSS = 1 if sys.platform == "darwin" else 1024
"""The unit of ru_maxrss."""
_STDERR_SHOWN = 500
"""Characters of a failed child's last words."""


@dataclass(slots=True)
class Child:
    """A running child that is spoken to line by line."""

    process: subprocess.Popen[str]
    errors: IO[str]
    peak_mb: float = 0.0
    """Known once it has ended."""
    _started: float = field(default_factory=time.perf_counter)

    def answer(self, line: str) -> str:
        """What it writes back to one line."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        reply = self.process.stdout.readline()
        if not reply:
            self.end()
            raise RetrievalError("a measured process ended before it had answered everything")
        return reply

    def end(self) -> None:
        """Close its input, wait, and note the most memory it held. Raises where it failed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if self.process.returncode is None:
            held = _most_held_mb(self.process.pid)
            self.process.stdin.close()
            self.process.stdout.read()
            self.process.stdout.close()
            # wait4 rather than Popen.wait: it tells what this one child used.
            _, status, usage = os.wait4(self.process.pid, 0)
            self.process.returncode = os.waitstatus_to_exitcode(status)
            self.peak_mb = held or usage.ru_maxrss * _BYTES_PER_MAXRSS / 2**20
        if self.process.returncode:
            self.errors.seek(0)
            said = self.errors.read()[-_STDERR_SHOWN:].strip()
            raise RetrievalError(f"a measured process failed: {said or self.process.returncode}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.end()
        elif self.process.returncode is None:
            self.process.kill()
            self.process.communicate()


def _most_held_mb(pid: int) -> float | None:
    """Most memory a living process has held, from Linux's own record; None elsewhere.

    What wait4 tells is no good there: a child inherits the peak of the process that started it.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
    return next((int(parts[1]) / 1024 for parts in lines), None)


@contextmanager
def started(command: Sequence[str], environment: dict[str, str]) -> Iterator[Child]:
    """A child with pipes; it has ended when the block does, killed where the block failed."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            encoding="utf-8",
        )
        with Child(process, errors) as child:
            yield child


def output(
    command: Sequence[str], environment: dict[str, str], *, fine: Collection[int] = (0,)
) -> str:
    """What a command prints. Raises RetrievalError with its last words where it fails, which is to
    exit with a code that is not `fine`."""
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode not in fine:
        said = done.stderr[-_STDERR_SHOWN:].strip()
        raise RetrievalError(f"a measured process failed: {said or done.returncode}")
    return done.stdout


def seconds(
    command: Sequence[str], environment: dict[str, str], *, fine: Collection[int] = (0,)
) -> float:
    """Wall time of a command that must succeed."""
    start = time.perf_counter()
    output(command, environment, fine=fine)
    return time.perf_counter() - start


def command_line(database: Path, *arguments: str) -> list[str]:
    """Our own command line, as this interpreter would start it."""
    script = Path(sys.executable).with_name("clippings")
    if script.exists():
        return [str(script), "--db", str(database), *arguments]
    run = "from retrieval.cli import main; main()"
    return [sys.executable, "-c", run, "--db", str(database), *arguments]


def environment(settings: RetrievalSettings) -> dict[str, str]:
    """This process's environment with the settings written out, and no network for models."""
    given = {
        f"RETRIEVAL_{name.upper()}": str(value)
        for name, value in settings.model_dump().items()
        if value is not None
    }
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **offline, **given}
