"""Feeds: what is polled and when, and how that went; `entries` has what stands in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from retrieval.errors import NotFoundError, Reason, RetrievalError, UsageError
from retrieval.store.collections import ensure
from retrieval.store.database import Row
from retrieval.store.part import MAX_ROWID, Part, as_json
from retrieval.types import Feed

_COUNT = "(SELECT COUNT(*) FROM entries WHERE feed_id = f.id AND state = '%s'%s)"
_FEED = f"""SELECT f.id, c.name, f.url, f.title, f.site, f.added, f.added_by, f.announce, f.report,
    f.etag, f.last_modified, f.digest, f.interval_s, f.due, f.polled, f.succeeded, f.failures,
    f.error, {_COUNT % ("done", " AND article_id IS NOT NULL")}, {_COUNT % ("waiting", "")},
    {_COUNT % ("failed", "")}, f.reason, f.facts
    FROM feeds f JOIN collections c ON c.id = f.collection_id"""


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


class PollFacts(NamedTuple):
    """What a poll that worked found of the feed itself."""

    etag: str | None
    last_modified: str | None
    digest: str | None
    interval_s: int
    due: str


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
                    raise UsageError(
                        f"{url} is polled already, as feed {feed_id}.",
                        Reason.POLLED_ALREADY,
                        feed=feed_id,
                    )
            if len(rows) >= most:
                raise UsageError(
                    f"There are {most} feeds already. Remove one of them first.",
                    Reason.FEEDS_FULL,
                    most=most,
                )
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
        return [_feed(row) for row in rows]

    async def due_feeds(self, now: str, collections: Sequence[str] | None = None) -> list[Feed]:
        """Those that are due and that nobody is polling, longest overdue first; of some
        collections or of all."""
        rows = await self._database.rows(
            f"""{_FEED} WHERE (:names IS NULL OR c.name IN (SELECT value FROM json_each(:names)))
                AND f.due <= :now AND (f.held IS NULL OR f.held <= :now) ORDER BY f.due, f.id""",
            {"names": None if collections is None else as_json(collections), "now": now},
        )
        return [_feed(row) for row in rows]

    async def feed(self, collection: str | None, feed_id: int) -> Feed:
        """The feed of that number, of any collection for None. Raises NotFoundError."""
        if 0 < feed_id <= MAX_ROWID:
            row = await self._database.row(
                f"{_FEED} WHERE f.id = :id AND (c.name = :name OR :name IS NULL)",
                {"id": feed_id, "name": collection},
            )
            if row is not None:
                return _feed(row)
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

    async def feed_worked(
        self, feed_id: int, now: str, facts: PollFacts, *, unchanged: bool, forget_before: str
    ) -> None:
        """Note a poll that worked, let go of the feed, and forget entries long out of it. In a
        feed that is unchanged stands what stood in it when it was read last."""
        async with self._database.transaction() as connection:
            if unchanged:
                await connection.execute(
                    """UPDATE entries SET seen = :now WHERE feed_id = :feed
                       AND seen = (SELECT MAX(seen) FROM entries WHERE feed_id = :feed)""",
                    {"now": now, "feed": feed_id},
                )
            await connection.execute(
                """UPDATE feeds SET etag = ?, last_modified = ?, digest = ?, interval_s = ?,
                   due = ?, polled = ?, succeeded = ?, failures = 0, error = NULL,
                   reason = NULL, facts = NULL, told = 0, held = NULL WHERE id = ?""",
                (*facts, now, now, feed_id),
            )
            await connection.execute(
                "DELETE FROM entries WHERE feed_id = ? AND seen < ? AND state != 'waiting'",
                (feed_id, forget_before),
            )

    async def feed_failed(self, feed_id: int, now: str, *, error: RetrievalError, due: str) -> None:
        """Note a poll that failed, and let go of the feed."""
        facts = json.dumps(error.facts) if error.facts else None
        await self._change(
            """UPDATE feeds SET failures = failures + 1, error = ?, reason = ?, facts = ?, due = ?,
               polled = ?, held = NULL WHERE id = ?""",
            (str(error), error.reason, facts, due, now, feed_id),
        )

    async def broken_feeds(self, failures: int) -> list[Feed]:
        """Feeds that have failed so often in a row and of which nobody was told."""
        rows = await self._database.rows(
            f"{_FEED} WHERE f.failures >= ? AND NOT f.told ORDER BY f.id", (failures,)
        )
        return [_feed(row) for row in rows]

    async def feed_told(self, feed_id: int) -> None:
        """Somebody was told that it is broken; not again until it has worked."""
        await self._change("UPDATE feeds SET told = 1 WHERE id = ?", (feed_id,))


def _feed(row: Row) -> Feed:
    *known, reason, facts = row
    values = (*known, Reason(reason), json.loads(facts) if facts else {})
    return Feed(*values)
