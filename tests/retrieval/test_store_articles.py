import asyncio
import sqlite3
from contextlib import closing
from dataclasses import fields

import numpy as np
import pytest

from retrieval.embedding.protocol import TokenVectors
from retrieval.errors import NotFoundError, StoreError, UsageError
from retrieval.store import NewVector, Store, content_hash
from retrieval.types import Filters, Passage, Span
from tests.retrieval.store_samples import (
    MODEL,
    WIDTH,
    article,
    new_passages,
    put,
    texts,
    vector,
    with_terms,
)


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(tmp_path / "library.db") as opened:
        yield opened
        assert await opened.problems() == []


TEXT = "Ships sailed. Planes flew.\nNobody – not one – 日本 saw it.\nThe end."


async def test_an_article_comes_back_as_it_was_put(store):
    put_in = article(
        TEXT,
        "https://a.example/x?b=1#c",
        title="Schöne Überschrift",
        url="https://a.example/x?b=1#c",
        source="A",
        author="B",
        published="2023-04-05",
        language="en",
        external_id="x-1",
        origin="https://discord.example/1",
        added_by="7",
        page_starts=(0, 27),
    )
    written = await store.put_article("default", put_in, passages=new_passages(put_in), model=MODEL)
    record = await store.article("default", written.article_id)
    for fact in fields(put_in):
        # The text is kept apart from the facts, and what its server said with the looks.
        if fact.name not in ("text", "page", "alias"):
            assert getattr(record, fact.name) == getattr(put_in, fact.name)
    assert record.length == len(TEXT)
    assert record.passages == len(written.passage_ids) == 3
    assert record.content_hash == content_hash(TEXT)
    assert record.added == record.updated
    assert await store.text(written.article_id) == TEXT


async def test_passages_are_the_articles_words_in_the_order_asked_for(store):
    written = await put(store, TEXT)
    first, second, third = written.passage_ids
    found = await store.passages([third, 999, first, second, first])
    assert [each.id for each in found] == [third, first, second, first]
    assert found[1] == Passage(
        id=first,
        article_id=written.article_id,
        ordinal=0,
        start=0,
        end=26,
        paragraph=1,
        text="Ships sailed. Planes flew.",
        sentences=(Span(0, 14), Span(14, 26)),
    )
    for each in found:
        assert each.text == TEXT[each.start : each.end]


async def test_a_text_with_a_nul_or_beyond_the_basic_plane_is_cut_right(store):
    written = await put(store, "a\0b. 👩‍🚀 c\nsecond 👍 line")
    assert await texts(store, written.passage_ids) == ["a\0b. 👩‍🚀 c", "second 👍 line"]


async def test_neighbours_are_of_the_same_article_and_in_its_order(store):
    await put(store, "other\nother still")
    ids = (await put(store, "a\nb\nc\nd\ne")).passage_ids
    await put(store, "more")
    assert [each.text for each in await store.neighbours(ids[2], 1, 1)] == ["b", "d"]
    assert [each.text for each in await store.neighbours(ids[0], 2, 3)] == ["b", "c", "d"]
    assert await store.neighbours(ids[4], 0, 5) == []
    assert await store.neighbours(999, 1, 1) == []
    own = await store.article_passages(2)
    assert [each.text for each in own] == ["a", "b", "c", "d", "e"]


async def test_what_replaces_keeps_id_and_first_date_and_leaves_nothing_of_the_old(store):
    old = await put(store, "old words here\nand there", "x")
    before = await store.article("default", old.article_id)
    new = await put(store, "new words", "y", replace=old.article_id, title="New")
    assert new.article_id == old.article_id
    assert new.removed == old.passage_ids
    assert (new.version_before, old.version) == (old.version, old.version)
    after = await store.article("default", old.article_id)
    assert (after.title, after.identity, after.passages) == ("New", "y", 1)
    assert after.added == before.added
    assert await with_terms(store, ["old"], limit=5) == []
    assert await store.passages(old.passage_ids) == []
    assert await store.passage_terms("default", old.passage_ids) == {}
    ids, _ = await store.vectors("default", MODEL)
    assert ids.tolist() == list(new.passage_ids)
    assert await store.passage_count("default") == 1


