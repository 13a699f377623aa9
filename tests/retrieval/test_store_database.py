import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from retrieval.errors import (
    CorruptDatabaseError,
    DiskError,
    NewerDatabaseError,
    NotFoundError,
    StoreError,
)
from retrieval.store import Store
from retrieval.store.database import Database
from retrieval.store.migrations import SCHEMA_VERSION
from tests.retrieval.store_samples import MODEL, article, new_passages, put

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "library.db"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    database = await Database.open(path)
    try:
        yield database
    finally:
        await database.close()


async def filled(path: Path, count: int = 1) -> Path:
    async with await Store.open(path) as store:
        for number in range(count):
            await put(store, f"text {number}\nmore")
    return path


async def test_a_library_is_made_with_its_folder(tmp_path):
    path = tmp_path / "some" / "where" / "a % b?#.db"
    async with await Store.open(path) as store:
        assert await store.collections() == []
        assert store.path == path
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


async def test_closed_it_is_one_file_that_can_be_copied(path, tmp_path):
    await filled(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["library.db"]
    shutil.copy(path, tmp_path / "copy.db")
    async with await Store.open(tmp_path / "copy.db") as store:
        assert await store.text(1) == "text 0\nmore"
        assert await store.problems() == []


async def test_a_copy_that_went_another_way_has_another_version(path, tmp_path):
    await filled(path)
    shutil.copy(path, tmp_path / "copy.db")
    async with (
        await Store.open(path) as one,
        await Store.open(tmp_path / "copy.db") as other,
    ):
        assert await one.library_id() == await other.library_id()
        assert await one.collection_version("default") == await other.collection_version("default")
        await put(one, "here")
        await put(other, "there")
        assert await one.collection_version("default") != await other.collection_version("default")


async def test_anyones_commit_moves_the_data_version(path):
    async with await Store.open(path) as one, await Store.open(path) as other:
        before = await one.data_version()
        assert await one.data_version() == before
        await put(other, "x")
        moved = await one.data_version()
        assert moved != before
        await put(one, "y")
        assert await one.data_version() != moved
        assert await one.passage_count("default") == await other.passage_count("default") == 2


async def test_two_that_make_the_same_library_at_once_both_have_it(path):
    stores = await asyncio.gather(*(Store.open(path) for _ in range(8)))
    await asyncio.gather(*(put(store, f"text {n}") for n, store in enumerate(stores)))
    assert {await store.passage_count("default") for store in stores} == {8}
    for store in stores:
        await store.close()


async def test_a_library_of_a_newer_version_is_left_alone(path):
    await filled(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(NewerDatabaseError, match="newer version"):
            await Store.open(path, read_only=read_only)
    assert path.read_bytes() == before


async def test_a_migration_that_fails_has_not_happened(path):
    """A later version's step is run on a library of today's, and breaks halfway."""
    await filled(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        await Store.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION - 1,)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    async with await Store.open(path) as store:
        assert await store.problems() == []


@pytest.mark.parametrize("contents", [b"just some notes\n" * 400, os.urandom(9000), b"SQLite"])
async def test_a_file_that_is_no_library_is_left_alone(path, contents):
    path.write_bytes(contents)
    for read_only in (False, True):
        with pytest.raises(CorruptDatabaseError, match="not a Clippings library"):
            await Store.open(path, read_only=read_only)
    assert path.read_bytes() == contents


async def test_another_programs_database_is_left_alone(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    before = path.read_bytes()
    with pytest.raises(CorruptDatabaseError, match="not a Clippings library"):
        await Store.open(path)
    assert path.read_bytes() == before


async def test_an_empty_file_becomes_a_library(path):
    path.touch()
    await filled(path)


async def test_a_damaged_library_says_so(path):
    await filled(path, 200)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 8192))
    with pytest.raises(CorruptDatabaseError, match="backup"):
        async with await Store.open(path) as store:
            await store.articles("default")
    with pytest.raises(CorruptDatabaseError, match="backup"):
        async with await Store.open(path, read_only=True) as store:
            await store.articles("default")


async def test_damage_beyond_the_schema_is_found(path):
    await filled(path, 200)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 2 - 8192))
    async with await Store.open(path, read_only=True) as store:
        assert await store.problems() != []


