"""Polling feeds: what is new in them becomes articles, each once, whatever happens meanwhile.

A poll is one walk: hold the feed, read it if it has changed, take up its new entries, make each
into an article, note how it went. Every step is a transaction. A process that is killed between
two of them leaves entries waiting, and the next poll goes on with those; an article that was
stored a moment before is found by its address and not stored twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urljoin

from retrieval.entries import Entries, Outcome
from retrieval.errors import NotFoundError, Reason, SourceError, UnreadableError
from retrieval.groups import in_groups
from retrieval.library import Library
from retrieval.pace import (
    MINUTE_S,
    after,
    back_off,
    first_interval,
    next_interval,
    stamp,
)
from retrieval.refreshing import utc_now
from retrieval.sources.feeds import (
    NOT_A_FEED,
    Discovered,
    ParsedFeed,
    read_feed,
)
from retrieval.sources.web import Fetched, Fetcher
from retrieval.store.entries import FoundEntry
from retrieval.store.feeds import NewFeed, PollFacts
from retrieval.types import Feed

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Feeds polled together."""
BUDGET_S = 120.0
"""A poll makes no further entries into articles after this; the rest wait for the next one."""
FORGET_DAYS = 90
"""Days after which an entry that is no longer in its feed is forgotten."""
MOST_NAMED = 3
"""Feeds of a page that are tried until one can be read."""
USUAL_PLACES = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feed.json")
"""Where feeds lie that a page does not name."""

