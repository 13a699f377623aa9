"""Floors of quality: figures that may rise and must not fall.

The floors are pinned in `floors.json`: data set -> figure -> least value, the figure named by its
path in what `eval --json` prints ("metrics.hit@1"). A data set's name may say how it is evaluated:
"NAME" with the settings as they are, "NAME/unread" without the reader, "NAME/reader alone" as
`eval --reader` does. `python -m retrieval.evaluate.floors FOLDER…` evaluates each folder, of
questions or of pages with known bodies, in each way that has floors, and ends with exit code 1 when
a figure is below its floor. A data set without floors is an error there: whoever names it wants it
checked.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from retrieval.errors import DataSetError, RetrievalError

Floors = Mapping[str, Mapping[str, float]]
UNREAD, READER_ALONE = WAYS = ("/unread", "/reader alone")
ROUNDING = 1e-9
"""A figure that equals its floor in decimals may miss it in binary."""


@dataclass(frozen=True, slots=True)
class Check:
    """A figure beside its floor."""

    dataset: str
    figure: str
    value: float | None
    """None where the report has no such figure, which fails."""
    floor: float

    @property
    def passed(self) -> bool:
        """Whether the figure is at its floor or above."""
        return self.value is not None and self.value >= self.floor - ROUNDING

    def __str__(self) -> str:
        value = "missing" if self.value is None else f"{self.value:.4f}"
        sign = "ok  " if self.passed else "FAIL"
        return f"{sign} {self.dataset} {self.figure} {value}, floor {self.floor:.4f}"


def pinned() -> Floors:
    """The floors of this version."""
    text = resources.files(__package__ or "").joinpath("floors.json").read_text(encoding="utf-8")
    floors: Floors = json.loads(text)
    return floors


def ways(dataset: str, floors: Floors) -> list[str]:
    """How the data set is to be evaluated, "" or one of WAYS.

    Raises DataSetError when it has no floors.
    """
    found = [way for way in ("", *WAYS) if dataset + way in floors]
    if not found:
        raise DataSetError(f"There are no floors for “{dataset}”, only for {', '.join(floors)}.")
    return found


def checks(report: Mapping[str, Any], floors: Floors, way: str = "") -> list[Check]:
    """Each floor of the report's data set beside what was reached; the report as `eval` prints it.

    The data set has floors for that way.
    """
    name = report["dataset"] + way
    return [
        Check(name, figure, _at(report, figure), floor) for figure, floor in floors[name].items()
    ]


def _at(report: Mapping[str, Any], path: str) -> float | None:
    value: Any = report
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, Mapping):
        value = value.get("value")
    return float(value) if isinstance(value, int | float) else None


def _report(folder: Path, way: str) -> Mapping[str, Any]:
    # Only here are models needed; the checks above are pure.
    from retrieval.config import load_settings
    from retrieval.evaluate import outcomes, pages, reading
    from retrieval.evaluate.run import evaluate

    if (folder / pages.GOLD).exists():
        return pages.figures(folder)
    settings = load_settings()
    if way == READER_ALONE:
        return reading.as_json(reading.evaluate(folder, settings))
    if way == UNREAD:
        settings = settings.model_copy(update={"reader": False})
    return outcomes.as_json(asyncio.run(evaluate(folder, settings)))


def main(folders: Sequence[str]) -> int:
    """Evaluate and check each folder; 0 when all floors hold, 1 when not, 2 for wrong use."""
    held, floors = True, pinned()
    try:
        for folder in map(Path, folders):
            for way in ways(folder.resolve().name, floors):
                for check in checks(_report(folder, way), floors, way):
                    sys.stdout.write(f"{check}\n")
                    held = held and check.passed
    except RetrievalError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
