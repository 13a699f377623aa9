"""Looking at articles' pages again: what has changed is replaced, what is gone is flagged.

The text that is replaced stays as a version. What people have put right by hand stays right.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from retrieval.errors import EmptyError, GoneError, NotFoundError, Reason, SourceError
from retrieval.groups import in_groups
from retrieval.library import Library
from retrieval.pace import DAY_S, after, moment, next_look, stamp
from retrieval.sources.addresses import is_front
from retrieval.sources.sandbox import apart
from retrieval.sources.web import Fetched, Fetcher, article_of
from retrieval.store.looks import Look
from retrieval.types import Article, ArticleRecord

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Pages read together; of one host fewer, as the fetcher sees to."""
MISSES = 2
"""Looks in a row that find no page before it counts as gone: a server may be mended meanwhile."""
SHRUNK = 3
"""A page with so many times fewer words than before is a notice in the article's place."""
LONG_ENOUGH_WORDS = 150
CLAIM_S = 600

RefreshStatus = Literal["updated", "unchanged", "gone", "failed"]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a look at an article's page came to."""

    collection: str
    article_id: int
    title: str
    url: str | None
    status: RefreshStatus
    version: int
    """Number of its text from now on."""
    cause: SourceError | None = None
    """Why it was not read, or was refused."""

    @property
    def error(self) -> str | None:
        """The cause in words."""
        return None if self.cause is None else str(self.cause)


def utc_now() -> datetime:
    """Now."""
    return datetime.now(UTC)


