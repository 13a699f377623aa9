"""Progress on standard error, for a person who watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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


_COUNTED_IN = {"adding": "documents", "asking": "questions"}
"""What the stages of an evaluation are counted in."""


class _Rate(ProgressColumn):
    """How many a second, over the whole of the run: what is done comes in bursts."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """The rate, or nothing while it is not known."""
        rate = _rate(task)
        if not rate:
            return Text()
        return Text(f"{rate:,.0f} {self._unit}/s" if rate >= 10 else f"{rate:.1f} {self._unit}/s")


class _Left(ProgressColumn):
    """How long it will take from now."""

    def render(self, task: Task) -> Text:
        """Minutes and seconds, or nothing while they are not known."""
        rate = _rate(task)
        if not rate or task.total is None:
            return Text("-:--")
        minutes, seconds = divmod(round(max(0.0, task.total - task.completed) / rate), 60)
        return Text(f"{minutes}:{seconds:02} left")


def _rate(task: Task) -> float:
    """How many a second since the bar began; 0 while it is not known."""
    done = task.completed - float(task.fields.get("begun_at", 0))
    return done / task.elapsed if task.elapsed else 0.0


def bar(unit: str) -> Progress:
    """A bar with count, rate and time left; it leaves nothing behind."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        _Rate(unit),
        _Left(),
        console=Console(stderr=True),
        transient=True,
    )


@contextmanager
def moved_bar(
    description: str, unit: str, total: float | None
) -> Iterator[Callable[[float], None]]:
    """A bar moved by calling it with how many are done, parts of one included."""
    with bar(unit) as progress:
        task = progress.add_task(description, total=total)
        yield lambda done: progress.update(task, completed=done)


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
    with ExitStack() as bars:
        shown: dict[str, tuple[Progress, TaskID]] = {}

        def on_progress(at: Stage) -> None:
            if at.stage not in shown:
                bars.close()  # one at a time can be on the screen
                progress = bars.enter_context(bar(_COUNTED_IN[at.stage]))
                task = progress.add_task(
                    descriptions[at.stage], total=at.total, completed=at.done, begun_at=at.done
                )
                shown[at.stage] = progress, task
            progress, task = shown[at.stage]
            progress.update(task, completed=at.done, total=at.total)

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
