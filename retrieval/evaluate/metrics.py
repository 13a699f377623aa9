"""Figures of a ranking, and how sure they are. Pure.

A ranking is a list of document ids, best first, without repetition: a document stands where its
best passage stood. `relevant` gives each relevant document its grade, above 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

HIT_AT = (1, 5, 10)
RECALL_AT = (5, 10, 20)
DEPTH = 10
"""Ranks that MRR and nDCG look at."""
RESAMPLES = 2_000
"""Bootstrap samples: enough that the third decimal of a bound of 1,000 queries holds still."""
_CHUNK = 2_000_000
"""Draws of the bootstrap held at once: 16 MB."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over queries, with its 95% bootstrap interval."""

    value: float
    low: float
    high: float
    queries: int


def best_first(documents: Iterable[str]) -> list[str]:
    """The documents of a list of passages, each where its first passage stands."""
    return list(dict.fromkeys(documents))


def first_rank(ranking: Sequence[str], relevant: Mapping[str, float]) -> int | None:
    """Rank of the first relevant document, from 1; None when there is none."""
    return next((i for i, name in enumerate(ranking, 1) if name in relevant), None)


def hit(ranking: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """1 when a relevant document is among the first k, else 0."""
    rank = first_rank(ranking[:k], relevant)
    return 0.0 if rank is None else 1.0


def recall(ranking: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """The share of the relevant documents that is among the first k."""
    return sum(name in relevant for name in ranking[:k]) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevant: Mapping[str, float], k: int = DEPTH) -> float:
    """1 / rank of the first relevant document, 0 when it is not among the first k."""
    rank = first_rank(ranking[:k], relevant)
    return 0.0 if rank is None else 1.0 / rank


def ndcg(ranking: Sequence[str], relevant: Mapping[str, float], k: int = DEPTH) -> float:
    """Discounted gain of the first k over the best one possible; the gain is the grade itself."""
    gained = _discounted(relevant.get(name, 0.0) for name in ranking[:k])
    return gained / _discounted(sorted(relevant.values(), reverse=True)[:k])


def _discounted(grades: Iterable[float]) -> float:
    return sum(grade / math.log2(i + 1) for i, grade in enumerate(grades, 1))


def of_ranking(ranking: Sequence[str], relevant: Mapping[str, float]) -> dict[str, float]:
    """All figures of one query's ranking, by name. `relevant` must not be empty."""
    if not relevant:
        raise ValueError("a query without relevant documents has no ranking figures")
    return {
        **{f"hit@{k}": hit(ranking, relevant, k) for k in HIT_AT},
        **{f"recall@{k}": recall(ranking, relevant, k) for k in RECALL_AT},
        f"mrr@{DEPTH}": reciprocal_rank(ranking, relevant),
        f"ndcg@{DEPTH}": ndcg(ranking, relevant),
    }


def mean(values: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> Figure:
    """The mean with its 95% percentile-bootstrap interval over queries; the same for a seed."""
    if not values:
        raise ValueError("there is nothing to average")
    sample = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(seed)
    step = max(1, _CHUNK // len(sample))
    means = np.concatenate(
        [
            sample[random.integers(len(sample), size=(min(step, resamples - i), len(sample)))].mean(
                axis=1
            )
            for i in range(0, resamples, step)
        ]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    return Figure(float(sample.mean()), float(low), float(high), len(sample))


def averaged(per_query: Iterable[Mapping[str, float]], *, seed: int = 0) -> dict[str, Figure]:
    """Each figure averaged over the queries that have it, in the order they first appear."""
    columns: dict[str, list[float]] = {}
    for figures in per_query:
        for name, value in figures.items():
            columns.setdefault(name, []).append(value)
    return {name: mean(values, seed=seed) for name, values in columns.items()}


def percentiles(
    times: Sequence[float], points: Sequence[int] = (50, 90, 95, 99)
) -> dict[str, float]:
    """Nearest-rank percentiles by name, `p50` and so on; empty for no times."""
    ordered = sorted(times)
    if not ordered:
        return {}
    return {f"p{p}": ordered[max(0, math.ceil(p / 100 * len(ordered)) - 1)] for p in points}
