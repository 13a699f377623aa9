"""What a process that reads something from a stranger is given, and what it gives up."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from retrieval import errors

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")
_OPEN_FILES = 64


def environment() -> dict[str, str]:
    """The environment it is given: none of the program's own, where the bot's token is."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed, "PYTHONPATH": str(Path(errors.__file__).parents[1]), "PYTHONUTF8": "1"}


def restrict(*, memory_mb: int) -> None:
    """Give up, for good and within that process, what reading a document does not take."""
    import resource  # the program itself runs without it

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that asks
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
