"""Entries of feeds, and what became of each.

An entry is `waiting` to be made into an article, `done`, `failed`, or `passed` over because it was
older than the feed's first poll looks back. Whatever happens between two statements, an entry that
is waiting is tried again, and one that is not never is: so nothing is lost and nothing doubled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from retrieval.store.part import Part, as_json

_NEWS, _TO_ANNOUNCE = 1, 2
"""An entry that came after the feed was added, and one whose article is to be announced."""


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


class Entries(Part):
    """Remembering entries."""

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
                entry.key,
                "waiting" if first is None or at < first else "passed",
                entry.link,
                entry.title,
                entry.stamp,
                now,
                now,
                0 if first is not None else _NEWS,
                feed_id,
            )
            for at, entry in enumerate(new)
        ]
        async with self._database.transaction() as connection:
            await connection.executemany(
                # Of a feed that was removed meanwhile nothing is taken up.
                """INSERT OR IGNORE INTO entries
                   (feed_id, key, state, link, title, stamp, found, seen, news)
                   SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM feeds WHERE id = ?""",
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
            """SELECT key, link, title, tries, article_id FROM entries
               WHERE feed_id = ? AND state = 'waiting' AND (due IS NULL OR due <= ?)
               ORDER BY found, rowid DESC""",
            (feed_id, now),
        )
        return [WaitingEntry(*row) for row in rows]

    async def entry_became(self, feed_id: int, article_id: int) -> bool:
        """Whether it is noted that an entry of the feed became that article."""
        sql = "SELECT 1 FROM entries WHERE feed_id = ? AND article_id = ?"
        return await self._database.row(sql, (feed_id, article_id)) is not None

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

    async def failed_entries(self, feed_id: int, *, limit: int) -> list[FailedEntry]:
        """Entries that could not be made into articles, the latest first."""
        rows = await self._database.rows(
            """SELECT link, title, error FROM entries WHERE feed_id = ? AND state = 'failed'
               ORDER BY found DESC, rowid LIMIT ?""",
            (feed_id, limit),
        )
        return [FailedEntry(*row) for row in rows]

    async def retried_entries(self, feed_id: int, *, limit: int) -> list[FailedEntry]:
        """Entries that could not be made into articles yet and are tried again, likewise."""
        rows = await self._database.rows(
            """SELECT link, title, error FROM entries WHERE feed_id = ? AND state = 'waiting'
               AND tries > 0 AND error IS NOT NULL ORDER BY found DESC, rowid LIMIT ?""",
            (feed_id, limit),
        )
        return [FailedEntry(*row) for row in rows]

    async def announcements(
        self, limit: int, collections: Sequence[str] | None = None
    ) -> list[Announcement]:
        """New articles to be announced, in the order they came, so many of each feed at most; of
        some collections or of all."""
        named = None if collections is None else as_json(collections)
        rows = await self._database.rows(
            """SELECT name, id, key, announce, article_id FROM (
               SELECT c.name, f.id, e.key, f.announce, e.article_id,
                   ROW_NUMBER() OVER (PARTITION BY f.id ORDER BY e.article_id) AS number
               FROM entries e JOIN feeds f ON f.id = e.feed_id
               JOIN collections c ON c.id = f.collection_id
               WHERE e.news = 2 AND (?1 IS NULL OR c.name IN (SELECT value FROM json_each(?1))))
               WHERE number <= ?2 ORDER BY article_id""",
            (named, limit),
        )
        return [Announcement(*row) for row in rows]

    async def announced(self, told: Sequence[Announcement]) -> None:
        """They are announced."""
        async with self._database.transaction() as connection:
            await connection.executemany(
                "UPDATE entries SET news = 0 WHERE feed_id = ? AND key = ?",
                [(each.feed_id, each.key) for each in told],
            )
