"""How well answering and refusing went, and what the confidence is worth. Pure.

Two things are asked of a question's outcome: was it `answerable` at all, and was the first passage
`right` (it comes from a relevant document, and holds the gold words where the data set knows them).
A question that cannot be answered is never right. Confidence claims to be the probability of right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BINS = 10
STEPS = 50
"""Intervals of the threshold curve."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one question."""

    answerable: bool
    answered: bool
    right: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions whose confidence lies in [low, high)."""

    low: float
    high: float
    questions: int
    confidence: float
    """Mean confidence."""
    right: float
    """Share that was right."""


@dataclass(frozen=True, slots=True)
class ThresholdPoint:
    """What would happen if everything below `threshold` were refused."""

    threshold: float
    answered: float
    """Share of all questions that would be answered."""
    precision: float | None
    """Share of those that would be right; None when none is answered."""
    refusal_recall: float | None
    """Share of the unanswerable questions that would be refused; None when there are none."""


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """The `coverage` most confident share of the questions, of which `risk` is wrong."""

    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class Answering:
    """Answered and refused quality; a ratio with nothing beneath it is None."""

    questions: int
    answerable: int
    answered: int
    precision: float | None
    """Answerable among the answered."""
    recall: float | None
    """Answered among the answerable."""
    refusal_precision: float | None
    """Unanswerable among the refused."""
    refusal_recall: float | None
    """Refused among the unanswerable."""
    accuracy: float
    """Answerable answered and unanswerable refused, of all."""
    right: float | None
    """Right among the answered: what a reader of answers meets."""
    auroc: float | None
    """Chance that an answerable question has more confidence than an unanswerable one."""
    auroc_right: float | None
    """Chance that a right first passage has more confidence than a wrong one."""
    calibration_error: float
    """Mean distance of confidence and share of right over the bins, weighted by their size."""
    brier: float
    """Mean squared distance of confidence and right."""
    risk_area: float
    """Mean risk over all coverages: lower is better."""
    bins: tuple[Bin, ...]
    curve: tuple[ThresholdPoint, ...]
    risk: tuple[RiskPoint, ...]


def quality(decisions: Sequence[Decision]) -> Answering:
    """All of it for the decisions of a data set. Raises ValueError for none."""
    if not decisions:
        raise ValueError("there are no decisions to judge")
    answerable = np.array([d.answerable for d in decisions])
    answered = np.array([d.answered for d in decisions])
    right = np.array([d.right for d in decisions])
    confidence = np.array([d.confidence for d in decisions], dtype=np.float64)
    bins = reliability(confidence, right)
    risks = risk_coverage(confidence, right)
    return Answering(
        questions=len(decisions),
        answerable=int(answerable.sum()),
        answered=int(answered.sum()),
        precision=_share(answerable, answered),
        recall=_share(answered, answerable),
        refusal_precision=_share(~answerable, ~answered),
        refusal_recall=_share(~answered, ~answerable),
        accuracy=float((answerable == answered).mean()),
        right=_share(right, answered),
        auroc=auroc(confidence, answerable),
        auroc_right=auroc(confidence, right),
        calibration_error=calibration_error(bins),
        brier=float(((confidence - right) ** 2).mean()),
        risk_area=float(np.mean([point.risk for point in risks])),
        bins=bins,
        curve=threshold_curve(confidence, right, answerable),
        risk=risks,
    )


def refused_while_answering(decisions: Sequence[Decision], share: float) -> float | None:
    """Share of the unanswerable questions that are refused by the highest threshold that answers
    `share` of the answerable ones; None without both."""
    answerable = sorted(d.confidence for d in decisions if d.answerable)
    others = [d.confidence for d in decisions if not d.answerable]
    if not answerable or not others:
        return None
    # At most this many of the least confident may be refused.
    threshold = answerable[min(int((1 - share) * len(answerable) + 1e-9), len(answerable) - 1)]
    return sum(confidence < threshold for confidence in others) / len(others)


def _share(of: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> float | None:
    return float(of[among].mean()) if among.any() else None


def auroc(scores: npt.ArrayLike, positive: npt.ArrayLike) -> float | None:
    """Chance that a positive scores above a negative, ties counting half; None without both."""
    values, is_positive = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    positives, negatives = int(is_positive.sum()), int((~is_positive).sum())
    if not positives or not negatives:
        return None
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2
    rank_sum = float(mean_ranks[group][is_positive].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def reliability(
    confidence: npt.ArrayLike, right: npt.ArrayLike, *, bins: int = BINS
) -> tuple[Bin, ...]:
    """Equal-width bins over 0..1, the empty ones left out; 1.0 belongs to the last."""
    values, was_right = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=bool)
    place = np.clip((values * bins).astype(int), 0, bins - 1)
    return tuple(
        Bin(
            low=i / bins,
            high=(i + 1) / bins,
            questions=int(inside.sum()),
            confidence=float(values[inside].mean()),
            right=float(was_right[inside].mean()),
        )
        for i in range(bins)
        if (inside := place == i).any()
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error of the bins, 0..1."""
    questions = sum(b.questions for b in bins)
    return sum(b.questions * abs(b.confidence - b.right) for b in bins) / questions


def threshold_curve(
    confidence: npt.ArrayLike,
    right: npt.ArrayLike,
    answerable: npt.ArrayLike,
    *,
    steps: int = STEPS,
) -> tuple[ThresholdPoint, ...]:
    """What refusing below each of `steps + 1` thresholds over 0..1 would give."""
    values, was_right = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=bool)
    unanswerable = ~np.asarray(answerable, dtype=bool)
    return tuple(
        ThresholdPoint(
            threshold=i / steps,
            answered=float(kept.mean()),
            precision=_share(was_right, kept),
            refusal_recall=_share(~kept, unanswerable),
        )
        for i in range(steps + 1)
        for kept in [values >= i / steps]
    )


def risk_coverage(confidence: npt.ArrayLike, right: npt.ArrayLike) -> tuple[RiskPoint, ...]:
    """Share of wrong among the 1, 2, … n most confident questions.

    Among equal confidences the order is nobody's merit: each takes the mean of its group.
    """
    values, was_right = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=bool)
    _, group, counts = np.unique(-values, return_inverse=True, return_counts=True)
    wrong = np.bincount(group, weights=~was_right) / counts
    total = np.cumsum(np.repeat(wrong, counts))
    places = np.arange(1, len(values) + 1)
    return tuple(
        RiskPoint(coverage=float(n / len(values)), risk=float(lost / n))
        for n, lost in zip(places, total, strict=True)
    )