async def test_an_article_that_comes_again_is_replaced_even_if_nobody_says_so(store):
    first = await put(store, "one", "same")
    second = await put(store, "two", "same")
    assert second.article_id == first.article_id
    assert await store.text(first.article_id) == "two"


async def test_replacing_refuses_an_article_that_is_not_there_or_is_anothers(store):
    first = await put(store, "one", "a")
    await put(store, "two", "b")
    with pytest.raises(NotFoundError, match="99"):
        await put(store, "x", replace=99)
    with pytest.raises(UsageError, match="Article 2 already"):
        await put(store, "x", "b", replace=first.article_id)
    with pytest.raises(NotFoundError):
        await put(store, "x", collection="other", replace=first.article_id)
    assert await store.text(first.article_id) == "one"
    assert [each.name for each in await store.collections()] == ["default"]


async def test_ids_never_come_back(store):
    first = await put(store, "a\nb")
    await store.remove_articles("default", [first.article_id])
    second = await put(store, "c\nd")
    assert not set(first.passage_ids) & set(second.passage_ids)
    assert second.article_id > first.article_id


async def test_removing_is_all_or_nothing(store):
    first, second = await put(store, "a\nb"), await put(store, "c")
    with pytest.raises(NotFoundError, match="77"):
        await store.remove_articles("default", [first.article_id, 77])
    assert len(await store.articles("default")) == 2
    gone = await store.remove_articles("default", [second.article_id, first.article_id] * 2)
    assert gone.removed == first.passage_ids + second.passage_ids
    assert gone.version_before == second.version
    assert await store.articles("default") == []
    with pytest.raises(NotFoundError, match="no article"):
        await store.text(first.article_id)


async def test_an_article_is_found_by_identity_and_by_content_in_its_own_collection(store):
    written = await put(store, "text", "path/a.txt")
    assert (await store.find_identity("default", "path/a.txt")).id == written.article_id
    assert (await store.find_content("default", content_hash("text"))).id == written.article_id
    assert await store.find_identity("other", "path/a.txt") is None
    assert await store.find_content("default", content_hash("text ")) is None


async def test_a_reference_is_an_id_or_an_external_id_and_never_a_guess(store):
    first = await put(store, "a", external_id="2")
    second = await put(store, "b", external_id="doc-7")
    third = await put(store, "c", external_id="900")
    assert (await store.resolve("default", "1")).id == first.article_id
    with pytest.raises(UsageError, match=r"article:2 for the first and id:2 for the other"):
        await store.resolve("default", "2")
    for ref in (2, "article:2", "article:02"):
        assert (await store.resolve("default", ref)).id == second.article_id == 2
    assert (await store.resolve("default", "id:2")).id == first.article_id
    for unknown in ("id:1", "article:900", "article:doc-7", "id:", "article:"):
        with pytest.raises(NotFoundError):
            await store.resolve("default", unknown)
    fourth = await put(store, "d", external_id="id:900")
    assert (await store.resolve("default", "id:900")).id == fourth.article_id
    await store.remove_articles("default", [fourth.article_id])
    assert (await store.resolve("default", "900")).id == third.article_id
    assert (await store.resolve("default", " doc-7 ")).id == second.article_id
    assert first.article_id == 1
    for unknown in ("", "²", "-1", "9" * 30, "doc", "' OR 1=1"):
        with pytest.raises(NotFoundError):
            await store.resolve("default", unknown)
    for number in (0, -1, 2**70):
        with pytest.raises(NotFoundError):
            await store.article("default", number)
    await put(store, "e", external_id="doc-7")
    with pytest.raises(UsageError, match="article:2, article:5"):
        await store.resolve("default", "doc-7")


