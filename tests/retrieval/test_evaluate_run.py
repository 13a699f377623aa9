"""A whole evaluation of a searcher whose figures can be worked out by hand."""

import json

import pytest

from retrieval.evaluate.dataset import GoldSpan, Query
from retrieval.evaluate.outcomes import Found, Reply, Report, as_json, judged
from retrieval.evaluate.run import Progress, measure
from tests.retrieval.evaluation import WordSearcher, small_set


@pytest.fixture
async def report() -> Report:
    data = small_set()
    return await measure(data, WordSearcher(data.documents), passages=6)


async def test_ranking_counts_the_judged_answerable_queries_alone(report: Report) -> None:
    by_id = {o.query.id: o for o in report.outcomes}
    assert by_id["right"].ranking == ("bees", "cows", "script")
    assert by_id["wrong"].ranking == ("cows", "bees", "script")
    assert by_id["wrong"].rank == 2
    assert report.metrics["hit@1"].queries == 3
    assert report.metrics["hit@1"].value == pytest.approx(2 / 3)
    assert report.metrics["mrr@10"].value == pytest.approx((1 + 0.5 + 1) / 3)
    assert report.metrics["hit@5"].value == 1


async def test_passages_and_sentences_are_judged_by_their_words(report: Report) -> None:
    assert report.metrics["passage@1"].value == 0.5
    assert report.metrics["sentence@1"].value == 0.5
    assert report.metrics["answer_em"].value == 0
    # "bees make honey" against "honey": precision 1/3, recall 1.
    assert report.metrics["answer_f1"].value == pytest.approx(0.5 / 2)


async def test_answers_and_refusals_are_judged_where_the_data_set_says(report: Report) -> None:
    quality = report.answering
    assert quality is not None
    assert (quality.questions, quality.answerable, quality.answered) == (4, 2, 3)
    assert quality.refusal_recall == 0.5
    assert quality.right == pytest.approx(1 / 3)
    failed = {o.query.id for o in report.outcomes if o.failed}
    assert failed == {"wrong", "lured"}


async def test_a_data_set_that_says_nothing_has_no_answering_figures() -> None:
    data = small_set()
    said = Query("ranked", "cows barns", {"cows": 1})
    bare = type(data)(data.name, data.documents, (said,))
    report = await measure(bare, WordSearcher(data.documents), passages=6)
    assert report.answering is None
    assert as_json(report)["answering"] is None


async def test_the_report_is_plain_json(report: Report) -> None:
    plain = json.loads(json.dumps(as_json(report)))
    assert (plain["dataset"], plain["queries"]) == ("small", 5)
    assert set(plain["metrics"]["hit@1"]) == {"value", "low", "high", "queries"}
    assert plain["latency_ms"].keys() == {"p50", "p90", "p95", "p99"}


async def test_progress_runs_from_none_to_all() -> None:
    data = small_set()
    seen: list[Progress] = []
    await measure(data, WordSearcher(data.documents), passages=6, on_progress=seen.append)
    assert [p.done for p in seen] == [0, 1, 2, 3, 4, 5]
    assert {(p.stage, p.total) for p in seen} == {("asking", 5)}


@pytest.mark.parametrize(
    ("start", "end", "met"),
    [
        (10, 20, 1),  # half of the gold, all of the sentence
        (0, 15, 0),  # 5 of the shorter's 15: too little
        (0, 20, 1),  # 10 of 20
        (40, 60, 0),  # beside it
        (0, 100, 1),  # around it
    ],
)
def test_a_sentence_meets_the_gold_with_half_of_the_shorter(
    start: int, end: int, met: float
) -> None:
    query = Query("q", "?", {"d": 1}, True, gold=(GoldSpan("d", 10, 30),))
    sentence = Found("d", "x" * (end - start), start, end, 1.0)
    outcome = judged(query, [sentence], Reply(True, 1.0, sentence, sentence, sentence.text), 1.0)
    assert outcome.figures["sentence@1"] == met


def test_the_same_offsets_of_another_document_meet_nothing() -> None:
    query = Query("q", "?", {"d": 1}, True, gold=(GoldSpan("d", 10, 30),))
    other = Found("e", "x" * 20, 10, 30, 1.0)
    outcome = judged(query, [other], Reply(True, 1.0, other, other, other.text), 1.0)
    assert outcome.figures["sentence@1"] == outcome.figures["passage@1"] == 0
    assert not outcome.right
