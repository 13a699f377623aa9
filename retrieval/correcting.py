"""The walks of a correction and of a removal: what is known put right, what is stored taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from retrieval.adding import Adding
from retrieval.embedding.protocol import OpenModel
from retrieval.errors import Reason, UsageError
from retrieval.shelf import Shelf
from retrieval.store import KEEP, Keep, Store
from retrieval.titles import shortened
from retrieval.types import Article, ArticleRecord


class Correcting:
    """Corrects and removes the articles of one store."""

    def __init__(self, store: Store, shelf: Shelf, adding: Adding) -> None:
        self._store = store
        self._shelf = shelf
        self._adding = adding

    async def edit(
        self,
        collection: str,
        ref: str | int,
        model: OpenModel,
        *,
        title: str | None,
        facts: Mapping[str, str | None],
    ) -> ArticleRecord:
        """Give the article a title and facts (url, published, author, source); None leaves one as
        it is."""
        record = await self._store.resolve(collection, ref)
        title = None if title is None else shortened(title)
        if title == "":
            raise UsageError(
                "A title cannot be empty. Leave --title out to keep the one it has.",
                Reason.NO_TITLE,
            )
        given = {"title": title, **facts}
        corrected = [name for name, value in given.items() if value is not None]
        if title is not None and title != record.title:
            # The title is part of what is embedded, and without a model nothing is changed at all.
            return await self._adding.put_anew(
                record,
                lambda known, text: _corrected(known, text, title, facts),
                corrected,
                await model(),
            )
        async with self._shelf.lock(collection):
            done = await self._store.update_facts(
                record.id,
                url=_fact(facts.get("url")),
                published=_fact(facts.get("published")),
                author=_fact(facts.get("author")),
                source=_fact(facts.get("source")),
                corrected=corrected,
            )
            await self._shelf.apply(collection, done)
        return await self._store.article(collection, record.id)

    async def remove(self, collection: str, refs: Sequence[str | int]) -> list[ArticleRecord]:
        """Remove articles, all or none."""
        records = [await self._store.resolve(collection, ref) for ref in refs]
        records = list({record.id: record for record in records}.values())
        async with self._shelf.lock(collection):
            done = await self._store.remove_articles(collection, [each.id for each in records])
            await self._shelf.apply(collection, done)
        return records

    async def drop(self, collection: str) -> None:
        """Remove a whole collection."""
        async with self._shelf.lock(collection):
            self._shelf.forget(collection)
            await self._shelf.forget_files(collection)
            await self._store.drop_collection(collection)


def _fact(value: str | None) -> str | Keep | None:
    return KEEP if value is None else value.strip() or None


def _corrected(
    known: ArticleRecord, text: str, title: str, facts: Mapping[str, str | None]
) -> Article:
    """The article for storing it anew, with what was put right."""
    kept = {
        name: getattr(known, name)
        for name in Article.__dataclass_fields__
        # Who added it stays in the library, or was forgotten meanwhile.
        if name not in ("text", "page", "alias", "added_by")
    }
    new = {name: fact for name, value in facts.items() if (fact := _fact(value)) is not KEEP}
    if new.get("url"):
        new["identity"] = new["url"]
    return Article(text=text, **{**kept, **new, "title": title})
