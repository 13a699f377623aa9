"""What is added is in the library, whatever its name held before and whoever else has its text."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from retrieval.config import RetrievalSettings
from retrieval.embedding.protocol import Embedded, PassageText
from retrieval.library import Library
from retrieval.sources.reading import Reading
from retrieval.types import Article, Receipt
from tests.fakes import WordEmbedder
from tests.retrieval.cli.conftest import Clippings, clippings  # noqa: F401 - a fixture

TEXTS = {
    letter: f"The house of {name} stands on a hill. It was built by {name} in {year}."
    for letter, name, year in (
        ("A", "Adams", 1881),
        ("B", "Baker", 1892),
        ("C", "Cooper", 1903),
        ("Z", "Zimmer", 1914),
    )
}


def rows(path: Path, *values: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


@pytest.fixture
def moved(clippings: Clippings, tmp_path: Path) -> Path:  # noqa: F811
    """A folder whose files have each moved on by one since it was added, and a new first one."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for n, letter in enumerate("ABC", 1):
        (folder / f"n{n}.txt").write_text(TEXTS[letter])
    assert clippings("add", folder).code == 0
    for n in (3, 2, 1):
        (folder / f"n{n}.txt").rename(folder / f"n{n + 1}.txt")
    (folder / "n1.txt").write_text(TEXTS["Z"])
    return folder


@pytest.mark.parametrize("order", ["1234", "4321", "2413"])
def test_files_that_move_on_lose_no_text(
    clippings: Clippings,  # noqa: F811
    moved: Path,
    order: str,
) -> None:
    told = clippings("add", *(moved / f"n{n}.txt" for n in order), "--json").lines
    held = {}
    for receipt in told:
        text = Path(receipt["ref"]).read_text()
        assert clippings("show", receipt["article_id"], "--json").json["text"] == text
        held[receipt["article_id"]] = text
    assert sorted(held.values()) == sorted(TEXTS.values())
    assert len(clippings("list", "--json").lines) == 4
    best = clippings("ask", "Who built the house of Cooper in 1903?", "--json").json["passages"][0]
    assert "Cooper" in best["text"]
    assert clippings("doctor").code == 0


def test_a_line_put_first_pushes_no_row_out(clippings: Clippings, tmp_path: Path) -> None:  # noqa: F811
    lines = [{"text": TEXTS[letter]} for letter in "ABC"]
    file = rows(tmp_path / "rows.jsonl", *lines)
    clippings("add", file)
    told = clippings("add", rows(file, {"text": TEXTS["Z"]}, *lines), "--json").lines
    shown = [clippings("show", each["article_id"], "--json").json["text"] for each in told]
    assert shown == [TEXTS[letter] for letter in "ZABC"]


def test_a_line_and_a_row_of_that_id_are_two(clippings: Clippings, tmp_path: Path) -> None:  # noqa: F811
    file = rows(
        tmp_path / "rows.jsonl",
        {"id": "2", "text": TEXTS["A"]},
        {"text": TEXTS["B"]},
        {"id": "line 2", "text": TEXTS["C"]},
        {"id": " line 2", "text": TEXTS["Z"]},  # the same id: space around one is none of it
    )
    told = clippings("add", file, "--json").lines
    assert [each["status"] for each in told] == ["added", "added", "added", "updated"]
    assert len({each["ref"] for each in told}) == 3
    assert [each["article_id"] for each in told] == [1, 2, 3, 3]
    assert clippings("show", "article:2", "--json").json["text"] == TEXTS["B"]
    assert clippings("show", "id:2", "--json").json["text"] == TEXTS["A"]
    again = clippings("add", file, "--json").lines
    assert [each["status"] for each in again][:2] == ["unchanged", "unchanged"]


