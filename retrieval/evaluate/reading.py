"""The reader by itself: each question with the passage it was asked about, nothing searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.config import RetrievalSettings
from retrieval.errors import DataSetError, UsageError
from retrieval.evaluate import metrics, wording
from retrieval.evaluate.answering import auroc
from retrieval.evaluate.cached import OnProgress, Progress
from retrieval.evaluate.dataset import DataSet, Query, load
from retrieval.reading.opening import open_reader
from retrieval.reading.protocol import Reader, ReadingText
from retrieval.sentences import sentence_spans

_PARTS = {True: " (article in training)", False: " (article not in training)"}


@dataclass(frozen=True, slots=True)
class ReaderReport:
    """What the reader makes of a data set's own passages."""

    dataset: str
    questions: int
    metrics: Mapping[str, metrics.Figure]
    """Exact match and F1 of the words found, over questions with short answers; of those whose
    article was and was not in training too, where the data set says so."""
    auroc: float | None
    """Chance that a passage which answers has more relevance than one that does not."""


def evaluate(
    folder: Path, settings: RetrievalSettings, *, on_progress: OnProgress | None = None
) -> ReaderReport:
    """The same for the data set in `folder`, with the reader that the settings name.

    Raises DataSetError, ModelError, and UsageError where no reader is wanted.
    """
    reader = open_reader(settings)
    if reader is None:
        raise UsageError("No reader is in use: RETRIEVAL_READER is off.")
    return read(load(folder, settings), reader, on_progress=on_progress)


def read(data: DataSet, reader: Reader, *, on_progress: OnProgress | None = None) -> ReaderReport:
    """Read for each question its own document; blocking. Raises DataSetError where none has one."""
    documents = {str(document.external_id): document for document in data.documents}
    asked = [query for query in data.queries if query.own in documents]
    if not asked:
        raise DataSetError(f"{data.name} does not say which passage its questions are about.")
    figures: list[dict[str, float]] = []
    relevance: list[float] = []
    for done, query in enumerate(asked):
        if on_progress:
            on_progress(Progress("asking", done, len(asked)))
        document = documents[str(query.own)]
        passage = ReadingText(document.title, document.text, tuple(sentence_spans(document.text)))
        [found] = reader.read(query.question, [passage])
        found = reader.closer(query.question, passage, found)
        relevance.append(found.relevance)
        given = "" if found.span is None else document.text[slice(*found.span)]
        figures.append(_figures(query, given))
    return ReaderReport(
        dataset=data.name,
        questions=len(asked),
        metrics=metrics.averaged(figures),
        auroc=auroc(relevance, [query.answerable is not False for query in asked]),
    )


def as_json(report: ReaderReport) -> dict[str, Any]:
    """The object that `eval --reader --json` prints."""
    return {
        "dataset": report.dataset,
        "questions": report.questions,
        "metrics": {name: asdict(figure) for name, figure in report.metrics.items()},
        "auroc": report.auroc,
    }


def _figures(query: Query, given: str) -> dict[str, float]:
    if not query.answers or query.answerable is False or not query.gold:
        return {}
    both = {
        "span_em": wording.exact_match(given, query.answers),
        "span_f1": wording.f1(given, query.answers),
    }
    if query.trained is not None:
        both |= {f"{name}{_PARTS[query.trained]}": value for name, value in both.items()}
    return both
