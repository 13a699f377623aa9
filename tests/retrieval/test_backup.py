import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import aiosqlite
import numpy as np
import pytest

from retrieval.backup import Copied, backup, restore
from retrieval.config import RetrievalSettings
from retrieval.doctor import examine
from retrieval.errors import (
    CorruptDatabaseError,
    DiskError,
    NewerDatabaseError,
    NotFoundError,
    UsageError,
)
from retrieval.store import Store
from retrieval.store.feeds import NewFeed
from retrieval.store.migrations import MIGRATIONS, SCHEMA_VERSION
from tests.retrieval.store_samples import MODEL, put, with_terms

PICTURE = "https://pictures.example/a.jpg"


@pytest.fixture
async def path(tmp_path):
    """A library of two collections: two articles in one, one in the other."""
    path = tmp_path / "here" / "library.db"
    async with await Store.open(path) as store:
        await put(store, "to be removed\nwith its ids", "gone")
        await put(
            store, "red. green\nblue", "a", published="2020", page_starts=(0, 3), image=PICTURE
        )
        await put(store, "yellow", "b", collection="other")
        await put(store, "violet", "c")
        await store.remove_articles("default", [1])
    return path


async def contents(path: Path, collection: str = "default") -> list[tuple[object, ...]]:
    """All that is in a collection but its ids, found in every way there is."""
    found = []
    async with await Store.open(path) as store:
        assert await store.problems() == []
        for article in await store.articles(collection):
            passages = await store.article_passages(article.id)
            ids = [each.id for each in passages]
            stored = await store.stored_vectors(ids, MODEL)
            terms = await store.passage_terms(collection, ids)
            facts = (article.identity, article.title, article.published, article.image)
            facts += (article.added,)
            rest = [(each.text, each.sentences, terms[each.id]) for each in passages]
            vectors = [
                (own.passage.tolist(), own.sentences.tolist(), *map(np.ndarray.tolist, own.tokens))
                for own in (stored[each] for each in ids)
            ]
            found.append((*facts, article.page_starts, await store.text(article.id), rest, vectors))
        _, matrix = await store.vectors(collection, MODEL)
        found.append(tuple(matrix.ravel().tolist()))
    return found


async def names(path: Path) -> list[str]:
    async with await Store.open(path) as store:
        return [each.name for each in await store.collections()]


async def test_a_backup_is_a_library_with_the_same_contents(path, tmp_path):
    target = tmp_path / "new folder" / "saved.db"
    assert await backup(path, target) == Copied(collections=2, articles=3, passages=4)
    assert [entry.name for entry in target.parent.iterdir()] == ["saved.db"]
    for collection in ("default", "other"):
        assert await contents(target, collection) == await contents(path, collection)


async def test_a_backup_taken_while_others_write_is_of_one_moment(path, tmp_path):
    async with await Store.open(path) as store:

        async def write() -> None:
            for number in range(200):
                await put(store, f"line {number}\nand another", f"n{number}")

        writing = asyncio.create_task(write())
        for number in range(5):
            await asyncio.sleep(0.01)
            target = tmp_path / f"{number}.db"
            await backup(path, target)
            async with await Store.open(target) as copy:
                assert await copy.problems() == []
                identities = [each.identity for each in await copy.articles("default")]
                written = identities[2:]
                assert written == [f"n{n}" for n in range(len(written))]
        await writing


async def test_a_restored_library_is_what_was_saved(path, tmp_path):
    before = await contents(path)
    await backup(path, tmp_path / "saved.db")
    async with await Store.open(path) as store:
        await store.remove_articles("default", [2])
        await put(store, "later", "later")
        await store.drop_collection("other")
    assert await restore(tmp_path / "saved.db", path) == Copied(2, 3, 4)
    assert await contents(path) == before
    assert [entry.name for entry in path.parent.iterdir()] == ["library.db"]
    elsewhere = tmp_path / "elsewhere" / "library.db"
    assert (await restore(tmp_path / "saved.db", elsewhere)).articles == 3
    assert await contents(elsewhere) == before


async def test_whoever_has_the_library_open_sees_the_restored_one_as_a_change(path, tmp_path):
    await backup(path, tmp_path / "saved.db")
    async with await Store.open(path) as store:
        saved = await store.collection_version("default")
        await put(store, "later", "later", collection="default")
        await put(store, "later", "later", collection="newer")
        changed, seen = await store.collection_version("default"), await store.data_version()
        await restore(tmp_path / "saved.db", path, replace=True)
        assert await store.data_version() != seen
        assert await store.collection_version("default") == saved != changed
        assert await with_terms(store, ["later"], limit=5) == []
        assert len(await with_terms(store, ["violet"], limit=5)) == 1
        assert await store.articles("newer") == []
        await put(store, "after", "after")
        assert await store.problems() == []