async def test_damage_that_sqlite_does_not_see_is_found(path):
    await filled(path, 3)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE texts SET text = 'tampered' WHERE article_id = 1")
        connection.execute("UPDATE passages SET stop = 999 WHERE id = 3")
        connection.execute("DELETE FROM vectors WHERE passage_id = 4")
        connection.execute("UPDATE vectors SET vector = x'00' WHERE passage_id = 5")
        connection.execute("DELETE FROM fts_1 WHERE rowid = 6")
        connection.execute("UPDATE collections SET passages = 7")
    async with await Store.open(path) as store:
        problems = " ".join(await store.problems())
    for part in (
        "text of article 1",
        "Passage 3 lies",
        "Passage 4 has no vector",
        "vector of passage 5",
        "Passage 6 cannot be found",
        "7 passages and has 6",
    ):
        assert part in problems


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from retrieval.errors import DiskError
from retrieval.store import Store
from tests.retrieval.store_samples import put

async def main():
    async with await Store.open(Path(sys.argv[1])) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        try:
            await put(store, "big " * 100_000)
        except DiskError as error:
            print(error)
        await put(store, "small")
asyncio.run(main())
"""


async def test_a_write_that_does_not_fit_says_so_and_nothing_is_lost(path):
    """A limit on the size of files is what comes nearest to a full disk without rights."""
    await filled(path)
    assert "nothing was changed" in printed(FULL_DISK, str(path))
    async with await Store.open(path) as store:
        assert [await store.text(each) for each in (1, 2)] == ["text 0\nmore", "small"]
        assert await store.problems() == []


async def test_a_disk_without_room_says_so(path):
    async with opened(path) as database:
        async with database.transaction() as connection:
            await connection.execute("PRAGMA max_page_count = 60")
        with pytest.raises(DiskError, match="full"):
            async with database.transaction() as connection:
                await connection.execute("INSERT INTO meta VALUES ('big', zeroblob(1000000))")
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO meta VALUES ('small', 'x')")
        assert await database.row("SELECT COUNT(*) FROM meta") == (2,)


def printed(code: str, *arguments: str) -> str:
    """What a process of its own prints that runs the code."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


READ_ONLY_DISK = """
import asyncio, os, sys
from pathlib import Path
from retrieval.errors import DiskError
from retrieval.store import Store

async def main():
    path = Path(sys.argv[1])
    if os.getuid() == 0:  # whom no permissions hinder
        os.setegid(65534)
        os.seteuid(65534)
    try:
        await Store.open(path)
    except DiskError as error:
        print("refused:", error)
    try:
        await Store.open(path.parent / "new" / "library.db")
    except DiskError as error:
        print("refused:", error)
    async with await Store.open(path, read_only=True) as store:
        print("read:", await store.text(1))
        try:
            await store.drop_collection("default")
        except DiskError as error:
            print("refused:", error)
asyncio.run(main())
"""


@pytest.fixture
def read_only_library(path):
    """In a folder that everybody may look into, which pytest's are not."""
    asyncio.run(filled(path))
    folder = Path(tempfile.mkdtemp())
    shutil.copy(path, folder)
    (folder / path.name).chmod(0o444)
    folder.chmod(0o555)
    yield folder / path.name
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_on_a_read_only_disk_writing_is_refused_in_words_and_reading_works(read_only_library):
    told = printed(READ_ONLY_DISK, str(read_only_library)).splitlines()
    assert "read: text 0" in told
    refused = [line for line in told if line.startswith("refused:")]
    assert len(refused) == 3
    assert all("cannot be" in line for line in refused)
    assert [entry.name for entry in read_only_library.parent.iterdir()] == ["library.db"]


