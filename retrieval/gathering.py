"""Many readings into the library: taken one at a time, stored in groups, told in their order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from retrieval.adding import Adding, Incoming
from retrieval.claims import Claims
from retrieval.embedding.protocol import OpenModel
from retrieval.shelf import OnProgress
from retrieval.sources.reading import Reading
from retrieval.types import Receipt
from retrieval.worker import Worker

GROUP_SIZE = 32_000
"""Characters of the articles embedded together: some 40 passages."""
GROUP_LENGTH = 64
"""Articles embedded together at most."""


async def gathered(
    readings: Iterable[Reading],
    adding: Adding,
    worker: Worker,
    model: OpenModel,
    *,
    collection: str,
    unique: bool,
    on_progress: OnProgress | None,
) -> AsyncIterator[Receipt]:
    """What became of each reading, as soon as its group is stored."""
    embedder = await model()
    claims = Claims()
    async for group in _groups(readings, worker):
        added = iter(
            await adding.add(
                [item for item in group if isinstance(item, Incoming)],
                embedder,
                collection=collection,
                unique=unique,
                claims=claims,
                on_progress=on_progress,
            )
        )
        for item in group:
            yield item if isinstance(item, Receipt) else next(added)


async def _groups(
    readings: Iterable[Reading], worker: Worker
) -> AsyncIterator[list[Incoming | Receipt]]:
    """What is read, so much of it at a time as is worth embedding together."""
    source = iter(readings)
    group: list[Incoming | Receipt] = []
    size = 0
    while reading := await worker.run_background(next, source, None):
        if reading.article is None:
            group.append(_unread(reading))
        else:
            group.append(Incoming(reading.ref, reading.article))
            size += len(reading.article.text)
        if size >= GROUP_SIZE or len(group) >= GROUP_LENGTH:
            yield group
            group, size = [], 0
    if group:
        yield group


def _unread(reading: Reading) -> Receipt:
    return Receipt(
        ref=reading.ref,
        status="failed",
        external_id=reading.external_id,
        error=reading.error,
    )