async def test_articles_are_listed_by_part_of_their_title_whatever_its_case(store):
    for number, title in enumerate(("Änderung 100%", "Straße", "änderung_2", "plain")):
        await put(store, f"text {number}", title=title)

    async def listed(**options):
        return [each.title for each in await store.articles("default", **options)]

    assert await listed() == ["Änderung 100%", "Straße", "änderung_2", "plain"]
    assert await listed(match="ÄNDER") == ["Änderung 100%", "änderung_2"]
    assert await listed(match="STRASSE") == ["Straße"]
    assert await listed(match="%") == ["Änderung 100%"]
    assert await listed(match="_") == ["änderung_2"]
    assert await listed(offset=1, limit=2) == ["Straße", "änderung_2"]
    assert await listed(limit=0) == []
    assert await store.articles("nowhere") == []


async def test_facts_are_corrected_without_touching_the_text(store):
    written = await put(store, "words", "path.txt", published="2020", author="X")
    version = await store.collection_version("default")
    await store.update_facts(
        written.article_id, title="Better", published="2021-02-03", author=None, title_terms="good"
    )
    record = await store.article("default", written.article_id)
    assert (record.title, record.published, record.author) == ("Better", "2021-02-03", None)
    assert record.identity == "path.txt"
    assert await store.collection_version("default") != version
    assert await store.passage_terms("default", written.passage_ids) == {
        written.passage_ids[0]: ("good", "words")
    }
    assert [hit[0] for hit in await with_terms(store, ["good"], limit=5)] == list(
        written.passage_ids
    )
    assert [each.title for each in await store.articles("default", match="bett")] == ["Better"]


async def test_a_new_url_is_the_new_identity_unless_another_article_has_it(store):
    first, second = await put(store, "a", "a.txt"), await put(store, "b", "b.txt")
    await store.update_facts(first.article_id, url="https://x.example/")
    assert (await store.find_identity("default", "https://x.example/")).id == first.article_id
    with pytest.raises(UsageError, match="Article 1"):
        await store.update_facts(second.article_id, url="https://x.example/")
    await store.update_facts(second.article_id, url="https://X.example", identity="b.txt")
    assert (await store.find_identity("default", "b.txt")).url == "https://X.example"
    await store.update_facts(first.article_id, url=None)
    assert (await store.article("default", first.article_id)).identity == "https://x.example/"
    with pytest.raises(NotFoundError):
        await store.update_facts(99, title="x")


async def test_collections_do_not_see_one_another(store):
    await put(store, "red green", collection="a", title="t")
    for number in range(5):
        await put(store, f"red blue {number}", collection="b", title="t")
    assert await store.document_frequencies("a", ["red", "blue"]) == {"red": 1, "blue": 0}
    assert await store.document_frequencies("b", ["red", "blue"]) == {"red": 5, "blue": 5}
    assert await with_terms(store, ["blue"], collection="a", limit=9) == []
    assert len((await store.vectors("b", MODEL))[0]) == 5
    with pytest.raises(NotFoundError):
        await store.article("b", 1)
    with pytest.raises(NotFoundError):
        await store.remove_articles("b", [1])
    assert [(each.name, each.articles, each.passages) for each in await store.collections()] == [
        ("a", 1, 1),
        ("b", 5, 5),
    ]
    await store.drop_collection("b")
    assert [each.name for each in await store.collections()] == ["a"]
    assert await store.collection_version("b") == 0
    assert await with_terms(store, ["red"], collection="b", limit=9) == []
    with pytest.raises(NotFoundError, match='no collection "b"'):
        await store.drop_collection("b")
    await put(store, "new", collection="b")
    assert await store.document_frequencies("b", ["red"]) == {"red": 0}


async def test_a_collection_needs_a_name_that_can_be_read(store):
    for name in ("", "a\nb", "x" * 201):
        with pytest.raises(UsageError, match="name"):
            await store.ensure_collection(name)
    await store.ensure_collection("discord:1234")
    await store.ensure_collection("discord:1234")
    assert await store.passage_count("discord:1234") == 0


