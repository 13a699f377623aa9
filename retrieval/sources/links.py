"""Links read ahead: several at a time, given in the order in which they were named."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from retrieval.config import RetrievalSettings
from retrieval.errors import SourceError
from retrieval.sources.reading import Reading
from retrieval.sources.web import Fetcher

AHEAD = 16
"""Links in hand at a time. Of one host fewer are asked together, as the fetcher sees to."""


class Links:
    """Reads links on an event loop of its own, so that they come in while others are embedded."""

    def __init__(self, settings: RetrievalSettings) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        # A daemon, as nothing that it does is worth waiting for when the program ends.
        self._thread = threading.Thread(target=self._loop.run_forever, name="links", daemon=True)

    def __enter__(self) -> Links:
        self._thread.start()
        self._fetcher = Fetcher(self._settings)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def read(self, urls: Sequence[str]) -> Iterator[Reading]:
        """What became of each, as soon as it and all before it are read."""
        ahead: deque[Future[Reading]] = deque()
        for url in urls:
            ahead.append(asyncio.run_coroutine_threadsafe(self._one(url), self._loop))
            if len(ahead) == AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()

    async def _one(self, url: str) -> Reading:
        try:
            return Reading(ref=url, article=await self._fetcher.article(url))
        except SourceError as error:
            return Reading(ref=url, error=error)

    async def _end(self) -> None:
        """Nobody wants the links that are still in hand."""
        others = asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._fetcher.aclose()
        await self._loop.shutdown_default_executor()
