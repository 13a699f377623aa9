"""Feeds polled from a real server into a real library."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from retrieval.errors import NotFoundError, Reason, SourceError, UsageError
from retrieval.feeds import Feeds, Polled
from retrieval.library import Library
from retrieval.pace import moment
from retrieval.sources.web import Fetcher
from retrieval.types import Article, Feed
from tests.fakes import WordEmbedder
from tests.retrieval.newspaper import Clock, body, page, printed, reading


@dataclass
class Desk:
    """A library that polls a newspaper's feeds."""

    library: Library
    feeds: Feeds
    clock: Clock

    async def titles(self) -> list[str]:
        return sorted(record.title for record in await self.library.articles())

    async def feed(self, number: int = 1) -> Feed:
        return await self.library.store.feed(None, number)

    async def add(self, url: str, **more: str) -> Polled:
        return await self.feeds.poll(await self.feeds.add(url, collection="default", **more))

    async def poll(self, number: int = 1) -> Polled:
        return await self.feeds.poll(await self.feed(number))


@asynccontextmanager
async def desk(folder: Path, **settings: object) -> AsyncIterator[Desk]:
    chosen, clock = reading(folder, **settings), Clock()
    async with (
        Library(chosen, open_embedder=lambda _: WordEmbedder()) as library,
        Fetcher(chosen) as fetcher,
    ):
        yield Desk(library, Feeds(library, fetcher, clock=clock), clock)


def mills(*numbers: int) -> list[str]:
    return sorted(f"Mill {n}" for n in numbers)


@pytest.mark.parametrize(
    ("path", "title"),
    [("/rss", "The Mill & Co"), ("/atom", "Mills"), ("/feed.json", "Mills in JSON")],
)
async def test_every_form_of_feed_becomes_articles(tmp_path: Path, path: str, title: str) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        polled = await at.add(paper.at(path))
        assert (polled.status, polled.feed.title, polled.feed.items) == ("polled", title, 2)
        [first, second] = await at.library.articles()
        assert (first.title, second.title) == ("Mill 1", "Mill 2")
        assert first.url == first.identity == paper.at("/story/1")
        assert "sold in 1701" in await at.library.text(first.id)
        if path != "/feed.json":
            assert first.published == "2024-05-01T13:00:00Z"
        hits = await at.library.search("mill 1702")
        assert hits[0].passage.article_id == second.id


async def test_a_home_page_names_its_feed(tmp_path: Path) -> None:
    named = (
        "<html><head><link rel=alternate type=application/rss+xml href=/comments "
        "title='All comments'><link rel='home alternate' type='application/atom+xml' href=atom>"
        "</head><body><p>News</p></body></html>"
    )
    async with printed(1) as paper, desk(tmp_path) as at:
        paper.pages["/home/"] = named.replace("href=atom", "href=../atom")
        await at.add(paper.at("/home/"))
        assert (await at.feed()).url == paper.at("/atom")
        paper.pages["/plain"] = "<html><body><p>Nothing is named here.</p></body></html>"
        await at.add(paper.at("/plain"))
        assert (await at.feed(2)).url == paper.at("/feed.json")  # kept in a usual place


async def test_entries_that_lead_to_pages_for_print_are_the_stories_themselves(
    tmp_path: Path,
) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        paper.pages |= {"/read/1": page(1), "/read/1/print": page(1, "Printed on a Sunday.")}
        paper.redirects["/story/1"] = "/read/1/print"
        await at.add(paper.at("/rss"))
        [article] = await at.library.articles()
        assert article.url == article.identity == paper.at("/read/1")


async def test_what_is_no_feed_is_told(tmp_path: Path) -> None:
    async with printed() as paper, desk(tmp_path) as at:
        paper.pages |= {"/text": "just words", "/bad": "<rss><![CDATA[", "/feed.json": "{}"}
        paper.pages["/none"] = "<html><body>Nothing</body></html>"
        for path in ("/text", "/none", "/feed.json"):
            with pytest.raises(SourceError, match="it is no feed"):
                await at.add(paper.at(path))
        with pytest.raises(SourceError, match="no such page") as caught:
            await at.add(paper.at("/nowhere"))
        assert str(caught.value).startswith(f"{paper.at('/nowhere')} cannot be polled: ")
        assert await at.library.store.feeds() == []


