"""Articles' pages looked at again: changed, unchanged, gone, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from retrieval.errors import NotFoundError
from retrieval.library import Library
from retrieval.refreshing import Refreshed, Refreshing
from retrieval.sources.web import Fetcher, fetch_article
from retrieval.types import Article
from tests.fakes import WordEmbedder
from tests.retrieval.newspaper import Clock, Newspaper, page, printed, reading


@dataclass
class Desk:
    """A library with articles of the newspaper, and who looks after them."""

    library: Library
    service: Refreshing
    clock: Clock

    async def add(self, paper: Newspaper, *numbers: int, collection: str = "default") -> None:
        for number in numbers:
            article = await fetch_article(paper.at(f"/story/{number}"), self.library.settings)
            await self.library.add(article, collection=collection)

    async def refresh(self, *refs: str) -> list[Refreshed]:
        return [each async for each in self.service.refresh("default", refs)]

    async def due(self) -> list[int]:
        return [each.article_id async for each in self.service.refresh_due()]


@asynccontextmanager
async def desk(folder: Path, **settings: object) -> AsyncIterator[Desk]:
    chosen, clock = reading(folder, **settings), Clock()
    async with (
        Library(chosen, open_embedder=lambda _: WordEmbedder()) as library,
        Fetcher(chosen) as fetcher,
    ):
        yield Desk(library, Refreshing(library, fetcher, clock=clock), clock)


async def test_a_changed_page_replaces_the_text_and_the_old_one_can_still_be_shown(
    tmp_path: Path,
) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper, 1)
        before = await at.library.text(1)
        paper.extra[1] = "Correction: the zeppelin came later."
        [told] = await at.refresh("1")
        assert (told.status, told.version, told.error) == ("updated", 2, None)
        assert "zeppelin" in await at.library.text(1)
        assert await at.library.text(1, 1) == before
        [hit] = await at.library.search("zeppelin", limit=1)
        assert "zeppelin" in hit.passage.text
        answer = await at.library.ask("What does the correction say of the zeppelin?")
        assert answer.passages[0].citation.version == 2
        assert await at.library.store.problems() == []


async def test_an_unchanged_page_is_not_sent_again_and_makes_no_version(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper, 1)
        assert [each.status for each in await at.refresh("1")] == ["unchanged"]
        assert [each.status for each in await at.refresh("1")] == ["unchanged"]
        assert paper.sent_304 == 2
        assert await at.library.versions(1) == []


async def test_a_new_picture_replaces_the_old_and_alone_is_no_change_of_the_article(
    tmp_path: Path,
) -> None:
    def pictured(name: str, extra: str = "") -> str:
        head = f'<head><meta property="og:image" content="/{name}.jpg">'
        return page(1, extra).replace("<head>", head)

    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper, 1)
        assert (await at.library.article("default", "1")).image is None
        for name, extra, status, kept in (
            ("a", "", "unchanged", "a"),
            ("b", "Correction: it was later.", "updated", "b"),
            ("c", "Correction: it was later.", "unchanged", "c"),
            ("", "Correction: it was much later.", "updated", "c"),
        ):
            paper.pages["/story/1"] = pictured(name, extra) if name else page(1, extra)
            assert [each.status for each in await at.refresh("1")] == [status]
            assert (await at.library.article("default", "1")).image == paper.at(f"/{kept}.jpg")


async def test_a_page_missing_twice_is_gone_until_it_comes_back(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper, 1)
        paper.status["/story/1"] = 404
        [told] = await at.refresh("1")
        assert (told.status, told.error) == ("failed", "there is no such page")
        assert (await at.library.article("default", "1")).gone is None
        [told] = await at.refresh("1")
        assert told.status == "gone"
        record = await at.library.article("default", "1")
        assert record.gone is not None
        answer = await at.library.ask("To whom was the mill number 1 sold?")
        assert answer.passages[0].citation.gone == record.gone
        assert answer.passages[0].citation.added == record.added
        del paper.status["/story/1"]
        assert [each.status for each in await at.refresh("1")] == ["unchanged"]
        assert (await at.library.article("default", "1")).gone is None


async def test_a_link_that_leads_to_the_front_page_is_no_article(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        await at.add(paper, 1)
        paper.pages["/"] = paper.page(2)
        paper.redirects["/story/1"] = "/"
        [told] = await at.refresh("1")
        assert told.error == "its link leads to the front page of the site now"
        assert "number 1" in await at.library.text(1)


async def test_a_notice_in_the_articles_place_does_not_replace_it(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper, 1)
        short = " ".join(["This story about a mill is for members of our club only."] * 6)
        paper.pages["/story/1"] = f"<html><body><article><p>{short}</p></article></body></html>"
        [told] = await at.refresh("1")
        assert told.status == "failed"
        assert "words now where it had" in str(told.error)
        paper.pages["/story/1"] = "<html><body><p>Subscribe to read on.</p></body></html>"
        [told] = await at.refresh("1")
        assert "it looks like a subscription notice" in str(told.error)
        assert "sold in 1701" in await at.library.text(1)


async def test_a_server_that_fails_says_nothing_of_the_page(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper, 1)
        paper.status["/story/1"] = 403
        for _ in range(3):
            assert [each.status for each in await at.refresh("1")] == ["failed"]
        record = await at.library.article("default", "1")
        assert record.gone is None
        look = await at.library.store.look(1)
        assert look is not None
        assert look.error == "its server refuses to show it"


async def test_what_people_have_put_right_stays_right(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        await at.add(paper, 1, 2)
        await at.library.edit("default", "1", title="The oldest mill", published="1990-01-01")
        for number in (1, 2):
            paper.extra[number] = "One more sentence about the weir."
            paper.headlines[number] = f"Mill {number} at the weir"
        await at.refresh("1", "2")
        one, two = await at.library.articles()
        assert (one.title, one.published, one.version) == ("The oldest mill", "1990-01-01", 2)
        assert (two.title, two.version) == ("Mill 2 at the weir", 2)


async def test_an_article_without_a_link_and_one_that_is_not_there(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.library.add(Article("Notes on a mill.", "Notes", "notes"))
        [told] = await at.refresh("1")
        assert (told.status, told.error) == (
            "failed",
            "it has no link, so there is nothing to read again",
        )
        with pytest.raises(NotFoundError):
            await at.refresh("1", "99")
        at.clock.forward(days=99)
        assert await at.due() == []


async def test_an_article_removed_while_its_page_is_read_stays_removed(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper, 1)
        record = await at.library.article("default", "1")
        await at.library.remove("default", ["1"])
        paper.extra[1] = "News."
        told = await at.service.look(record)
        assert told.status == "failed"
        assert await at.library.articles() == []
        assert await at.library.store.problems() == []


async def test_young_articles_are_looked_at_more_often_than_old_ones(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path, refresh_days=20) as at:
        await at.add(paper, 1)
        assert await at.due() == []
        gaps, last = [], at.clock.now
        for _ in range(400):
            at.clock.forward(hours=12)
            if await at.due():
                gaps.append((at.clock.now - last).days)
                last = at.clock.now
        assert gaps[:2] == [1, 1]
        assert 17 <= gaps[-1] <= 23
        assert len(gaps) < 25
        assert paper.count("/story/1") == len(gaps) + 1


async def test_a_text_that_came_with_an_address_is_read_again_only_when_asked(
    tmp_path: Path,
) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        link = paper.at("/story/1")
        await at.library.add(Article("What I copied of it.", "Copied", link, url=link))
        at.clock.forward(days=99)
        assert await at.due() == []
        assert [each async for each in at.service.refresh_all(None)] == []
        assert [each.status for each in await at.refresh("1")] == ["updated"]
        assert await at.library.text(1, 1) == "What I copied of it."


async def test_nothing_is_due_where_no_schedule_is_wanted(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path, refresh_days=0) as at:
        await at.add(paper, 1)
        at.clock.forward(days=999)
        assert await at.due() == []
        assert [each.status for each in await at.refresh("1")] == ["unchanged"]


async def test_all_of_every_collection(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        await at.add(paper, 1)
        await at.add(paper, 2, collection="other")
        told = [each async for each in at.service.refresh_all(None)]
        assert [(each.collection, each.status) for each in told] == [
            ("default", "unchanged"),
            ("other", "unchanged"),
        ]
        assert len([each async for each in at.service.refresh_all("other")]) == 1
