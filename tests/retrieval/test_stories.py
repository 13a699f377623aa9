"""The same story in many outlets: found when it is added, folded in answers, each copy kept."""

import random

import pytest

from retrieval import analysis
from retrieval.config import RetrievalSettings
from retrieval.evaluate.stories import judge, tellings
from retrieval.library import Library
from retrieval.similarity import keys, likeness, pairs
from retrieval.types import Article, Filters
from tests.fakes import WordEmbedder

SUBJECTS = ["harbour", "bridge", "council", "engineer", "railway", "museum", "orchard", "bakery"]
VERBS = ["opened", "closed", "painted", "measured", "repaired", "visited", "praised", "flooded"]
TIMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "spring", "summer", "autumn"]


def sentences(seed, count=14):
    """Made-up news, of which any two seeds have few pairs of words in common."""
    chance = random.Random(seed)
    names = ["".join(chance.choices("bdfgklmnprstvz", k=6)) for _ in range(6)]
    return [
        f"The {chance.choice(SUBJECTS)} of {chance.choice(names)} was {chance.choice(VERBS)} by "
        f"{chance.choice(names)} in {chance.choice(TIMES)} for {chance.randrange(100, 999)} "
        f"guests from {chance.choice(names)}."
        for _ in range(count)
    ]


def article(said, outlet, title="News"):
    url = f"https://{outlet}.example/story"
    return Article(text=" ".join(said), title=title, identity=url, url=url, source=outlet)


@pytest.fixture
async def library(tmp_path):
    settings = RetrievalSettings(database=tmp_path / "library.db", cache=tmp_path, threshold=0.0)
    async with Library(settings, open_embedder=lambda _: WordEmbedder()) as opened:
        yield opened
        assert await opened.store.problems() == []


async def add(library, said, outlet, title="News"):
    receipt = await library.add(article(said, outlet, title))
    assert receipt.status in ("added", "updated"), receipt
    return receipt


async def others(library, article_id):
    return [each.id for each in await library.same_story("default", article_id)]


async def test_copies_are_recognised_when_they_are_added(library):
    story = sentences(1)
    first = await add(library, story, "wire")
    dropped = await add(library, story[:4] + story[6:], "dropped", "Another headline")
    swapped = await add(library, [story[1], story[0], *story[3:], story[2]], "swapped")
    half = await add(library, story[:7], "half")
    unlike = await add(library, sentences(2), "unlike")
    assert first.same_story_as is None
    assert {r.same_story_as for r in (dropped, swapped, half)} == {first.article_id}
    assert unlike.same_story_as is None
    assert await others(library, half.article_id) == [1, 2, 3]
    assert await others(library, unlike.article_id) == []


def test_every_kind_of_copy_differs_from_its_article_and_is_told_apart_by_kind():
    texts = [" ".join(sentences(seed)) for seed in range(4)]
    made = tellings(texts, copied=4, seed=1)
    assert made == tellings(texts, copied=4, seed=1)
    articles = {one.story: one.pairs for one in made if one.kind == "article"}
    copies = [one for one in made if one.kind != "article"]
    kinds = {one.kind for one in copies}
    assert len(copies) == 4 * len(kinds)
    # Made of few words, so that of a lead rewritten the pairs over the seams are all that is new.
    assert all(one.pairs != articles[one.story] for one in copies if one.kind != "shuffled")
    judged, recall = judge(made)
    assert recall["rewritten lead"] == 1.0
    assert judged.false == 0


