"""`python -m retrieval.training.average OUT FILE SHARE FILE SHARE…`: a weighted mean of weights.

Runs that part from one another late lie in one basin: the mean of their weights does about as well
as a run of its own, and keeps what each was better at (Wortsman et al. 2022, "Model soups").
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load_file, save_file


def average(out: Path, shares: Mapping[Path, float]) -> None:
    """Write the mean in half precision, taken in single. Raises ValueError where the files hold
    different weights, or the shares are not 1 in all."""
    if abs(sum(shares.values()) - 1) > 1e-6:
        raise ValueError(f"the shares are {sum(shares.values()):.3f} in all, not 1")
    held = [(load_file(path), share) for path, share in shares.items()]
    names = held[0][0].keys()
    if any(weights.keys() != names for weights, _ in held):
        raise ValueError("the files hold different weights")
    mean = {name: sum(share * weights[name].float() for weights, share in held) for name in names}
    save_file({name: weight.half() for name, weight in mean.items()}, out)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("shares", nargs="+", metavar="FILE SHARE")
    given = parser.parse_args()
    if len(given.shares) % 2:
        parser.error("each file needs its share")
    files, shares = map(Path, given.shares[::2]), map(float, given.shares[1::2])
    average(given.out, dict(zip(files, shares, strict=True)))


if __name__ == "__main__":
    main()