async def test_one_collection_is_saved_and_brought_back_among_others(path, tmp_path):
    saved = tmp_path / "one.db"
    assert await backup(path, saved, collection="default") == Copied(1, 2, 3)
    assert await names(saved) == ["default"]
    before, other = await contents(path), await contents(path, "other")
    assert await contents(saved) == before
    async with await Store.open(path) as store:
        version = await store.collection_version("default")
        old = {each.id for each in await store.articles("default")}
        await put(store, "later", "later")
        assert await restore(saved, path, collection="default") == Copied(1, 2, 3)
        assert await store.collection_version("default") != version
        assert not old & {each.id for each in await store.articles("default")}
        hits = await with_terms(store, ["violet"], limit=5)
        assert len(hits) == 1
        await put(store, "still working", "d")
        await store.remove_articles("default", [(await store.find_identity("default", "d")).id])
    assert await contents(path) == before
    assert await contents(path, "other") == other
    fresh = tmp_path / "fresh.db"
    await restore(saved, fresh, collection="default")
    assert await contents(fresh) == before


async def test_one_collection_out_of_a_whole_backup(path, tmp_path):
    await backup(path, tmp_path / "saved.db")
    target = tmp_path / "target.db"
    async with await Store.open(target) as store:
        await put(store, "mine", "mine")
    await restore(tmp_path / "saved.db", target, collection="other")
    assert await names(target) == ["default", "other"]
    assert await contents(target, "other") == await contents(path, "other")
    with pytest.raises(NotFoundError, match="third"):
        await restore(tmp_path / "saved.db", target, collection="third")
    with pytest.raises(NotFoundError, match="third"):
        await backup(path, tmp_path / "x.db", collection="third")
    assert not (tmp_path / "x.db").exists()
    assert await names(target) == ["default", "other"]


async def test_a_collection_that_the_backup_does_not_hold_is_lost_only_where_that_is_meant(
    path, tmp_path
):
    saved = tmp_path / "one.db"
    await backup(path, saved, collection="other")
    now = "2024-01-01T00:00:00Z"
    feed = NewFeed("https://a.example/feed", "A", None, 3600, now, None, None, None)
    async with await Store.open(path) as store:
        await store.ensure_collection("nothing in it")
        await store.put_feed("polled", feed, most=1)
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r'lose "default" and "polled"\..*--collection other.*'):
        await restore(saved, path)
    assert path.read_bytes() == before
    assert await restore(saved, path, collection="other") == Copied(1, 1, 1)
    assert await names(path) == ["default", "nothing in it", "other", "polled"]
    assert await restore(saved, path, replace=True) == Copied(1, 1, 1)
    assert await names(path) == ["other"]
    async with await Store.open(path) as store:
        await store.ensure_collection("nothing in it")
    assert await restore(saved, path) == Copied(1, 1, 1)
    assert await names(path) == ["other"]


async def test_of_many_collections_that_would_be_lost_some_are_named(path, tmp_path):
    saved = tmp_path / "saved.db"
    await backup(path, saved)
    async with await Store.open(path) as store:
        for number in range(8):
            await put(store, "later", f"n{number}", collection=f"c{number}")
    with pytest.raises(UsageError, match=r'"c4" and 3 more\..*--collection NAME'):
        await restore(saved, path)


async def test_an_earlier_backup_is_replaced_and_anything_else_is_not(path, tmp_path):
    target = tmp_path / "saved.db"
    await backup(path, target)
    async with await Store.open(path) as store:
        await put(store, "newer", "newer")
    await backup(path, target)
    assert await contents(target) == await contents(path)
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")
    with pytest.raises(UsageError, match="not a backup"):
        await backup(path, notes)
    assert notes.read_text() == "mine"
    link = tmp_path / "link.db"
    link.symlink_to(path)
    for same in (path, link):
        with pytest.raises(UsageError, match="itself"):
            await backup(path, same)
        with pytest.raises(UsageError, match="itself"):
            await restore(same, path)
    with pytest.raises(UsageError, match="folder"):
        await backup(path, tmp_path)
    with pytest.raises(DiskError, match="cannot be made"):
        await backup(path, notes / "x.db")
    async with await Store.open(target) as store:
        await put(store, "someone works in it", "x")
        with pytest.raises(UsageError, match="in use"):
            await backup(path, target)


async def test_nothing_is_saved_of_a_library_that_is_not_there(tmp_path):
    with pytest.raises(NotFoundError, match="no library"):
        await backup(tmp_path / "none.db", tmp_path / "saved.db")
    with pytest.raises(NotFoundError, match="no backup"):
        await restore(tmp_path / "none.db", tmp_path / "library.db")
    assert list(tmp_path.iterdir()) == []