async def test_places_where_no_library_can_be(tmp_path):
    with pytest.raises(DiskError, match="folder"):
        await Store.open(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(DiskError, match="cannot be made"):
        await Store.open(tmp_path / "file" / "library.db")


async def test_reading_only_needs_a_library(path):
    with pytest.raises(NotFoundError, match="no library"):
        await Store.open(path, read_only=True)
    assert not path.exists()
    await filled(path)
    async with await Store.open(path, read_only=True) as store:
        assert store.read_only
        assert await store.passage_count("default") == 2
        with pytest.raises(DiskError, match="cannot be written"):
            await put(store, "x")
        assert await store.problems() == []
    assert [entry.name for entry in path.parent.iterdir()] == ["library.db"]


async def test_a_library_that_is_busy_for_too_long_says_so(path, monkeypatch):
    await filled(path)
    monkeypatch.setattr("retrieval.store.database.BUSY_TIMEOUT_S", 0.05)
    async with await Store.open(path) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="busy"):
                await put(store, "x")
        await put(store, "x")


def connection_threads() -> list[threading.Thread]:
    """Those that live still; a closed connection's is given the moment that it takes to end."""
    found = [each for each in threading.enumerate() if "_connection_worker" in each.name]
    for each in found:
        each.join(timeout=5)
    return [each for each in found if each.is_alive()]


def test_an_open_that_fails_leaves_no_connection_behind(path, monkeypatch):
    monkeypatch.setattr("retrieval.store.database.BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="busy"):
            asyncio.run(Store.open(path))
        assert not connection_threads()


def test_an_open_that_is_cancelled_at_any_moment_leaves_no_connection_behind(tmp_path):
    async def cancelled(path: Path, turns: int) -> bool:
        """Whether the open was cancelled before it was done."""
        opening = asyncio.ensure_future(Store.open(path))
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        try:
            await (await opening).close()
        except asyncio.CancelledError:
            return True
        return False

    turns = 0
    while asyncio.run(cancelled(tmp_path / f"{turns}.db", turns)):
        assert not connection_threads()
        turns = turns * 5 // 4 + 1
    assert turns > 5


async def test_two_tasks_do_not_share_a_transaction(path):
    """The row of one that fails must not be saved by the other's commit."""
    async with await Store.open(path) as store:
        bad = new_passages(article("bad\nworse"))
        bad[1] = bad[1]._replace(vector=bad[1].vector[:2])
        for round_ in range(10):
            outcome = await asyncio.gather(
                store.put_article("default", article("bad"), passages=bad, model=MODEL),
                put(store, f"good {round_}"),
                return_exceptions=True,
            )
            assert isinstance(outcome[0], ValueError)
        assert [each.identity for each in await store.articles("default")] == [
            f"id of good {n}" for n in range(10)
        ]
        assert await store.problems() == []


async def test_a_transaction_within_a_transaction_is_refused_rather_than_waited_for(path):
    async with opened(path) as database:
        with pytest.raises(RuntimeError, match="within"):
            async with database.transaction(), database.transaction():
                pass
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO meta VALUES ('free', 'again')")


async def test_a_cancelled_write_is_done_wholly_or_not_at_all(path):
    """Cancelled at every point of its run, BEGIN and COMMIT included, it leaves nothing half done,
    and the next write goes through."""
    text = "\n".join(f"line {n} of it." for n in range(12))
    outcomes = set()
    async with await Store.open(path) as store:
        await put(store, "before", "kept")
        # The last ones are time enough on a busy machine too.
        for steps in [*range(40), *(n / 4000 for n in range(40)), 0.1, 0.5, 2.0]:
            identity = f"try {steps}"
            task = asyncio.create_task(put(store, text, identity))
            if isinstance(steps, int):
                for _ in range(steps):
                    await asyncio.sleep(0)
            else:
                await asyncio.sleep(steps)
            task.cancel()
            [outcome] = await asyncio.gather(task, return_exceptions=True)
            async with asyncio.timeout(5):
                await put(store, f"next {steps}", "next")
            record = await store.find_identity("default", identity)
            assert record is None or record.passages == 12
            assert record is not None or isinstance(outcome, asyncio.CancelledError)
            outcomes.add(record is None)
        assert outcomes == {True, False}
        assert await store.problems() == []
        assert await store.text(1) == "before"
