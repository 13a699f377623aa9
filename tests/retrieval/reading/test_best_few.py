"""The order that reading gives, and when it stops: with a reader whose findings are told to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from retrieval.reading import judging
from retrieval.reading.protocol import Finding, ReadingText
from retrieval.reading.walk import BestFew
from retrieval.types import Hit, Passage, Span
from retrieval.worker import Worker

TEXT = "Bees make honey. Cows make milk."


class ToldReader:
    """Finds what it was told to, by the passage's first word; remembers what it was given."""

    name = "told"

    def __init__(self, **relevance: float) -> None:
        self.relevance = relevance
        self.given: list[str] = []
        self.looked: list[str] = []

    def read(self, question: str, passages: Sequence[ReadingText]) -> list[Finding]:
        self.given += [f"{passage.title}: {passage.text}" for passage in passages]
        return [self._finding(passage.text) for passage in passages]

    def closer(self, question: str, passage: ReadingText, found: Finding) -> Finding:
        """Not what is made, but who makes it."""
        self.looked.append(passage.text)
        assert found.span is not None
        return replace(found, span=Span(found.span.start - 10, found.span.start - 6))

    def _finding(self, text: str) -> Finding:
        logit = self.relevance.get(text.split()[0], 0.0)
        return Finding(logit, Span(text.index("make") + 5, text.index(".")), logit, 0.9)


def _hit(number: int, score: float, name: str) -> Hit:
    text = f"{name} {TEXT}"
    at = 1000 * number
    bounds = [(0, text.index(".") + 1), (text.index(".") + 2, len(text))]
    sentences = tuple(Span(at + a, at + b) for a, b in bounds)
    passage = Passage(number, number, 0, at, at + len(text), 1, text, sentences)
    return Hit(passage, score, sentence=sentences[1], features={"cosine": 0.5})


def _hits(*scores: float) -> list[Hit]:
    return [_hit(n, score, f"p{n}") for n, score in enumerate(scores, 1)]


async def _read(
    reader: ToldReader, hits: list[Hit], budget_s: float = 60, question: str = "who?"
) -> list[Hit]:
    async with Worker() as worker:
        titles = {hit.passage.article_id: f"T{hit.passage.id}" for hit in hits}
        return await BestFew(worker).read(reader, question, hits, titles, budget_s=budget_s)


async def test_a_passage_that_answers_comes_before_one_that_only_looks_like_it() -> None:
    reader = ToldReader(p1=-4.0, p2=4.0)
    found = await _read(reader, _hits(2.0, 1.5, 1.0))
    assert [hit.passage.id for hit in found] == [2, 1, 3]
    assert found[0].features["fused"] == 1.5
    assert reader.given[0] == f"T1: p1 {TEXT}"
    first = found[0].passage
    assert found[0].answer is not None
    start, end = (each - first.start for each in found[0].answer)
    assert first.text[start:end] == "Bees"
    assert found[0].sentence == first.sentences[0], "the sentence that holds the answer is marked"


async def test_the_best_alone_is_looked_at_closer() -> None:
    reader = ToldReader(p1=-4.0, p2=4.0)
    found = await _read(reader, _hits(2.0, 1.5, 1.0))
    assert reader.looked == [f"p2 {TEXT}"]
    second = found[1]
    assert second.answer is not None
    start, end = (each - second.passage.start for each in second.answer)
    assert second.passage.text[start:end] == "honey"


async def test_of_a_yes_or_no_the_sentence_is_told() -> None:
    reader = ToldReader(p1=4.0)
    [first] = await _read(reader, _hits(2.0), question="Do bees make honey?")
    assert first.answer is None
    assert first.sentence == first.passage.sentences[0]
    assert not reader.looked


async def test_scores_fall_along_the_order_read_or_not() -> None:
    found = await _read(ToldReader(p1=-8.0), _hits(*[5.0 - n / 10 for n in range(9)]))
    scores = [hit.score for hit in found]
    assert scores == sorted(scores, reverse=True)
    assert [hit.passage.id for hit in found[judging.MOST_READ :]] == [6, 7, 8, 9]


async def test_none_that_was_not_read_is_the_equal_of_one_that_was() -> None:
    # Its tokens, which count no more where the reader has its say, had put the second one far up.
    second = replace(_hit(2, 9.0, "p2"), features={"plain": 1.0})
    first = replace(_hit(1, 10.0, "p1"), features={"plain": 4.0})
    found = await _read(ToldReader(p1=4.0), [second, first, _hit(3, 8.0, "p3")], budget_s=0)
    assert [hit.passage.id for hit in found] == [2, 1, 3]
    assert found[0].score > found[1].score > found[2].score
    assert found[0].features["fused"] == 9.0


async def test_what_is_read_is_judged_without_its_tokens() -> None:
    hits = [
        replace(_hit(n, score, f"p{n}"), features={"plain": plain})
        for n, score, plain in ((1, 30.0, 1.0), (2, 29.0, 2.0), (3, 28.0, 30.0))
    ]
    reader = ToldReader(p1=4.0, p2=4.0, p3=4.0)
    found = await _read(reader, hits)
    assert [hit.passage.id for hit in found] == [3, 2, 1]
    assert len(reader.given) == 3, "the third one could still be first, whatever the second says"


async def test_a_clear_lead_ends_reading() -> None:
    reader = ToldReader(p1=5.0)
    await _read(reader, _hits(30.0, 2.0, 1.0))
    assert len(reader.given) == 1


async def test_a_first_passage_that_does_not_answer_never_ends_it() -> None:
    reader = ToldReader(p1=-5.0)
    await _read(reader, _hits(30.0, 2.0, 1.0))
    assert len(reader.given) == 3


async def test_without_time_the_first_alone_is_read() -> None:
    reader = ToldReader()
    found = await _read(reader, _hits(2.0, 1.9, 1.8), budget_s=0)
    assert len(reader.given) == 1
    assert not reader.looked
    assert [hit.passage.id for hit in found] == [1, 2, 3]


async def test_what_was_read_is_not_read_again() -> None:
    reader, hits = ToldReader(), _hits(2.0, 1.9)
    async with Worker() as worker:
        few = BestFew(worker)
        for question in ("who?", "who?", "when?"):
            await few.read(reader, question, hits, {}, budget_s=60)
    assert len(reader.given) == 4
    assert len(reader.looked) == 2


def _told(span: Span | None, certainty: float = 0.9) -> Hit:
    return judging.with_finding(_hit(1, 1.0, "p1"), Finding(1.0, span, 1.0, certainty))


def test_short_words_within_a_sentence_are_told_by_themselves() -> None:
    assert judging.tells(_told(Span(3, 7)))
    assert judging.tells(_told(Span(3, 7), certainty=0.001)), "their sentence says less"
    assert not judging.tells(_told(Span(3, 30))), "over the end of its sentence"
    assert not judging.tells(_told(None))


async def test_how_sure_the_reader_is_does_not_part_two_passages_that_answer() -> None:
    found = await _read(ToldReader(p1=2.5, p2=40.0), _hits(2.0, 1.9))
    assert [hit.passage.id for hit in found] == [1, 2]
    assert [hit.features["relevance"] for hit in found] == [2.5, judging.REACH[1]]
    found = await _read(ToldReader(p1=-50.0, p2=-4.0), _hits(2.0, 1.9))
    assert [hit.passage.id for hit in found] == [1, 2]
    assert [hit.features["relevance"] for hit in found] == [judging.REACH[0], -4.0]
