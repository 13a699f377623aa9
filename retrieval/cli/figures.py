"""Figures as tables: what `eval` and `bench` print for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from retrieval.cli.render import plain_table, wrapped
from retrieval.cli.terminal import eighty_columns

if TYPE_CHECKING:
    from retrieval.bench.figures import Bench
    from retrieval.evaluate.answering import Answering
    from retrieval.evaluate.metrics import Figure
    from retrieval.evaluate.outcomes import Report
    from retrieval.evaluate.reading import ReaderReport
    from retrieval.evaluate.withheld import Withheld


def report(measured: Report) -> None:
    """The figures of an evaluation."""
    console = eighty_columns()
    console.print(
        f"{measured.dataset}: {len(measured.outcomes):,} questions, "
        f"{measured.documents:,} documents, {measured.passages:,} passages",
        markup=False,
    )
    console.print(_figures(measured.metrics))
    if measured.answering is not None:
        console.print(_answering(measured.answering))
    table = plain_table("a question took", "ms")
    for name, value in measured.latency_ms.items():
        table.add_row(name, f"{value:.1f}")
    console.print(table)


def reader(measured: ReaderReport) -> None:
    """What the reader makes of a data set's own passages."""
    console = eighty_columns()
    console.print(f"{measured.dataset}: {measured.questions:,} questions, each with its passage")
    console.print(_figures(measured.metrics))
    if measured.auroc is not None:
        console.print(f"A passage that answers from one that does not: AUROC {measured.auroc:.4f}")


def withheld(measured: Withheld) -> None:
    """How well questions are refused whose article is not there."""
    console = eighty_columns()
    console.print(f"{measured.dataset}: each question asked with and without its article")
    console.print(_answering(measured.answering))
    wrapped(
        console,
        Text(
            f"Where 90 of 100 with their article are answered, {100 * measured.refused:.1f} of 100 "
            "without it are refused."
        ),
    )


def _figures(figures: Mapping[str, Figure]) -> Table:
    table = plain_table("figure", "value", "95% interval")
    for name, figure in figures.items():
        table.add_row(name, f"{figure.value:.4f}", f"{figure.low:.4f} – {figure.high:.4f}")
    return table


def _answering(quality: Answering) -> Table:
    table = plain_table("answering and refusing", "value")
    for name, value in asdict(quality).items():
        if isinstance(value, int | float):
            table.add_row(name.replace("_", " "), f"{value:,.4g}")
    return table


def bench(measured: Bench) -> None:
    """Speed and memory."""
    console = eighty_columns()
    console.print(measured.machine, markup=False)
    table = plain_table("figure", "ours", "plain", "ratio")
    for name, pair in {
        "cold ask, s": measured.cold_ask_s,
        "adding, passages/s": measured.adding_per_s,
        "warm question p50, ms": measured.question_p50_ms,
        "warm question p95, ms": measured.question_p95_ms,
        "memory, MB": measured.peak_mb,
    }.items():
        table.add_row(name, f"{pair.ours:.2f}", f"{pair.plain:.2f}", f"{pair.ratio:.2f}")
    console.print(table)
    if measured.reading is not None:
        table = plain_table("with the reader", "ours")
        for name, value in asdict(measured.reading).items():
            table.add_row(name.replace("_", " "), f"{value:,.2f}")
        console.print(table)
    table = plain_table("passages", "file MB", "first answer s", "p50 ms", "p95 ms", "memory MB")
    for size in measured.sizes:
        table.add_row(
            f"{size.passages:,}",
            f"{size.file_mb:.1f}",
            f"{size.first_answer_s:.2f}",
            f"{size.p50_ms:.1f}",
            f"{size.p95_ms:.1f}",
            f"{size.peak_mb:.0f}",
        )
    console.print(table)
