"""Opening the library file as it may be opened."""

from __future__ import annotations

import logging
from pathlib import Path

from retrieval.errors import DiskError, NotFoundError
from retrieval.store.store import Store

log = logging.getLogger(__name__)


async def opened(database: Path) -> Store:
    """The library file; one on a disk that cannot be written still answers. Raises StoreError."""
    try:
        return await Store.open(database)
    except DiskError as error:
        try:
            store = await Store.open(database, read_only=True)
        except NotFoundError:
            raise error from None
        log.warning("only reading: %s", error)
        return store
