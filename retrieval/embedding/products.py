"""Products of small matrices without threads. Pure.

BLAS shares a product among threads of its own once it takes some 262,144 multiplications, and these
go on spinning for a while when it is done: at the very processors that embed the next passage,
which then takes up to twice as long. Products of a few rows each never wake them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from retrieval.embedding.protocol import Matrix

MOST = 200_000
"""Multiplications of a part, well below the bound of OpenBLAS (GEMM_MULTITHREAD_THRESHOLD)."""


def product(left: npt.NDArray[np.float32 | np.int8], right: Matrix) -> Matrix:
    """(n, k) times (k, m), a few rows at a time."""
    count, inner = left.shape
    rows = max(1, MOST // max(1, inner * right.shape[1]))
    found = np.empty((count, right.shape[1]), np.float32)
    for first in range(0, count, rows):
        part = slice(first, first + rows)
        np.matmul(left[part].astype(np.float32, copy=False), right, out=found[part])
    return found
