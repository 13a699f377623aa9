"""Products of small matrices without threads. Pure.

BLAS shares a product among threads of its own once it takes some 262,144 multiplications, and these
go on spinning for a while when it is done: at the very processors that embed the next passage,
which then takes up to twice as long. Products of a few rows each never wake them.
"""

from __future__ import annotations

import numpy as np

from retrieval.embedding.protocol import Matrix

MOST = 200_000
"""Multiplications of a part, well below the bound of OpenBLAS (GEMM_MULTITHREAD_THRESHOLD)."""


def product(left: Matrix, right: Matrix) -> Matrix:
    """(n, k) times (k, m), a few rows at a time."""
    count, inner = left.shape
    rows = max(1, MOST // max(1, inner * right.shape[1]))
    if count <= rows:
        whole: Matrix = left @ right
        return whole
    parts = -(-count // rows)
    padded = np.zeros((parts * rows, inner), np.float32)
    padded[:count] = left
    found: Matrix = np.matmul(padded.reshape(parts, rows, inner), right)
    return found.reshape(parts * rows, -1)[:count]
