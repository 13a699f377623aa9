"""Asking every question of a data set, and the cached library that is asked.

The library of a data set is a database of its own in the cache folder. Its name holds a
fingerprint of the documents, of the embedder and of the code that cuts and analyses text, so that
embeddings are reused where nothing of that changed and never where something did. An interrupted
run leaves the documents it has added; the next one goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from retrieval.evaluate import metrics
from retrieval.evaluate.answering import quality
from retrieval.evaluate.dataset import DataSet
from retrieval.evaluate.outcomes import Outcome, Report, Searcher, judged

PASSAGES = 100
"""Passages asked for a question: those of the ten best documents, unless these are long."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    stage: Literal["adding", "asking"]
    done: int
    total: int


OnProgress = Callable[[Progress], None]


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
