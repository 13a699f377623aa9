"""The walk of a question: two searches, one order, quotes with their citations."""

from __future__ import annotations

import asyncio
import logging
import time
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from retrieval import analysis, candidates, citing, phrasing, ranking
from retrieval.asked import Asked
from retrieval.candidates import Stored
from retrieval.confidence import confidence, default_threshold, was_read
from retrieval.embedding.protocol import EmbeddedQuery, Embedder, OpenModel
from retrieval.errors import QuestionError, Reason
from retrieval.folding import fold
from retrieval.ranking import Candidate
from retrieval.reading import judging
from retrieval.reading.protocol import Reader
from retrieval.reading.walk import BestFew
from retrieval.shelf import Shelf
from retrieval.store import Ids, Store
from retrieval.types import (
    Answer,
    ArticleRecord,
    CitedPassage,
    Filters,
    Hit,
    Passage,
    Span,
)
from retrieval.worker import Worker

log = logging.getLogger(__name__)

LONGEST_QUESTION = 4_000
"""Characters; Discord's longest message."""
CANDIDATES = 16
"""Passages each of the two searches proposes."""
LOOKS = 2
"""At most, where the article that came first is changed or removed while it is looked at."""
MOST_CANDIDATES = 16 * CANDIDATES
"""And at most, where so many of them are copies of one another that too few are left to show."""

Timing = dict[str, float]
OpenReader = Callable[[], Awaitable[Reader | None]]
"""Gives the reader, loading it when first asked for; None where none is wanted."""


class _Ranked(NamedTuple):
    """Everything either search proposed."""

    hits: list[Hit]
    """Best first."""
    candidates: Mapping[int, Candidate]
    """By the passage's id."""
    stories: Mapping[int, int]
    """Of those articles that are of one, by id."""


class Asking:
    """Answers questions from one store."""

    def __init__(
        self, store: Store, shelf: Shelf, worker: Worker, reader: OpenReader, *, reading_s: float
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._worker = worker
        self._reader = reader
        self._reading_s = reading_s
        self._best_few = BestFew(worker)

    async def ask(
        self,
        question: str,
        model: OpenModel,
        *,
        collection: str,
        limit: int,
        filters: Filters,
        threshold: float | None = None,
    ) -> Answer:
        """The answer with up to `limit` passages, best first."""
        question = checked(question)
        asked = phrasing.plain(question)
        timing: Timing = {}
        with _timed(timing, "total"):
            for _ in range(LOOKS):
                depth = CANDIDATES
                found = await self._found(asked, model, collection, filters, depth, timing)
                folded = await self._folded(found, limit)
                while len(folded) < limit and len(found.hits) >= depth < MOST_CANDIDATES:
                    # A story in very many outlets is all that was found: look past it.
                    depth *= 4
                    found = await self._found(asked, model, collection, filters, depth, timing)
                    folded = await self._folded(found, limit)
                with _timed(timing, "cite"):
                    passages = await self._cited(collection, folded)
                if _is_first(passages, folded):
                    sure = await self._worker.run(_confidence, asked, found, folded)
                    break
                sure = 0.0  # of the passage that came first, which is gone
        if threshold is None:
            threshold = default_threshold(read=bool(folded) and was_read(folded[0][0]))
        answered = bool(passages) and sure >= threshold
        log.info(
            "asked: %s with %d passages, confidence %.2f, in %.1f ms",
            "answered" if answered else "not answered",
            len(passages),
            sure,
            timing["total"],
        )
        return Answer(
            question=question,
            answered=answered,
            confidence=sure,
            answer=(passages[0].answer or passages[0].sentence) if answered else None,
            passages=passages,
            timing_ms=timing,
        )

    async def search(
        self, question: str, model: OpenModel, *, collection: str, limit: int, filters: Filters
    ) -> list[Hit]:
        """The `limit` best passages, best first, nothing folded."""
        question = phrasing.plain(checked(question))
        depth, timing = max(limit, CANDIDATES), Timing()
        found = await self._found(question, model, collection, filters, depth, timing)
        return found.hits[:limit]

    async def _folded(self, found: _Ranked, limit: int) -> list[tuple[Hit, list[Hit]]]:
        terms = {passage_id: each.body_terms for passage_id, each in found.candidates.items()}
        return await self._worker.run(fold, found.hits, terms, limit, found.stories)

    async def _found(
        self,
        question: str,
        model: OpenModel,
        collection: str,
        filters: Filters,
        depth: int,
        timing: Timing,
    ) -> _Ranked:
        """Everything either search proposes, ranked."""
        count = await self._store.passage_count(collection)
        if not count:
            return _Ranked([], {}, {})
        embedder = await model()
        terms = analysis.content_terms(question)
        with _timed(timing, "search"):
            (embedded, dense), (lexical, frequencies, stored) = await asyncio.gather(
                self._dense(question, embedder, collection, filters, depth, timing),
                self._lexical(terms, count, embedder, collection, filters, depth),
            )
        with _timed(timing, "rank"):
            weights = {term: ranking.rarity(term, count, frequencies[term]) for term in terms}
            proposed = await candidates.joined(
                self._store, collection, embedder, embedded.vector, dense, lexical, stored
            )
            hits, stories = await asyncio.gather(
                self._worker.run(_in_order, question, embedded, weights, proposed),
                self._store.stories({each.passage.article_id for each in proposed}),
            )
        with _timed(timing, "read"):
            hits = await self._read(question, hits)
        return _Ranked(hits, {each.passage.id: each for each in proposed}, stories)

    async def _read(self, question: str, hits: list[Hit]) -> list[Hit]:
        """The hits in the order that they have after the reader has read the best of them."""
        reader = await self._reader()
        if reader is None or not hits:
            return hits
        best = hits[: judging.MOST_READ]
        titles = await self._store.titles({hit.passage.article_id for hit in best})
        return await self._best_few.read(reader, question, hits, titles, budget_s=self._reading_s)

    async def _dense(
        self,
        question: str,
        embedder: Embedder,
        collection: str,
        filters: Filters,
        depth: int,
        timing: Timing,
    ) -> tuple[EmbeddedQuery, list[tuple[int, float]]]:
        allowed: Ids | None = await self._store.passage_ids(collection, filters)
        with _timed(timing, "embed"):
            embedded = await self._worker.run(embedder.query, question)
        ids, cosines = await self._shelf.search(
            collection, embedder, embedded.vector, depth, allowed=allowed
        )
        return embedded, list(zip(ids.tolist(), cosines.tolist(), strict=True))

    async def _lexical(
        self,
        terms: Sequence[str],
        count: int,
        embedder: Embedder,
        collection: str,
        filters: Filters,
        depth: int,
    ) -> tuple[list[tuple[int, float]], Mapping[str, int], Stored]:
        """What has the terms, how frequent these are, and what is stored of it.

        All of it while the question is embedded, which takes longer.
        """
        frequencies = await self._store.document_frequencies(collection, terms)
        found = await self._store.lexical(
            collection, frequencies, passages=count, limit=depth, filters=filters
        )
        ids = [passage_id for passage_id, _ in found]
        stored = await candidates.stored(self._store, collection, embedder, ids)
        return found, frequencies, stored

    async def _cited(
        self, collection: str, folded: Sequence[tuple[Hit, list[Hit]]]
    ) -> tuple[CitedPassage, ...]:
        """The passages with quotes and citations; those of an article just changed left out."""
        ids = dict.fromkeys(hit.passage.article_id for hit, _ in folded)
        sources = await self._store.sources(collection, ids)

        def unchanged(passage: Passage) -> bool:
            """Whether the article still says at that place what the passage says."""
            _, text = sources.get(passage.article_id, (None, ""))
            return text[passage.start : passage.end] == passage.text

        def cite() -> tuple[CitedPassage, ...]:
            present = [item for item in folded if unchanged(item[0].passage)]
            return tuple(
                _cited_passage(rank, hit, also, *sources[hit.passage.article_id])
                for rank, (hit, also) in enumerate(present, 1)
            )

        return await self._worker.run(cite)


def checked(question: str) -> str:
    """The question without control characters and needless white space.

    Raises QuestionError where there is no letter or digit in it, or far too many of them.
    """
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in question)
    question = " ".join(kept.split())
    if not any(c.isalnum() for c in question):
        raise QuestionError(
            "There are no words in the question. Ask something like: How many troops were sent?"
        )
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters, and {LONGEST_QUESTION:,} is the most "
            "that is read. Ask for one thing at a time.",
            Reason.LONG_QUESTION,
        )
    return question


