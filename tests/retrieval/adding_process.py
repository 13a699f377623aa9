"""A process that stores articles until it is killed, and notes each once it is stored.

Every third takes the place of an earlier one, and every seventh is removed again.
"""

import asyncio
from pathlib import Path

from retrieval.store import Store
from tests.retrieval.store_samples import put


def text_of(number: int) -> str:
    return "\n".join(f"Article {number} says {line}. And more." for line in range(number % 9 + 1))


def identity_of(number: int) -> str:
    return f"article {number - 2 if number % 3 == 2 else number}"


def is_removed(number: int) -> bool:
    return number % 7 == 6


def add(library: Path, notes: Path, first: int, count: int) -> None:
    """Store the articles first, first + 1, … in the library; note them in a file, a line each."""
    asyncio.run(_add(library, notes, first, count))


async def _add(library: Path, notes: Path, first: int, count: int) -> None:
    with notes.open("ab", buffering=0) as file:
        async with await Store.open(library) as store:
            for number in range(first, first + count):
                written = await put(store, text_of(number), identity_of(number))
                if is_removed(number):
                    await store.remove_articles("default", [written.article_id])
                file.write(b"%d\n" % number)
