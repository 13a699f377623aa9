"""A bot that may read the newspaper of the tests, and its library as whoever runs it sees it."""

import asyncio
import sqlite3
from contextlib import closing

ENGINE = {"fetch_allow": "127.0.0.0/8", "fetch_robots": False}


async def change(place, sql):
    """How many rows that changed; to make it another time than it is, for instance."""

    def run():
        with closing(sqlite3.connect(place.database, isolation_level=None, timeout=15)) as library:
            return library.execute(sql).rowcount

    return await asyncio.to_thread(run)


async def until(condition, seconds=60):
    """Wait for a condition of the library, and give its value."""
    async with asyncio.timeout(seconds):
        while not (value := await condition()):  # noqa: ASYNC110 - it tells nobody of its changes
            await asyncio.sleep(0.05)
    return value


async def add_feed(place, paper, path="/rss", **more):
    asked = place.people.slash(place.mod, place.general, "feeds add", link=paper.at(path), **more)
    return await asked.answered(60)


def name(place):
    return f"discord:{place.guild['id']}"


async def articles(place, count):
    """The titles, once there are so many."""

    async def stored():
        found = await place.bot.library.articles(name(place))
        return found if len(found) >= count else []

    return [record.title for record in await until(stored)]


async def poll(place):
    """Have the feed polled now; the feed after that."""
    [before] = await place.bot.library.store.feeds()

    async def polled():
        [feed] = await place.bot.library.store.feeds()
        return feed if (feed.due, feed.failures) != (marked.due, before.failures) else None

    # While a poll is going on it would set the time itself when it is done.
    await until(lambda: change(place, "UPDATE feeds SET due = '2000' WHERE held IS NULL"))
    [marked] = await place.bot.library.store.feeds()
    place.bot.polling.wake()
    return await until(polled)
