"""Freed memory goes back to the system, which C libraries see to by themselves only at times."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable


def give_back() -> bool:
    """Hand freed memory back; whether there was any. Takes some milliseconds per 100 MB.

    glibc keeps freed pieces below 128 kB, as the indexes of small collections are, for whoever
    wants such next. Other C libraries do not know how to be asked, and nothing happens there.
    """
    trim = _trim()
    return trim is not None and bool(trim(0))


@functools.cache
def _trim() -> Callable[[int], int] | None:
    try:
        found = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return None
    found.argtypes = [ctypes.c_size_t]
    found.restype = ctypes.c_int
    return found
