import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.index import VectorIndex

WIDTH = 8


def unit_vectors(count: int, seed: int = 0, width: int = WIDTH) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def brute_force(ids, vectors, query, k):
    scores = vectors @ query
    best = np.argsort(-scores)[:k]
    return ids[best], scores[best]


def filled(count: int = 50, **options) -> tuple[VectorIndex, np.ndarray, np.ndarray]:
    ids, vectors = np.arange(count) * 7 + 3, unit_vectors(count)
    index = VectorIndex(WIDTH, **options)
    index.add(ids, vectors)
    return index, ids, vectors


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(0, 60),
    removed=st.sets(st.integers(0, 80)),
    allowed=st.none() | st.sets(st.integers(0, 80)),
    k=st.integers(0, 70),
    seed=st.integers(0, 1000),
)
def test_what_is_found_is_what_comparing_every_vector_finds(count, removed, allowed, k, seed):
    ids, vectors = np.random.default_rng(seed).permutation(80)[:count], unit_vectors(count, seed)
    index = VectorIndex(WIDTH)
    index.add(ids, vectors)
    assert index.remove(np.array(sorted(removed), np.int64)) == len(removed & set(ids.tolist()))
    left = ~np.isin(ids, list(removed))
    ids, vectors = ids[left], vectors[left]
    assert index.ids.tolist() == sorted(ids.tolist())
    if allowed is not None:
        may = np.isin(ids, list(allowed))
        ids, vectors = ids[may], vectors[may]
    query = unit_vectors(1, seed + 1)[0]
    found, scores = index.search(
        query, k, allowed=None if allowed is None else np.array(sorted(allowed), np.int64)
    )
    expected, expected_scores = brute_force(ids, vectors, query, k)
    assert found.tolist() == expected.tolist()
    assert scores == pytest.approx(expected_scores, abs=1e-5)


def test_an_id_is_never_in_it_twice():
    index, ids, vectors = filled()
    with pytest.raises(ValueError, match="already"):
        index.add(ids[:1], vectors[:1])
    with pytest.raises(ValueError, match="twice"):
        index.add(np.array([1, 1]), vectors[:2])
    assert len(index) == 50


@pytest.mark.parametrize(
    ("ids", "vectors"),
    [
        (np.array([1]), np.zeros((1, WIDTH + 1), np.float32)),
        (np.array([1, 2]), np.zeros((1, WIDTH), np.float32)),
        (np.array([1]), np.full((1, WIDTH), np.nan, np.float32)),
        (np.array([-1]), np.zeros((1, WIDTH), np.float32)),
    ],
)
def test_vectors_that_do_not_fit_are_refused_with_a_reason_and_change_nothing(ids, vectors):
    index, before, _ = filled()
    with pytest.raises(ValueError, match=r"\w"):
        index.add(ids, vectors)
    with pytest.raises(ValueError, match=r"\w"):
        index.replace(before[:3], ids, vectors)
    assert index.ids.tolist() == before.tolist()


def test_a_question_of_another_width_is_refused_with_a_reason():
    index, _, vectors = filled()
    with pytest.raises(ValueError, match="8 numbers"):
        index.search(vectors[0][:-1], 1)


def test_an_empty_index_and_an_empty_filter_find_nothing():
    index, _, vectors = filled()
    nothing = np.empty(0, np.int64)
    assert len(index.search(vectors[0], 5, allowed=nothing)[0]) == 0
    assert len(VectorIndex(WIDTH).search(vectors[0], 5)[0]) == 0
    index.add(nothing, np.empty((0, WIDTH), np.float32))
    assert len(index) == 50


def test_replacing_leaves_only_the_new_vectors():
    index, ids, vectors = filled()
    index.replace(ids[:2], np.array([1000, 1001]), vectors[[1, 0]])
    assert len(index) == 50
    assert index.search(vectors[0], 1)[0].tolist() == [1001]


def grown(count: int = 3000) -> tuple[VectorIndex, np.ndarray, np.ndarray]:
    """An index past its flat limit, as adding article after article makes it."""
    centres = unit_vectors(40, seed=1, width=32)
    noise = 0.3 * unit_vectors(count, seed=2, width=32)
    vectors = centres[np.random.default_rng(3).integers(0, 40, count)] + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = np.arange(count) * 2 + 1
    index = VectorIndex(32, flat_limit=500)
    for start in range(0, count, 250):
        index.add(ids[start : start + 250], vectors[start : start + 250])
    return index, ids, vectors


