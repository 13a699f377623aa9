"""The library: the one place that knows the order of adding, asking, correcting and removing.

Both front ends call these methods and nothing beneath them. Everything here is I/O and
orchestration on the event loop; embedding, searching vectors and ranking run on the one worker.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

from retrieval import memory
from retrieval.adding import Adding, Incoming
from retrieval.asking import Asking
from retrieval.config import RetrievalSettings
from retrieval.correcting import Correcting
from retrieval.embedding.opening import open_embedder
from retrieval.embedding.protocol import Embedder
from retrieval.gathering import gathered
from retrieval.reading.protocol import Reader
from retrieval.shelf import OnProgress, Shelf
from retrieval.sources.reading import Reading
from retrieval.store import CollectionInfo, CollectionStats, Store
from retrieval.store.opening import opened
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
        self._store = store = await opened(self.settings.database)
        self._shelf = Shelf(
            store,
            self._worker,
            self.settings.cache / "indexes",
            capacity=INDEX_CAPACITY,
            threads=max(1, self.settings.threads),
        )
        self._adding = Adding(store, self._shelf, self._worker)
        self._correcting = Correcting(store, self._shelf, self._adding)
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

    def add_all(
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
        return gathered(
            readings,
            self._adding,
            self._worker,
            self.embedder,
            collection=collection,
            unique=unique,
            on_progress=on_progress,
        )

    async def edit(
        self,
        collection: str,
        ref: str | int,
        *,
        title: str | None = None,
        url: str | None = None,
        published: str | None = None,
        author: str | None = None,
        source: str | None = None,
    ) -> ArticleRecord:
        """Correct what is known of the article that `ref` names; None leaves a fact as it is and
        an empty text takes it away. Raises NotFoundError, or UsageError for an empty title."""
        facts = {"url": url, "published": published, "author": author, "source": source}
        return await self._correcting.edit(collection, ref, self.embedder, title=title, facts=facts)

    async def remove(self, collection: str, refs: Sequence[str | int]) -> list[ArticleRecord]:
        """Remove the articles that `refs` name, all or none, and say which they were.

        They are gone from the next question on. Raises NotFoundError.
        """
        return await self._correcting.remove(collection, refs)

    async def drop_collection(self, collection: str) -> None:
        """Remove a collection with all that is in it."""
        await self._correcting.drop(collection)

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
        return await self._asking.ask(
            question,
            self.embedder,
            collection=collection,
            limit=limit or self.settings.limit,
            filters=filters,
            threshold=self.settings.threshold if threshold is None else threshold,
        )

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

    async def article(self, collection: str, ref: str | int) -> ArticleRecord:
        """The article of that id or external id: `Articles.resolve`. Raises NotFoundError, and
        UsageError where several are meant."""
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
