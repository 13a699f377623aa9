"""Fits the rule of `sources.extract` and says how good it is on pages it was not fitted on.

    python -m retrieval.sources.extract.training FOLDER [--write]

FOLDER holds `gold.jsonl` (`id`, `url`, `html`, `gold_text` a row) and the pages it names. Quality
is measured as the article-extraction benchmark does: precision and recall of 4-word shingles, their
means over pages, F1 of the means. Folds are made of whole sites, so that no page helps to judge
another of its site.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from retrieval.sources.decoding import decode
from retrieval.sources.extract import body, facts_of, readings
from retrieval.sources.extract.blocks import Block, blocks_of, parse
from retrieval.sources.extract.features import SHINGLE, WORD, Page, Vote, plain
from retrieval.sources.notices import without_notices

FOLDS = 10
STRENGTH = 0.001
"""Inverse of the penalty on weights; chosen by the folds among 0.0003 to 0.3."""
LIGHTEST_BODY = 50
"""Words a short article is weighed as, so that its few blocks do not outweigh all others."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One page of the set with its answer."""

    id: str
    site: str
    gold: str
    page: str
    texts: tuple[str, ...]
    """Its blocks."""
    features: tuple[dict[str, float], ...]
    labels: tuple[bool, ...]
    """Whether each block is of the article."""


def load(folder: Path) -> list[Sample]:
    """The pages of a set, described."""
    with (folder / "gold.jsonl").open(encoding="utf-8") as file:
        return [_sample(folder, json.loads(line)) for line in file]


def _sample(folder: Path, row: Mapping[str, str]) -> Sample:
    text = decode(gzip.decompress((folder / row["html"]).read_bytes()))
    tree = parse(text)
    blocks = blocks_of(tree)
    lenient, strict = readings(tree)
    view = Page(blocks, (Vote(lenient), Vote(strict)), facts_of(tree))
    return Sample(
        id=row["id"],
        site=site(row["url"]),
        gold=row["gold_text"],
        page=text,
        texts=tuple(block.text for block in blocks),
        features=tuple(view.describe(at) for at in range(len(blocks))),
        labels=tuple(_labels(blocks, row["gold_text"])),
    )


def site(url: str) -> str:
    """The part of a host name that was registered, told by the lengths of its labels."""
    labels = (urlsplit(url).hostname or "").split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and len(labels[-2]) <= 3 else labels[-2:])


def _labels(blocks: Sequence[Block], gold: str) -> list[bool]:
    wanted = shingles(gold)
    lines = {plain(line) for line in gold.split("\n")}
    labels = []
    for block in blocks:
        if len(WORD.findall(block.text)) < SHINGLE:
            labels.append(plain(block.text) in lines and bool(plain(block.text)))
        else:
            found = shingles(block.text)
            labels.append((found & wanted).total() >= 0.5 * found.total())
    sure = [
        at
        for at, block in enumerate(blocks)
        if labels[at] and len(WORD.findall(block.text)) >= SHINGLE
    ]
    if sure:  # a short line far from the article is not the one that the gold text holds
        labels = [label and sure[0] - 2 <= at <= sure[-1] + 2 for at, label in enumerate(labels)]
    return labels


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The 4-word shingles of a text, as the benchmark makes them."""
    words = WORD.findall(text)
    return Counter(
        tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)) if words
    )


def score(samples: Sequence[Sample], texts: Iterable[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the texts found on the samples' pages."""
    precisions, recalls = [], []
    for sample, text in zip(samples, texts, strict=True):
        gold, found = shingles(sample.gold), shingles(text)
        hit = (gold & found).total()
        recalls.append(hit / gold.total())
        if found:
            precisions.append(hit / found.total())
    precision, recall = float(np.mean(precisions)), float(np.mean(recalls))
    return precision, recall, 2 * precision * recall / (precision + recall)