class Refreshing:
    """Refreshes the articles of one library."""

    def __init__(
        self, library: Library, fetcher: Fetcher, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._library = library
        self._store = library.store
        self._fetcher = fetcher
        self._clock = clock
        self._longest_s = library.settings.refresh_days * DAY_S

    async def refresh(self, collection: str, refs: Sequence[str | int]) -> AsyncIterator[Refreshed]:
        """Look at the pages of those articles, now. Raises NotFoundError before any is read."""
        records = [await self._library.article(collection, ref) for ref in refs]
        async for refreshed in self._all(list({each.id: each for each in records}.values())):
            yield refreshed

    async def refresh_all(self, collection: str | None) -> AsyncIterator[Refreshed]:
        """Look at the page of everything that was read from one, of a collection or of all."""
        names = [each.name for each in await self._library.collections()]
        for name in names if collection is None else [collection]:
            due = await self._store.due_looks("9999", collections=[name], limit=-1)
            records = await self._store.records(name, [each.article_id for each in due])
            async for refreshed in self._all(records):
                yield refreshed

    async def refresh_due(
        self, collections: Sequence[str] | None = None, *, limit: int = 1_000
    ) -> AsyncIterator[Refreshed]:
        """Look at the pages that are due, of some collections or of all; young ones are so more
        often than old ones."""
        if not self._longest_s:
            return
        begun = stamp(self._clock())
        due = await self._store.due_looks(begun, collections=collections, limit=limit)
        for at in range(0, len(due), AT_ONCE):
            now = self._clock()
            until = stamp(now + timedelta(seconds=CLAIM_S))
            records = []
            for each in due[at : at + AT_ONCE]:
                # Another process may have been quicker.
                if await self._store.claim_look(each.article_id, begun, until):
                    with suppress(NotFoundError):  # or somebody has removed it
                        records.append(await self._store.article(each.collection, each.article_id))
            async for refreshed in self._all(records):
                yield refreshed

    async def _all(self, records: Sequence[ArticleRecord]) -> AsyncIterator[Refreshed]:
        async for refreshed in in_groups(self.look, records, AT_ONCE):
            yield refreshed

    async def look(self, record: ArticleRecord) -> Refreshed:
        """Look at one article's page."""
        if not _has_page(record):
            nothing = SourceError("it has no link, so there is nothing to read again", Reason.LINK)
            return _told(record, "failed", nothing)
        before = await self._store.look(record.id) or Look(None, "")
        try:
            article, fetched = await self._read(record, before)
            status = await self._put(record, article)
        except GoneError as error:
            return await self._missed(record, before, error)
        except NotFoundError:
            removed = SourceError("it was removed meanwhile", Reason.REMOVED)
            return _told(record, "failed", removed)
        except SourceError as error:
            await self._note(record, before, error=str(error))
            return _told(record, "failed", error)
        await self._note(
            record,
            replace(before, misses=0, gone=None),
            etag=fetched.etag or (before.etag if fetched.status == 304 else None),
            last_modified=fetched.last_modified
            or (before.last_modified if fetched.status == 304 else None),
            changed=stamp(self._clock()) if status == "updated" else before.changed,
        )
        return _told(await self._current(record), status)

    async def _read(self, record: ArticleRecord, before: Look) -> tuple[Article | None, Fetched]:
        """The page as an article, None where it has not changed. Raises SourceError."""
        assert record.url is not None
        fetched = await self._fetcher.fetch(
            record.url, etag=before.etag, last_modified=before.last_modified
        )
        if fetched.status == 304:
            return None, fetched
        if is_front(fetched.url) and not is_front(record.url):
            raise GoneError("its link leads to the front page of the site now", Reason.FRONT_PAGE)
        article = await apart(article_of, record.url, fetched)
        stored = await self._store.text(record.id)
        words, had = await apart(_words, article.text), await apart(_words, stored)
        if had >= LONG_ENOUGH_WORDS and words * SHRUNK < had:
            raise EmptyError(
                f"its page has {words} words now where it had {had}, so the stored text is kept",
                Reason.SHRUNK,
                words=words,
                had=had,
            )
        return self._as_stored(record, article), fetched

    def _as_stored(self, record: ArticleRecord, article: Article) -> Article:
        """The article with what the library knows and its page does not say; what people have
        put right, and who added it, adding keeps."""
        kept = {
            name: getattr(article, name) or getattr(record, name)
            for name in ("source", "author", "published", "language", "image")
        }
        return replace(
            article,
            **kept,
            identity=record.identity,
            external_id=record.external_id,
            origin=record.origin,
        )

    async def _put(self, record: ArticleRecord, article: Article | None) -> RefreshStatus:
        if article is None:
            return "unchanged"
        receipt = await self._library.add(
            article, collection=record.collection, ref=str(record.id), must_exist=True
        )
        if receipt.error is not None:
            raise SourceError.of(receipt.error) from receipt.error
        return "updated" if receipt.status == "updated" else "unchanged"

    async def _missed(self, record: ArticleRecord, before: Look, error: GoneError) -> Refreshed:
        misses = before.misses + 1
        gone = before.gone or (stamp(self._clock()) if misses >= MISSES else None)
        await self._note(record, replace(before, misses=misses, gone=gone), error=str(error))
        return _told(record, "gone" if gone else "failed", error)

    async def _current(self, record: ArticleRecord) -> ArticleRecord:
        """The article as it is now, or as it was where it was removed a moment ago."""
        try:
            return await self._store.article(record.collection, record.id)
        except NotFoundError:
            return record

    async def _note(
        self, record: ArticleRecord, look: Look, *, error: str | None = None, **found: str | None
    ) -> None:
        now = self._clock()
        age_s = (now - moment(record.added)).total_seconds()
        look = replace(
            look,
            looked=stamp(now),
            due=after(now, next_look(age_s, self._longest_s or DAY_S)),
            error=error,
            **found,  # type: ignore[arg-type]  # its texts, by name
        )
        await self._store.put_look(record.id, look)


def _words(text: str) -> int:
    return len(text.split())


def _has_page(record: ArticleRecord) -> bool:
    return record.url is not None and record.url.startswith(("http://", "https://"))


def _told(
    record: ArticleRecord, status: RefreshStatus, cause: SourceError | None = None
) -> Refreshed:
    if cause is None:
        log.info("looked at article %d: %s", record.id, status)
    else:
        log.info("looked at article %d: %s (%s)", record.id, status, cause)
    return Refreshed(
        record.collection, record.id, record.title, record.url, status, record.version, cause
    )
