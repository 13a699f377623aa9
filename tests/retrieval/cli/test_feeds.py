"""`feed` and `refresh` as cron and people use them."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.retrieval.cli.conftest import Clippings
from tests.retrieval.newspaper import Newspaper, printed


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Newspaper]:
    """A newspaper in a thread of its own: the commands run their own event loops."""
    monkeypatch.setenv("RETRIEVAL_FETCH_ALLOW", "127.0.0.1")
    opened: list[Newspaper] = []
    ready, done = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with printed(1, 2) as paper:
            opened.append(paper)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    yield opened[0]
    loop.call_soon_threadsafe(done.set)
    thread.join(10)
    loop.close()


def make_due(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "library.db", isolation_level=None)) as library:
        library.execute("UPDATE feeds SET due = '2000'")
        library.execute("UPDATE looks SET due = '2000'")


def test_a_feed_from_adding_to_removing(
    clippings: Clippings, paper: Newspaper, tmp_path: Path
) -> None:
    told = clippings("feed", "add", paper.at("/rss"))
    assert told.code == 0
    assert told.out.splitlines()[0] == "Feed 1 is polled from now on: The Mill & Co"
    assert "The Mill & Co: 2 added; next poll 20" in told.out
    assert clippings("feed", "poll").out == "No feed is due. --all polls all of them.\n"
    paper.publish(3)
    make_due(tmp_path)
    [polled] = clippings("feed", "poll", "--json").lines
    assert [entry["status"] for entry in polled["entries"]] == ["added"]
    assert (polled["feed_id"], polled["status"], polled["error"]) == (1, "polled", None)
    listed = clippings("feed", "list")
    assert "1  The Mill & Co" in listed.out
    assert "3 items" in listed.out
    assert all(len(line) <= 80 for line in listed.out.splitlines())
    [row] = clippings("--json", "feed", "list").lines
    assert (row["items"], row["waiting"], row["failed"], row["error"]) == (3, 0, 0, None)
    assert row["last_success"] <= row["next_poll"]
    assert clippings("ask", "When was the mill number 3 on the river sold?").code == 0
    assert clippings("feed", "remove", 1).out.startswith("Feed 1 is polled no more")
    assert clippings("feed", "remove", 1).code == 2
    assert clippings("feed", "list").out == "There are no feeds. Add one: clippings feed add URL\n"


def test_what_fails_is_told_and_counts(
    clippings: Clippings, paper: Newspaper, tmp_path: Path
) -> None:
    paper.status["/story/1"] = 403
    told = clippings("feed", "add", paper.at("/rss"))
    assert told.code == 1
    assert "its server refuses to show it (it is tried again)" in told.err
    reason = f"{paper.at('/story/1')}: its server refuses to show it"
    listed = " ".join(clippings("feed", "list").out.split())
    assert f"not added yet: {reason} (it is tried again)" in listed
    [row] = clippings("feed", "list", "--json").lines
    assert (row["waiting"], row["failed_entries"]) == (1, [])
    assert row["retried_entries"][0]["error"] == "its server refuses to show it"
    for _ in range(2):
        with closing(sqlite3.connect(tmp_path / "library.db", isolation_level=None)) as library:
            library.execute("UPDATE entries SET due = NULL")
        assert clippings("--quiet", "feed", "poll", "1").code == 1
    assert f"not added: {paper.at('/story/1')}: its server" in clippings("feed", "list").out
    [row] = clippings("feed", "list", "--json").lines
    assert row["failed_entries"][0]["error"] == "its server refuses to show it"
    assert row["retried_entries"] == []
    paper.status["/rss"] = 410
    told = clippings("feed", "poll", "1")
    assert told.code == 1
    assert f"failed: {paper.at('/rss')}: the page is gone" in told.err
    assert "failed 1 times in a row: the page is gone" in " ".join(
        clippings("feed", "list").out.split()
    )


def test_wrong_use_says_what_to_do(clippings: Clippings, paper: Newspaper) -> None:
    assert "There is no library" in clippings("feed", "poll").err
    assert "There is no library" in clippings("refresh").err
    told = clippings("feed", "add", paper.at("/nowhere"))
    assert (told.code, told.err) == (
        2,
        f"{paper.at('/nowhere')} cannot be polled: there is no such page.\n",
    )
    told = clippings("feed", "add", "mill.example")
    assert told.code == 2
    assert "cannot be polled" in told.err
    assert "no feed 7" in clippings("feed", "poll", 7).err
    assert clippings("feed").code == 2
    assert "not both" in clippings("refresh", "1", "--all").err


def test_collections_are_polled_together_unless_one_is_named(
    clippings: Clippings, paper: Newspaper
) -> None:
    clippings("feed", "add", paper.at("/rss"))
    clippings("--collection", "other", "feed", "add", paper.at("/atom"))
    both = clippings("feed", "poll", "--all", "--json").lines
    assert [polled["collection"] for polled in both] == ["default", "other"]
    one = clippings("--collection", "other", "feed", "poll", "--all", "--json").lines
    assert [polled["feed_id"] for polled in one] == [2]


def test_all_of_nothing_is_told_as_that(seeded: Clippings) -> None:
    assert seeded("refresh").out == "No article is due. --all reads all pages again.\n"
    told = seeded("refresh", "--all")
    assert told.out == "No article was read from a link, so there is no page to read again.\n"
    told = seeded("feed", "poll", "--all")
    assert told.out == "There are no feeds. Add one: clippings feed add URL\n"


def test_refreshing_and_the_text_as_it_was(
    clippings: Clippings, paper: Newspaper, tmp_path: Path
) -> None:
    for number in (1, 2):
        assert clippings("add", paper.at(f"/story/{number}")).code == 0
    assert clippings("refresh").out == "No article is due. --all reads all pages again.\n"
    paper.extra[1] = "Correction: the mill was a windmill."
    told = clippings("refresh", "1", "2")
    assert told.code == 0
    assert told.out.splitlines() == ["updated: article 1, Mill 1", "unchanged: article 2, Mill 2"]
    shown = clippings("show", 1)
    assert "windmill" in shown.out
    assert "(show it with --version 1)" in shown.out
    old = clippings("show", 1, "--version", 1)
    assert "windmill" not in old.out
    assert "; now 2" in old.out
    facts = clippings("show", 1, "--version", 1, "--json").json
    assert (facts["version"], facts["versions"][0]["version"]) == (1, 1)
    assert "windmill" not in facts["text"]
    told = clippings("show", 1, "--version", 3)
    assert (told.code, "has no version 3" in told.err) == (2, True)
    make_due(tmp_path)
    [first, second] = clippings("refresh", "--json").lines
    assert (first["status"], first["version"], second["status"]) == ("unchanged", 2, "unchanged")


def test_a_title_given_with_a_link_outlives_what_its_page_says(
    clippings: Clippings, paper: Newspaper
) -> None:
    told = clippings("add", paper.at("/story/1"), "--title", "The old mill", "--json").json
    assert (told["status"], told["title"]) == ("added", "The old mill")
    paper.extra[1] = "Correction: the mill was a windmill."
    assert clippings("refresh", "1").out == "updated: article 1, The old mill\n"
    assert clippings("show", 1, "--json").json["title"] == "The old mill"


def test_a_page_that_is_gone_is_marked(clippings: Clippings, paper: Newspaper) -> None:
    clippings("add", paper.at("/story/1"))
    paper.status["/story/1"] = 404
    assert clippings("refresh", "1").err == "failed: article 1: there is no such page\n"
    told = clippings("refresh", "--all")
    assert (told.code, told.err) == (1, "gone: article 1: there is no such page\n")
    assert "The page may be gone of: 1" in clippings("list").out
    assert "may be gone since" in clippings("show", 1).out
    assert clippings("list", "--json").lines[0]["gone"]
    answer = clippings("ask", "When was the mill number 1 on the river sold?")
    assert "the page may be gone: stored on" in " ".join(answer.out.split())
    as_json = clippings("ask", "When was the mill number 1 sold?", "--json").json
    assert as_json["passages"][0]["gone"]
