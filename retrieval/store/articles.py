"""Reading articles; `writing` stores them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from struct import iter_unpack

from retrieval.errors import NotFoundError, Reason, UsageError
from retrieval.store.database import Row
from retrieval.store.part import MAX_ROWID, Part, as_json, title_key
from retrieval.types import ArticleRecord

_RECORD = """SELECT a.id, c.name, a.identity, a.title, a.url, a.source, a.author, a.published,
    a.language, a.external_id, a.origin, a.added_by, a.added, a.updated, a.content_hash, a.length,
    (SELECT COUNT(*) FROM passages WHERE article_id = a.id), a.page_starts,
    (SELECT COUNT(*) + 1 FROM versions WHERE article_id = a.id),
    (SELECT COALESCE(MAX(replaced), a.added) FROM versions WHERE article_id = a.id),
    (SELECT gone FROM looks WHERE article_id = a.id), a.image"""
_FROM = "FROM articles a JOIN collections c ON c.id = a.collection_id"
_PAGES = 17
"""Column of the page starts."""
BY_NUMBER, BY_EXTERNAL_ID = "article", "id"
"""What may stand before a name, and a colon between them, to say what it is."""
_MAX_ID_DIGITS = len(str(MAX_ROWID)) - 1


class Articles(Part):
    """Finding and reading articles."""

    async def find_identity(self, collection: str, identity: str) -> ArticleRecord | None:
        """The article of that identity, or else the one known by it as well, if it is stored."""
        own = await self._one("c.name = ? AND a.identity = ?", collection, identity)
        if own is not None:
            return own
        return await self._one(
            """c.name = ? AND a.id = (SELECT l.article_id FROM aliases l
               WHERE l.collection_id = c.id AND l.identity = ?)""",
            collection,
            identity,
        )

    async def find_content(self, collection: str, content_hash: str) -> ArticleRecord | None:
        """The first stored article with that text, by `content_hash(text)`."""
        return await self._one("c.name = ? AND a.content_hash = ?", collection, content_hash)

    async def articles(
        self,
        collection: str,
        *,
        match: str | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[ArticleRecord]:
        """Articles in the order they were first stored; those whose title contains `match`,
        whatever its case."""
        where, parameters = "c.name = ?", [collection]
        if match:
            where += " AND instr(a.title_key, ?) > 0"
            parameters.append(title_key(match))
        rows = await self._database.rows(
            f"{_RECORD} {_FROM} WHERE {where} ORDER BY a.id LIMIT ? OFFSET ?",
            (*parameters, -1 if limit is None else max(limit, 0), max(offset, 0)),
        )
        return [_record(row) for row in rows]

    async def article(self, collection: str, article_id: int) -> ArticleRecord:
        """The article of that id; NotFoundError where the collection has none."""
        if 0 < article_id <= MAX_ROWID:
            found = await self._one("c.name = ? AND a.id = ?", collection, article_id)
            if found is not None:
                return found
        raise missing_article(collection, str(article_id))

    async def resolve(self, collection: str, ref: str | int) -> ArticleRecord:
        """The article that `ref` names: a number its id, a text its id or the external id that it
        came with; `article:` or `id:` before it say which.

        Raises NotFoundError for neither, UsageError where several are meant by it.
        """
        if isinstance(ref, int):
            return await self.article(collection, ref)
        ref = ref.strip()
        came = await self._came_with(collection, ref)
        kind, _, name = ref.partition(":")
        number = name if kind == BY_NUMBER else ref
        numbered = None
        if number.isascii() and number.isdigit() and len(number) <= _MAX_ID_DIGITS:
            numbered = await self._one("c.name = ? AND a.id = ?", collection, int(number))
        if not came and kind == BY_EXTERNAL_ID:
            came = await self._came_with(collection, name)
        found = {each.id: each for each in (*came, *([numbered] if numbered else []))}
        if not found:
            raise missing_article(collection, ref)
        if len(came) > 1:
            ids = ", ".join(f"{BY_NUMBER}:{each.id}" for each in came)
            raise UsageError(f'Several articles came with the id "{ref}": name one of {ids}.')
        if len(found) > 1:
            raise UsageError(
                f'"{ref}" is the number of one article, “{found[int(number)].title}”, and the id '
                f"that another came with, “{came[0].title}”. Say {BY_NUMBER}:{number} for the "
                f"first and {BY_EXTERNAL_ID}:{ref} for the other."
            )
        return next(iter(found.values()))

    async def _came_with(self, collection: str, external_id: str) -> list[ArticleRecord]:
        rows = await self._database.rows(
            f"{_RECORD} {_FROM} WHERE c.name = ? AND a.external_id = ? ORDER BY a.id LIMIT 5",
            (collection, external_id),
        )
        return [_record(row) for row in rows]

    async def text(self, article_id: int) -> str:
        """The article's whole text; NotFoundError where there is none."""
        if 0 < article_id <= MAX_ROWID:
            row = await self._database.row(
                "SELECT text FROM texts WHERE article_id = ?", (article_id,)
            )
            if row is not None:
                return str(row[0])
        raise missing_article(None, str(article_id))

    async def records(self, collection: str, ids: Iterable[int]) -> list[ArticleRecord]:
        """Those of the articles that are in the collection."""
        rows = await self._database.rows(
            f"{_RECORD} {_FROM} WHERE c.name = ? AND a.id IN (SELECT value FROM json_each(?))",
            (collection, as_json(ids)),
        )
        return [_record(row) for row in rows]

    async def sources(
        self, collection: str, ids: Iterable[int]
    ) -> dict[int, tuple[ArticleRecord, str]]:
        """Those of the articles that are in the collection, each with its text."""
        # In one statement: what is told of a text and the text must be of the same version.
        rows = await self._database.rows(
            f"""{_RECORD}, t.text {_FROM} JOIN texts t ON t.article_id = a.id
                WHERE c.name = ? AND a.id IN (SELECT value FROM json_each(?))""",
            (collection, as_json(ids)),
        )
        return {row[0]: (_record(row[:-1]), row[-1]) for row in rows}

    async def titles(self, ids: Iterable[int]) -> dict[int, str]:
        """The titles of those of the articles that are there, by id."""
        rows = await self._database.rows(
            "SELECT id, title FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            (as_json(ids),),
        )
        return {article_id: title for article_id, title in rows}

    async def _one(self, where: str, *parameters: object) -> ArticleRecord | None:
        row = await self._database.row(
            f"{_RECORD} {_FROM} WHERE {where} ORDER BY a.id LIMIT 1", parameters
        )
        return None if row is None else _record(row)


def content_hash(text: str) -> str:
    """SHA-256 of a text, in hexadecimal: equal for equal texts."""
    # A lone surrogate is refused when it is stored; here it must only not be in the way.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _record(row: Row) -> ArticleRecord:
    pages = tuple(start for (start,) in iter_unpack("<i", row[_PAGES]))
    return ArticleRecord(*(*row[:_PAGES], pages, *row[_PAGES + 1 :]))


def missing_article(collection: str | None, ref: str) -> NotFoundError:
    """The article does not exist."""
    where = "" if collection is None else f' in the collection "{collection}"'
    text = f'There is no article "{ref}"{where}. List the articles to see their ids.'
    return NotFoundError(text, Reason.REMOVED)
