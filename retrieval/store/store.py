"""The face of the library file."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from retrieval.store.articles import Articles
from retrieval.store.checking import Checking
from retrieval.store.collections import Collections
from retrieval.store.copying import copy_collection, copy_library
from retrieval.store.database import Database
from retrieval.store.entries import Entries
from retrieval.store.feedback import Feedback
from retrieval.store.feeds import FeedRecords
from retrieval.store.handing import Handing
from retrieval.store.lexical import Lexical
from retrieval.store.looks import Looks
from retrieval.store.passages import Passages
from retrieval.store.stories import Stories
from retrieval.store.vectors import Vectors
from retrieval.store.versions import Versions
from retrieval.store.writing import Writing


class Store(
    Collections,
    Articles,
    Versions,
    Looks,
    FeedRecords,
    Entries,
    Passages,
    Vectors,
    Lexical,
    Stories,
    Feedback,
    Writing,
    Handing,
    Checking,
):
    """An open library: `async with await Store.open(path) as store`.

    Every read sees the last committed state; every write is one transaction, done wholly or not at
    all, also when its task is cancelled.
    """

    @classmethod
    async def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open the library at `path`; it is made when missing, unless it may only be read.

        Raises NewerDatabaseError, CorruptDatabaseError, DiskError, and NotFoundError for a missing
        library that may only be read.
        """
        return cls(await Database.open(path, read_only=read_only))

    @property
    def path(self) -> Path:
        """The library file."""
        return self._database.path

    async def library_id(self) -> str:
        """A name drawn when the library was made, for what is cached of it elsewhere."""
        row = await self._database.row("SELECT value FROM meta WHERE name = 'library_id'")
        return "" if row is None else str(row[0])

    async def data_version(self) -> int:
        """A number that differs from the one before when anyone, this store included, has
        written since: the cheapest question there is."""
        return await self._database.data_version()

    async def copy_to(self, target: Path) -> None:
        """Make `target` a library equal to this one as of now; an existing library is overwritten
        in one transaction."""
        await copy_library(self._database, target)

    async def copy_collection_to(self, target: Store, collection: str) -> None:
        """Put a collection into another library, in place of the one of that name there; its
        articles get new ids. NotFoundError where there is none to copy."""
        await copy_collection(self._database, target._database, collection)

    async def close(self) -> None:
        """Close; the last process to do so leaves everything in the one file."""
        await self._database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
