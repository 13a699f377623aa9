"""What ranking, and the reader, see of the questions of data sets: the material of `fit`.

Each question is asked of the whole library, which is known to answer some of them and not others;
and where its article is known, without the passages that answer it, without the whole article, and
made to mislead: with a name or a number in it that stands in another question, and in no passage
that answers. The reader, where there is one, reads the best few passages, always the same number.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from retrieval import confidence
from retrieval.config import RetrievalSettings
from retrieval.evaluate.cached import Filled, filled
from retrieval.evaluate.dataset import DataSet, Query, load
from retrieval.evaluate.withheld import article_of
from retrieval.reading.judging import MOST_READ, plain, with_finding
from retrieval.reading.opening import open_reader
from retrieval.reading.protocol import Reader
from retrieval.reading.walk import reading_text
from retrieval.training.swaps import Swaps
from retrieval.types import DEFAULT_COLLECTION, Filters, Hit

How = Literal["whole", "near", "unanswered", "withheld", "misled"]
"""As it is, of the whole library: where it has an answer, and where it has none; without the
passages that answer; without their article; with another name or number."""
LONGEST_ANSWER = 5
"""Words of an answer that is looked for in passages that nobody judged."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A passage that was found."""

    right: bool
    """Whether it answers, as far as the data set knows."""
    doubtful: bool
    """Whether it may answer though the data set does not know: words of an answer stand in it."""
    score: float
    """Fused, and of what was read without tokens."""
    evidence: dict[str, float]
    """What confidence looks at but the lead, the reader's findings among it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A question and its best passages, best first by the fused score."""

    dataset: str
    id: str
    how: How
    passages: tuple[Seen, ...]


async def judge(
    folder: Path, settings: RetrievalSettings, *, questions: int, seed: int
) -> AsyncIterator[Judged]:
    """Of so many questions of the data set in `folder`, drawn with `seed`."""
    plain = settings.model_copy(update={"reader": False})
    reader = open_reader(settings)
    data = load(folder, settings)
    chosen = list(data.queries)
    random.Random(seed).shuffle(chosen)
    async with filled(data, plain) as ready:
        ids = {document: number for number, document in ready.searcher.documents.items()}
        swaps = Swaps(data, random.Random(seed))
        for query in chosen[:questions]:
            for how, asked, gone in _ways(query, data, swaps):
                left = frozenset(ids[each] for each in ids if each not in gone)
                filters = Filters(article_ids=left) if gone else Filters()
                found = await _seen(ready, reader, asked, filters)
                if found:
                    yield Judged(data.name, query.id, how, found)


def _ways(query: Query, data: DataSet, swaps: Swaps) -> Iterator[tuple[How, Query, frozenset[str]]]:
    yield "near" if query.answerable is False else "whole", query, frozenset()
    if query.ranked:
        yield "unanswered", query, frozenset(query.relevant)
        article = article_of(query.relevant, data)
        if article != frozenset(query.relevant):
            yield "withheld", query, article
        misleading = swaps.swapped(query)
        if misleading is not None:
            nobody = replace(query, question=misleading, relevant={}, answers=(), answerable=False)
            yield "misled", nobody, frozenset()


async def _seen(
    ready: Filled, reader: Reader | None, query: Query, filters: Filters
) -> tuple[Seen, ...]:
    hits = await ready.library.search(query.question, limit=2 * MOST_READ, filters=filters)
    hits = hits[:MOST_READ]
    store = ready.library.store
    titles = await store.titles({hit.passage.article_id for hit in hits})
    terms = await store.passage_terms(DEFAULT_COLLECTION, [hit.passage.id for hit in hits])
    if reader is not None:
        texts = [reading_text(hit, titles[hit.passage.article_id]) for hit in hits]
        findings = reader.read(query.question, texts)
        hits = [with_finding(hit, finding) for hit, finding in zip(hits, findings, strict=True)]
    rights = [_right(query, ready.searcher.documents[h.passage.article_id], h) for h in hits]
    return tuple(
        Seen(
            right=right,
            doubtful=not right and _told(query, hit.passage.text),
            score=hit.score if reader is None else plain(hit),
            evidence=confidence.evidence(query.question, hit, terms[hit.passage.id]),
        )
        for hit, right in zip(hits, rights, strict=True)
    )


def _told(query: Query, text: str) -> bool:
    """Whether a short answer's words stand in the text."""
    short = [each for each in query.answers if len(each.split()) <= LONGEST_ANSWER]
    return any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text, re.I) for each in short)


def _right(query: Query, document: str, hit: Hit) -> bool:
    if document not in query.relevant or query.answerable is False:
        return False
    return not query.gold or any(
        gold.document == document
        and hit.passage.start <= gold.start
        and gold.end <= hit.passage.end
        for gold in query.gold
    )


def write(path: Path, judged: Sequence[Judged]) -> None:
    """Keep what was judged, a line each."""
    path.write_text("".join(json.dumps(asdict(each)) + "\n" for each in judged), encoding="utf-8")


def read(path: Path) -> list[Judged]:
    """What `write` kept."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Judged(**row | {"passages": tuple(Seen(**each) for each in row["passages"])})
        for row in rows
    ]
