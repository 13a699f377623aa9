"""Asking every question of a data set and summing up what came back."""

from __future__ import annotations

import time
from pathlib import Path

from retrieval.config import RetrievalSettings
from retrieval.evaluate import metrics
from retrieval.evaluate.answering import quality
from retrieval.evaluate.cached import OnProgress, Progress, filled
from retrieval.evaluate.dataset import DataSet, load
from retrieval.evaluate.outcomes import Outcome, Report, Searcher, judged

PASSAGES = 16
"""Passages asked for a question: as many as an answer is chosen from, so that the ranking measured
is the one that answers."""


async def evaluate(
    folder: Path, settings: RetrievalSettings, *, on_progress: OnProgress | None = None
) -> Report:
    """The figures of the data set in `folder`, end to end: its documents are added to a library of
    their own and every question is asked of it. Raises DataSetError, ModelError, StoreError."""
    data = load(folder, settings)
    async with filled(data, settings, on_progress=on_progress) as ready:
        return await measure(data, ready.searcher, passages=ready.passages, on_progress=on_progress)


async def measure(
    data: DataSet, searcher: Searcher, *, passages: int, on_progress: OnProgress | None = None
) -> Report:
    """Ask `searcher`, whose library holds the documents of `data` in `passages` passages."""
    outcomes: list[Outcome] = []
    for done, query in enumerate(data.queries):
        if on_progress:
            on_progress(Progress("asking", done, len(data.queries)))
        start = time.perf_counter()
        reply = await searcher.ask(query.question)
        took = 1e3 * (time.perf_counter() - start)
        found = await searcher.search(query.question, limit=PASSAGES)
        outcomes.append(judged(query, found, reply, took))
    if on_progress:
        on_progress(Progress("asking", len(data.queries), len(data.queries)))
    return summed_up(data, outcomes, passages=passages)


def summed_up(data: DataSet, outcomes: list[Outcome], *, passages: int) -> Report:
    """The report of a data set from the outcomes of its queries."""
    decisions = [d for o in outcomes if (d := o.decision) is not None]
    return Report(
        dataset=data.name,
        documents=len(data.documents),
        passages=passages,
        metrics=metrics.averaged(o.figures for o in outcomes),
        answering=quality(decisions) if decisions else None,
        latency_ms=metrics.percentiles([o.milliseconds for o in outcomes]),
        outcomes=tuple(outcomes),
        left_out=data.left_out,
    )
