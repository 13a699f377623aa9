"""Whether questions are refused whose article is not there.

Every question that can be answered is asked twice of one library: as it is, and with the whole
article withheld that it was asked about (all documents of its title). The second time nothing
answers it, however much else there is about the same things.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.config import RetrievalSettings
from retrieval.errors import DataSetError
from retrieval.evaluate.answering import Answering, Decision, quality, refused_while_answering
from retrieval.evaluate.cached import OnProgress, Progress, filled
from retrieval.evaluate.dataset import DataSet, documents_of, load
from retrieval.evaluate.outcomes import answering_json, judged
from retrieval.types import Filters

ANSWERED = 0.9
"""Share of answerable questions that the threshold in `refused` answers."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """How well the two are told apart."""

    dataset: str
    answering: Answering
    refused: float
    """Share of the questions without their article that are refused where 90 in 100 of the others
    are answered."""


async def withhold(
    folder: Path,
    settings: RetrievalSettings,
    *,
    beside: Sequence[Path] = (),
    on_progress: OnProgress | None = None,
) -> Withheld:
    """Ask the data set in `folder` of a library that holds the documents of `beside` too.

    Raises DataSetError, ModelError, StoreError.
    """
    own = load(folder, settings)
    others = [document for each in beside for document in documents_of(each)]
    name = "+".join([own.name, *(each.resolve().name for each in beside)])
    data = DataSet(name, (*own.documents, *others), own.queries)
    asked = [query for query in own.queries if query.ranked]
    if not asked:
        raise DataSetError(f"{folder} has no question that a document is known to answer.")
    decisions: list[Decision] = []
    async with filled(data, settings, on_progress=on_progress) as ready:
        ids = {document: number for number, document in ready.searcher.documents.items()}
        for done, query in enumerate(asked):
            if on_progress:
                on_progress(Progress("asking", done, len(asked)))
            reply = await ready.searcher.ask(query.question)
            outcome = judged(query, [], reply, 0.0)
            decisions.append(Decision(True, reply.answered, outcome.right, reply.confidence))
            left = frozenset(ids[d] for d in ids if d not in article_of(query.relevant, own))
            reply = await ready.searcher.ask(query.question, filters=Filters(article_ids=left))
            decisions.append(Decision(False, reply.answered, False, reply.confidence))
    refused = refused_while_answering(decisions, ANSWERED)
    return Withheld(name, quality(decisions), refused or 0.0)


def as_json(report: Withheld) -> dict[str, Any]:
    """The object that `eval --withheld --json` prints."""
    return {
        "dataset": report.dataset,
        "refused_while_answering_90": report.refused,
        "answering": answering_json(report.answering),
    }


def article_of(relevant: Mapping[str, float], data: DataSet) -> frozenset[str]:
    """All documents of the titles that the relevant ones have, and these themselves."""
    titles = {d.title for d in data.documents if d.external_id in relevant and d.title}
    return frozenset(relevant) | {str(d.external_id) for d in data.documents if d.title in titles}