def fit(samples: Sequence[Sample]) -> tuple[float, dict[str, float]]:
    """Bias and weights of the rule for these pages."""
    from sklearn.linear_model import LogisticRegression

    names = sorted({name for sample in samples for row in sample.features for name in row})
    rows = np.concatenate([_matrix(sample, names) for sample in samples])
    labels = np.concatenate([sample.labels for sample in samples])
    weights = np.concatenate([_importance(sample) for sample in samples])
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale == 0] = 1.0
    model = LogisticRegression(C=STRENGTH, max_iter=1000)
    model.fit((rows - mean) / scale, labels, sample_weight=weights * len(weights) / weights.sum())
    found = model.coef_[0] / scale
    bias = float(model.intercept_[0] - (found * mean).sum())
    return bias, {name: round(float(weight), 4) for name, weight in zip(names, found, strict=True)}


def _matrix(sample: Sample, names: Sequence[str]) -> Array:
    return np.array([[row.get(name, 0.0) for name in names] for row in sample.features])


def _importance(sample: Sample) -> Array:
    """What a wrong decision on each block costs: its share of the article's words."""
    sizes = np.array([len(WORD.findall(text)) for text in sample.texts], dtype=float)
    whole = max(LIGHTEST_BODY, float(sizes[list(sample.labels)].sum()))
    return np.minimum((sizes + 1) / whole, 1.0)


def apply(sample: Sample, bias: float, weights: Mapping[str, float]) -> str:
    """The text that a rule keeps of a page."""
    kept = [
        text
        for text, row in zip(sample.texts, sample.features, strict=True)
        if bias + sum(weights.get(name, 0.0) * value for name, value in row.items()) > 0
    ]
    return without_notices("\n\n".join(kept))


def cross_validated(samples: Sequence[Sample]) -> list[str]:
    """Texts of the pages, each by a rule fitted without any page of its site."""
    sites = sorted({sample.site for sample in samples})
    order = np.random.default_rng(0).permutation(len(sites))
    fold = {sites[at]: place % FOLDS for place, at in enumerate(order)}
    texts = [""] * len(samples)
    for number in range(FOLDS):
        rule = fit([sample for sample in samples if fold[sample.site] != number])
        for at, sample in enumerate(samples):
            if fold[sample.site] == number:
                texts[at] = apply(sample, *rule)
    return texts


def main() -> None:
    """Prints the quality of the parts and of the whole; `--write` keeps the fitted weights."""
    parser = argparse.ArgumentParser(description="Fit and judge the reading of web pages.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="replace weights.py")
    options = parser.parse_args()
    samples = load(options.folder)
    trees = [parse(sample.page) for sample in samples]
    both = [readings(tree) for tree in trees]
    _report("trafilatura, lenient", score(samples, [lenient for lenient, _ in both]))
    _report("trafilatura, strict", score(samples, [strict for _, strict in both]))
    _report("rule, cross-validated over sites", score(samples, cross_validated(samples)))
    if options.write:
        _write(*fit(samples))
        sys.stdout.write("weights.py written: run again for the figures of the new rule\n")
        return
    start = time.process_time()
    texts = [body(parse(sample.page)) for sample in samples]
    seconds = time.process_time() - start
    _report("as shipped", score(samples, texts))
    sys.stdout.write(f"{len(samples) / seconds:.1f} pages a second of one processor\n")


def _report(name: str, figures: tuple[float, float, float]) -> None:
    precision, recall, f1 = figures
    sys.stdout.write(f"{name:<36} precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}\n")


def _write(bias: float, weights: Mapping[str, float]) -> None:
    lines = [
        '"""The rule of an article\'s blocks: one weight a feature. Written by `training`."""',
        "",
        f"BIAS = {bias:.4f}",
        "WEIGHTS: dict[str, float] = {",
        *(f'    "{name}": {weight},' for name, weight in sorted(weights.items())),
        "}",
        "",
    ]
    Path(__file__).with_name("weights.py").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