async def test_every_write_is_seen_in_the_version(store):
    versions = [await store.collection_version("default")]
    first = await put(store, "a")
    versions.append(await store.collection_version("default"))
    await store.update_facts(first.article_id, title="x")
    versions.append(await store.collection_version("default"))
    await store.put_vectors([NewVector(first.passage_ids[0], vector("b"))], MODEL)
    versions.append(await store.collection_version("default"))
    await store.remove_articles("default", [first.article_id])
    versions.append(await store.collection_version("default"))
    assert versions[0] == 0
    assert len(set(versions)) == len(versions)
    await put(store, "a", collection="other")
    assert await store.collection_version("default") == versions[-1]


async def test_filters_choose_by_article_and_by_date(store):
    dates = ["2020-01-01", "2021-06-01T12:00:00Z", None, "2022"]
    written = [await put(store, f"word {n}", published=date) for n, date in enumerate(dates)]
    passage = [each.passage_ids[0] for each in written]

    async def chosen(**filters):
        found = await store.passage_ids("default", Filters(**filters))
        hits = await with_terms(store, ["word"], limit=9, filters=Filters(**filters))
        assert sorted(hit[0] for hit in hits) == found.tolist()
        return [passage.index(each) for each in found.tolist()]

    assert await store.passage_ids("default", Filters()) is None
    assert await chosen(since="2021") == [1, 3]
    assert await chosen(before="2021-06-02") == [0, 1]
    assert await chosen(since="2020-01-01", before="2020-01-02") == [0]
    assert await chosen(article_ids=frozenset({1, 3, 2**80})) == [0, 2]
    assert await chosen(article_ids=frozenset({1, 3}), since="2000") == [0]
    assert await chosen(article_ids=frozenset()) == []


async def test_vectors_come_back_with_their_ids(store):
    first, second = await put(store, "a\nb"), await put(store, "c. d")
    ids, matrix = await store.vectors("default", MODEL)
    assert ids.tolist() == [*first.passage_ids, *second.passage_ids]
    assert matrix.dtype == np.float32
    assert np.array_equal(matrix, np.stack([vector(text) for text in ("a", "b", "c. d")]))
    batches = [batch async for batch in store.vector_batches("default", MODEL, size=2)]
    assert [len(batch[0]) for batch in batches] == [2, 1]
    stored = await store.stored_vectors([*second.passage_ids, 999], MODEL)
    assert list(stored) == list(second.passage_ids)
    own, sentences, tokens = stored[second.passage_ids[0]]
    assert np.array_equal(own, vector("c. d"))
    expected = np.stack([vector("c. "), vector("d")])
    assert sentences == pytest.approx(expected, abs=1e-3)
    assert tokens.counts.tolist() == [0, 1, 1]
    assert np.array_equal(tokens.vectors, np.rint(127 * expected))
    assert await store.stored_vectors(second.passage_ids, "another model") == {}


async def test_a_passage_without_tokens_comes_back_without(store):
    odd = article("\ue001")  # of an icon font: no tokenizer has a token for it
    bare = TokenVectors(np.zeros(2, np.uint16), np.zeros((0, WIDTH), np.int8))
    passages = [made._replace(token_vectors=bare) for made in new_passages(odd)]
    done = await store.put_article("default", odd, passages=passages, model=MODEL)
    [found] = (await store.stored_vectors(done.passage_ids, MODEL)).values()
    assert found.tokens.counts.tolist() == [0, 0]
    assert len(found.tokens.vectors) == 0


async def test_a_model_that_has_made_nothing_has_no_vectors(store):
    ids, matrix = await store.vectors("default", "unheard of")
    assert (ids.shape, matrix.shape) == ((0,), (0, 0))
    await put(store, "a", collection="elsewhere")
    ids, matrix = await store.vectors("default", MODEL)
    assert (ids.shape, matrix.shape) == ((0,), (0, WIDTH))