async def test_a_feed_is_polled_once_and_so_many_at_most(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path, feed_most=2) as at:
        await at.add(paper.at("/rss"))
        with pytest.raises(UsageError, match="polled already, as feed 1"):
            await at.add(paper.at("/rss"))
        await at.add(paper.at("/atom"))
        with pytest.raises(UsageError, match="2 feeds already"):
            await at.add(paper.at("/feed.json"))


async def test_only_the_newest_are_taken_at_first_and_all_that_follow(tmp_path: Path) -> None:
    async with printed(*range(1, 8)) as paper, desk(tmp_path, feed_backfill=2) as at:
        await at.add(paper.at("/rss"))
        assert await at.titles() == mills(6, 7)
        paper.publish(8, 9, 10)
        polled = await at.poll()
        assert [outcome.status for outcome in polled.outcomes] == ["added"] * 3
        assert await at.titles() == mills(6, 7, 8, 9, 10)
        assert paper.count("/story/5") == 0


async def test_what_has_not_changed_is_not_sent_again(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        await at.add(paper.at("/rss"))
        asked = len(paper.asked)
        assert (await at.poll()).status == "unchanged"
        assert paper.sent_304 == 1
        paper.validators = False  # many servers have none: the same bytes tell as much
        paper.publish(3)
        assert (await at.poll()).status == "polled"
        assert (await at.poll()).status == "unchanged"
        assert [path for path in paper.asked[asked:] if path != "/rss"] == ["/story/3"]


async def test_a_quiet_feed_is_not_forgotten(tmp_path: Path) -> None:
    """What stands in a feed for months is no news when it goes on, whatever became of it."""
    async with printed(1, 2, 3, 4) as paper, desk(tmp_path, feed_backfill=2) as at:
        await at.add(paper.at("/rss"), announce="7")
        await at.library.remove("default", ["1"])
        kept = await at.titles()
        for _ in range(4):
            at.clock.forward(days=30)
            assert (await at.poll()).status == "unchanged"
        paper.publish(5)
        assert len((await at.poll()).outcomes) == 1
        assert await at.titles() == sorted([*kept, *mills(5)])
        assert len(await at.library.store.announcements(9)) == 1


async def test_what_has_left_a_feed_is_forgotten_after_a_while(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        await at.add(paper.at("/rss"))
        paper.stories = [2, 3]
        at.clock.forward(hours=1)
        await at.poll()
        at.clock.forward(days=91)
        await at.poll()
    with closing(sqlite3.connect(tmp_path / "library.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM entries").fetchall() == [(2,)]


async def test_a_feed_removed_while_it_is_polled_is_a_poll_like_any_other(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        feed = await at.feeds.add(paper.at("/rss"), collection="default")

        paper.reached.clear()

        async def removing() -> None:
            await paper.reached.wait()
            await at.feeds.remove("default", 1)

        polled, _ = await asyncio.gather(at.feeds.poll(feed), removing())
        assert polled.status == "polled"
        assert await at.titles() == []
        assert await at.library.store.problems() == []


async def test_a_feed_is_known_by_where_it_is_for_good(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        paper.redirects = {"/old": "/rss", "/today": "/rss"}
        paper.passing = {"/today"}
        moved = await at.feeds.add(paper.at("/old"), collection="default")
        assert moved.url == paper.at("/rss")
        passing = await at.feeds.add(paper.at("/today"), collection="default")
        assert passing.url == paper.at("/today")


async def test_half_a_character_costs_no_feed_anything(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        broken = paper.json().replace("/story/1", "/\\ud800").replace("Mill 2", "Mill 2 \\ud83d")
        paper.pages["/broken.json"] = broken
        polled = await at.add(paper.at("/broken.json"))
        assert polled.status == "polled"
        assert "Mill 2" in await at.titles()
        assert (await at.feed()).failures == 0


async def test_an_article_that_was_removed_does_not_come_back(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        await at.add(paper.at("/rss"))
        await at.library.remove("default", ["1"])
        paper.publish(3)
        paper.titles[1] = "Mill 1, corrected"
        await at.poll()
        assert await at.titles() == mills(2, 3)


async def test_an_article_that_is_there_already_stays_as_it_is(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        mine = Article("My notes on it.", "Notes", paper.at("/story/1"), url=paper.at("/story/1"))
        await at.library.add(mine)
        polled = await at.add(paper.at("/rss"), announce="7")
        assert [outcome.status for outcome in polled.outcomes] == ["known"]
        assert await at.library.text(1) == "My notes on it."
        assert paper.count("/story/1") == 0
        await at.add(paper.at("/atom"))  # the same stories in another feed
        assert await at.titles() == ["Notes"]


async def test_an_entry_that_changes_has_its_article_read_again(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        await at.add(paper.at("/rss"))
        paper.titles[1], paper.extra[1] = "Mill 1 (corrected)", "Correction: it was a watermill."
        polled = await at.poll()
        assert [(each.status, each.article_id) for each in polled.outcomes] == [("updated", 1)]
        assert "watermill" in await at.library.text(1)
        assert "watermill" not in await at.library.text(1, 1)


async def test_the_feeds_own_text_stands_in_for_a_page_that_cannot_be_read(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        paper.full_texts = True
        paper.status["/story/1"] = 403
        await at.add(paper.at("/rss"))
        [one, _] = await at.library.articles()
        assert await at.library.text(one.id) == body(1)
        assert (one.url, one.source) == (paper.at("/story/1"), "The Mill & Co")
        assert one.author == "Ada"


async def test_a_feed_leads_nowhere_that_a_link_would_not(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        inward = "http://169.254.169.254/latest/meta-data"
        paper.pages["/rss"] = paper.rss().replace(paper.at("/story/1"), inward)
        [outcome] = (await at.add(paper.at("/rss"))).outcomes
        assert outcome.link == inward
        assert "is not on the public web" in str(outcome.error)
        paper.redirects["/moved"] = inward
        with pytest.raises(SourceError, match="is not on the public web"):
            await at.add(paper.at("/moved"))


@pytest.mark.parametrize("link", ["http://[bad", "http://127.0.0.1:99999/x", "http://a:b/x"])
async def test_a_link_that_is_none_costs_its_entry_alone(tmp_path: Path, link: str) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        paper.pages["/rss"] = paper.rss().replace(paper.at("/story/1"), link)
        polled = await at.add(paper.at("/rss"))
        assert sorted(each.status for each in polled.outcomes) == ["added", "failed"]
        assert await at.titles() == mills(2)


async def test_a_failing_entry_is_told_and_given_up_after_a_while(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        paper.status["/story/1"] = 403
        polled = await at.add(paper.at("/rss"))
        assert {each.status for each in polled.outcomes} == {"added", "failed"}
        assert (polled.feed.items, polled.feed.waiting, polled.feed.failed) == (1, 1, 0)
        assert (await at.poll()).outcomes == ()  # not at once
        for _ in range(2):
            at.clock.forward(days=1)
            [outcome] = (await at.poll()).outcomes
        assert outcome.final
        assert outcome.error == "its server refuses to show it"
        [failed] = await at.library.store.failed_entries(1, limit=9)
        assert (failed.link, failed.error) == (paper.at("/story/1"), outcome.error)
        at.clock.forward(days=30)
        assert (await at.poll()).outcomes == ()
        assert paper.count("/story/1") == 3


async def test_a_broken_feed_backs_off_and_is_told_once(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper.at("/rss"))
        paper.status["/rss"] = 410
        waits = []
        for failures in range(1, 12):
            polled = await at.poll()
            assert (polled.status, polled.error) == ("failed", "the page is gone")
            assert polled.feed.failures == failures
            assert (polled.feed.error, polled.feed.reason) == (polled.error, Reason.GONE)
            waits.append((moment(polled.feed.due) - at.clock.now).total_seconds())
            at.clock.forward(days=2)
        assert waits[1] > 1.5 * waits[0]
        assert max(waits) <= 1.11 * 86_400
        [told] = await at.library.store.broken_feeds(3)
        await at.library.store.feed_told(told.id)
        await at.poll()
        assert await at.library.store.broken_feeds(3) == []
        del paper.status["/rss"]
        polled = await at.poll()
        assert (polled.feed.failures, polled.feed.error) == (0, None)
        assert polled.feed.reason is Reason.OTHER
        paper.status["/rss"] = 410
        for _ in range(3):
            await at.poll()
        assert len(await at.library.store.broken_feeds(3)) == 1  # it is another time


async def test_a_page_in_the_place_of_a_feed_is_a_failure(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper.at("/rss"))
        paper.pages["/rss"] = "<html><link rel=alternate type=application/rss+xml href=/atom>"
        polled = await at.poll()
        assert polled.error == "there is a page now where the feed was"
        paper.pages.pop("/rss")
        paper.status["/rss"] = 418
        at.clock.forward(days=2)
        told = (await at.poll()).feed
        assert (told.error, told.reason) == ("its server answers with error 418", Reason.STATUS)
        assert told.facts == {"status": 418}


async def test_new_articles_are_to_be_announced_and_those_of_before_are_not(
    tmp_path: Path,
) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        store = at.library.store
        await at.add(paper.at("/rss"), announce="7")
        assert await store.announcements(9) == []
        paper.publish(3, 4)
        await at.poll()
        news = await store.announcements(9)
        assert [(each.article_id, each.announce) for each in news] == [(3, "7"), (4, "7")]
        await store.announced(news[:1])
        assert [each.article_id for each in await store.announcements(9)] == [4]
        await store.announced(news)
        paper.titles[3] = "Mill 3 again"
        await at.poll()
        assert await store.announcements(9) == []


async def test_an_entry_under_another_name_is_no_news(tmp_path: Path) -> None:
    async with printed(1, 2) as paper, desk(tmp_path) as at:
        await at.add(paper.at("/rss"), announce="7")
        paper.publish(3)
        await at.poll()
        await at.library.store.announced(await at.library.store.announcements(9))
        paper.pages["/rss"] = paper.rss().replace("<guid>story", "<guid>renamed")
        polled = await at.poll()
        assert [each.status for each in polled.outcomes] == ["known"] * 3
        assert await at.library.store.announcements(9) == []


async def test_polls_come_as_often_as_a_feed_changes(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path, feed_shortest_min=10) as at:
        await at.add(paper.at("/rss"))
        number = 1
        for _ in range(6):
            paper.publish(number + 1, number + 2)
            number += 2
            at.clock.forward(hours=1)
            busy = (await at.poll()).feed.interval_s
        assert busy == 600
        for _ in range(20):
            at.clock.forward(hours=1)
            quiet = (await at.poll()).feed.interval_s
        assert quiet == 86_400
        assert await at.library.store.due_feeds("9999") != []


async def test_due_feeds_are_polled_and_others_left_alone(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper.at("/rss"))
        await at.feeds.add(paper.at("/atom"), collection="other")
        assert [each.feed.id async for each in at.feeds.poll_due()] == [2]
        assert [each async for each in at.feeds.poll_due()] == []
        at.clock.forward(days=2)
        assert [each.feed.id async for each in at.feeds.poll_due("other")] == [2]
        assert [each.feed.id async for each in at.feeds.poll_due()] == [1]
        everything = [each.feed.id async for each in at.feeds.poll_due(everything=True)]
        assert everything == [1, 2]


async def test_a_removed_feed_leaves_its_articles(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        await at.add(paper.at("/rss"))
        with pytest.raises(NotFoundError):
            await at.feeds.remove("other", 1)
        await at.feeds.remove("default", 1)
        with pytest.raises(NotFoundError, match="no feed 1"):
            await at.feeds.remove("default", 1)
        assert await at.titles() == mills(1)
        assert await at.library.store.problems() == []


async def test_a_feed_that_is_being_polled_is_left_to_who_does(tmp_path: Path) -> None:
    async with printed(1) as paper, desk(tmp_path) as at:
        feed = await at.feeds.add(paper.at("/rss"), collection="default")
        now = "2024-05-01T00:00:00Z"
        assert await at.library.store.hold_feed(feed.id, now, "9999-01-01T00:00:00Z")
        assert (await at.feeds.poll(feed)).status == "busy"
        await at.library.store.keep_hold(feed.id, now)
        assert (await at.feeds.poll(feed)).status == "polled"


async def test_a_site_of_thousand_entries_is_read_in_full(tmp_path: Path) -> None:
    async with printed(*range(1, 1200)) as paper, desk(tmp_path, feed_backfill=1) as at:
        await at.add(paper.at("/rss"))
        assert await at.titles() == mills(1199)
