"""How well pages are read: `python -m retrieval.evaluate.pages FOLDER`, one JSON object.

FOLDER holds `gold.jsonl` and pages as `retrieval.sources.extract.training` takes them. F1 is that
of the means of precision and recall over pages, by 4-word shingles; once by the rule as it is
shipped, which was fitted on such pages, and once by rules that were fitted without any page of the
site they judge. `--parts` also tells what is lost without each part of the rule.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from retrieval.sources.draft import LOOKS_LIKE
from retrieval.sources.extract import page, readings
from retrieval.sources.extract.blocks import parse
from retrieval.sources.extract.training import Sample, cross_validated, load, score

GOLD = "gold.jsonl"
_VOTES = ("vote", "both", "share of", "weight of", "lenient", "strict", "agree")
_PLACES = (
    "in ",
    "before",
    "after",
    "far ",
    "how far",
    "depth",
    "first",
    "last",
    "size ",
    "linked ",
)


def figures(folder: Path, *, parts: bool = False) -> dict[str, Any]:
    """The figures of a set of pages."""
    samples = load(folder)
    started = time.process_time()
    drafts = [page(sample.page) for sample in samples]
    seconds = time.process_time() - started
    folded = score(samples, cross_validated(samples))[2]
    found = {
        "dataset": folder.name,
        "pages": len(samples),
        **dict(
            zip(
                ("precision", "recall", "f1"), score(samples, [d.text for d in drafts]), strict=True
            )
        ),
        "f1_cross_validated": folded,
        "pages_per_second": len(samples) / seconds,
        "read": sum(not draft.stands_in for draft in drafts),
        "refused": {
            sample.id: f"{len(draft.text.split())} words: {LOOKS_LIKE[draft.stands_in]}"
            for sample, draft in zip(samples, drafts, strict=True)
            if draft.stands_in
        },
    }
    return found | ({"parts": _parts(samples)} if parts else {})


def _parts(samples: Sequence[Sample]) -> dict[str, float]:
    """F1 of what the rule starts from, and of the rule without each kind of what it looks at."""
    both = [readings(parse(sample.page)) for sample in samples]

    def without(which: Callable[[str], bool]) -> float:
        return score(samples, cross_validated([_reduced(each, which) for each in samples]))[2]

    return {
        "trafilatura, lenient": score(samples, [lenient for lenient, _ in both])[2],
        "trafilatura, strict": score(samples, [strict for _, strict in both])[2],
        "rule without the votes": without(lambda name: any(each in name for each in _VOTES)),
        "rule without places and neighbours": without(
            lambda name: name.startswith(_PLACES) or "below main" in name
        ),
        "rule of votes alone": without(lambda name: not any(each in name for each in _VOTES)),
    }


def _reduced(sample: Sample, without: Callable[[str], bool]) -> Sample:
    return replace(
        sample,
        features=tuple(
            {name: value for name, value in row.items() if not without(name)}
            for row in sample.features
        ),
    )


def main() -> None:
    """Print the figures of a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("folder", type=Path, help=f"holds a {GOLD}")
    parser.add_argument("--parts", action="store_true", help="also what each part is good for")
    given = parser.parse_args()
    found = figures(given.folder, parts=given.parts)
    print(json.dumps(found, indent=2))  # noqa: T201  # a command's result


if __name__ == "__main__":
    main()
