"""Earlier texts, looks at pages, and what of them a copy takes along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from retrieval.errors import NotFoundError
from retrieval.store import Store
from retrieval.store.entries import FoundEntry, Settled
from retrieval.store.feeds import NewFeed, PollFacts
from retrieval.store.looks import Look
from retrieval.types import PageState
from tests.retrieval.store_samples import put

NOW, LATER, SOON = "2024-05-01T10:00:00Z", "2024-05-02T10:00:00Z", "2024-05-01T10:05:00Z"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "library.db") as opened:
        yield opened


async def test_a_replaced_text_stays_as_a_version(store: Store) -> None:
    await put(store, "first", "a", title="One", url="https://a.example/", published="2024-01-01")
    await put(store, "second", "a", title="Two")
    await put(store, "third", "a", title="Three")
    record = await store.article("default", 1)
    assert record.version == 3
    old = await store.versions(1)
    assert [(each.number, each.title, each.length) for each in old] == [
        (1, "One", 5),
        (2, "Two", 6),
    ]
    assert (old[0].url, old[0].published, old[1].url) == ("https://a.example/", "2024-01-01", None)
    assert old[0].stored == record.added
    assert old[1].stored == old[0].replaced
    assert record.stored == old[1].replaced
    assert [await store.version_text(1, n) for n in (1, 2, 3)] == ["first", "second", "third"]
    for article_id, number in ((1, 4), (1, 0), (2, 1), (1, 2**70)):
        with pytest.raises(NotFoundError):
            await store.version_text(article_id, number)
    assert await store.problems() == []


async def test_the_same_text_again_is_no_version(store: Store) -> None:
    await put(store, "same", "a")
    await put(store, "same", "a", title="Another title")
    assert await store.versions(1) == []
    record = await store.article("default", 1)
    assert (record.version, record.stored, record.gone) == (1, record.added, None)


async def test_versions_go_with_their_article(store: Store) -> None:
    await put(store, "first", "a")
    await put(store, "second", "a")
    await store.remove_articles("default", [1])
    assert await store.versions(1) == []
    assert await store.problems() == []


async def test_a_look_is_claimed_once_until_it_is_due_again(store: Store) -> None:
    await put(store, "text", "a", url="https://a.example/", page=PageState('"e"', None))
    await put(store, "a pasted text", "b", url="https://b.example/")
    new = await store.due_looks("9999", limit=9)
    assert [each.article_id for each in new] == [1]
    first = await store.look(1)
    assert first is not None
    assert (first.etag, first.misses, first.gone) == ('"e"', 0, None)
    await store.put_look(1, Look(None, NOW))
    assert await store.claim_look(1, NOW, SOON)
    assert not await store.claim_look(1, NOW, SOON)
    assert not await store.claim_look(99, NOW, SOON)
    assert await store.claim_look(1, LATER, LATER)
    look = Look(NOW, LATER, etag='"x"', misses=2, gone=NOW, error="the page is gone")
    await store.put_look(1, look)
    await store.put_look(99, look)
    assert await store.look(1) == look
    assert (await store.article("default", 1)).gone == NOW
    assert await store.due_looks(SOON, limit=9) == []
    assert len(await store.due_looks(LATER, limit=9)) == 1


async def test_a_copied_collection_keeps_versions_looks_and_feeds(
    store: Store, tmp_path: Path
) -> None:
    await put(store, "elsewhere", "z", collection="other")
    await put(store, "first", "a", url="https://a.example/")
    await put(store, "second", "a", url="https://a.example/")
    await store.put_look(2, Look(NOW, LATER, etag="x"))
    await store.update_facts(2, corrected=["title", "title", "published"])
    news = NewFeed("https://a.example/feed", "A", None, 3600, NOW, None, "7", None)
    feed = await store.put_feed("default", news, most=5)
    await store.find_entries(feed.id, [FoundEntry("k", None, "t", "s")], NOW, first=None)
    await store.settle_entry(feed.id, "k", Settled("done", 1, 2, announce=True))
    await store.feed_worked(
        feed.id,
        NOW,
        PollFacts("e", None, "d", 3600, LATER),
        unchanged=False,
        forget_before="2000",
    )
    async with await Store.open(tmp_path / "copy.db") as copy:
        await put(copy, "there already", "y", collection="more")
        await store.copy_collection_to(copy, "default")
        [record] = await copy.articles("default")
        assert record.version == 2
        assert await copy.version_text(record.id, 1) == "first"
        assert await copy.look(record.id) == await store.look(2)
        assert await copy.corrections(record.id) == {"title", "published"}
        [copied] = await copy.feeds("default")
        assert (copied.url, copied.etag, copied.items) == (feed.url, "e", 1)
        [news_] = await copy.announcements(9)
        assert news_.article_id == record.id
        assert await copy.problems() == []
        await copy.drop_collection("default")
        assert await copy.feeds() == []
        assert await copy.problems() == []
