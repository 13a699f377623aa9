"""Finding, for an article that is being added, the copy of its story that is there already."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.similarity import (
    SCHEME,
    SHARED_KEYS,
    Likeness,
    keys,
    likeness,
    pairs,
)
from retrieval.store import Store
from retrieval.store.stories import NewStory
from retrieval.worker import Worker

COMPARED = 32
"""Articles an article is compared with at most, those with most keys in common."""
BATCH = 64
"""Articles looked up together when all are sketched anew."""


class StoryFinder:
    """Says which story an article belongs to."""

    def __init__(self, store: Store, worker: Worker) -> None:
        self._store = store
        self._worker = worker

    async def story(
        self, collection: str, bodies: Sequence[str], article_id: int | None = None
    ) -> NewStory:
        """The story of an article whose stored terms are `bodies`: that of the article most like
        it, if any is its copy. `article_id` is its own, where it is stored already."""
        own, made = await self._worker.run_background(_sketch, bodies)
        found = await self._store.alike(
            collection, made, shared=SHARED_KEYS, limit=COMPARED, but=article_id
        )
        joins = None
        if found:
            texts = await self._store.article_terms(collection, found)
            joins = await self._worker.run_background(_closest, own, texts)
        return NewStory(made, SCHEME, joins)

    async def renew(self, collection: str) -> int:
        """Give a story to each article that has none by the present scheme; how many had none."""
        count = 0
        while ids := await self._store.unsketched(collection, SCHEME, limit=BATCH):
            texts = await self._store.article_terms(collection, ids)
            for article_id in ids:
                story = await self.story(collection, texts.get(article_id, []), article_id)
                await self._store.put_story(article_id, story)
            count += len(ids)
        return count


def _sketch(bodies: Sequence[str]) -> tuple[frozenset[str], tuple[int, ...]]:
    own = pairs(bodies)
    return own, keys(own)


def _closest(own: frozenset[str], texts: dict[int, list[str]]) -> int | None:
    """The article most like this one, of equals the first, if it is a copy."""
    best: tuple[Likeness, int] | None = None
    for article_id in sorted(texts):
        found = likeness(own, pairs(texts[article_id]))
        if found.copies and (best is None or found > best[0]):
            best = found, article_id
    return best[1] if best else None
