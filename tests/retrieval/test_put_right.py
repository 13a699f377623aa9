"""What people have put right stays right, whatever is added later under the same name."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.config import RetrievalSettings
from retrieval.embedding.protocol import Embedded, PassageText
from retrieval.library import Library
from retrieval.types import Article
from tests.fakes import WordEmbedder
from tests.retrieval.cli.conftest import Clippings, clippings  # noqa: F401 - a fixture

MILL = "The mill on the hill was built in 1780. It ground rye for three villages."
NEWS = "It was sold to a family of weavers."


def as_text(path: Path, text: str) -> Path:
    return written(path / "a.txt", text)


def as_page(path: Path, text: str) -> Path:
    head = '<title>The page</title><meta name="date" content="2011-01-01">'
    body = f"<article><h1>The page</h1><p>{text}</p></article>"
    return written(path / "a.html", f"<html><head>{head}</head><body>{body}</body></html>")


def as_row(path: Path, text: str) -> Path:
    row = {"id": "a", "title": "The row", "published": "2011-01-01", "text": text}
    return written(path / "a.jsonl", json.dumps(row) + "\n")


def written(file: Path, content: str) -> Path:
    file.write_text(content)
    return file


KINDS = pytest.mark.parametrize("kind", [as_text, as_page, as_row])
Kind = Callable[[Path, str], Path]


@KINDS
@pytest.mark.parametrize("way", ["edit", "add"])
def test_adding_again_keeps_what_was_put_right(
    clippings: Clippings,  # noqa: F811
    tmp_path: Path,
    kind: Kind,
    way: str,
) -> None:
    facts = ["--title", "My title", "--published", "2020-01-01"]
    file = kind(tmp_path, MILL)
    if way == "edit":
        clippings("add", file)
        clippings("edit", 1, *facts)
    else:
        clippings("add", file, *facts)
    again = clippings("add", file, "--json").json
    assert (again["status"], again["title"]) == ("unchanged", "My title")
    changed = clippings("add", kind(tmp_path, f"{MILL} {NEWS}"), "--json").json
    assert (changed["article_id"], changed["status"]) == (1, "updated")
    assert changed["title"] == "My title"
    shown = clippings("show", 1, "--json").json
    assert (shown["title"], shown["published"]) == ("My title", "2020-01-01")
    assert shown["text"].rstrip().endswith(NEWS)
    assert clippings("doctor").code == 0


def test_what_the_later_one_is_said_to_be_counts_anew(
    clippings: Clippings,  # noqa: F811
    tmp_path: Path,
) -> None:
    clippings("add", as_text(tmp_path, MILL), "--title", "One", "--published", "2020-01-01")
    told = clippings("add", tmp_path / "a.txt", "--title", "Two", "--json").json
    assert (told["status"], told["title"]) == ("updated", "Two")
    file = as_text(tmp_path, f"{MILL} {NEWS}")
    told = clippings("add", file, "--published", "2021-01-01", "--json").json
    assert (told["status"], told["title"]) == ("updated", "Two")
    assert clippings("add", file, "--json").json["status"] == "unchanged"
    shown = clippings("show", 1, "--json").json
    assert (shown["title"], shown["published"]) == ("Two", "2021-01-01")


def test_a_file_given_with_an_address_keeps_what_was_said_of_that(
    clippings: Clippings,  # noqa: F811
    tmp_path: Path,
) -> None:
    address = ("--url", "https://mill.example/a")
    clippings("add", as_text(tmp_path, MILL), *address, "--title", "One")
    told = clippings("add", as_text(tmp_path, f"{MILL} {NEWS}"), *address, "--json").json
    assert (told["article_id"], told["status"], told["title"]) == (1, "updated", "One")


# On a model whose work can be seen --------------------------------------------------------------


class Held(WordEmbedder):
    """A model that can be made to wait before it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.free = threading.Event(), threading.Event()
        self.free.set()

    def passages(self, texts: Sequence[PassageText]) -> Embedded:
        self.reached.set()
        assert self.free.wait(30)
        return super().passages(texts)


def opened(path: Path, embedder: WordEmbedder | None = None) -> Library:
    return Library(
        RetrievalSettings(database=path / "library.db", cache=path / "cache"),
        open_embedder=lambda _: embedder or WordEmbedder(),
    )


