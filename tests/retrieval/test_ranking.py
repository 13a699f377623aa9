"""Ranking, folding and confidence, by hand and by property."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.analysis import terms
from retrieval.asked import Asked
from retrieval.confidence import MOST_LEAD, confidence, lead
from retrieval.embedding.protocol import EmbeddedQuery, TokenVectors
from retrieval.folding import fold
from retrieval.ranking import (
    UNSEEN,
    WEIGHTS,
    WEIGHTS_WITHOUT_TOKENS,
    Candidate,
    rank,
    rarity,
)
from retrieval.related import related
from retrieval.types import Hit, Passage, Span

VECTOR = np.array([1.0, 0.0], np.float32)
QUESTION = EmbeddedQuery(VECTOR, None, np.zeros(0, np.int64))
LEVEL = {"mill": 2.0, "river": 1.0, "built": 1.0}


def passage(number: int, *sentences: str, article: int = 1) -> Passage:
    text = " ".join(sentences)
    spans, at = [], 100
    for sentence in sentences:
        spans.append(Span(at, at + len(sentence)))
        at += len(sentence) + 1
    return Passage(number, article, number, 100, 100 + len(text), 1, text, tuple(spans))


def candidate(number: int, *sentences: str, cosine: float = 0.5, title: str = "") -> Candidate:
    body = "\n".join(sentence.lower().strip(".") for sentence in sentences)
    vectors = np.array([[cosine, math.sqrt(1 - cosine**2)]] * len(sentences), np.float32)
    return Candidate(passage(number, *sentences), title, body, cosine, vectors)


def index_terms(hit: Hit) -> tuple[str, str]:
    """As adding an article stores them; without a title."""
    told, start = hit.passage.text, hit.passage.start
    spans = (told[s.start - start : s.end - start] for s in hit.passage.sentences)
    return "", "\n".join(" ".join(terms(each)) for each in spans)


def asked(text: str = "mill river built") -> Asked:
    return Asked.of(text, QUESTION, LEVEL)


def test_features_are_what_they_are_said_to_be() -> None:
    [hit] = rank(asked(), [candidate(1, "mill river.", "ferry boat built.", title="mill")])
    assert hit.features["cosine"] == pytest.approx(0.5)
    assert hit.features["sentence"] == pytest.approx(0.5)
    assert hit.features["coverage"] == 1.0  # all three are there
    assert hit.features["focus"] == pytest.approx(3 / 4)  # mill and river, of 2 + 1 + 1
    assert hit.features["pairs"] == pytest.approx(1 / 2)  # river and built are too far apart
    assert hit.features["length"] == pytest.approx(math.log(1 + 5 + 1))
    assert hit.score == pytest.approx(
        sum(w * hit.features[n] for n, w in WEIGHTS_WITHOUT_TOKENS.items())
    )


def test_tokens_that_are_matched_count_where_there_are_any() -> None:
    #       the tokens of "mill river built" point up, right and left
    vectors = np.array([[0, 1], [1, 0], [-1, 0]], np.float32)
    question = Asked.of(
        "mill river built", EmbeddedQuery(VECTOR, vectors, np.array([0, 5, 11])), LEVEL
    )
    # Of the passage's two sentences one has a token that points up, the other one to the right.
    tokens = TokenVectors(np.array([0, 1, 1], np.uint16), np.array([[0, 127], [127, 0]], np.int8))
    plain = candidate(1, "ferry.", "boat.")
    [hit] = rank(question, [replace(plain, token_vectors=tokens)])
    # Mill counts 2 of 4, river 1, built 1; what points left finds nothing nearer than upwards.
    assert hit.features["matched"] == pytest.approx(2 / 4 + 1 / 4)
    assert hit.features["gathered"] == pytest.approx(2 / 4)
    assert hit.score == pytest.approx(sum(w * hit.features[n] for n, w in WEIGHTS.items()))
    assert hit.sentence == plain.passage.sentences[0]
    bare = replace(plain, token_vectors=TokenVectors(np.zeros(3, np.uint16), tokens.vectors[:0]))
    # Of one that lost its tokens, or never had any, nothing is known, and others keep theirs.
    some = [replace(plain, passage=replace(plain.passage, id=n)) for n in range(1, 5)]
    held = [None, tokens, bare.token_vectors, tokens]
    found = rank(question, [replace(c, token_vectors=t) for c, t in zip(some, held, strict=True)])
    matched = {each.passage.id: each.features["matched"] for each in found}
    assert matched == pytest.approx({1: 0.0, 2: 3 / 4, 3: 0.0, 4: 3 / 4})


def test_a_term_that_means_nearly_the_same_counts_by_a_part() -> None:
    question = Asked.of("soldier border", QUESTION, {"soldier": 2.0, "border": 2.0})
    [hit] = rank(question, [candidate(1, "troop frontier.")])
    assert related("soldier")["troop"] == 3
    assert related("border")["frontier"] == 1
    assert hit.features["coverage"] == pytest.approx((3 / 4 + 1 / 4) / 2)
    assert hit.features["focus"] == hit.features["coverage"]
    assert hit.features["verbatim"] == hit.features["pairs"] == 0.0
    [own] = rank(question, [candidate(1, "soldier troop war.")])
    assert own.features["coverage"] == own.features["verbatim"] == pytest.approx(1 / 2)


def test_each_term_counts_by_the_nearest_that_is_found_of_it() -> None:
    # Each is related to the other, and "war" to both.
    question = Asked.of("soldier troop", QUESTION, {"soldier": 1.0, "troop": 1.0})
    near, far = related("soldier")["troop"], related("soldier")["war"]
    assert 4 > near > far > 0
    told = [["troop"], ["war"], ["war", "soldier"], ["soldier", "troop"], []]
    shares = [question.share(question.found(each)) for each in told]
    both = (far + related("troop")["war"]) / 8
    assert shares == pytest.approx([(1 + near / 4) / 2, both, (1 + near / 4) / 2, 1.0, 0.0])
    assert [question.verbatim(question.found(each)) for each in told] == [0.5, 0, 0.5, 1, 0]


WORDS = [
    "soldier",
    "troop",
    "war",
    "china",
    "chines",
    "korea",
    "won",
    "win",
    "film",
    "movi",
    "mill",
]


@given(
    st.dictionaries(st.sampled_from(WORDS), st.floats(0.1, 9), min_size=1),
    st.lists(st.sampled_from(WORDS), max_size=6),
)
def test_a_share_is_the_weight_of_what_is_found(weights: dict[str, float], told: list[str]) -> None:
    question = Asked.of("", QUESTION, weights)
    nearest = {
        term: max((4 if each == term else related(term).get(each, 0) for each in told), default=0)
        for term in weights
    }
    expected = sum(weights[term] * level / 4 for term, level in nearest.items())
    found = question.found(told)
    assert question.share(found) == pytest.approx(expected / sum(weights.values()))
    assert 0 <= question.verbatim(found) <= question.share(found) + 1e-9 <= 1 + 2e-9
    if all(level == 4 for level in nearest.values()):
        assert question.share(found) == 1.0


def test_the_better_passage_comes_first_and_equals_by_id() -> None:
    worse, better = candidate(1, "ferry."), candidate(2, "mill river built.")
    assert [hit.passage.id for hit in rank(asked(), [worse, better])] == [2, 1]
    twins = [candidate(4, "mill."), candidate(3, "mill.")]
    assert [hit.passage.id for hit in rank(asked(), twins)] == [3, 4]


def test_rare_words_weigh_more_and_common_ones_less_in_small_libraries() -> None:
    assert rarity("drill", 5, 1) > rarity("drill", 5, 4) > 0
    assert rarity("took", 5, 0) < rarity("drill", 5, 0)
    assert rarity("took", 10**6, 10) == pytest.approx(
        math.log(1 + (10**6 - 10) / (10 + 0.5 + UNSEEN * 0.074)), abs=0.05
    )


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from([*LEVEL, "ferry"]), max_size=6), st.floats(-1, 1)),
        min_size=1,
        max_size=8,
    )
)
def test_shares_stay_within_0_and_1(drawn: list[tuple[list[str], float]]) -> None:
    made = [candidate(n, f"{' '.join(words)}.", cosine=c) for n, (words, c) in enumerate(drawn, 1)]
    hits = rank(asked(), made)
    assert sorted(hit.passage.id for hit in hits) == sorted(c.passage.id for c in made)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    for hit in hits:
        for name in ("coverage", "focus", "pairs"):
            assert 0 <= hit.features[name] <= 1 + 1e-9
        assert hit.sentence in hit.passage.sentences
        assert 0 <= confidence("mill?", hits, index_terms(hits[0])) <= 1


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6), st.floats(0, 0.5), st.randoms())
def test_the_order_depends_on_the_scores_alone(cosines, more, shuffling) -> None:
    made = [candidate(n, "mill river.", cosine=c) for n, c in enumerate(cosines, 1)]
    hits = rank(asked(), made)
    shuffled = list(made)
    shuffling.shuffle(shuffled)
    assert rank(asked(), shuffled) == hits
    # What is found to be nearer never falls behind for it.
    nearer = candidate(1, "mill river.", cosine=min(1.0, cosines[0] + more))
    place = [hit.passage.id for hit in hits].index(1)
    assert [hit.passage.id for hit in rank(asked(), [nearer, *made[1:]])].index(1) <= place


def test_a_lead_is_bounded_and_a_passage_alone_has_the_longest() -> None:
    assert lead(9.0, [8.5, 3.0]) == 0.5
    assert lead(9.0, []) == lead(9.0, [1.0]) == MOST_LEAD


def test_a_related_term_makes_less_sure_than_the_very_one() -> None:
    question = Asked.of("soldier river", QUESTION, {"soldier": 2.0, "river": 1.0})
    sure = [
        confidence("Which soldier crossed the river?", hits, index_terms(hits[0]))
        for told in ("A soldier crossed the river.", "A troop crossed the river.")
        for hits in [rank(question, [candidate(1, told)])]
    ]
    assert sure[0] > sure[1]


def test_nothing_found_is_nothing_sure() -> None:
    assert confidence("mill?", [], ("", "")) == 0.0


def test_a_missing_name_or_number_makes_less_sure() -> None:
    hits = rank(asked(), [candidate(1, "The mill on the river was built in 1780.")])
    stored = index_terms(hits[0])
    assert confidence("When was the mill built?", hits, stored) > confidence(
        "When was the mill in Norway built?", hits, stored
    )
    assert confidence("Was the mill built in 1780?", hits, stored) > confidence(
        "Was the mill built in 1790?", hits, stored
    )


def sure(question: str, told: str, words: str | None) -> float:
    """Confidence in a passage of one sentence, with these words as the reader would find them."""
    [found] = rank(asked(), [candidate(1, told)])
    if words is not None:
        at = found.passage.start + told.index(words)
        read = found.features | {"relevance": 1.0}
        found = replace(found, features=read, answer=Span(at, at + len(words)))
    return confidence(question, [found], index_terms(found))


def test_a_name_without_what_is_asked_of_it_makes_less_sure() -> None:
    question, told = "Who runs the mill?", "Ann Lee, chief of the mill at the river, met Bo Dee."
    other = "Ann Lee, guest of the mill at the river, met some farmers."
    assert sure(question, told, "Ann Lee") > sure(question, other, "Ann Lee")
    assert sure(question, other, "Ann Lee") > sure(question, other, "some farmers")
    assert sure(question, told, None) > sure(question, other, None)
    # It is nothing to a question that asks for something else.
    assert sure("What is at the river?", other, "Ann Lee") == pytest.approx(
        sure("What is at the river?", other, "some farmers")
    )


def test_words_without_the_sum_or_the_time_asked_for_make_less_sure() -> None:
    told = "In spring the mill at the river was sold for £5m to farmers."
    for question, right in (
        ("How much was the mill sold for?", "£5m"),
        ("When was the mill sold?", "spring"),
    ):
        assert sure(question, told, right) > sure(question, told, "farmers")


def test_what_is_said_not_to_be_makes_less_sure_when_it_was() -> None:
    asked, words = "When did Lee concede?", "Wednesday"
    told, denied = "Lee did concede on Wednesday.", "Lee did not concede on Wednesday."
    for read in (words, None):
        assert sure(asked, denied, read) < sure(asked, told, read) / 2


def test_what_stands_beside_a_name_makes_sure_who_it_is_and_not_how() -> None:
    told = "The miller Ann Lee lived at the river."
    assert sure("Who is Ann Lee?", told, "miller") > sure("Who is Ann Lee?", told, "river")
    assert sure("How did Ann Lee live?", told, "miller") < sure(
        "How did Ann Lee live?", told, "river"
    )
    assert sure("Who is Ann Lee?", told, None) > sure(
        "Who is Ann Lee?", "Then Ann Lee lived at the river.", None
    )


def hit(number: int, ordinal: int, article: int, score: float) -> Hit:
    return Hit(Passage(number, article, ordinal, 0, 1, 1, f"t{number}", ()), score)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 4), st.sampled_from("abc")),
        max_size=12,
        unique_by=lambda row: row[:2],
    ),
    st.integers(1, 5),
)
def test_folding_keeps_the_best_and_loses_no_words(
    rows: list[tuple[int, int, str]], limit: int
) -> None:
    hits = [hit(n, ordinal, article, -float(n)) for n, (ordinal, article, _) in enumerate(rows)]
    terms = {n: words for n, (_, _, words) in enumerate(rows)}
    folded = fold(hits, terms, limit, {})
    assert len(folded) == min(limit, len(set(terms.values())))
    assert [first.score for first, _ in folded] == sorted(
        (first.score for first, _ in folded), reverse=True
    )
    if hits:
        assert folded[0][0] == hits[0]
    for first, repeats in folded:
        assert all(terms[each.passage.id] == terms[first.passage.id] for each in repeats)


def test_a_neighbour_gives_way_to_another_article() -> None:
    hits = [hit(1, 0, 1, 3.0), hit(2, 1, 1, 2.0), hit(3, 0, 2, 1.0)]
    terms = {1: "a", 2: "b", 3: "c"}
    assert [first.passage.id for first, _ in fold(hits, terms, 2, {})] == [1, 3]
    assert [first.passage.id for first, _ in fold(hits, terms, 3, {})] == [1, 2, 3]