PollStatus = Literal["polled", "unchanged", "failed", "busy"]


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll came to."""

    feed: Feed
    """As it is after the poll."""
    status: PollStatus
    """`unchanged` where the feed was as before, `busy` where another process polls it."""
    outcomes: tuple[Outcome, ...] = ()
    error: str | None = None


class Feeds:
    """The feeds of one library."""

    def __init__(
        self, library: Library, fetcher: Fetcher, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._library = library
        self._store = library.store
        self._fetcher = fetcher
        self._clock = clock
        settings = library.settings
        self._shortest_s = settings.feed_shortest_min * MINUTE_S
        self._longest_s = max(settings.feed_longest_min, settings.feed_shortest_min) * MINUTE_S
        self._backfill, self._most = settings.feed_backfill, settings.feed_most
        # Longer than anything takes that is done between two renewals.
        self._hold_s = 2 * settings.fetch_timeout_s + 4 * MINUTE_S
        self._entries = Entries(library, fetcher, clock=clock)

    # Keeping --------------------------------------------------------------------------------

    async def add(
        self,
        url: str,
        *,
        collection: str,
        announce: str | None = None,
        report: str | None = None,
        added_by: str | None = None,
    ) -> Feed:
        """Poll the feed at `url`, or the one that the page there names, from now on; nothing of
        it is read yet. Raises SourceError, and UsageError where it is polled already."""
        try:
            address, found = await self._find(url.strip())
        except SourceError as error:
            raise error.told(f"{url} cannot be polled: {error}.", url) from error
        dates = [entry.published for entry in found.entries[:20] if entry.published]
        new = NewFeed(
            url=address,
            title=found.title,
            site=found.site,
            interval_s=first_interval(dates, self._shortest_s, self._longest_s),
            added=stamp(self._clock()),
            added_by=added_by,
            announce=announce,
            report=report,
        )
        return await self._store.put_feed(collection, new, most=self._most)

    async def feeds(self, collection: str | None) -> list[Feed]:
        """The feeds of a collection, or of all."""
        return await self._store.feeds(collection)

    async def remove(self, collection: str | None, feed_id: int) -> Feed:
        """Poll a feed no more; its articles stay. Raises NotFoundError."""
        feed = await self._store.feed(collection, feed_id)
        await self._store.remove_feed(feed.id)
        return feed

    async def _find(self, url: str) -> tuple[str, ParsedFeed]:
        """The feed at an address, or one that the page there names or keeps in a usual place."""
        fetched = await self._fetcher.fetch(url)
        found = await read_feed(fetched.data, fetched.url)
        if isinstance(found, ParsedFeed):
            return fetched.lasting, found
        usual = [urljoin(fetched.url, place) for place in USUAL_PLACES]
        for place in found.links[:MOST_NAMED] or usual:
            try:
                fetched = await self._fetcher.fetch(place)
                found = await read_feed(fetched.data, fetched.url)
            except SourceError as error:
                log.info("no feed at a named place: %s", error)
                continue
            if isinstance(found, ParsedFeed):
                return fetched.lasting, found
        raise UnreadableError(NOT_A_FEED, Reason.NO_FEED)

    # Polling --------------------------------------------------------------------------------

    async def poll_due(
        self, collection: str | None = None, *, everything: bool = False
    ) -> AsyncIterator[Polled]:
        """Poll the feeds that are due, or all of them; of one collection or of all."""
        if everything:
            due = await self._store.feeds(collection)
        else:
            due = await self.due(None if collection is None else [collection])
        async for polled in in_groups(self.poll, due, AT_ONCE):
            yield polled

    async def due(self, collections: Sequence[str] | None = None) -> list[Feed]:
        """The feeds that are due, of some collections or of all."""
        return await self._store.due_feeds(stamp(self._clock()), collections)

    async def poll(self, feed: Feed) -> Polled:
        """Poll a feed now, due or not."""
        if not await self._store.hold_feed(feed.id, stamp(self._clock()), self._until()):
            return Polled(feed, "busy")
        held = True
        try:
            polled = await self._poll(feed)
            held = False
        finally:
            if held:  # cancelled, or the library could not be written: let others try at once
                await asyncio.shield(self._store.keep_hold(feed.id, stamp(self._clock())))
        counts = [outcome.status for outcome in polled.outcomes]
        log.info(
            "polled feed %d: %s, %d added, %d updated, %d failed",
            feed.id,
            polled.status,
            counts.count("added"),
            counts.count("updated"),
            counts.count("failed"),
        )
        return polled

    async def _poll(self, feed: Feed) -> Polled:
        now = self._clock()
        try:
            fetched = await self._read(feed)
            digest = hashlib.sha256(fetched.data).hexdigest() if fetched.status != 304 else None
            same = digest is None or (digest == feed.digest and not feed.waiting)
            parsed = None if same else await self._parsed(fetched)
        except SourceError as error:
            return await self._failed(feed, error)
        new = await self._take_up(feed, parsed) if parsed else 0
        outcomes = await self._make_articles(feed, parsed)
        interval = next_interval(feed.interval_s, new, self._shortest_s, self._longest_s)
        if parsed and parsed.ttl_min:
            interval = max(interval, min(parsed.ttl_min * MINUTE_S, self._longest_s))
        # What the server says of this state is kept last: a poll that is cut short before
        # reads the whole feed again.
        facts = PollFacts(
            etag=fetched.etag or (feed.etag if parsed is None else None),
            last_modified=fetched.last_modified or (feed.last_modified if parsed is None else None),
            digest=digest or feed.digest,
            interval_s=interval,
            due=after(now, interval),
        )
        forget = stamp(now - timedelta(days=FORGET_DAYS))
        await self._store.feed_worked(
            feed.id, stamp(now), facts, unchanged=parsed is None, forget_before=forget
        )
        status: PollStatus = "polled" if parsed else "unchanged"
        return Polled(await self._current(feed), status, tuple(outcomes))

    async def _read(self, feed: Feed) -> Fetched:
        """The feed; in full while entries wait, whose texts may stand in it."""
        if feed.waiting:
            return await self._fetcher.fetch(feed.url)
        return await self._fetcher.fetch(feed.url, etag=feed.etag, last_modified=feed.last_modified)

    async def _parsed(self, fetched: Fetched) -> ParsedFeed:
        parsed = await read_feed(fetched.data, fetched.url)
        if isinstance(parsed, Discovered):
            raise UnreadableError("there is a page now where the feed was", Reason.NO_FEED)
        return parsed

    async def _failed(self, feed: Feed, error: SourceError) -> Polled:
        now = self._clock()
        wait = back_off(feed.interval_s, feed.failures + 1, self._longest_s)
        await self._store.feed_failed(feed.id, stamp(now), error=error, due=after(now, wait))
        return Polled(await self._current(feed), "failed", error=str(error))

    async def _current(self, feed: Feed) -> Feed:
        """The feed as it is now, or as it was where it was removed a moment ago."""
        try:
            return await self._store.feed(None, feed.id)
        except NotFoundError:
            return feed

    async def _take_up(self, feed: Feed, parsed: ParsedFeed) -> int:
        entries = parsed.entries
        if all(entry.published for entry in entries):  # newest first, as most feeds have them
            entries = tuple(sorted(entries, key=lambda each: each.published or "", reverse=True))
        found = [FoundEntry(entry.key, entry.link, entry.title, entry.stamp) for entry in entries]
        first = self._backfill if feed.succeeded is None else None
        return await self._store.find_entries(feed.id, found, stamp(self._clock()), first=first)

    async def _make_articles(self, feed: Feed, parsed: ParsedFeed | None) -> list[Outcome]:
        texts = {entry.key: entry for entry in parsed.entries} if parsed else {}
        loop = asyncio.get_running_loop()
        end = loop.time() + BUDGET_S
        outcomes = []
        for waiting in await self._store.waiting_entries(feed.id, stamp(self._clock())):
            if loop.time() > end:
                break
            await self._store.keep_hold(feed.id, self._until())
            outcomes.append(await self._entries.settle(feed, waiting, texts.get(waiting.key)))
        return outcomes

    def _until(self) -> str:
        return stamp(self._clock() + timedelta(seconds=self._hold_s))
