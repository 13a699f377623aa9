"""What a searcher gives for a question, and what that was worth. Pure but for the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from retrieval.evaluate import metrics, wording
from retrieval.evaluate.answering import Answering, Decision
from retrieval.evaluate.dataset import GoldSpan, Query


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was returned: `document text[start:end] == text`."""

    document: str
    text: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person who asked would see."""

    answered: bool
    confidence: float
    passage: Found | None = None
    """The first passage, shown or only the nearest; None when nothing at all was found."""
    sentence: Found | None = None
    """The sentence marked in it."""
    answer: str | None = None
    """The answer itself, None when refused."""


class Searcher(Protocol):
    """Whatever finds and answers: the library, or something to compare it with."""

    async def search(self, question: str, *, limit: int) -> Sequence[Found]:
        """The best passages, best first, nothing folded."""

    async def ask(self, question: str) -> Reply:
        """The reply with default settings."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one query."""

    query: Query
    ranking: tuple[str, ...]
    """Documents, best first."""
    reply: Reply
    milliseconds: float
    """What `ask` took."""
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def rank(self) -> int | None:
        """Rank of the first relevant document, from 1."""
        return metrics.first_rank(self.ranking, self.query.relevant)

    @property
    def right(self) -> bool:
        """Whether the first passage comes from a relevant document and, where the answering words
        are known, holds some of them wholly."""
        passage = self.reply.passage
        if not self.query.ranked or passage is None:
            return False
        if not self.query.gold:
            return passage.document in self.query.relevant
        return any(_holds(passage, gold) for gold in self.query.gold)

    @property
    def failed(self) -> bool:
        """Whether someone who asked this was served badly."""
        if self.query.answerable is False:
            return self.reply.answered
        return self.query.ranked and not (self.right and self.reply.answered)

    @property
    def decision(self) -> Decision | None:
        """For judging answers and refusals; None where the data set does not say `answerable`."""
        if self.query.answerable is None:
            return None
        return Decision(
            answerable=self.query.answerable,
            answered=self.reply.answered,
            right=self.right,
            confidence=self.reply.confidence,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a data set."""

    dataset: str
    documents: int
    passages: int
    metrics: Mapping[str, metrics.Figure]
    answering: Answering | None
    """None where no query says whether it can be answered."""
    latency_ms: Mapping[str, float]
    """Percentiles of `ask`."""
    outcomes: tuple[Outcome, ...]
    left_out: int = 0


def judged(query: Query, found: Sequence[Found], reply: Reply, milliseconds: float) -> Outcome:
    """The outcome of a query with all its figures."""
    ranking = tuple(metrics.best_first(passage.document for passage in found))
    figures: dict[str, float] = {}
    if query.ranked:
        figures = {
            **metrics.of_ranking(ranking, query.relevant),
            **_of_passage(query, reply),
            **_of_sentence(query, reply),
            **_of_answer(query, reply),
        }
    return Outcome(query, ranking, reply, milliseconds, figures)


def _of_passage(query: Query, reply: Reply) -> dict[str, float]:
    if not query.gold:
        return {}
    passage = reply.passage
    held = passage is not None and any(_holds(passage, gold) for gold in query.gold)
    return {"passage@1": float(held)}


def _of_sentence(query: Query, reply: Reply) -> dict[str, float]:
    sentence = reply.sentence
    if query.gold:
        met = sentence is not None and any(_meets(sentence, gold) for gold in query.gold)
    elif query.answers:
        met = sentence is not None and wording.mentions(sentence.text, query.answers)
    else:
        return {}
    return {"sentence@1": float(met)}


def _of_answer(query: Query, reply: Reply) -> dict[str, float]:
    if not query.answers:
        return {}
    given = reply.answer if reply.answered and reply.answer is not None else ""
    return {
        "answer_em": wording.exact_match(given, query.answers),
        "answer_f1": wording.f1(given, query.answers),
    }


def _holds(passage: Found, gold: GoldSpan) -> bool:
    return (
        passage.document == gold.document
        and passage.start <= gold.start
        and gold.end <= passage.end
    )


def _meets(sentence: Found, gold: GoldSpan) -> bool:
    """Whether they share at least half of the shorter: two splitters need not agree to a letter,
    and a short answer lies within a long sentence."""
    if sentence.document != gold.document:
        return False
    shared = min(sentence.end, gold.end) - max(sentence.start, gold.start)
    return 2 * shared >= min(sentence.end - sentence.start, gold.end - gold.start)


def as_json(report: Report) -> dict[str, Any]:
    """The object that `eval --json` prints."""
    return {
        "dataset": report.dataset,
        "queries": len(report.outcomes),
        "metrics": {name: asdict(figure) for name, figure in report.metrics.items()},
        "answering": None if report.answering is None else answering_json(report.answering),
        "latency_ms": dict(report.latency_ms),
        "documents": report.documents,
        "passages": report.passages,
        "left_out": report.left_out,
    }


def answering_json(quality: Answering) -> dict[str, Any]:
    """Without the long curves, which are drawn in the page."""
    figures = asdict(quality)
    del figures["curve"], figures["risk"]
    return figures
