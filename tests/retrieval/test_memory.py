from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json
import numpy as np
from pathlib import Path
from retrieval.index import VectorIndex
from retrieval.memory import give_back

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

drawn = np.random.default_rng(1)
indexes = []
for _ in range(200):
    vectors = drawn.standard_normal((250, 384)).astype(np.float32)
    index = VectorIndex(384)
    for part in range(0, 250, 50):
        index.add(np.arange(part, part + 50), vectors[part : part + 50])
    indexes.append(index)
    del vectors
full = held()
indexes.clear()
del index
kept = held()
gave = give_back()
print(json.dumps([full, kept, held(), gave]))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is known to be asked")
def test_what_small_indexes_held_goes_back_to_the_system() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    full, kept, left, gave = json.loads(done.stdout)
    assert gave
    assert left < full - 40, (full, kept, left)