def test_a_large_index_finds_nearly_all_that_comparing_every_vector_finds():
    index, ids, vectors = grown()
    assert not index.exact
    assert index.ids.tolist() == ids.tolist()
    queries = vectors[::30] + 0.3 * unit_vectors(100, seed=4, width=32)
    found = [index.search(query, 20)[0] for query in queries]
    true = [brute_force(ids, vectors, query, 20)[0] for query in queries]
    recall = np.mean([len(np.intersect1d(a, b)) / 20 for a, b in zip(found, true, strict=True)])
    assert recall >= 0.99


def test_a_large_index_compares_all_that_a_narrow_filter_allows():
    index, ids, vectors = grown()
    allowed = ids[::60]
    for query in unit_vectors(20, seed=5, width=32):
        found, _ = index.search(query, 10, allowed=allowed)
        assert found.tolist() == brute_force(allowed, vectors[::60], query, 10)[0].tolist()


def test_a_wide_filter_on_a_large_index_lets_nothing_else_through():
    index, ids, vectors = grown()
    allowed = ids[ids > 1500]
    found, _ = index.search(vectors[0], 50, allowed=allowed)
    assert len(found) == 50
    assert set(found.tolist()) <= set(allowed.tolist())


def test_a_large_index_filled_at_once_finds_what_one_filled_bit_by_bit_finds():
    bit_by_bit, ids, vectors = grown()
    at_once = VectorIndex(32, flat_limit=500)
    at_once.add(ids, vectors)
    assert not at_once.exact
    for query in vectors[:20]:
        assert at_once.search(query, 5)[0].tolist() == bit_by_bit.search(query, 5)[0].tolist()


def test_a_large_index_shrinks_and_grows_again():
    index, ids, vectors = grown()
    assert index.remove(ids[:2900]) == 2900
    assert index.search(vectors[0], 10, allowed=ids[:2900])[0].tolist() == []
    index.replace(ids[2900:], ids[:2900], vectors[:2900])
    assert index.ids.tolist() == ids[:2900].tolist()
    assert index.search(vectors[0], 1)[0].tolist() == [1]


@pytest.mark.parametrize("made", [filled, grown])
def test_a_saved_index_comes_back_the_same(tmp_path, made):
    index, _, vectors = made()
    index.save(tmp_path / "cache" / "a.index", model="m", version=5)
    loaded = VectorIndex.load(
        tmp_path / "cache" / "a.index", model="m", dimension=index.dimension, version=5
    )
    assert loaded is not None
    assert loaded.exact == index.exact
    for query in vectors[:10]:
        assert loaded.search(query, 7)[0].tolist() == index.search(query, 7)[0].tolist()
    loaded.replace(loaded.ids[:1], np.array([100_000]), vectors[:1])
    assert loaded.search(vectors[0], 1)[0].tolist() == [100_000]
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["a.index"]


@pytest.mark.parametrize("change", [{"model": "n"}, {"dimension": 9}, {"version": 6}])
def test_an_index_saved_for_something_else_is_not_loaded(tmp_path, change):
    index, _, _ = filled()
    index.save(tmp_path / "a.index", model="m", version=5)
    wanted = {"model": "m", "dimension": WIDTH, "version": 5}
    assert VectorIndex.load(tmp_path / "a.index", **wanted) is not None
    assert VectorIndex.load(tmp_path / "a.index", **wanted | change) is None
    assert VectorIndex.load(tmp_path / "b.index", **wanted) is None


def test_a_damaged_cache_is_not_loaded(tmp_path):
    index, _, _ = filled()
    path = tmp_path / "a.index"
    index.save(path, model="m", version=5)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2 + 3000] ^= 1
    for damaged in (b"", whole[:-1], whole[:100], whole + b"x", bytes(flipped), bytes(6000)):
        path.write_bytes(damaged)
        assert VectorIndex.load(path, model="m", dimension=WIDTH, version=5) is None
