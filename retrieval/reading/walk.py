"""The walk of the best passages past the reader: one after the other, until enough is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from retrieval import wants
from retrieval.reading import judging
from retrieval.reading.protocol import Finding, Reader, ReadingText
from retrieval.types import Hit
from retrieval.worker import Worker

REMEMBERED = 1_024
"""Findings kept, so that what is asked again, or paged on, is not read again."""

_Key = tuple[Literal["read", "closer"], str, ReadingText]


def reading_text(hit: Hit, title: str) -> ReadingText:
    """What is read of a passage that was found, whose article has this title."""
    sentences = tuple(each.since(hit.passage.start) for each in hit.passage.sentences)
    return ReadingText(title, hit.passage.text, sentences)


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

        `titles` are the articles', by id. After `budget_s` seconds no further passage is begun, and
        the best one's words are not looked at closer; the first is always read. Where a yes or no
        is asked for, no words are told, only the sentence.
        """

        def text(hit: Hit) -> ReadingText:
            return reading_text(hit, titles.get(hit.passage.article_id, ""))

        started = time.monotonic()
        read: list[Hit] = []
        chosen = hits[: judging.MOST_READ]
        for number, hit in enumerate(chosen):
            late = time.monotonic() - started >= budget_s
            if read and (late or judging.settled(read, chosen[number:])):
                break
            finding = await self._finding(reader, question, text(hit))
            read.append(judging.with_finding(hit, finding))
        if wants.polar(question):
            read = [replace(hit, answer=None) for hit in read]
        ordered = judging.in_order(read, hits[len(read) :])
        if ordered and ordered[0].answer and time.monotonic() - started < budget_s:
            finding = await self._closer(reader, question, text(ordered[0]))
            ordered[0] = judging.with_words(ordered[0], finding.span)
        return ordered

    async def _finding(self, reader: Reader, question: str, passage: ReadingText) -> Finding:
        def read() -> Finding:
            [found] = reader.read(question, [passage])
            return found

        return await self._remembered(("read", question, passage), read)

    async def _closer(self, reader: Reader, question: str, passage: ReadingText) -> Finding:
        found = await self._finding(reader, question, passage)
        return await self._remembered(
            ("closer", question, passage), lambda: reader.closer(question, passage, found)
        )

    async def _remembered(self, key: _Key, find: Callable[[], Finding]) -> Finding:
        known = self._findings.pop(key, None)
        if known is None:
            known = await self._worker.run(find)
        self._findings[key] = known  # the last used stands last
        if len(self._findings) > REMEMBERED:
            del self._findings[next(iter(self._findings))]
        return known
