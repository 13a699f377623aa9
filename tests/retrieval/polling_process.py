"""Processes that poll feeds or refresh articles, until they are done or killed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from retrieval.feeds import Feeds
from retrieval.library import Library
from retrieval.refreshing import Refreshing
from retrieval.sources.web import Fetcher
from tests.fakes import WordEmbedder
from tests.retrieval.newspaper import reading


def poll(folder: Path, days_ahead: float) -> None:
    """Poll all feeds; the clock is ahead, so that what a killed process held is free again."""
    asyncio.run(_work(folder, days_ahead, refresh=False))


def refresh(folder: Path, days_ahead: float) -> None:
    """Look at all pages."""
    asyncio.run(_work(folder, days_ahead, refresh=True))


async def _work(folder: Path, days_ahead: float, *, refresh: bool) -> None:
    settings = reading(folder)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(days=days_ahead)

    async with (
        Library(settings, open_embedder=lambda _: WordEmbedder()) as library,
        Fetcher(settings) as fetcher,
    ):
        if refresh:
            async for _ in Refreshing(library, fetcher, clock=clock).refresh_all(None):
                pass
        else:
            async for _ in Feeds(library, fetcher, clock=clock).poll_due(everything=True):
                pass
