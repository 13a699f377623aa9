"""How an article that comes in stands to what is stored, and will stand once others are."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from retrieval.claims import Claims
from retrieval.store import Store, content_hash
from retrieval.types import Article, ArticleRecord


@dataclass(frozen=True, slots=True)
class Found:
    """How an article that comes in stands to what is stored."""

    article: Article
    """As it would be stored: what people have put right of `known` stays as they said."""
    digest: str
    """Of its text."""
    known: ArticleRecord | None
    """What is stored under its identity, and may be replaced."""
    twin: ArticleRecord | None = None
    """What has its text, where nothing is stored under its identity."""
    handed: tuple[ArticleRecord, Article] | None = None
    """What is stored under its identity, but is to be handed on to another input first, which was
    told that its text is there."""

    @property
    def holds(self) -> bool:
        """Whether nothing of the article has to be embedded."""
        if self.known is None:
            return self.twin is not None
        return self.known.content_hash == self.digest and self.known.title == self.article.title


async def find(
    store: Store,
    article: Article,
    collection: str,
    *,
    unique: bool,
    claims: Claims,
    freed: Container[str],
) -> Found:
    """How the article stands to what is stored now; under the identities that are `freed` nothing
    will be, once its turn has come."""
    digest = content_hash(article.text)
    known = None
    if article.identity not in freed:
        known = await store.find_identity(collection, article.identity)
        if known is not None:  # by an identity of its own, or by another that it is known by
            article = replace(article, identity=known.identity)
        elif article.alias is not None and article.alias not in freed:
            known = await store.find_identity(collection, article.alias)
            if known is not None and known.url is not None:  # of another address, by the same path
                known = None
    handed = None
    if known is not None:
        heir = await _heir(store, known, claims, freed) if known.content_hash != digest else None
        if heir is None:
            return Found(await _put_right(store, article, known), digest, known)
        handed = known, heir
    twin = await store.find_content(collection, digest) if unique else None
    return Found(article, digest, None, twin, handed)


async def _put_right(store: Store, article: Article, known: ArticleRecord) -> Article:
    """The article with the facts that people have put right of the one it takes the place of."""
    names = await store.corrections(known.id)
    return replace(article, **{name: getattr(known, name) for name in names})


async def _heir(
    store: Store, known: ArticleRecord, claims: Claims, freed: Container[str]
) -> Article | None:
    """An input of this run that would lose its text, were that of `known` replaced."""
    for article in claims.on(known):
        # One with an article of its own by now has no need of this one.
        free = article.identity in freed
        if free or await store.find_identity(known.collection, article.identity) is None:
            return article
    return None


class Ahead:
    """What the library will hold once the articles of a group before this one are stored."""

    def __init__(self, unique: bool) -> None:
        self._unique = unique
        self._stored: dict[str, tuple[str, str]] = {}
        """Text and title of what is to be stored, by its identity."""
        self._texts: set[str] = set()
        self._replaced: set[int] = set()
        """Articles whose text will be another."""
        self.freed: set[str] = set()
        """Identities of the articles that will be handed on."""

    def stores(self, found: Found) -> bool:
        """Whether the article found, the next one, has to be stored."""
        article = found.article
        if found.handed is not None:
            self.freed.add(article.identity)
        if not self._needed(found):
            return False
        self._stored[article.identity] = found.digest, article.title
        self._texts.add(found.digest)
        if found.known is not None and found.known.content_hash != found.digest:
            self._replaced.add(found.known.id)
        return True

    def _needed(self, found: Found) -> bool:
        article = found.article
        if article.identity in self._stored:
            return self._stored[article.identity] != (found.digest, article.title)
        if found.known is None and self._unique and found.digest in self._texts:
            return False
        if found.twin is not None and found.twin.id in self._replaced:
            return True
        return not found.holds