def test_a_rewritten_lead_stands_under_another_headline_and_loses_half_of_the_first_sentence():
    own, other = sentences(20), sentences(21)
    texts = [" ".join(own), " ".join(other)]
    [copy] = [
        one for one in tellings(texts, copied=2) if one.kind == "rewritten lead" and one.story == 0
    ]
    first, second = own[0].split(), own[1].rstrip(".")
    words = [*other[0].split()[:8], *second.split(), *first[: (len(first) + 1) // 2]]
    expected = " ".join([*words, *own[2:]])
    assert copy.pairs == pairs([" ".join(analysis.terms(expected))])
    lost = " ".join(first[(len(first) + 1) // 2 :])
    assert pairs([" ".join(analysis.terms(lost))]) - copy.pairs


async def test_an_answer_shows_a_story_once_and_says_where_else_it_is(library):
    story = sentences(3)
    for outlet, said in {
        "wire": story,
        "early": story[:9],
        "late": story[3:],
        "moved": [*story[5:], *story[:5]],
    }.items():
        await add(library, said, outlet)
    await add(library, sentences(4), "unlike")
    answer = await library.ask(story[6], limit=3)
    first, *rest = answer.passages
    assert first.sentence.text.strip() == story[6]
    assert {first.passage.article_id, *first.also_in} == {1, 2, 3, 4}
    assert all(story[6] not in passage.passage.text for passage in rest)


async def test_each_copy_can_still_be_searched_and_cited(library):
    story = sentences(5)
    await add(library, story, "wire")
    copy = await add(library, story[2:], "copy")
    hits = await library.search(story[6], limit=10)
    assert {hit.passage.article_id for hit in hits} == {1, 2}
    only = Filters(article_ids=frozenset({copy.article_id}))
    answer = await library.ask(story[6], filters=only)
    assert answer.passages[0].citation.url == "https://copy.example/story"
    assert answer.passages[0].also_in == ()


async def test_a_copy_that_gives_another_number_is_shown_beside_the_first(library):
    story = sentences(6)
    number = story[6].split(" guests")[0].rsplit(" ", 1)[1]
    await add(library, story, "wire")
    await add(library, [s.replace(f" {number} ", " 5000 ") for s in story], "wrong")
    answer = await library.ask(story[6].replace(number, ""), limit=3)
    assert await others(library, 1) == [2]
    assert [p.passage.article_id for p in answer.passages[:2]] in ([1, 2], [2, 1])


async def test_a_changed_article_leaves_its_story_and_the_others_stay_together(library):
    story = sentences(7)
    for outlet in ("wire", "second", "third"):
        await add(library, [*story, f"{outlet} said so."], outlet)
    assert await others(library, 3) == [1, 2]
    await add(library, sentences(8), "wire")
    assert await others(library, 1) == []
    assert await others(library, 3) == [2]
    await add(library, [*story, "Wire says it again."], "wire")
    assert await others(library, 3) == [1, 2]
    await library.remove("default", ["2"])
    assert await others(library, 3) == [1]


async def test_stories_do_not_cross_collections_and_are_copied_with_theirs(library, tmp_path):
    from retrieval.store import Store

    story = sentences(9)
    await add(library, story, "wire")
    receipt = await library.add(article(story[1:], "elsewhere"), collection="other")
    assert receipt.same_story_as is None
    await add(library, story[2:], "copy")
    async with await Store.open(tmp_path / "copy.db") as copy:
        await library.store.copy_collection_to(copy, "default")
        ids = [record.id for record in await copy.articles("default")]
        assert await copy.same_story(ids[0]) == [ids[1]]
        assert await copy.problems() == []


async def test_articles_stored_without_keys_get_theirs_by_rebuilding(library):
    story = sentences(10)
    await add(library, story, "wire")
    await add(library, story[2:], "copy")
    async with library.store._database.transaction() as connection:
        await connection.execute("DELETE FROM stories")
        await connection.execute("DELETE FROM story_keys")
    assert await others(library, 1) == []
    await library.rebuild()
    assert await others(library, 1) == [2]


async def test_a_story_in_more_outlets_than_are_looked_at_leaves_room_for_others(library):
    story = sentences(11)
    for outlet in range(50):
        await add(library, [*story[:5], f"So says outlet{outlet}."], f"outlet{outlet}")
    other = await add(library, [*sentences(12)[:5], story[2].split(" for ")[0] + "."], "other")
    answer = await library.ask(story[2], limit=2)
    assert len(answer.passages) == 2
    assert answer.passages[1].passage.article_id == other.article_id


def test_what_is_said_of_likeness_is_what_is_reckoned():
    one, other = pairs(["a b c d e"]), pairs(["b c d", "x"])
    assert one == {"a b", "b c", "c d", "d e"}
    assert likeness(one, other) == (2 / 5, 2 / 3)
    assert likeness(one, frozenset()) == (0, 0)
    assert keys(one) == ()
    assert len(keys(pairs([" ".join(map(str, range(40)))]))) == 64


def test_keys_stay_what_libraries_hold() -> None:
    found = keys(pairs([" ".join(f"w{i}" for i in range(60))]))
    # Those of datasketch 2.0's MinHash of 128 values.
    assert found[:2] == (-8965939595191372719, 4243069202058834209)
