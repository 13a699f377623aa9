"""What the processor at hand can do, as far as Linux tells."""

from __future__ import annotations

import functools
import re
from pathlib import Path

BYTE_PRODUCTS = {"avx512_vnni": 127, "avx_vnni": 127, "asimddp": 127, "avx2": 63}
"""Extensions for quick products of bytes, the quickest first, and how far inputs may be from 0 with
each. The first ones add products up in 32 bits. AVX2 puts the sum of two into 16, and what does not
fit is cut off without a word; inputs that take the 7 bits from 1 to 127 keep it below:
2 x 127 x 127 < 2^15."""
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
    """The best of `BYTE_PRODUCTS` that there is; empty where there is none."""
    return next((name for name in BYTE_PRODUCTS if name in extensions()), "")
