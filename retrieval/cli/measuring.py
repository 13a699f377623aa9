"""`eval` and `bench`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrieval.cli import output
from retrieval.cli.interrupting import run_async
from retrieval.cli.shared import DONE, Shared
from retrieval.errors import DiskError, UsageError

if TYPE_CHECKING:
    from retrieval.bench.run import OnStep
    from retrieval.evaluate.cached import OnProgress


def evaluate(
    shared: Shared,
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="corpus.jsonl, queries.jsonl and qrels.tsv; or articles and questions.jsonl.",
        ),
    ],
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="Write a page with plots too.", show_default=False
        ),
    ] = None,
    reader: Annotated[
        bool,
        typer.Option("--reader", help="The reader alone, given each question's own passage."),
    ] = False,
    withheld: Annotated[
        bool,
        typer.Option("--withheld", help="Ask each question with and without its article."),
    ] = False,
    beside: Annotated[
        list[Path] | None,
        typer.Option(
            "--beside",
            metavar="DIR",
            help="With --withheld: more documents in the library.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Measure retrieval on a data set."""
    if beside and (reader or not withheld):
        raise UsageError(
            "--beside adds documents to what --withheld asks: give both, without --reader."
        )
    if reader or withheld:
        return _apart(shared, folder, reader=reader, beside=beside or [])
    from retrieval.evaluate.outcomes import as_json
    from retrieval.evaluate.run import evaluate as run

    with _watched(shared) as on_progress:
        measured = run_async(run(folder, shared.settings, on_progress=on_progress))
    if report is not None:
        from retrieval.evaluate.report import page

        try:
            report.write_text(page(measured), encoding="utf-8")
        except OSError as error:
            raise DiskError(f"{report} cannot be written: {error.strerror}.") from error
    if shared.json:
        print(output.line(as_json(measured)))
    else:
        from retrieval.cli import figures

        figures.report(measured)
        if report is not None:
            print(f"\nThe page is in {report}.")
    return DONE


def _apart(shared: Shared, folder: Path, *, reader: bool, beside: Sequence[Path]) -> int:
    """The reader by itself, or refusing when the article is not there."""
    from retrieval.cli import figures
    from retrieval.evaluate import reading, withheld

    with _watched(shared) as on_progress:
        if reader:
            read = reading.evaluate(folder, shared.settings, on_progress=on_progress)
            print(output.line(reading.as_json(read))) if shared.json else figures.reader(read)
        else:
            kept = run_async(
                withheld.withhold(folder, shared.settings, beside=beside, on_progress=on_progress)
            )
            print(output.line(withheld.as_json(kept))) if shared.json else figures.withheld(kept)
    return DONE


def bench(
    shared: Shared,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small libraries and few rounds: a minute.")
    ] = False,
) -> int:
    """Measure speed and memory on this machine.

    Each figure comes with its ratio to that of plain sentence-transformers.
    """
    from retrieval.bench.run import bench as run

    options = {"sizes": (1_000,), "rounds": 2, "adding_rounds": 1} if quick else {}
    seeds = Path("seeds")
    with _steps(shared) as on_step:
        measured = run(
            shared.settings,
            seed=seeds if seeds.is_dir() else None,
            on_step=on_step,
            **options,  # type: ignore[arg-type]  # each is what its name says
        )
    if shared.json:
        print(output.line(measured.as_json()))
    else:
        from retrieval.cli import figures

        figures.bench(measured)
    return DONE


def _watched(shared: Shared) -> AbstractContextManager[OnProgress | None]:
    """A bar for the two stages of an evaluation, or nothing."""
    if not shared.progress:
        return nullcontext(None)
    from retrieval.cli.progress import stages_bar

    return stages_bar({"adding": "Adding", "asking": "Asking"})


def _steps(shared: Shared) -> AbstractContextManager[OnStep | None]:
    """A bar of what is being measured, or nothing."""
    if not shared.progress:
        return nullcontext(None)
    from retrieval.cli.progress import steps_bar

    return steps_bar()