async def test_a_change_of_model_is_made_bit_by_bit_and_never_mixes(store):
    await put(store, "Ab. Cd.\nsecond", title="T")
    await put(store, "third")
    assert await store.stale_count("default", MODEL) == 0
    assert await store.stale("default", MODEL) == []
    assert await store.stale_count("default", "new") == 3
    done = []
    while batch := await store.stale("default", "new", limit=2):
        await store.put_vectors(
            [NewVector(each.id, vector(each.passage.text, 6)) for each in batch], "new"
        )
        done += batch
        old, new = await store.vectors("default", MODEL), await store.vectors("default", "new")
        assert len(old[0]) + len(new[0]) == 3
        assert new[1].shape[1] == 6
    assert [each.passage.text for each in done] == ["Ab. Cd.", "second", "third"]
    assert done[0].passage.title == "T"
    assert done[0].passage.sentences == (Span(0, 4), Span(4, 7))
    ids = [each.id for each in done]
    assert await store.stored_vectors(ids, MODEL) == {}
    # What hung on the old ones went with them.
    for own in (await store.stored_vectors(ids, "new")).values():
        assert (own.sentences, own.tokens) == (None, None)
    stats = await store.collection_stats("default")
    assert stats.models == (("new", 3),)


async def test_sentences_of_a_later_passage_are_told_from_its_own_start(store):
    await put(store, "first\nAb. Cd.")
    [_, second] = await store.stale("default", "new")
    assert second.passage.sentences == (Span(0, 4), Span(4, 7))


async def test_vectors_for_a_passage_that_went_meanwhile_are_passed_over(store):
    written = await put(store, "a\nb")
    rows = [NewVector(999, vector("x")), NewVector(written.passage_ids[0], vector("y"))]
    await store.put_vectors(rows, MODEL)
    _, matrix = await store.vectors("default", MODEL)
    assert np.array_equal(matrix[0], vector("y"))
    await store.put_vectors(rows[:1], MODEL)
    await store.put_vectors([], MODEL)


async def test_vectors_that_do_not_fit_their_model_change_nothing(store):
    await put(store, "a", "x")
    wrong = article("b", "x")
    wide = new_passages(wrong, WIDTH + 1)
    with pytest.raises(ValueError, match="4 numbers, not of 5"):
        await store.put_article("default", wrong, passages=wide, model=MODEL)
    mixed = new_passages(wrong) + new_passages(wrong, 2)
    with pytest.raises(ValueError, match="widths"):
        await store.put_article("default", wrong, passages=mixed, model=MODEL)
    holed = [new_passages(wrong)[0]._replace(vector=np.full(WIDTH, np.nan, np.float32))]
    with pytest.raises(ValueError, match="finite"):
        await store.put_article("default", wrong, passages=holed, model=MODEL)
    assert await store.text(1) == "a"


async def test_half_a_character_is_refused_in_words(store):
    with pytest.raises(StoreError, match="position 3"):
        await put(store, "abc\ud800", "x")
    with pytest.raises(StoreError, match="position 0"):
        await put(store, "abc", "x", author="\udfff")
    assert await store.collections() == []


async def test_an_article_without_passages_is_an_article(store):
    made = article("   ", "x")
    written = await store.put_article("default", made, passages=[], model=MODEL)
    assert written.passage_ids == ()
    assert (await store.article("default", written.article_id)).passages == 0


async def test_stats_count(store):
    await put(store, "red green\nred", title="sea")
    stats = await store.collection_stats("default")
    assert (stats.articles, stats.passages, stats.characters) == (1, 2, 13)
    assert stats.models == ((MODEL, 2),)
    with pytest.raises(NotFoundError):
        await store.collection_stats("nowhere")


async def test_reading_does_not_wait_for_a_long_write(store):
    await put(store, "a")
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM vectors")
        async with asyncio.timeout(2):
            assert await store.passage_count("default") == 1
            assert len((await store.vectors("default", MODEL))[0]) == 1
        other.execute("ROLLBACK")
