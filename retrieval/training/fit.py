"""`python -m retrieval.training.fit OUT FOLDER…`: fit what is made of the reader's findings.

Asks questions of the data sets in the folders, keeps what was seen in OUT, a file a data set
(which is used again where it is there), and prints two rules for `reading.judging` and
`confidence`, each beside its figures on every data set when it is fitted without it:

    order       listwise logistic regression: of a question's passages the one that answers first
    confidence  logistic regression: whether the first passage then answers

A first passage that may answer though its data set does not know counts for neither.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from retrieval.confidence import READ_WEIGHTS, lead
from retrieval.config import load_settings
from retrieval.evaluate.answering import (
    Decision,
    auroc,
    calibration_error,
    refused_while_answering,
    reliability,
)
from retrieval.training import judged
from retrieval.training.judged import Judged, Seen

ORDERED_BY = ("relevance", "margin")
PENALTY = 0.02
Floats = npt.NDArray[np.float64]
Sets = Mapping[str, Sequence[Judged]]


def order(sets: Sets) -> dict[str, float]:
    """Weights of the findings beside the fused score, each data set counting the same."""
    lists = [
        (_table(known), [seen.right for seen in known], 1 / len(questions))
        for questions in sets.values()
        for each in questions
        if each.how == "whole" and any(s.right for s in each.passages)
        for known in [[seen for seen in each.passages if not seen.doubtful]]
    ]

    def loss(weights: Floats) -> float:
        total = PENALTY * float(weights @ weights)
        for table, right, share in lists:
            scores = table[:, 0] + table[:, 1:] @ weights
            scores = scores - scores.max()
            total += share * float(
                np.log(np.exp(scores).sum()) - np.log(np.exp(scores[right]).sum())
            )
        return total

    found = minimize(loss, np.zeros(len(ORDERED_BY)), method="Nelder-Mead").x
    return dict(zip(ORDERED_BY, map(float, found), strict=True))


def _table(passages: Sequence[Seen]) -> Floats:
    return np.array([[s.score, *(s.evidence[n] for n in ORDERED_BY)] for s in passages])


def first(each: Judged, weights: Mapping[str, float]) -> tuple[Seen, dict[str, float]]:
    """The passage that comes first by these weights, and the evidence that it answers."""
    scores = [
        s.score + sum(w * s.evidence[name] for name, w in weights.items()) for s in each.passages
    ]
    at = int(np.argmax(scores))
    others = [s.score for i, s in enumerate(each.passages) if i != at]
    chosen = each.passages[at]
    return chosen, {**chosen.evidence, "lead": lead(chosen.score, others)}


def confidence_rule(sets: Sets, weights: Mapping[str, float]) -> tuple[float, dict[str, float]]:
    """Bias and weights of the rule, each data set counting the same.

    In each the questions asked as they are count as much as all others, however many these are:
    confidence is to be right where half of what people ask has no answer.
    """
    rows, labels, shares = [], [], []
    for questions in sets.values():
        judged_ones = [
            (each.how == "whole", chosen.right, evidence)
            for each in questions
            for chosen, evidence in [first(each, weights)]
            if not chosen.doubtful
        ]
        whole = sum(asked_as_is for asked_as_is, _, _ in judged_ones)
        for asked_as_is, right, evidence in judged_ones:
            rows.append(evidence)
            labels.append(right)
            shares.append(0.5 / (whole if asked_as_is else len(judged_ones) - whole))
    names = [name for name in READ_WEIGHTS if name in rows[0]]
    table = np.array([[row[name] for name in names] for row in rows])
    rule = LogisticRegression(C=1.0, max_iter=5_000)
    rule.fit(table, labels, sample_weight=np.array(shares) * len(rows) / len(sets))
    return float(rule.intercept_[0]), dict(zip(names, map(float, rule.coef_[0]), strict=True))


def figures(
    questions: Sequence[Judged],
    weights: Mapping[str, float],
    rule: tuple[float, Mapping[str, float]],
) -> dict[str, float | None]:
    """How well the two rules do on a data set."""
    hit: list[bool] = []
    sure: dict[str, list[float]] = defaultdict(list)
    right: list[bool] = []
    confidences: list[float] = []
    for each in questions:
        chosen, evidence = first(each, weights)
        if chosen.doubtful:
            continue
        logit = rule[0] + sum(weight * evidence[name] for name, weight in rule[1].items())
        confidences.append(float(1 / (1 + np.exp(-logit))))
        right.append(chosen.right)
        sure[each.how].append(confidences[-1])
        if each.how == "whole" and any(s.right for s in each.passages):
            hit.append(chosen.right)
    told: dict[str, float | None] = {
        "hit@1 of those found": float(np.mean(hit)),
        "AUROC of right": auroc(confidences, right),
        "calibration error": calibration_error(reliability(confidences, right)),
    }
    for how in ("unanswered", "withheld", "misled"):
        decisions = [Decision(True, True, True, c) for c in sure["whole"]]
        decisions += [Decision(False, True, False, c) for c in sure[how]]
        told[f"AUROC {how}"] = auroc(
            [d.confidence for d in decisions], [d.answerable for d in decisions]
        )
        told[f"refused {how} at 90%"] = refused_while_answering(decisions, 0.9)
    return told


def _material(out: Path, folder: Path, questions: int, seed: int) -> list[Judged]:
    kept = out / f"{folder.resolve().name}.jsonl"
    if not kept.exists():
        judged.write(kept, asyncio.run(_asked(folder, questions, seed)))
    return judged.read(kept)


async def _asked(folder: Path, questions: int, seed: int) -> list[Judged]:
    return [
        each async for each in judged.judge(folder, load_settings(), questions=questions, seed=seed)
    ]


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    sets = {
        folder.resolve().name: _material(given.out, folder, given.questions, given.seed)
        for folder in given.folders
    }
    weights = order(sets)
    rule = confidence_rule(sets, weights)
    say = sys.stdout.write
    say(f"order: {_shown(weights)}\nconfidence: bias {rule[0]:.3f}, {_shown(rule[1])}\n")
    for name, questions in sets.items():
        others = {key: value for key, value in sets.items() if key != name} or sets
        own = order(others)
        for told, found in (
            ("fitted on all", figures(questions, weights, rule)),
            ("without it", figures(questions, own, confidence_rule(others, own))),
        ):
            say(f"{name}, {told}: {_shown(found)}\n")
        say(f"{name}, unread: {_shown(figures(questions, dict.fromkeys(weights, 0.0), rule))}\n")


def _shown(values: Mapping[str, float | None]) -> str:
    return ", ".join(f"{k} {v:.3f}" for k, v in values.items() if v is not None)


if __name__ == "__main__":
    main()
