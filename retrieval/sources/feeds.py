"""Feeds: RSS, Atom and JSON Feed into their entries, and a site's home page into its feeds.

What a stranger's server sends is parsed in a process of its own, with an end to its time and
memory: `read_feed` gives `feed_parsing` the bytes on standard input and reads JSON from it. The
parser of feeds is slow (about a second for a thousand entries) and would hold up questions.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass

from retrieval.errors import Reason, SourceError, TooLargeError, UnreadableError
from retrieval.sources.child import environment
from retrieval.sources.sandbox import SHARED

LARGEST = 8 << 20
"""Bytes; feeds of a thousand entries with their texts have a few million."""
LARGEST_REPLY = 8 * LARGEST
"""Bytes; a process that was taken over may send without end."""
WALL_S = 180.0
LEAST_WORDS = 60
LEAST_WORDS_OF_SUMMARY = 150
"""A summary of so many words is no summary: many feeds have the whole text there."""
NOT_A_FEED = "it is no feed, and no page that names one"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed."""

    key: str
    """The same for the same entry at every poll."""
    stamp: str
    """Another when its title or the date of its last change is another."""
    link: str | None
    title: str
    published: str | None
    author: str | None
    content: str
    """Its own text as HTML, in full; empty where there is only a summary of it."""
    summary: str


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed says."""

    title: str
    site: str | None
    ttl_min: int | None
    """Minutes that it asks to be left alone for."""
    entries: tuple[Entry, ...]
    """In its order, which as a rule is newest first."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """Feeds that a page names, the likeliest first."""

    links: tuple[str, ...]


async def read_feed(data: bytes, url: str) -> ParsedFeed | Discovered:
    """The feed in `data`, read from `url`, or the feeds that the page there names.

    Raises SourceError with a reason that completes "it cannot be read: …".
    """
    if len(data) > LARGEST:
        large = f"it is larger than {LARGEST >> 20} MB, too much for a feed"
        raise TooLargeError(large, Reason.TOO_LARGE, mb=LARGEST >> 20)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-W", "ignore", "-m", "retrieval.sources.feed_parsing", url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(),
    )
    try:
        async with asyncio.timeout(WALL_S):
            told = await _exchanged(child, data)
            await child.wait()
    except TimeoutError:
        raise UnreadableError("it takes too long to read", Reason.TOO_MUCH) from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise UnreadableError("it is damaged, or made to take too long", Reason.DAMAGED)
    try:
        return _received(told)
    except (ValueError, TypeError, KeyError):  # of a process that was taken over
        raise UnreadableError("it is damaged", Reason.DAMAGED) from None


async def _exchanged(child: asyncio.subprocess.Process, data: bytes) -> bytes:
    """What the process answers to the data, ended where it answers without end."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(data)
    child.stdin.close()  # once all is sent
    parts, size = [], 0
    while part := await child.stdout.read(1 << 20):
        parts.append(part)
        size += len(part)
        if size > LARGEST_REPLY:
            child.kill()
            break
    return b"".join(parts)


def _received(told: bytes) -> ParsedFeed | Discovered:
    value = json.loads(told)
    if "error" in value:
        raise UnreadableError(value["error"], Reason(value["reason"]))
    if "links" in value:
        return Discovered(tuple(value["links"]))
    entries = tuple(Entry(**entry) for entry in value.pop("entries"))
    return ParsedFeed(**value, entries=entries)


def own_text(entry: Entry) -> str:
    """What the feed itself has of an article, with its paragraphs; empty where that is too little
    to be all of it. Blocking."""
    for raw, least in ((entry.content, LEAST_WORDS), (entry.summary, LEAST_WORDS_OF_SUMMARY)):
        if not raw.strip():
            continue
        page = f"<html><body>{raw}</body></html>".encode("utf-8", "replace")
        try:
            text = SHARED.read(page, "", charset="utf-8", whole=True).text
        except SourceError:
            continue
        if len(text.split()) >= least:
            return text
    return ""
