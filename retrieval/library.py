"""The library: the one place that knows the order of adding, asking, correcting and removing.

Both front ends call these methods and nothing beneath them. Everything here is I/O and
orchestration on the event loop; embedding, searching vectors and ranking run on the one worker.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from retrieval import memory
from retrieval.adding import Adding, Incoming
from retrieval.asking import Asking
from retrieval.config import RetrievalSettings
from retrieval.embedding.opening import open_embedder
from retrieval.embedding.protocol import Embedder
from retrieval.errors import DiskError, NotFoundError, Reason, UsageError
from retrieval.reading.protocol import Reader
from retrieval.shelf import OnProgress, Shelf
from retrieval.sources.reading import Reading
from retrieval.store import KEEP, CollectionInfo, CollectionStats, Keep, Store
from retrieval.stories import StoryFinder
from retrieval.types import (
    DEFAULT_COLLECTION,
    Answer,
    Article,
    ArticleRecord,
    ArticleVersion,
    Filters,
    Hit,
    Receipt,
)
from retrieval.worker import Once, Worker

log = logging.getLogger(__name__)

GROUP_SIZE = 32_000
"""Characters of the articles embedded together: some 40 passages."""
GROUP_LENGTH = 64
"""Articles embedded together at most."""
INDEX_CAPACITY = 2_000_000
"""Vectors held in memory over all collections before the least recently used index is let go."""
_NO_FILTERS = Filters()

OpenEmbedder = Callable[[RetrievalSettings], Embedder]
OpenReader = Callable[[RetrievalSettings], Reader | None]


class Library:
    """Articles in, cited passages out. Use as `async with Library(settings) as library`."""

    def __init__(
        self,
        settings: RetrievalSettings,
        *,
        open_embedder: OpenEmbedder = open_embedder,
        open_reader: OpenReader | None = None,
    ) -> None:
        self.settings = settings
        self._worker = Worker()
        self._embedder = Once(self._worker, lambda: open_embedder(settings))
        self._reader = Once(self._worker, lambda: (open_reader or _open_reader)(settings))
        self._store: Store | None = None

    async def __aenter__(self) -> Self:
        self._store = store = await _opened(self.settings.database)
        self._shelf = Shelf(
            store,
            self._worker,
            self.settings.cache / "indexes",
            capacity=INDEX_CAPACITY,
            threads=max(1, self.settings.threads),
        )
        self._adding = Adding(store, self._shelf, self._worker)
        self._asking = Asking(
            store,
            self._shelf,
            self._worker,
            self.reader,
            reading_s=self.settings.reading_ms / 1e3,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._embedder.cancel()
        self._reader.cancel()
        try:
            await self._worker.close()
        finally:  # even where this is cancelled: an open connection's thread outlives the loop
            if self._store is not None:
                await self._store.close()

    @property
    def store(self) -> Store:
        """The open library file."""
        if self._store is None:
            raise RuntimeError("the library is not open: use `async with`")
        return self._store

    async def embedder(self) -> Embedder:
        """The model, loaded on first use. Raises ModelError."""
        return await self._embedder.get()

    async def reader(self) -> Reader | None:
        """The reader, loaded on first use; None where the settings want none. Raises ModelError."""
        return await self._reader.get()

    async def ready(
        self, collection: str = DEFAULT_COLLECTION, on_progress: OnProgress | None = None
    ) -> None:
        """Load the models and the collection's index; after a change of the model, embed anew."""
        await self.reader()
        await self._shelf.ready(collection, await self.embedder(), on_progress)

    # Adding ---------------------------------------------------------------------------------

    async def add(
        self,
        article: Article,
        *,
        collection: str = DEFAULT_COLLECTION,
        ref: str | None = None,
        unique: bool = True,
        must_exist: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Receipt:
        """Store an article, or find that it is stored already: what became of it.

        One of the same identity is replaced; one of the same text is left as it is, unless
        `unique` is false. With `must_exist` nothing is stored where there is nothing to replace,
        as somebody has removed it. Where this is cancelled nothing is stored, but a commit that
        had begun may be done. Raises ModelError.
        """
        [receipt] = await self._adding.add(
            [Incoming(ref or article.identity, article, must_exist)],
            await self.embedder(),
            collection=collection,
            unique=unique,
            on_progress=on_progress,
        )
        return receipt

    async def add_all(
        self,
        readings: Iterable[Reading],
        *,
        collection: str = DEFAULT_COLLECTION,
        unique: bool = True,
        on_progress: OnProgress | None = None,
    ) -> AsyncIterator[Receipt]:
        """Store whatever is read, and give a receipt each in that order, failures among them.

        The readings are taken one at a time, on the worker, and short articles are embedded
        together. A receipt is given when its article is committed.
        """
        embedder = await self.embedder()
        source = iter(readings)
        group: list[Incoming | Receipt] = []
        size = 0
        while reading := await self._worker.run_background(next, source, None):
            if reading.article is None:
                group.append(_unread(reading))
            else:
                group.append(Incoming(reading.ref, reading.article))
                size += len(reading.article.text)
            if size >= GROUP_SIZE or len(group) >= GROUP_LENGTH:
                for receipt in await self._add_group(
                    group, embedder, collection, unique, on_progress
                ):
                    yield receipt
                group, size = [], 0
        for receipt in await self._add_group(group, embedder, collection, unique, on_progress):
            yield receipt

    async def _add_group(
        self,
        group: Sequence[Incoming | Receipt],
        embedder: Embedder,
        collection: str,
        unique: bool,
        on_progress: OnProgress | None,
    ) -> list[Receipt]:
        added = iter(
            await self._adding.add(
                [item for item in group if isinstance(item, Incoming)],
                embedder,
                collection=collection,
                unique=unique,
                on_progress=on_progress,
            )
        )
        return [item if isinstance(item, Receipt) else next(added) for item in group]

    async def edit(
        self,
        collection: str,
        ref: str,
        *,
        title: str | None = None,
        url: str | None = None,
        published: str | None = None,
        author: str | None = None,
        source: str | None = None,
    ) -> ArticleRecord:
        """Correct what is known of the article that `ref` names; None leaves a fact as it is and
        an empty text takes it away. Raises NotFoundError, or UsageError for an empty title."""
        record = await self.store.resolve(collection, ref)
        if title is not None and not title.strip():
            raise UsageError(
                "A title cannot be empty. Leave --title out to keep the one it has.",
                Reason.NO_TITLE,
            )

        def fact(value: str | None) -> str | Keep | None:
            return KEEP if value is None else value.strip() or None

        retitled = title is not None and title.strip() != record.title
        # The title is part of what is embedded. Without a model nothing is to change at all.
        embedder = await self.embedder() if retitled else None
        async with self._shelf.lock(collection):
            done = await self.store.update_facts(
                record.id,
                url=fact(url),
                published=fact(published),
                author=fact(author),
                source=fact(source),
            )
            await self._shelf.apply(
                collection, before=done.version_before, after=done.version, removed=()
            )
        given = {"title": title, "url": url, "published": published}
        given |= {"author": author, "source": source}
        await self.store.correct(
            record.id, [name for name, value in given.items() if value is not None]
        )
        record = await self.store.article(collection, record.id)
        if title is not None and embedder is not None:
            article = _article(record, await self.store.text(record.id))
            record = await self._adding.put_anew(
                collection, replace(article, title=title.strip()), record, embedder
            )
        return record

    async def remove(self, collection: str, refs: Sequence[str]) -> list[ArticleRecord]:
        """Remove the articles that `refs` name, all or none, and say which they were.

        They are gone from the next question on. Raises NotFoundError.
        """
        records = [await self.store.resolve(collection, ref) for ref in refs]
        records = list({record.id: record for record in records}.values())
        async with self._shelf.lock(collection):
            done = await self.store.remove_articles(collection, [r.id for r in records])
            await self._shelf.apply(
                collection, before=done.version_before, after=done.version, removed=done.removed
            )
        return records

    async def drop_collection(self, collection: str) -> None:
        """Remove a collection with all that is in it."""
        async with self._shelf.lock(collection):
            await self.store.drop_collection(collection)
            self._shelf.forget(collection)

    # Asking ---------------------------------------------------------------------------------

    async def ask(
        self,
        question: str,
        *,
        collection: str = DEFAULT_COLLECTION,
        limit: int | None = None,
        filters: Filters = _NO_FILTERS,
        threshold: float | None = None,
    ) -> Answer:
        """The answer to a question, with its passages and citations. Raises QuestionError."""
        answer = await self._asking.ask(
            question,
            self.embedder,
            collection=collection,
            limit=limit or self.settings.limit,
            filters=filters,
            threshold=self.settings.threshold if threshold is None else threshold,
        )
        log.info(
            "asked: %s with %d passages, confidence %.2f, in %.1f ms",
            "answered" if answer.answered else "not answered",
            len(answer.passages),
            answer.confidence,
            answer.timing_ms["total"],
        )
        return answer

    async def search(
        self,
        question: str,
        *,
        collection: str = DEFAULT_COLLECTION,
        limit: int = 10,
        filters: Filters = _NO_FILTERS,
    ) -> list[Hit]:
        """The best passages with all scores, nothing folded. Raises QuestionError."""
        return await self._asking.search(
            question, self.embedder, collection=collection, limit=limit, filters=filters
        )

    # Looking --------------------------------------------------------------------------------

    async def articles(
        self,
        collection: str = DEFAULT_COLLECTION,
        *,
        match: str | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[ArticleRecord]:
        """Stored articles in the order they came, those whose title contains `match`."""
        return await self.store.articles(collection, match=match, offset=offset, limit=limit)

    async def article(self, collection: str, ref: str) -> ArticleRecord:
        """The article of that id or external id. Raises NotFoundError."""
        return await self.store.resolve(collection, ref)

    async def same_story(self, collection: str, article_id: int) -> list[ArticleRecord]:
        """The other articles that tell the same story in much the same words."""
        ids = await self.store.same_story(article_id)
        return [await self.store.article(collection, each) for each in ids]

    async def text(self, article_id: int, version: int | None = None) -> str:
        """An article's whole text, or that of an earlier version. Raises NotFoundError."""
        if version is None:
            return await self.store.text(article_id)
        return await self.store.version_text(article_id, version)

    async def versions(self, article_id: int) -> list[ArticleVersion]:
        """An article's earlier versions, oldest first."""
        return await self.store.versions(article_id)

    async def collections(self) -> list[CollectionInfo]:
        """All collections with their sizes."""
        return await self.store.collections()

    async def stats(self, collection: str = DEFAULT_COLLECTION) -> CollectionStats:
        """A collection in figures. Raises NotFoundError."""
        return await self.store.collection_stats(collection)

    async def forget_person(self, name: str) -> None:
        """Forget that articles and feeds, in all collections, were added by someone."""
        await self.store.forget_person(name)

    async def forget_idle(self, seconds: float) -> int:
        """Let go of the indexes of collections that nobody has asked for so long, and of their
        memory; how many that were. The next question to one of them loads it again."""
        count = self._shelf.forget_idle(seconds)
        if count:
            await self._worker.run_background(memory.give_back)
        return count

    async def rebuild(
        self, collection: str = DEFAULT_COLLECTION, on_progress: OnProgress | None = None
    ) -> int:
        """Build the index anew from the store, embedding what has no vector of this model; the
        number of its vectors."""
        embedder = await self.embedder()
        await self._shelf.ready(collection, embedder, on_progress)
        await StoryFinder(self.store, self._worker).renew(collection)
        return await self._shelf.rebuild(collection, embedder)


def _open_reader(settings: RetrievalSettings) -> Reader | None:
    from retrieval.reading.opening import open_reader  # brings the runtime along

    return open_reader(settings)


async def _opened(database: Path) -> Store:
    """The library file; one on a disk that cannot be written still answers."""
    try:
        return await Store.open(database)
    except DiskError as error:
        try:
            store = await Store.open(database, read_only=True)
        except NotFoundError:
            raise error from None
        log.warning("only reading: %s", error)
        return store


def _article(record: ArticleRecord, text: str) -> Article:
    """The article as it was when it came, for storing it anew."""
    return Article(
        text=text,
        **{
            name: getattr(record, name)
            for name in Article.__dataclass_fields__
            if name not in ("text", "page")
        },
    )


def _unread(reading: Reading) -> Receipt:
    return Receipt(
        ref=reading.ref,
        status="failed",
        external_id=reading.external_id,
        error=reading.error,
    )
