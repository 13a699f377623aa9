"""What may be wrong with a library."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing
from functools import partial

PAGE_BYTES = 4096
FULL = ("max_page_count = 1", "max_page_count = 1000000")
READ_ONLY = ("query_only = ON", "query_only = OFF")
"""Pragmas that make it so on a connection, and back."""


def damage(path, table):
    """Overwrite the beginning of a table in a library that nobody has open."""
    with closing(sqlite3.connect(path)) as library:
        library.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page,)] = library.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xa5" * PAGE_BYTES)


@asynccontextmanager
async def written_by_another(place):
    """Another program, or the engine, is writing to the library."""
    connect = partial(sqlite3.connect, isolation_level=None, check_same_thread=False)
    with closing(connect(place.database)) as other:
        # Not on the loop: the bot may be in the middle of a transaction of its own.
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
