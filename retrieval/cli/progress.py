"""Progress on standard error, for a person who watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from retrieval.evaluate.cached import Progress as Stage


class _Rate(ProgressColumn):
    """How many a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """The speed of late, or nothing while it is not known."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} {self._unit}/s" if speed else "")


def bar(unit: str) -> Progress:
    """A bar with count, rate and time left; it leaves nothing behind."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        _Rate(unit),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


@contextmanager
def counted_bar(description: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar moved by calling it with how many are done and how many there are."""
    with bar(unit) as progress:
        task = progress.add_task(description, total=None)

        def on_progress(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield on_progress


@contextmanager
def stages_bar(descriptions: dict[str, str]) -> Iterator[Callable[[Stage], None]]:
    """A bar for each stage of a run, in the order in which they begin."""
    with bar("") as progress:
        tasks: dict[str, TaskID] = {}

        def on_progress(at: Stage) -> None:
            if at.stage not in tasks:
                tasks[at.stage] = progress.add_task(descriptions[at.stage], total=at.total)
            progress.update(tasks[at.stage], completed=at.done, total=at.total)

        yield on_progress


@contextmanager
def steps_bar() -> Iterator[Callable[[str, float], None]]:
    """A bar that says what is being done and how much of the whole is."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("", total=1.0)

        def on_step(what: str, done: float) -> None:
            progress.update(task, description=what, completed=done)

        yield on_step
