"""`python -m retrieval.training.fit OUT FOLDER…`: fit what is made of ranking's and the reader's
findings; with `RETRIEVAL_READER=off`, of ranking's alone.

Asks questions of the data sets in the folders, keeps what was seen in OUT, a file a data set
(which is used again where it is there), and prints what `reading.judging` and `confidence` are
chosen by: of how many questions the right passage is first by each weight of relevance, and a
logistic regression of whether the first passage answers, with its figures on every data set when it
is fitted with and without it. A first passage that may answer though its data set does not know
counts for neither.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from retrieval.confidence import READ_WEIGHTS, WEIGHTS, lead
from retrieval.config import RetrievalSettings, load_settings
from retrieval.evaluate.answering import (
    Decision,
    auroc,
    calibration_error,
    refused_while_answering,
    reliability,
)
from retrieval.reading import judging
from retrieval.training import judged
from retrieval.training.judged import Judged, Seen

TRIED = (0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8)
"""Of relevance in the order of passages, for which right ones are counted."""
HELD = ("apposed", "done", "denied")
"""Evidence whose weight is left as it is: the usual data sets have few questions after who or what
something is or who does something, on which these were chosen."""
Sets = Mapping[str, Sequence[Judged]]


def right_first(questions: Sequence[Judged], weight: float) -> float:
    """Share of the questions with an answer whose first passage by this weight answers, doubtful
    ones left out."""
    known = [
        replace(each, passages=tuple(s for s in each.passages if not s.doubtful))
        for each in questions
        if each.how == "whole" and any(s.right for s in each.passages)
    ]
    return float(np.mean([first(each, weight)[0].right for each in known])) if known else 0.0


def first(each: Judged, weight: float = judging.WEIGHT) -> tuple[Seen, dict[str, float]]:
    """The passage that comes first by this weight, and the evidence that it answers."""
    read = all("relevance" in s.evidence for s in each.passages)
    gains = [judging.gain(s.evidence["relevance"], weight) if read else 0.0 for s in each.passages]
    scores = [s.score + more for s, more in zip(each.passages, gains, strict=True)]
    at = int(np.argmax(scores))
    others = [s.score for i, s in enumerate(each.passages) if i != at]
    chosen = each.passages[at]
    return chosen, {**chosen.evidence, "lead": lead(chosen.score, others)}


def confidence_rule(sets: Sets) -> tuple[float, dict[str, float]]:
    """Bias and weights of the rule, each data set counting the same.

    In each the questions with an answer, asked as they are, count as much as all others, however
    many these are: confidence is to be right where half of what people ask has no answer.
    """
    rows, labels, shares = [], [], []
    for questions in sets.values():
        judged_ones = [
            (each.how == "whole", chosen.right, evidence)
            for each in questions
            for chosen, evidence in [first(each)]
            if not chosen.doubtful
        ]
        whole = sum(asked_as_is for asked_as_is, _, _ in judged_ones)
        for asked_as_is, right, evidence in judged_ones:
            rows.append(evidence)
            labels.append(right)
            shares.append(0.5 / (whole if asked_as_is else len(judged_ones) - whole))
    present = READ_WEIGHTS if "relevance" in rows[0] else WEIGHTS
    names = [name for name in present if name not in HELD]
    table = np.array([[row[name] for name in names] for row in rows])
    rule = LogisticRegression(C=1.0, max_iter=5_000)
    rule.fit(table, labels, sample_weight=np.array(shares) * len(rows) / len(sets))
    fitted = dict(zip(names, map(float, rule.coef_[0]), strict=True))
    return float(rule.intercept_[0]), fitted | {name: present[name] for name in HELD}


def figures(
    questions: Sequence[Judged], rule: tuple[float, Mapping[str, float]]
) -> dict[str, float | None]:
    """How well the rule does on a data set."""
    sure: dict[str, list[float]] = defaultdict(list)
    right: list[bool] = []
    confidences: list[float] = []
    for each in questions:
        chosen, evidence = first(each)
        if chosen.doubtful:
            continue
        logit = rule[0] + sum(weight * evidence[name] for name, weight in rule[1].items())
        confidences.append(float(1 / (1 + np.exp(-logit))))
        right.append(chosen.right)
        sure[each.how].append(confidences[-1])
    told: dict[str, float | None] = {
        "AUROC of right": auroc(confidences, right),
        "calibration error": calibration_error(reliability(confidences, right)),
    }
    for how in ("near", "unanswered", "withheld", "misled"):
        decisions = [Decision(True, True, True, c) for c in sure["whole"]]
        decisions += [Decision(False, True, False, c) for c in sure[how]]
        told[f"AUROC {how}"] = auroc(
            [d.confidence for d in decisions], [d.answerable for d in decisions]
        )
        told[f"refused {how} at 90%"] = refused_while_answering(decisions, 0.9)
    return told


def _material(
    out: Path, folder: Path, settings: RetrievalSettings, questions: int, seed: int
) -> list[Judged]:
    kept = out / f"{folder.resolve().name}{'' if settings.reader else '-unread'}.jsonl"
    if not kept.exists():
        judged.write(kept, asyncio.run(_asked(folder, settings, questions, seed)))
    return judged.read(kept)


async def _asked(
    folder: Path, settings: RetrievalSettings, questions: int, seed: int
) -> list[Judged]:
    return [each async for each in judged.judge(folder, settings, questions=questions, seed=seed)]


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    settings = load_settings()
    sets = {
        folder.resolve().name: _material(given.out, folder, settings, given.questions, given.seed)
        for folder in given.folders
    }
    say = sys.stdout.write
    for name, questions in sets.items() if settings.reader else ():
        shares = {f"{weight:g}": right_first(questions, weight) for weight in TRIED}
        say(f"{name}, right first by weight: {_shown(shares)}\n")
    rule = confidence_rule(sets)
    say(f"confidence: bias {rule[0]:.3f}, {_shown(rule[1])}\n")
    for name, questions in sets.items():
        others = {key: value for key, value in sets.items() if key != name} or sets
        for told, found in (("fitted on all", rule), ("without it", confidence_rule(others))):
            say(f"{name}, {told}: {_shown(figures(questions, found))}\n")


def _shown(values: Mapping[str, float | None]) -> str:
    return ", ".join(f"{k} {v:.3f}" for k, v in values.items() if v is not None)


if __name__ == "__main__":
    main()