def damage_what_is_stored(saved: Path) -> None:
    """But not the schema, without which nothing can be opened."""
    with closing(sqlite3.connect(saved)) as connection:
        [[size]] = connection.execute("PRAGMA page_size")
        sql = "SELECT rootpage FROM sqlite_master WHERE name IN ('vectors', 'passages')"
        pages = [page for [page] in connection.execute(sql)]
    with saved.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * size)
            file.write(os.urandom(size))


def cut_off(saved: Path) -> None:
    os.truncate(saved, saved.stat().st_size // 2)


def tamper(saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as connection, connection:
        connection.execute("UPDATE texts SET text = 'not what was said'")


def make_newer(saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as connection:
        connection.execute("PRAGMA user_version = 999")


def overwrite(saved: Path) -> None:
    saved.write_text("my notes " * 1000)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (damage_what_is_stored, CorruptDatabaseError),
        (cut_off, CorruptDatabaseError),
        (tamper, CorruptDatabaseError),
        (overwrite, CorruptDatabaseError),
        (make_newer, NewerDatabaseError),
    ],
)
async def test_a_backup_that_cannot_be_used_changes_nothing(path, tmp_path, spoil, error):
    saved = tmp_path / "saved.db"
    await backup(path, saved)
    spoil(saved)
    before = path.read_bytes()
    for collection in (None, "default"):
        with pytest.raises(error, match=r"saved\.db") as caught:
            await restore(saved, path, collection=collection)
        assert "unfinished" not in str(caught.value)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["library.db"]


async def test_a_damaged_library_is_replaced_and_one_beyond_opening_is_moved_aside(path, tmp_path):
    saved, before = tmp_path / "saved.db", await contents(path)
    await backup(path, saved)
    damage_what_is_stored(path)
    assert (await restore(saved, path)).moved is None
    assert await contents(path) == before
    with path.open("r+b") as file:
        file.write(b"no SQLite header")
    copied = await restore(saved, path)
    assert await contents(path) == before
    assert copied.moved is not None
    assert sorted(path.parent.iterdir()) == sorted([path, copied.moved])


async def test_a_file_that_never_was_a_library_is_not_moved_for_one(path, tmp_path):
    await backup(path, tmp_path / "saved.db")
    notes = tmp_path / "notes.txt"
    notes.write_text("mine " * 1000)
    with pytest.raises(CorruptDatabaseError, match=r"notes\.txt is not a Clippings library"):
        await restore(tmp_path / "saved.db", notes)
    assert notes.read_text() == "mine " * 1000


async def test_a_damaged_library_is_named_when_it_cannot_be_saved(path, tmp_path):
    size = path.stat().st_size
    with path.open("r+b") as file:
        for page in range(3 * 4096, size, 4096):
            file.seek(page)
            file.write(b"\xa5" * 2000)
    with pytest.raises(CorruptDatabaseError) as caught:
        await backup(path, tmp_path / "saved.db")
    assert str(caught.value).startswith(f"The library {path} is damaged.")
    assert not list(tmp_path.glob("saved*"))


async def test_a_library_of_an_older_version_is_saved_as_it_is_and_the_doctor_takes_it(tmp_path):
    path = tmp_path / "older.db"
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        for migration in MIGRATIONS[: SCHEMA_VERSION - 1]:
            await migration(connection)
        await connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    before = path.read_bytes()
    assert await backup(path, tmp_path / "saved.db") == Copied(0, 0, 0)
    assert path.read_bytes() == before
    assert await names(tmp_path / "saved.db") == []
    settings = RetrievalSettings(database=path, cache=tmp_path / "cache")
    findings = {each.what: each for each in await examine(settings)}
    assert findings["library"].ok, findings["library"].found


@pytest.mark.parametrize("collection", [None, "default"])
async def test_a_backup_from_before_pictures_is_restored_with_none(path, tmp_path, collection):
    saved = tmp_path / "saved.db"
    await backup(path, saved)
    with closing(sqlite3.connect(saved)) as connection:
        connection.execute("ALTER TABLE articles DROP COLUMN image")
        connection.execute("ALTER TABLE feeds DROP COLUMN reason")
        connection.execute("ALTER TABLE feeds DROP COLUMN facts")
        connection.execute("DROP TABLE token_vectors")
        connection.execute("DROP TABLE aliases")
        connection.execute("PRAGMA user_version = 3")
    await restore(saved, path, collection=collection)
    async with await Store.open(path) as store:
        found = await store.articles("default")
        assert [each.image for each in found] == [None, None]
        await put(store, "brown", "d", image=PICTURE)
        assert (await store.articles("default"))[-1].image == PICTURE
        assert await store.problems() == []
