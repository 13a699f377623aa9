"""Answered and refused quality and calibration, by hand and against scikit-learn."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from retrieval.evaluate import answering, wording
from retrieval.evaluate.answering import Decision

CONFIDENCES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=1
)

FIVE = [
    Decision(answerable=True, answered=True, right=True, confidence=0.9),
    Decision(answerable=True, answered=True, right=False, confidence=0.7),
    Decision(answerable=True, answered=False, right=True, confidence=0.3),
    Decision(answerable=False, answered=True, right=False, confidence=0.6),
    Decision(answerable=False, answered=False, right=False, confidence=0.1),
]


def test_answering_and_refusing_by_hand() -> None:
    quality = answering.quality(FIVE)
    assert (quality.questions, quality.answerable, quality.answered) == (5, 3, 3)
    assert quality.precision == pytest.approx(2 / 3)
    assert quality.recall == pytest.approx(2 / 3)
    assert quality.refusal_precision == 0.5
    assert quality.refusal_recall == 0.5
    assert quality.accuracy == pytest.approx(3 / 5)
    assert quality.right == pytest.approx(1 / 3)
    # Of the pairs (answerable, unanswerable) only 0.3 against 0.6 is the wrong way round.
    assert quality.auroc == pytest.approx(5 / 6)
    assert quality.brier == pytest.approx((0.01 + 0.49 + 0.49 + 0.36 + 0.01) / 5)
    # Every decision has a bin of its own: the error is the mean distance.
    assert quality.calibration_error == pytest.approx((0.1 + 0.7 + 0.7 + 0.6 + 0.1) / 5)


def test_a_ratio_with_nothing_beneath_it_is_none() -> None:
    quality = answering.quality([FIVE[0]])
    assert quality.refusal_precision is None
    assert quality.refusal_recall is None
    assert quality.auroc is None
    assert quality.precision == 1


def test_there_must_be_something_to_judge() -> None:
    with pytest.raises(ValueError, match="no decisions"):
        answering.quality([])


def test_the_curve_says_what_another_threshold_would_give() -> None:
    curve = {p.threshold: p for p in answering.quality(FIVE).curve}
    assert curve[0.0].answered == 1
    assert curve[0.0].precision == pytest.approx(2 / 5)
    assert curve[0.0].refusal_recall == 0
    assert curve[0.5].answered == pytest.approx(3 / 5)
    assert curve[0.5].refusal_recall == 0.5
    assert curve[1.0].precision is None
    assert curve[1.0].refusal_recall == 1


def test_risk_grows_as_less_confident_questions_are_answered() -> None:
    risks = answering.risk_coverage([0.9, 0.8, 0.7, 0.6], [True, True, False, False])
    assert [(r.coverage, r.risk) for r in risks] == [
        (0.25, 0),
        (0.5, 0),
        (0.75, pytest.approx(1 / 3)),
        (1.0, 0.5),
    ]


def test_equal_confidences_share_their_risk() -> None:
    one_way = answering.risk_coverage([0.5, 0.5], [True, False])
    other_way = answering.risk_coverage([0.5, 0.5], [False, True])
    assert one_way == other_way
    assert [r.risk for r in one_way] == [0.5, 0.5]


@given(CONFIDENCES)
def test_auroc_is_scikit_learns(pairs: list[tuple[float, bool]]) -> None:
    scores, labels = [p[0] for p in pairs], [p[1] for p in pairs]
    assume(len(set(labels)) == 2)
    assert answering.auroc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


@given(CONFIDENCES)
def test_brier_is_scikit_learns(pairs: list[tuple[float, bool]]) -> None:
    assume(len({right for _, right in pairs}) == 2)
    decisions = [Decision(True, True, right, confidence) for confidence, right in pairs]
    expected = brier_score_loss([r for _, r in pairs], [c for c, _ in pairs])
    assert answering.quality(decisions).brier == pytest.approx(expected)


@given(CONFIDENCES)
def test_bins_hold_every_question_once(pairs: list[tuple[float, bool]]) -> None:
    bins = answering.reliability([p[0] for p in pairs], [p[1] for p in pairs])
    assert sum(b.questions for b in bins) == len(pairs)
    assert all(b.low - 1e-9 <= b.confidence <= b.high + 1e-9 for b in bins)
    assert 0 <= answering.calibration_error(bins) <= 1


def test_a_certain_confidence_belongs_to_the_last_bin() -> None:
    (only,) = answering.reliability([1.0], [True])
    assert (only.low, only.high, only.right) == (0.9, 1.0, 1.0)


@pytest.mark.parametrize(
    ("given_answer", "gold", "exact", "f1"),
    [
        ("The Jamestown Foundation!", "jamestown foundation", 1, 1),
        ("150,000 troops", "150,000", 0, 2 / 3),
        ("in April", "May", 0, 0),
        ("", "150,000", 0, 0),
        ("the", "a", 1, 1),
        ("“shell” companies…", "shell companies", 1, 1),
    ],
)
def test_answers_are_compared_as_squad_does(
    given_answer: str, gold: str, exact: float, f1: float
) -> None:
    assert wording.exact_match(given_answer, [gold]) == exact
    assert wording.f1(given_answer, [gold]) == pytest.approx(f1)


def test_the_best_of_several_golds_counts() -> None:
    assert wording.f1("more than 1,100", ["1,100", "more than 1,100"]) == 1
    assert wording.f1("anything", []) == wording.exact_match("anything", []) == 0


def test_a_mention_is_of_whole_words() -> None:
    assert wording.mentions("China deployed 150,000\u00a0troops.", ["150,000 troops"])
    assert not wording.mentions("It took 1,150,000 days.", ["150,000"])
    assert not wording.mentions("Nothing here.", ["…", ""])
