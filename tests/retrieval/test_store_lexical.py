import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.store import Store, lexical
from tests.retrieval.store_samples import put, with_terms

PASSAGES = [
    "red green blue",
    "red red green",
    "a.b 3.14 o'neil and 日本語 naïve",
    "near or not and",
    "yellow submarine yellow",
    "plain words here",
    "some more plain words",
]


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(tmp_path / "library.db") as opened:
        for number, text in enumerate(PASSAGES):
            await put(opened, text, f"id {number}", title="none")
        yield opened


async def found(store, *terms, **options):
    hits = await with_terms(store, list(terms), **({"limit": 20} | options))
    return [PASSAGES[passage_id - 1] for passage_id, _ in hits]


async def test_the_score_is_bm25(store):
    """Worked out from its definition, with the k1 of 1.2 and b of .75 that FTS5 has."""
    words = [len(text.split()) + 1 for text in PASSAGES]
    words[2] += 1  # the apostrophe divides
    average = sum(words) / len(words)
    rarity = math.log((7 - 2 + 0.5) / (2 + 0.5))

    def score(passage: int, times: int) -> float:
        return rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * words[passage] / average))

    hits = await with_terms(store, ["red"], limit=5)
    assert hits == [(2, pytest.approx(score(1, 2))), (1, pytest.approx(score(0, 1)))]


async def test_any_of_the_terms_finds_and_rare_ones_weigh_more(store):
    assert await found(store, "plain", "submarine") == [
        "yellow submarine yellow",
        "plain words here",
        "some more plain words",
    ]
    assert await found(store, "plain", "submarine", limit=1) == ["yellow submarine yellow"]
    assert await found(store, "plain", limit=0) == []


async def test_the_title_is_searched_with_its_own_weight(store):
    await put(store, "nothing of it", "t", title="submarine")
    in_body, in_title = 5, 8

    async def order(**weights):
        hits = await with_terms(store, ["submarine"], limit=5, **weights)
        return [passage_id for passage_id, _ in hits]

    assert await order(title_weight=10.0) == [in_title, in_body]
    assert await order(title_weight=0.1) == [in_body, in_title]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("NEAR", "near or not and"),
        ("or", "near or not and"),
        ("AND", "near or not and"),
        ("a.b", PASSAGES[2]),
        ("3.14", PASSAGES[2]),
        ("o'neil", PASSAGES[2]),
        ("日本語", PASSAGES[2]),
        ("naïve", PASSAGES[2]),
        ('"red"', PASSAGES[0]),
        ("body:yellow", None),
        ("yellow*", "yellow submarine yellow"),
        ("yello*", None),
        ("^yellow", "yellow submarine yellow"),
        ("red + green", PASSAGES[0]),
        ("-red", PASSAGES[0]),
        ("{red}", PASSAGES[0]),
    ],
)
async def test_operators_of_fts5_are_words_like_any_other(store, term, text):
    assert (text is None) == (await found(store, term) == [])
    assert text is None or text in await found(store, term)


@pytest.mark.parametrize("terms", [[], [""], ["''", '"', "\0", "()", "\ud800", "🙂‍"[1:]]])
async def test_nothing_to_look_for_finds_nothing(store, terms):
    assert await found(store, *terms) == []


async def test_a_question_of_thousands_of_terms_is_answered(store):
    terms = [f"w{number}" for number in range(5000)]
    assert await found(store, *terms, "submarine") == ["yellow submarine yellow"]
    assert await found(store, *["submarine"] * 5000) == ["yellow submarine yellow"]


awkward = st.text(st.sampled_from("\"'*^:(){}+-.\0\n ANDORNEARred日\ud800\\;,%") | st.characters())


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(terms=st.lists(awkward, max_size=6))
async def test_no_text_at_all_upsets_the_search(store, terms):
    for _, score in await with_terms(store, terms, limit=3):
        assert score > 0
    counts = await store.document_frequencies("default", terms)
    assert list(counts) == list(dict.fromkeys(terms))
    # A term said to occur is found exactly so often.
    for term, count in counts.items():
        if count:
            assert len(await with_terms(store, [term], limit=20)) == count


async def test_document_frequencies_count_passages(store):
    await put(store, "red", "again", title="red")
    wanted = ["red", "RED", "plain", "unheard", "a.b", "日本語", ""]
    assert await store.document_frequencies("default", wanted) == {
        "red": 3,
        "RED": 3,
        "plain": 2,
        "unheard": 0,
        "a.b": 1,
        "日本語": 1,
        "": 0,
    }
    assert await store.document_frequencies("nowhere", ["red"]) == {"red": 0}
    assert await store.passage_count("default") == 8


async def test_terms_are_given_back_as_they_were_put_in(store):
    terms = await store.passage_terms("default", [3, 1, 99])
    assert terms == {1: ("none", PASSAGES[0]), 3: ("none", PASSAGES[2])}
    assert await store.passage_terms("nowhere", [1]) == {}


async def test_of_very_many_terms_the_rarest_count(store):
    for number in range(8):
        await put(store, f"common {number}", f"common {number}")
    for number in range(5):
        await put(store, " ".join(f"rare{n}" for n in range(70)), f"rare {number}")
    await put(store, "unique", "unique")
    terms = ["common", "unique", *(f"rare{n}" for n in range(70))]
    hits = await with_terms(store, terms, limit=50)
    assert len(hits) == 6


async def test_common_terms_are_not_searched_for_beside_rare_ones(store, monkeypatch):
    monkeypatch.setattr(lexical, "MATCHES", 6)
    for number in range(5):
        await put(store, f"common {number}", f"common {number}")
    await put(store, "rare one", "rare")
    assert len(await with_terms(store, ["common", "rare"], limit=50)) == 6
    await put(store, "common too", "common too")
    [(found, _)] = await with_terms(store, ["common", "rare"], limit=50)
    assert (await store.passage_terms("default", [found]))[found][1] == "rare one"
    monkeypatch.setattr(lexical, "MATCHES", 1)
    assert len(await with_terms(store, ["common"], limit=50)) == 6
