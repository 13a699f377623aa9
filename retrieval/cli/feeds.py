"""`feed add`, `feed list`, `feed remove`, `feed poll` and `refresh`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import typer

from retrieval.cli import output
from retrieval.cli.shared import DONE, NOT_DONE, Shared, must_exist, say, with_library
from retrieval.errors import UsageError

if TYPE_CHECKING:
    from retrieval.feeds import Feeds, Polled
    from retrieval.library import Library
    from retrieval.refreshing import Refreshed, Refreshing

SHOWN_FAILURES = 5
"""Failed entries shown of a feed, and ones to be tried again; all of them are in the JSON."""
_Feed = typer.Argument(metavar="ID", help="The feed's number.", min=1)
_Some = typer.Argument(metavar="ID…", help="Only these feeds, due or not.", show_default=False)
_All = typer.Option("--all", help="Also what is not due yet.")


def add(
    shared: Shared,
    url: Annotated[str, typer.Argument(help="The feed, or a site's home page.")],
) -> int:
    """Poll a feed from now on, and add its newest articles."""
    from retrieval.feeds import Feeds
    from retrieval.sources.web import Fetcher

    async def work(library: Library) -> int:
        async with Fetcher(library.settings) as fetcher:
            feeds = Feeds(library, fetcher)
            feed = await feeds.add(url, collection=shared.named)
            if not shared.json and not shared.quiet:
                print(f"Feed {feed.id} is polled from now on: {feed.title}")
            return _print_polled(shared, await feeds.poll(feed))

    return with_library(shared, work)


def list_feeds(shared: Shared) -> int:
    """List the feeds: last success, next poll, articles, errors."""
    must_exist(shared)

    async def work(library: Library) -> int:
        feeds = await library.store.feeds(shared.named)
        limit = -1 if shared.json else SHOWN_FAILURES
        listed = [
            (
                feed,
                await library.store.failed_entries(feed.id, limit=limit),
                await library.store.retried_entries(feed.id, limit=limit),
            )
            for feed in feeds
        ]
        if shared.json:
            for each in listed:
                print(output.line(output.feed(*each)))
        else:
            from retrieval.cli import polls

            polls.feeds(listed)
        return DONE

    return with_library(shared, work)


def remove(shared: Shared, feed: Annotated[int, _Feed]) -> int:
    """Poll a feed no more; its articles stay."""
    must_exist(shared)

    async def work(library: Library) -> int:
        removed = await library.store.feed(shared.collection, feed)
        await library.store.remove_feed(removed.id)
        if shared.json:
            print(output.line({**output.feed(removed), "status": "removed"}))
        elif not shared.quiet:
            print(f"Feed {removed.id} is polled no more: {removed.title}")
        return DONE

    return with_library(shared, work)


def poll(
    shared: Shared,
    feeds: Annotated[list[int] | None, _Some] = None,
    everything: Annotated[bool, _All] = False,
) -> int:
    """Poll the feeds that are due.

    That is of every collection unless one is named.
    """
    from retrieval.feeds import Feeds
    from retrieval.sources.web import Fetcher

    must_exist(shared)

    async def work(library: Library) -> int:
        async with Fetcher(library.settings) as fetcher:
            service = Feeds(library, fetcher)
            code, count = DONE, 0
            async for polled in _polls(library, service, shared, feeds or [], everything):
                code, count = max(code, _print_polled(shared, polled)), count + 1
        if not count and not shared.json and not shared.quiet:
            print(
                "There are no feeds. Add one: clippings feed add URL"
                if everything
                else "No feed is due. --all polls all of them."
            )
        return code

    return with_library(shared, work)


async def _polls(
    library: Library, service: Feeds, shared: Shared, ids: list[int], everything: bool
) -> AsyncIterator[Polled]:
    if not ids:
        async for polled in service.poll_due(shared.collection, everything=everything):
            yield polled
    for feed in [await library.store.feed(shared.collection, each) for each in ids]:
        yield await service.poll(feed)


def refresh(
    shared: Shared,
    articles: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID…", help="Only these articles, due or not.", show_default=False),
    ] = None,
    everything: Annotated[bool, _All] = False,
) -> int:
    """Read the pages of articles again, those that are due.

    That is of every collection unless one is named. What has changed is replaced, and what it said
    before stays as a version.
    """
    from retrieval.refreshing import Refreshing
    from retrieval.sources.web import Fetcher

    must_exist(shared)
    if articles and everything:
        raise UsageError("Name articles or give --all, not both.")

    async def work(library: Library) -> int:
        code, count = DONE, 0
        async with Fetcher(library.settings) as fetcher:
            service = Refreshing(library, fetcher)
            async for refreshed in _looks(service, shared, articles or [], everything):
                code, count = max(code, _print_refreshed(shared, refreshed)), count + 1
        if not count and not shared.json and not shared.quiet:
            print(
                "No article was read from a link, so there is no page to read again."
                if everything
                else "No article is due. --all reads all pages again."
            )
        return code

    return with_library(shared, work)


def _looks(
    service: Refreshing, shared: Shared, refs: list[str], everything: bool
) -> AsyncIterator[Refreshed]:
    if refs:
        return service.refresh(shared.named, refs)
    return (
        service.refresh_all(shared.collection)
        if everything
        else service.refresh_due(None if shared.collection is None else [shared.collection])
    )


def _print_polled(shared: Shared, polled: Polled) -> int:
    failed = [each for each in polled.outcomes if each.status == "failed"]
    if shared.json:
        print(output.line(output.polled(polled)), flush=True)
    else:
        if not shared.quiet:
            from retrieval.cli import polls

            polls.polled(polled)
        if polled.error:
            say(f"failed: {polled.feed.url}: {polled.error}")
        for outcome in failed:
            again = "" if outcome.final else " (it is tried again)"
            say(f"failed: {outcome.link or outcome.title}: {outcome.error}{again}")
    return NOT_DONE if polled.status == "failed" or failed else DONE


def _print_refreshed(shared: Shared, refreshed: Refreshed) -> int:
    failed = refreshed.status in ("failed", "gone")
    if shared.json:
        print(output.line(output.refreshed(refreshed)), flush=True)
    elif failed:
        what = f"article {refreshed.article_id}: {refreshed.error}"
        say(f"{refreshed.status}: {what}")
    elif not shared.quiet:
        print(f"{refreshed.status}: article {refreshed.article_id}, {refreshed.title}")
    return NOT_DONE if failed else DONE
