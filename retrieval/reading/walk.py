"""The walk of the best passages past the reader: one after the other, until enough is known."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from retrieval.reading import judging
from retrieval.reading.protocol import Finding, Reader, ReadingText
from retrieval.types import Hit
from retrieval.worker import Worker

REMEMBERED = 1_024
"""Findings kept, so that what is asked again, or paged on, is not read again."""

_Key = tuple[str, str, str]


class BestFew:
    """Reads the best passages of a question."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._findings: dict[_Key, Finding] = {}

    async def read(
        self,
        reader: Reader,
        question: str,
        hits: Sequence[Hit],
        titles: Mapping[int, str],
        *,
        budget_s: float,
    ) -> list[Hit]:
        """All `hits`, given best first, in the order that they have after the first few were read.

        `titles` are the articles', by id. After `budget_s` seconds no further passage is begun; the
        first is always read.
        """
        started = time.monotonic()
        read: list[Hit] = []
        for hit in hits[: judging.MOST_READ]:
            if read and (judging.settled(read, hit) or time.monotonic() - started >= budget_s):
                break
            title = titles.get(hit.passage.article_id, "")
            finding = await self._finding(reader, question, title, hit.passage.text)
            read.append(judging.with_finding(hit, finding))
        return judging.in_order(read, hits[len(read) :])

    async def _finding(self, reader: Reader, question: str, title: str, text: str) -> Finding:
        key = question, title, text
        known = self._findings.pop(key, None)
        if known is None:
            [known] = await self._worker.run(reader.read, question, [ReadingText(title, text)])
        self._findings[key] = known  # the last used stands last
        if len(self._findings) > REMEMBERED:
            del self._findings[next(iter(self._findings))]
        return known
