"""What the processor at hand can do, as far as Linux tells."""

from __future__ import annotations

import functools
import re
from pathlib import Path

BYTE_PRODUCTS = ("avx512_vnni", "avx_vnni", "asimddp")
"""Extensions that add up products of bytes in 32 bits. Without one sums of two products may not fit
in the 16 bits they are put in, and are then cut off without a word."""
HALF_PRODUCTS = "avx512_bf16"


@functools.cache
def extensions() -> frozenset[str]:
    """By their names in /proc/cpuinfo; none where there is no such file."""
    try:
        told = Path("/proc/cpuinfo").read_text("ascii", "replace")
    except OSError:
        return frozenset()
    line = re.search(r"^(?:flags|Features)\s*:(.*)$", told, re.MULTILINE)
    return frozenset(line[1].split()) if line else frozenset()


def byte_products() -> str:
    """The extension for quick products of bytes; empty where there is none."""
    return next((name for name in BYTE_PRODUCTS if name in extensions()), "")