def test_an_article_is_found_by_the_id_in_its_receipt(
    clippings: Clippings,  # noqa: F811
    tmp_path: Path,
) -> None:
    file = rows(
        tmp_path / "rows.jsonl",
        {"id": "a", "text": TEXTS["A"], "url": "https://a.example/1"},
        {"id": "b", "text": TEXTS["A"], "url": "https://b.example/1"},  # the same text
        {"id": "c", "text": TEXTS["A"], "url": "https://a.example/1"},  # the same page
    )
    told = clippings("add", file, "--json").lines
    assert [each["status"] for each in told] == ["added", "unchanged", "unchanged"]
    assert [each["ref"].rpartition("#")[2] for each in told] == ["a", "b", "c"]
    for each in told:
        assert (
            clippings("show", each["external_id"], "--json").json["article_id"]
            == each["article_id"]
        )
    assert clippings("edit", told[1]["external_id"], "--title", "Adams").code == 0
    assert clippings("remove", told[1]["external_id"]).code == 0
    assert clippings("list", "--json").lines == []


def test_ids_in_receipts_hold_where_articles_are_handed_on(
    clippings: Clippings,  # noqa: F811
    tmp_path: Path,
) -> None:
    file = tmp_path / "rows.jsonl"
    clippings("add", rows(file, *({"id": f"n{n}", "text": TEXTS[a]} for n, a in enumerate("ABC"))))
    turned = [{"id": f"n{n}", "text": TEXTS[a]} for n, a in enumerate("ZABC")][::-1]
    told = clippings("add", rows(file, *turned), "--json").lines
    shown = [clippings("show", each["external_id"], "--json").json for each in told]
    assert [each["text"] for each in shown] == [each["text"] for each in turned]
    assert [each["external_id"] for each in shown] == ["n3", "n2", "n1", "n0"]


# On a model whose work can be counted ---------------------------------------------------------


class CountingEmbedder(WordEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def passages(self, texts: Sequence[PassageText]) -> Embedded:
        self.embedded += [each.text for each in texts]
        return super().passages(texts)


def opened(path: Path, embedder: WordEmbedder | None = None) -> Library:
    settings = RetrievalSettings(database=path / "library.db", cache=path / "cache")
    return Library(
        settings,
        open_embedder=lambda _: embedder or WordEmbedder(),
        open_reader=lambda _: None,  # nothing is answered here
    )


def readings(named: Iterable[tuple[str, str]]) -> list[Reading]:
    return [
        Reading(ref=name, article=Article(text=text, title="Title", identity=name))
        for name, text in named
    ]


async def added(library: Library, named: Iterable[tuple[str, str]]) -> list[Receipt]:
    return [receipt async for receipt in library.add_all(readings(named))]


async def texts_of(library: Library) -> dict[int, str]:
    return {each.id: await library.store.text(each.id) for each in await library.articles()}


async def sound(library: Library) -> None:
    """Store and index agree."""
    assert await library.store.problems() == []
    found = {hit.passage.article_id for hit in await library.search("story", limit=1_000)}
    assert found == {each.id for each in await library.articles()}


def story(number: int) -> str:
    return f"This is story number {number} about mill m{number}."


@pytest.mark.parametrize("seed", range(2))
async def test_in_any_order_each_text_is_in_one_article(tmp_path: Path, seed: int) -> None:
    """Names change hands at random; each receipt is held to the library at the end of its run."""
    rng = random.Random(seed)
    async with opened(tmp_path) as library:
        names = ["name 0"]
        for trial in range(8):
            names += [f"name {len(names) + n}" for n in range(rng.randint(0, 2))]
            kept = rng.sample(range(trial, trial + len(names) + 3), len(names))
            given = list(zip(names, map(story, kept), strict=True))
            rng.shuffle(given)
            receipts = await added(library, given)
            texts = await texts_of(library)
            assert [texts[each.article_id or 0] for each in receipts] == [text for _, text in given]
            assert {Counter(texts.values())[text] for _, text in given} == {1}
        await sound(library)


@pytest.mark.parametrize("seed", [2, 4])
async def test_copies_and_names_that_come_twice_lose_nothing_either(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(100 + seed)
    async with opened(tmp_path) as library:
        for _ in range(20):
            given = [(f"name {rng.randrange(5)}", story(rng.randrange(6))) for _ in range(8)]
            receipts = await added(library, given)
            texts = await texts_of(library)
            last = {name: n for n, (name, _) in enumerate(given)}
            for n in last.values():  # of a name that comes twice the last text holds
                assert texts[receipts[n].article_id or 0] == given[n][1]
        await sound(library)


@pytest.mark.parametrize("between", [0, 140])
async def test_a_text_outlives_its_first_name_over_any_number_of_groups(
    tmp_path: Path, between: int
) -> None:
    others = [(f"other {n}", story(1_000 + n)) for n in range(between)]
    async with opened(tmp_path) as library:
        await added(library, [("z", story(1)), *others])
        given = [("a", story(1)), ("b", story(1)), *others, ("z", story(2)), ("a", story(3))]
        a, b, *_, z, later = await added(library, given)
        assert (a.status, b.status, z.status) == ("unchanged", "unchanged", "added")
        assert a.article_id == b.article_id
        texts = await texts_of(library)
        assert texts[b.article_id or 0] == story(1)
        assert texts[z.article_id or 0] == story(2)
        assert texts[later.article_id or 0] == story(3)
        assert (await added(library, [("b", story(1))]))[0].article_id == b.article_id
        await sound(library)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # Forwards every name gets its text anew, and what the last one had is stored again.
        ([("n1", 9), ("n2", 1), ("n3", 2), ("n4", 3)], [1, 2, 3, 9]),
        # Backwards the articles take the new names.
        ([("n4", 3), ("n3", 2), ("n2", 1), ("n1", 9)], [9]),
        ([("new", 7), ("copy", 7), ("copy of it", 7), ("new", 7)], [7]),
        ([("n1", 1), ("n2", 2), ("n3", 3), ("copy", 3)], []),
        ([("n1", 9), ("n1", 9), ("n2", 9)], [9, 9]),  # the second takes the place of n2's own
    ],
)
async def test_nothing_is_embedded_that_need_not_be(
    tmp_path: Path, given: list[tuple[str, int]], expected: list[int]
) -> None:
    embedder = CountingEmbedder()
    async with opened(tmp_path, embedder) as library:
        await added(library, [(f"n{n}", story(n)) for n in (1, 2, 3)])
        embedder.embedded.clear()
        await added(library, [(name, story(n)) for name, n in given])
    assert sorted(embedder.embedded) == [story(n) for n in expected]


