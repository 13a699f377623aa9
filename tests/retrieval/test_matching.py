"""How a question's tokens are matched by a passage's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.asked import token_shares
from retrieval.embedding.products import product
from retrieval.embedding.protocol import TokenVectors
from retrieval.embedding.text import by_sentence, token_bounds
from retrieval.embedding.tokens import Projection, stored
from retrieval.matching import matched
from retrieval.types import Span

UP, RIGHT, LEFT = [0.0, 1.0], [1.0, 0.0], [-1.0, 0.0]


def held(counts: list[int], *vectors: list[float]) -> TokenVectors:
    return stored(np.array(vectors, np.float32).reshape(-1, 2), np.array(counts))


def test_each_token_counts_by_the_one_most_like_it() -> None:
    asked = np.array([UP, RIGHT], np.float32) * np.array([[0.25], [0.75]], np.float32)
    [found] = matched(asked, [held([0, 2, 1], UP, LEFT, RIGHT)])
    assert found.passage == pytest.approx(1.0)
    # In the first sentence RIGHT has nothing better than UP, which is at right angles to it.
    assert found.sentences == pytest.approx([0.25, 0.75])


def test_a_title_stands_beside_every_sentence() -> None:
    asked = np.array([UP, RIGHT], np.float32) / 2
    [found] = matched(asked, [held([1, 1, 0, 1], UP, RIGHT, LEFT)])
    # The second sentence was cut off: of it there is the title alone.
    assert found.sentences == pytest.approx([1.0, 0.5, 0.5])


def test_of_nothing_nothing_is_matched() -> None:
    nothing = np.zeros((0, 2), np.float32)
    assert matched(np.array([UP], np.float32), []) == []
    assert matched(np.array([UP], np.float32), [held([0, 0])]) == [(0.0, [0.0])]
    assert matched(nothing, [held([0, 1], UP)]) == [(0.0, [0.0])]


Counts = st.lists(st.integers(0, 4), min_size=1, max_size=5)


@given(st.lists(Counts, min_size=1, max_size=4), st.integers(1, 4), st.integers(0, 99))
def test_it_is_what_a_plain_loop_finds(passages: list[list[int]], asked: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    question = random.standard_normal((asked, 3)).astype(np.float32)
    question /= 3 * np.linalg.norm(question, axis=1, keepdims=True)
    tokens = []
    for counts in passages:
        vectors = random.standard_normal((sum(counts), 3)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        tokens.append(stored(vectors, np.array(counts)))

    def best(parts: list[np.ndarray]) -> float:
        every = np.concatenate(parts)
        return sum(max(token @ other for other in every) for token in question) if len(every) else 0

    for found, each in zip(matched(question, tokens), tokens, strict=True):
        groups = np.split(each.vectors / 127.0, np.cumsum(each.counts)[:-1])
        assert found.passage == pytest.approx(best(groups), abs=1e-5)
        expected = [best([groups[0], group]) for group in groups[1:]]
        assert found.sentences == pytest.approx(expected, abs=1e-5)


@given(st.integers(0, 40), st.integers(1, 8), st.integers(1, 20))
def test_a_product_in_parts_is_the_product(rows: int, inner: int, columns: int) -> None:
    random = np.random.default_rng(rows)
    left = random.standard_normal((rows, 50 * inner)).astype(np.float32)
    right = random.standard_normal((50 * inner, 20 * columns)).astype(np.float32)
    np.testing.assert_allclose(product(left, right), left @ right, rtol=1e-3, atol=1e-3)


def test_tokens_are_told_apart_by_the_sentences_they_begin_in() -> None:
    # A title of 10 characters, then sentences from 10 to 14 and from 15 to 20.
    starts = np.array([0, 5, 10, 12, 14, 15, 17])
    bounds = token_bounds(starts, [Span(0, 4), Span(5, 10)], 10)
    order, counts = by_sentence(len(starts), bounds)
    assert order.tolist() == [0, 1, 4, 2, 3, 5, 6]
    assert counts.tolist() == [3, 2, 2]


def test_a_term_counts_by_its_rarity_however_many_tokens_it_has() -> None:
    #       When did Ouagadougou rise?, the name in three tokens
    starts = np.array([0, 5, 9, 13, 17, 21, 25])
    shares = token_shares("When did Ouagadougou rise?", starts, {"ouagadougou": 3.0, "rise": 1.0})
    assert shares == pytest.approx([0, 0, 0.25, 0.25, 0.25, 0.25, 0])


def test_of_stop_words_alone_each_counts_the_same() -> None:
    assert token_shares("who was it", np.array([0, 4, 8]), {}) == pytest.approx([1 / 3] * 3)
    assert token_shares("", np.zeros(0, np.int64), {}).shape == (0,)


def test_what_is_shipped_takes_the_models_vectors_and_gives_unit_ones() -> None:
    projection = Projection.shipped()
    dimension, width = projection.directions.shape
    assert (dimension, projection.mean.shape) == (384, (384,))
    vectors = np.random.default_rng(1).standard_normal((5, 384)).astype(np.float32)
    assert np.linalg.norm(projection(vectors), axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert projection(vectors[:0]).shape == (0, width)
    # What all vectors have in common says nothing: of that alone there is no direction.
    assert projection(projection.mean[None]).tolist() == [[0.0] * width]