BEFORE = Article(
    text=MILL,
    title="Windmill",
    identity="https://mill.example/a",
    url="https://mill.example/a",
    source="The Miller",
    author="Ada",
    published="2011-01-01",
)
OTHER = Article(text="A ferry crosses the sound.", title="Ferry", identity="b")


async def test_a_title_put_right_is_the_one_that_is_searched(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        await library.add(BEFORE)
        await library.add(OTHER)
        await library.edit("default", "1", title="Zeppelin")
        # Another text under another title: neither says zeppelin, and windmill is no more said.
        told = await library.add(replace(BEFORE, text=f"{MILL} {NEWS}"))
        assert (told.status, told.title) == ("updated", "Zeppelin")
        [found, other] = await library.search("zeppelin", limit=2)
        assert found.passage.article_id == 1
        assert found.lexical
        assert found.dense is not None
        assert other.dense is not None
        assert found.dense > other.dense
        [gone, _] = await library.search("windmill", limit=2)
        assert not gone.lexical
        assert gone.dense == pytest.approx(0, abs=0.01)
        assert await library.store.problems() == []


async def test_facts_that_nobody_put_right_follow_their_source(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        await library.add(BEFORE)
        await library.edit("default", "1", published="2020-01-01", author="")
        news = replace(
            BEFORE, title="Watermill", source="The Miller's", author="Bo", published="2012-02-02"
        )
        for text, status in ((MILL, "updated"), (MILL, "unchanged"), (NEWS, "updated")):
            assert (await library.add(replace(news, text=text))).status == status
            [record] = await library.articles()
            assert (record.title, record.source) == ("Watermill", "The Miller's")
            assert (record.published, record.author) == ("2020-01-01", None)  # taken away, too


async def test_of_two_under_one_name_in_a_run_both_keep_it(tmp_path: Path) -> None:
    from retrieval.sources.reading import Reading

    async with opened(tmp_path) as library:
        await library.add(BEFORE)
        await library.edit("default", "1", title="Zeppelin")
        run = [Reading("a", article=replace(BEFORE, text=text)) for text in (NEWS, MILL, MILL)]
        told = [each async for each in library.add_all(run)]
        assert [each.status for each in told] == ["updated", "updated", "unchanged"]
        assert {(each.article_id, each.title) for each in told} == {(1, "Zeppelin")}
        assert await library.text(1) == MILL


async def test_what_is_put_right_while_another_text_is_embedded_stays(tmp_path: Path) -> None:
    model = Held()
    async with opened(tmp_path, model) as library, opened(tmp_path) as elsewhere:
        await library.add(BEFORE)
        await library.add(OTHER)
        model.reached.clear()
        model.free.clear()
        adding = asyncio.create_task(library.add(replace(BEFORE, text=f"{MILL} {NEWS}")))
        await asyncio.to_thread(model.reached.wait, 30)
        await elsewhere.edit("default", "1", title="Zeppelin", published="2020-01-01")
        model.free.set()
        told = await adding
        assert (told.status, told.title) == ("updated", "Zeppelin")
        record = await library.article("default", "1")
        assert (record.title, record.published) == ("Zeppelin", "2020-01-01")
        assert (await library.text(1)).endswith(NEWS)
        [found, other] = await library.search("zeppelin", limit=2)
        assert found.passage.article_id == 1
        assert (found.dense or 0) > (other.dense or 0)
        assert await library.store.problems() == []


async def test_a_title_is_put_right_on_the_text_that_is_there_by_then(tmp_path: Path) -> None:
    """Another program stores a new text, and forgets who added it, while the old is embedded."""
    model = Held()
    async with opened(tmp_path, model) as library, opened(tmp_path) as elsewhere:
        await library.add(replace(BEFORE, added_by="discord:7"))
        model.reached.clear()
        model.free.clear()
        editing = asyncio.create_task(
            library.edit("default", "1", title="Zeppelin", url="https://mill.example/b")
        )
        await asyncio.to_thread(model.reached.wait, 30)
        await elsewhere.add(replace(BEFORE, text=f"{MILL} {NEWS}"))
        await elsewhere.forget_person("discord:7")
        model.free.set()
        record = await editing
        assert (record.title, record.url, record.added_by) == (
            "Zeppelin",
            "https://mill.example/b",
            None,
        )
        assert (await library.text(1)).endswith(NEWS)
        assert [each.number for each in await library.versions(1)] == [1]
        assert await library.store.problems() == []


async def test_a_title_that_is_not_put_right_is_not_said_to_be(tmp_path: Path) -> None:
    model = Held()
    async with opened(tmp_path, model) as library:
        await library.add(BEFORE)
        model.reached.clear()
        model.free.clear()
        editing = asyncio.create_task(
            library.edit("default", "1", title="Zeppelin", author="Someone")
        )
        await asyncio.to_thread(model.reached.wait, 30)
        editing.cancel()
        model.free.set()
        with pytest.raises(asyncio.CancelledError):
            await editing
        record = await library.article("default", 1)
        assert (record.title, record.author) == (BEFORE.title, BEFORE.author)
        assert await library.store.corrections(1) == set()


@pytest.mark.parametrize("way", ["edit", "add", "both"])
def test_a_file_that_was_given_an_address_is_still_known_by_its_path(
    clippings: Clippings,  # noqa: F811
    tmp_path: Path,
    way: str,
) -> None:
    address = ("--url", "https://mill.example/a")
    file = as_text(tmp_path, MILL)
    clippings("add", file, *(() if way == "edit" else address))
    if way != "add":
        clippings("edit", 1, *address)
    assert clippings("add", file, "--json").json["status"] == "unchanged"
    told = clippings("add", as_text(tmp_path, f"{MILL} {NEWS}"), "--json").json
    assert (told["article_id"], told["status"]) == (1, "updated")
    told = clippings("add", as_text(tmp_path, NEWS), *address, "--json").json
    assert (told["article_id"], told["status"]) == (1, "updated")
    assert clippings("show", 1, "--json").json["url"] == "https://mill.example/a"
    assert len(clippings("list", "--json").out.splitlines()) == 1
    clippings("remove", 1)
    assert clippings("add", file, "--json").json["status"] == "added"
    assert clippings("doctor").code == 0


def test_a_file_of_an_article_that_has_another_s_address_becomes_that(
    clippings: Clippings,  # noqa: F811
    tmp_path: Path,
) -> None:
    """The article of the address is the one that is meant; the file is known to be it."""
    address = ("--url", "https://mill.example/a")
    clippings("add", as_text(tmp_path, MILL))
    other = written(tmp_path / "b.txt", NEWS)
    clippings("add", other, *address)
    told = clippings("add", tmp_path / "a.txt", *address, "--json").json
    assert (told["article_id"], told["status"]) == (2, "updated")
    told = clippings("add", other, "--json").json
    assert (told["article_id"], told["status"]) == (2, "updated")


def test_one_file_that_is_used_for_many_addresses_is_as_many_articles(
    clippings: Clippings,  # noqa: F811
    tmp_path: Path,
) -> None:
    for number, text in enumerate((MILL, NEWS, MILL.replace("1780", "1790")), 1):
        address = ("--url", f"https://mill.example/{number}")
        told = clippings("add", as_text(tmp_path, text), *address, "--json").json
        assert (told["article_id"], told["status"]) == (number, "added")
    told = clippings("add", as_text(tmp_path, f"{NEWS} Twice."), "--json").json
    assert (told["article_id"], told["status"]) == (3, "updated")  # what the file was last


def test_an_address_that_was_put_right_is_no_longer_its_own(
    clippings: Clippings,  # noqa: F811
    tmp_path: Path,
) -> None:
    clippings("add", as_text(tmp_path, MILL), "--url", "https://mill.example/wrong")
    clippings("edit", 1, "--url", "https://mill.example/right")
    other = written(tmp_path / "b.txt", NEWS)
    told = clippings("add", other, "--url", "https://mill.example/wrong", "--json").json
    assert (told["article_id"], told["status"]) == (2, "added")
    shown = clippings("show", 1, "--json").json
    assert (shown["url"], shown["text"]) == ("https://mill.example/right", MILL)