async def test_two_processes_at_once_store_each_text_once(tmp_path: Path) -> None:
    """Two open libraries on one file share nothing but the file, as two processes do."""
    rng = random.Random(5)
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        names = [f"name {n}" for n in range(6)]
        for trial in range(5):
            stories = [trial * 3 + n for n in range(6)]
            rng.shuffle(stories)
            given = list(zip(names, map(story, stories), strict=True))
            # The same under names of their own besides, which are new each time.
            runs = [
                [*given, *((f"{who} {trial} {n}", story(10_000 + trial * 9 + n)) for n in range(3))]
                for who in ("one", "other")
            ]
            for run in runs:
                rng.shuffle(run)
            told = await asyncio.gather(added(one, runs[0]), added(other, runs[1]))
            texts = await texts_of(one)
            counted = Counter(texts.values())
            assert {counted[text] for _, text in runs[0]} == {1}
            for run, receipts in zip(runs, told, strict=True):
                assert all(each.status != "failed" for each in receipts)
                assert [texts[each.article_id or 0] for each in receipts] == [t for _, t in run]
        await sound(one)
        await sound(other)


async def test_cancelled_anywhere_what_was_told_is_so_and_the_rest_can_be_added(
    tmp_path: Path,
) -> None:
    rng = random.Random(11)
    names = [f"name {n}" for n in range(8)]
    async with opened(tmp_path) as library:
        for trial in range(8):
            given = [(name, story(trial + n)) for n, name in enumerate(names)]
            if trial % 2:
                given.reverse()
            task = asyncio.create_task(added(library, given))
            await asyncio.sleep(rng.random() * 0.08)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await sound(library)
            receipts = await added(library, given)
            texts = await texts_of(library)
            assert [texts[each.article_id or 0] for each in receipts] == [text for _, text in given]
            assert {Counter(texts.values())[text] for _, text in given} == {1}
        await sound(library)
