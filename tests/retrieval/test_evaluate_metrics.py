"""Ranking figures against hand-computed cases, scikit-learn and their own laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from retrieval.evaluate import metrics

DOCUMENTS = st.lists(st.sampled_from("abcdefghijklmnop"), unique=True, max_size=14)
RELEVANT = st.dictionaries(st.sampled_from("abcdefghijklmnop"), st.integers(1, 3), min_size=1)


def test_a_document_stands_where_its_best_passage_stood() -> None:
    assert metrics.best_first(["b", "a", "b", "c", "a"]) == ["b", "a", "c"]


def test_figures_of_a_ranking_computed_by_hand() -> None:
    figures = metrics.of_ranking(["x", "a", "y", "b"], {"a": 1, "b": 1, "c": 1})
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert figures["hit@1"] == 0
    assert figures["hit@5"] == figures["hit@10"] == 1
    assert figures["recall@5"] == pytest.approx(2 / 3)
    assert figures["mrr@10"] == 0.5
    assert figures["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)


def test_what_stands_below_the_depth_does_not_count() -> None:
    ranking = [f"x{i}" for i in range(10)] + ["a"]
    figures = metrics.of_ranking(ranking, {"a": 1})
    assert figures["mrr@10"] == figures["ndcg@10"] == figures["hit@10"] == 0
    assert figures["recall@20"] == 1
    assert metrics.first_rank(ranking, {"a": 1}) == 11


def test_a_query_nobody_judged_has_no_ranking_figures() -> None:
    with pytest.raises(ValueError, match="without relevant"):
        metrics.of_ranking(["a"], {})


@given(ranking=DOCUMENTS, relevant=RELEVANT)
def test_ndcg_is_scikit_learns(ranking: list[str], relevant: dict[str, int]) -> None:
    # Documents that were not returned share the last place there; scored far below and not
    # relevant unless judged, they would be averaged over ties, so only whole rankings compare.
    whole = ranking + sorted(set("abcdefghijklmnop") - set(ranking))
    scores = [[float(len(whole) - i) for i in range(len(whole))]]
    grades = [[float(relevant.get(name, 0)) for name in whole]]
    assert metrics.ndcg(whole, relevant) == pytest.approx(ndcg_score(grades, scores, k=10))


@given(ranking=DOCUMENTS, relevant=RELEVANT)
def test_figures_lie_between_0_and_1_and_grow_with_k(
    ranking: list[str], relevant: dict[str, int]
) -> None:
    figures = metrics.of_ranking(ranking, relevant)
    assert all(0 <= value <= 1 + 1e-12 for value in figures.values())
    assert figures["hit@1"] <= figures["hit@5"] <= figures["hit@10"]
    assert figures["recall@5"] <= figures["recall@10"] <= figures["recall@20"]
    assert figures["hit@1"] <= figures["mrr@10"] <= figures["hit@10"]


@given(relevant=RELEVANT)
def test_the_best_ranking_has_ndcg_1(relevant: dict[str, int]) -> None:
    best = sorted(relevant, key=lambda name: -relevant[name])
    assert metrics.ndcg(best, relevant) == pytest.approx(1)


def test_the_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    values = [1.0] * 80 + [0.0] * 20
    figure = metrics.mean(values)
    assert figure == metrics.mean(values)
    assert figure.value == 0.8
    assert figure.queries == 100
    # The normal approximation: 0.8 -+ 1.96 * sqrt(0.8 * 0.2 / 100).
    assert figure.low == pytest.approx(0.7216, abs=0.02)
    assert figure.high == pytest.approx(0.8784, abs=0.02)


def test_the_interval_is_the_same_however_the_draws_are_split() -> None:
    values = list(np.random.default_rng(3).random(3_000))
    assert metrics.mean(values).low == pytest.approx(
        np.mean(values) - 1.96 * np.std(values) / math.sqrt(len(values)), abs=0.001
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_interval_is_ordered(values: list[float]) -> None:
    figure = metrics.mean(values, resamples=50)
    assert min(values) - 1e-9 <= figure.low <= figure.high <= max(values) + 1e-9


def test_a_figure_is_averaged_over_the_queries_that_have_it() -> None:
    found = metrics.averaged([{"a": 1.0, "b": 1.0}, {"a": 0.0}])
    assert (found["a"].value, found["a"].queries) == (0.5, 2)
    assert (found["b"].value, found["b"].queries) == (1.0, 1)


def test_percentiles_are_values_that_were_measured() -> None:
    times = [float(i) for i in range(1, 101)]
    assert metrics.percentiles(times) == {"p50": 50, "p90": 90, "p95": 95, "p99": 99}
    assert metrics.percentiles([7.0])["p99"] == 7
    assert metrics.percentiles([]) == {}
