"""Writing into the cache so that a reader never sees half of it."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from pathlib import Path

log = logging.getLogger(__name__)


def write_atomically(path: Path, text: str) -> None:
    """Put `text` at `path`, whole or not at all; a cache that cannot be written is gone without."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    except OSError as error:
        log.warning("cannot write to the cache %s: %s", path.parent, error.strerror)
        return
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(made, path)
    except OSError as error:
        log.warning("cannot write %s: %s", path, error.strerror)
        with contextlib.suppress(OSError):
            os.unlink(made)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(made)
        raise
