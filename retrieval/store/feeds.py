"""Feeds: what is polled and when, and what became of each of their entries.

An entry is `waiting` to be made into an article, `done`, `failed`, or `passed` over because it was
older than the feed's first poll looks back. Whatever happens between two statements, an entry that
is waiting is tried again, and one that is not never is: so nothing is lost and nothing doubled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from retrieval.errors import NotFoundError, UsageError
from retrieval.store.collections import ensure
from retrieval.store.part import MAX_ROWID, Part, as_json
from retrieval.types import Feed

_COUNT = "(SELECT COUNT(*) FROM entries WHERE feed_id = f.id AND state = '%s'%s)"
_FEED = f"""SELECT f.id, c.name, f.url, f.title, f.site, f.added, f.added_by, f.announce, f.report,
    f.etag, f.last_modified, f.digest, f.interval_s, f.due, f.polled, f.succeeded, f.failures,
    f.error, {_COUNT % ("done", " AND article_id IS NOT NULL")}, {_COUNT % ("waiting", "")},
    {_COUNT % ("failed", "")}
    FROM feeds f JOIN collections c ON c.id = f.collection_id"""
_NEWS, _TO_ANNOUNCE = 1, 2
"""An entry that came after the feed was added, and one whose article is to be announced."""


class NewFeed(NamedTuple):
    """A feed to be polled from now on."""

    url: str
    title: str
    site: str | None
    interval_s: int
    added: str
    added_by: str | None
    announce: str | None
    report: str | None


class FoundEntry(NamedTuple):
    """An entry as it stands in a feed."""

    key: str
    link: str | None
    title: str
    stamp: str
    """Changes when the entry does."""


class WaitingEntry(NamedTuple):
    """An entry that is to be made into an article."""

    key: str
    link: str | None
    title: str
    found: str
    """When it was first seen."""
    tries: int
    article_id: int | None
    """The article it has become before; then the entry has changed since."""


class Settled(NamedTuple):
    """What became of an entry, or when it is tried again."""

    state: str
    tries: int
    article_id: int | None = None
    due: str | None = None
    error: str | None = None
    announce: bool = False


class PollFacts(NamedTuple):
    """What a poll that worked found of the feed itself."""

    etag: str | None
    last_modified: str | None
    digest: str | None
    interval_s: int
    due: str


class FailedEntry(NamedTuple):
    """An entry that could not be made into an article."""

    link: str | None
    title: str
    error: str


class Announcement(NamedTuple):
    """A new article that is to be announced."""

    collection: str
    feed_id: int
    key: str
    announce: str
    article_id: int


class FeedRecords(Part):
    """Remembering feeds."""

    async def put_feed(self, collection: str, feed: NewFeed, *, most: int) -> Feed:
        """Poll a feed from now on. Raises UsageError where the collection has it already, or has
        `most` feeds."""
        async with self._database.transaction() as connection:
            collection_id, _ = await ensure(connection, collection)
            rows = list(
                await connection.execute_fetchall(
                    "SELECT id, url FROM feeds WHERE collection_id = ?", (collection_id,)
                )
            )
            for feed_id, url in rows:
                if url == feed.url:
                    raise UsageError(f"{url} is polled already, as feed {feed_id}.")
            if len(rows) >= most:
                raise UsageError(f"There are {most} feeds already. Remove one of them first.")
            cursor = await connection.execute(
                """INSERT INTO feeds (collection_id, url, title, site, interval_s, added, added_by,
                   announce, report, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (collection_id, *feed, feed.added),
            )
        return await self.feed(collection, cursor.lastrowid or 0)

    async def feeds(self, collection: str | None = None) -> list[Feed]:
        """The feeds of a collection, or of all, in the order they were added."""
        rows = await self._database.rows(
            f"{_FEED} WHERE c.name = :name OR :name IS NULL ORDER BY f.id", {"name": collection}
        )
        return [Feed(*row) for row in rows]

    async def due_feeds(self, now: str, collection: str | None = None) -> list[Feed]:
        """Those that are due and that nobody is polling, longest overdue first."""
        rows = await self._database.rows(
            f"""{_FEED} WHERE (c.name = :name OR :name IS NULL) AND f.due <= :now
                AND (f.held IS NULL OR f.held <= :now) ORDER BY f.due, f.id""",
            {"name": collection, "now": now},
        )
        return [Feed(*row) for row in rows]

    async def feed(self, collection: str | None, feed_id: int) -> Feed:
        """The feed of that number, of any collection for None. Raises NotFoundError."""
        if 0 < feed_id <= MAX_ROWID:
            row = await self._database.row(
                f"{_FEED} WHERE f.id = :id AND (c.name = :name OR :name IS NULL)",
                {"id": feed_id, "name": collection},
            )
            if row is not None:
                return Feed(*row)
        raise NotFoundError(f"There is no feed {feed_id}. List the feeds to see their numbers.")

    async def remove_feed(self, feed_id: int) -> None:
        """Poll it no more; its articles stay."""
        async with self._database.transaction() as connection:
            await connection.execute("DELETE FROM feeds WHERE id = ?", (feed_id,))

    # Polling --------------------------------------------------------------------------------

    async def hold_feed(self, feed_id: int, now: str, until: str) -> bool:
        """Whether the poll is the caller's to do; until then it is nobody else's."""
        return await self._change(
            "UPDATE feeds SET held = ? WHERE id = ? AND (held IS NULL OR held <= ?)",
            (until, feed_id, now),
        )

    async def keep_hold(self, feed_id: int, until: str) -> None:
        """Hold it for longer."""
        await self._change("UPDATE feeds SET held = ? WHERE id = ?", (until, feed_id))

    async def find_entries(
        self, feed_id: int, entries: Sequence[FoundEntry], now: str, *, first: int | None
    ) -> int:
        """Take up what stands in the feed: how many entries are new.

        New ones wait to be made into articles, and so do those that have changed. With `first`
        this is the feed's first poll: only so many of the entries wait, none of them is news.
        """
        known = {
            key: stamp
            for key, stamp in await self._database.rows(
                "SELECT key, stamp FROM entries WHERE feed_id = ?", (feed_id,)
            )
        }
        new = [entry for entry in entries if entry.key not in known]
        changed = [
            (entry.stamp, entry.link, entry.title, feed_id, entry.key)
            for entry in entries
            if entry.key in known and known[entry.key] != entry.stamp
        ]
        rows = [
            (
                feed_id,
                entry.key,
                "waiting" if first is None or at < first else "passed",
                entry.link,
                entry.title,
                entry.stamp,
                now,
                now,
                0 if first is not None else _NEWS,
            )
            for at, entry in enumerate(new)
        ]
        async with self._database.transaction() as connection:
            await connection.executemany(
                """INSERT OR IGNORE INTO entries
                   (feed_id, key, state, link, title, stamp, found, seen, news)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                rows,
            )
            await connection.executemany(
                """UPDATE entries SET stamp = ?, link = ?, title = ?, tries = 0, due = NULL,
                   state = CASE state WHEN 'passed' THEN state ELSE 'waiting' END
                   WHERE feed_id = ? AND key = ?""",
                changed,
            )
            await connection.execute(
                """UPDATE entries SET seen = ? WHERE feed_id = ?
                   AND key IN (SELECT value FROM json_each(?))""",
                (now, feed_id, as_json([entry.key for entry in entries])),
            )
        return len(new)

    async def waiting_entries(self, feed_id: int, now: str) -> list[WaitingEntry]:
        """Entries to be made into articles now, oldest first."""
        rows = await self._database.rows(
            """SELECT key, link, title, found, tries, article_id FROM entries
               WHERE feed_id = ? AND state = 'waiting' AND (due IS NULL OR due <= ?)
               ORDER BY found, rowid DESC""",
            (feed_id, now),
        )
        return [WaitingEntry(*row) for row in rows]

    async def settle_entry(self, feed_id: int, key: str, settled: Settled) -> None:
        """Note what became of an entry."""
        await self._change(
            """UPDATE entries SET state = ?, tries = ?, article_id = COALESCE(?, article_id),
               due = ?, error = ?, news = CASE WHEN ? AND news = ? THEN ? ELSE news END
               WHERE feed_id = ? AND key = ?""",
            (
                settled.state,
                settled.tries,
                settled.article_id,
                settled.due,
                settled.error,
                settled.announce,
                _NEWS,
                _TO_ANNOUNCE,
                feed_id,
                key,
            ),
        )

    async def feed_worked(
        self, feed_id: int, now: str, facts: PollFacts, *, forget_before: str
    ) -> None:
        """Note a poll that worked, let go of the feed, and forget entries long out of it."""
        async with self._database.transaction() as connection:
            await connection.execute(
                """UPDATE feeds SET etag = ?, last_modified = ?, digest = ?, interval_s = ?,
                   due = ?, polled = ?, succeeded = ?, failures = 0, error = NULL, told = 0,
                   held = NULL WHERE id = ?""",
                (*facts, now, now, feed_id),
            )
            await connection.execute(
                "DELETE FROM entries WHERE feed_id = ? AND seen < ? AND state != 'waiting'",
                (feed_id, forget_before),
            )

    async def feed_failed(self, feed_id: int, now: str, *, error: str, due: str) -> None:
        """Note a poll that failed, and let go of the feed."""
        await self._change(
            """UPDATE feeds SET failures = failures + 1, error = ?, due = ?, polled = ?,
               held = NULL WHERE id = ?""",
            (error, due, now, feed_id),
        )

    async def failed_entries(self, feed_id: int, *, limit: int) -> list[FailedEntry]:
        """Entries that could not be made into articles, the latest first."""
        rows = await self._database.rows(
            """SELECT link, title, error FROM entries WHERE feed_id = ? AND state = 'failed'
               ORDER BY found DESC, rowid LIMIT ?""",
            (feed_id, limit),
        )
        return [FailedEntry(*row) for row in rows]

    # Telling --------------------------------------------------------------------------------

    async def announcements(self, limit: int) -> list[Announcement]:
        """New articles to be announced, in the order they came."""
        rows = await self._database.rows(
            """SELECT c.name, f.id, e.key, f.announce, e.article_id FROM entries e
               JOIN feeds f ON f.id = e.feed_id JOIN collections c ON c.id = f.collection_id
               WHERE e.news = 2 ORDER BY e.article_id LIMIT ?""",
            (limit,),
        )
        return [Announcement(*row) for row in rows]

    async def announced(self, told: Sequence[Announcement]) -> None:
        """They are announced."""
        async with self._database.transaction() as connection:
            await connection.executemany(
                "UPDATE entries SET news = 0 WHERE feed_id = ? AND key = ?",
                [(each.feed_id, each.key) for each in told],
            )

    async def broken_feeds(self, failures: int) -> list[Feed]:
        """Feeds that have failed so often in a row and of which nobody was told."""
        rows = await self._database.rows(
            f"{_FEED} WHERE f.failures >= ? AND NOT f.told ORDER BY f.id", (failures,)
        )
        return [Feed(*row) for row in rows]

    async def feed_told(self, feed_id: int) -> None:
        """Somebody was told that it is broken; not again until it has worked."""
        await self._change("UPDATE feeds SET told = 1 WHERE id = ?", (feed_id,))

    async def _change(self, sql: str, parameters: Sequence[object]) -> bool:
        async with self._database.transaction() as connection:
            cursor = await connection.execute(sql, parameters)
            return cursor.rowcount > 0