def _in_order(
    question: str,
    embedded: EmbeddedQuery,
    weights: Mapping[str, float],
    proposed: Sequence[Candidate],
) -> list[Hit]:
    return ranking.rank(Asked.of(question, embedded, weights), proposed)


def _is_first(passages: Sequence[CitedPassage], folded: Sequence[tuple[Hit, list[Hit]]]) -> bool:
    """Whether what was found first is what is shown first: its article may have been changed or
    removed meanwhile, and how sure it is says nothing of the next one."""
    return not folded or (bool(passages) and passages[0].passage.id == folded[0][0].passage.id)


def _confidence(question: str, found: _Ranked, folded: Sequence[tuple[Hit, list[Hit]]]) -> float:
    if not folded:
        return 0.0
    first, repeats = folded[0]
    candidate = found.candidates[first.passage.id]
    terms = candidate.title_terms, candidate.body_terms
    return confidence(question, found.hits, terms, {hit.passage.id for hit in repeats})


def _cited_passage(
    rank: int, hit: Hit, also: Iterable[Hit], record: ArticleRecord, text: str
) -> CitedPassage:
    passage = hit.passage
    span = hit.sentence or Span(passage.start, passage.end)
    return CitedPassage(
        rank=rank,
        passage=passage,
        sentence=citing.quote(text, passage.article_id, span),
        score=hit.score,
        citation=citing.citation(record, text, passage, span),
        answer=(
            citing.quote(text, passage.article_id, hit.answer)
            if hit.answer is not None and judging.tells(hit)
            else None
        ),
        external_id=record.external_id,
        also_in=tuple(
            dict.fromkeys(
                other.passage.article_id
                for other in also
                if other.passage.article_id != passage.article_id
            )
        ),
    )


@contextmanager
def _timed(timing: Timing, name: str) -> Iterator[None]:
    """Add the milliseconds that the block takes."""
    started = time.perf_counter()
    try:
        yield
    finally:
        timing[name] = round(1e3 * (time.perf_counter() - started), 3)
