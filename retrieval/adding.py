"""The walk of an article: known already or not, cut, embedded, stored, indexed.

Articles come in groups, so that short ones are embedded together; each is still stored in a
transaction of its own and is whole or absent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from retrieval import analysis
from retrieval.chunking import passages as cut_passages
from retrieval.claims import Claims
from retrieval.embedding.protocol import Embedded, Embedder, Matrix, PassageText, TokenVectors
from retrieval.errors import EmptyError, Reason, RetrievalError
from retrieval.finding import Ahead, Found, find
from retrieval.shelf import OnProgress, Shelf
from retrieval.store import NewPassage, Overtaken, Seen, Store
from retrieval.store.articles import missing_article
from retrieval.stories import StoryFinder
from retrieval.titles import fitting
from retrieval.types import Article, ArticleRecord, Cut, Receipt, Status
from retrieval.worker import Worker

log = logging.getLogger(__name__)

EMBED_BATCH = 16
"""Passages embedded at a time: a question waits for one batch at most, some 0.3 s."""
TITLE_TOKENS = 48
"""Tokens of a title that the window keeps free for it; what a longer one has more is not read."""
SPARE_TOKENS = 8
"""Tokens kept free for what composing adds, and for words that split otherwise in company."""
MIN_PASSAGE_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article to be added, and what the person who added it called it."""

    ref: str
    article: Article
    must_exist: bool = False
    """Whether it is only to take the place of what is stored under its identity."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """An incoming article, with its passages where it will have to be stored, as far as can be
    foreseen."""

    incoming: Incoming
    article: Article
    """As it is to be stored, with what people have put right of the one it replaces."""
    cuts: list[Cut]


@dataclass(frozen=True, slots=True)
class _Round:
    """How a group is added."""

    embedder: Embedder
    collection: str
    unique: bool
    claims: Claims
    handed: dict[int, str | None] = field(default_factory=dict)
    """External ids of the articles that were handed on meanwhile."""


class Adding:
    """Adds articles to one store."""

    def __init__(self, store: Store, shelf: Shelf, worker: Worker) -> None:
        self._store = store
        self._shelf = shelf
        self._worker = worker
        self._stories = StoryFinder(store, worker)

    async def add(
        self,
        group: Sequence[Incoming],
        embedder: Embedder,
        *,
        collection: str,
        unique: bool,
        claims: Claims | None = None,
        on_progress: OnProgress | None = None,
    ) -> list[Receipt]:
        """Add a group of articles; a receipt each, in the order given. What fails for a reason
        its user can act on is told by its receipt, and the others go on. Groups that are added
        one after another in one run share their `claims`."""
        started = time.monotonic()
        group = [replace(each, article=fitting(each.article)) for each in group]
        way = _Round(embedder, collection, unique, Claims() if claims is None else claims)
        plans = await self._plans(group, way)
        planned = [plan for plan in plans if isinstance(plan, _Planned)]
        embedded = await self._embed(planned, embedder, on_progress)
        receipts = []
        at = 0
        for plan in plans:
            if isinstance(plan, Receipt):
                receipts.append(plan)
                continue
            until = at + len(plan.cuts)
            part = embedded.part(at, until)
            at = until
            receipts.append(await self._put(plan, part, way))
        log.info(
            "added %d articles with %d passages in %.2f s",
            sum(receipt.status in ("added", "updated") for receipt in receipts),
            at,
            time.monotonic() - started,
        )
        return [_readdressed(receipt, way.handed) for receipt in receipts]

    async def put_anew(
        self,
        known: ArticleRecord,
        change: Callable[[ArticleRecord, str], Article],
        corrected: Iterable[str],
        embedder: Embedder,
    ) -> ArticleRecord:
        """Store what `change` makes of an article and its text in its place; `corrected` are the
        facts that a person has put right by it. All of it happens or nothing. Raises
        NotFoundError where it is removed meanwhile."""
        collection = known.collection
        while True:
            article = change(known, await self._store.text(known.id))
            cuts = await self._worker.run_background(_cut, article, embedder)
            plan = _Planned(Incoming(known.identity, article), article, cuts)
            embedded = await self._embed([plan], embedder, None)
            seen = Seen(known, unique=False)
            with suppress(Overtaken):
                await self._store_planned(
                    plan, embedder, embedded, collection, seen, corrected=corrected
                )
                return await self._store.article(collection, known.id)
            known = await self._store.article(collection, known.id)

    async def _plans(self, group: Sequence[Incoming], way: _Round) -> list[_Planned | Receipt]:
        """What has to be embedded, as far as can be foreseen; a receipt for what fails."""
        plans: list[_Planned | Receipt] = []
        ahead = Ahead(way.unique)
        for incoming in group:
            cuts: list[Cut] = []
            try:
                found = await self._find(incoming, way, ahead.freed)
                if ahead.stores(found):
                    cuts = await self._cuts(incoming.ref, found.article, way.embedder)
                way.claims.note(found.article, None if cuts else found.twin)
                plans.append(_Planned(incoming, found.article, cuts))
            except RetrievalError as error:
                plans.append(_failed(incoming, error))
        return plans

    async def _cuts(self, ref: str, article: Article, embedder: Embedder) -> list[Cut]:
        """The article's passages. Raises EmptyError where there are none."""
        cuts = await self._worker.run_background(_cut, article, embedder)
        if not cuts:
            error = EmptyError("there is no text in it", Reason.NO_TEXT)
            raise error.told(f"{ref} has no text in it.", ref)
        return cuts

    async def _find(
        self, incoming: Incoming, way: _Round, freed: Container[str] = frozenset()
    ) -> Found:
        found = await find(
            self._store,
            incoming.article,
            way.collection,
            unique=way.unique,
            claims=way.claims,
            freed=freed,
        )
        if found.known is None and incoming.must_exist:
            raise missing_article(way.collection, incoming.ref)
        return found

    async def _renew_facts(self, known: ArticleRecord, article: Article) -> Status:
        """Take over the facts that the same article brings when it comes again."""
        new = {
            name: value
            for name in ("url", "source", "author", "published", "image")
            if (value := getattr(article, name)) is not None and value != getattr(known, name)
        }
        alias = article.alias
        if alias is not None:
            named = await self._store.find_identity(known.collection, alias)
            alias = alias if named is None or named.id != known.id else None
        if not new and alias is None:
            return "unchanged"
        async with self._shelf.lock(known.collection):
            done = await self._store.update_facts(
                known.id, identity=known.identity, alias=alias, seen=known, **new
            )
            await self._shelf.apply(known.collection, done)
        # Addresses of pictures are often signed anew for every reader: no news of the article.
        return "unchanged" if new.keys() <= {"image"} else "updated"

    async def _embed(
        self, plans: Sequence[_Planned], embedder: Embedder, on_progress: OnProgress | None
    ) -> Embedded:
        """Embed the passages of all plans, of like length together, and give them in order."""
        texts = [_passage_text(plan.article, cut) for plan in plans for cut in plan.cuts]
        order = sorted(range(len(texts)), key=lambda i: len(texts[i].text), reverse=True)
        vectors = np.zeros((len(texts), embedder.dimension), np.float32)
        sentences: list[Matrix] = [vectors[:0]] * len(texts)
        tokens: list[TokenVectors | None] = [None] * len(texts)
        for at in range(0, len(order), EMBED_BATCH):
            batch = order[at : at + EMBED_BATCH]
            part = await self._worker.run_background(embedder.passages, [texts[i] for i in batch])
            vectors[batch] = part.vectors
            for i, matrix, each in zip(batch, part.sentences, part.tokens, strict=True):
                sentences[i], tokens[i] = matrix, each
            if on_progress:
                on_progress(at + len(batch), len(order))
        return Embedded(vectors, sentences, tokens)

    async def _put(self, plan: _Planned, embedded: Embedded, way: _Round) -> Receipt:
        incoming = plan.incoming
        try:
            while True:
                # Asked again, and in the order given: those before it in its group, or somebody
                # else, may have stored its text meanwhile, taken away the article that had it, or
                # put its title right, which is embedded too.
                found = await self._find(incoming, way)
                ready = bool(plan.cuts) and plan.article.title == found.article.title
                if not ready and not found.holds:
                    cuts = await self._cuts(incoming.ref, found.article, way.embedder)
                    plan = _Planned(incoming, found.article, cuts)
                    embedded = await self._embed([plan], way.embedder, None)
                    continue
                plan = replace(plan, article=found.article)
                with suppress(Overtaken):
                    return await self._settle(plan, found, embedded, way)
        except RetrievalError as error:
            return _failed(incoming, error)

    async def _settle(
        self, plan: _Planned, found: Found, embedded: Embedded, way: _Round
    ) -> Receipt:
        """Do what is to be done for an article. Raises Overtaken."""
        ref, article = plan.incoming.ref, plan.article
        known = found.known
        if found.handed is not None:
            await self._hand_over(*found.handed, way)
        if known is None and found.twin is not None:
            way.claims.note(article, found.twin)
            return _receipt(ref, "unchanged", found.twin)
        way.claims.note(article, None)
        if known is not None and found.holds:
            status = await self._renew_facts(known, article)
            return _receipt(ref, status, await self._store.article(way.collection, known.id))
        article_id = await self._store_planned(
            plan,
            way.embedder,
            embedded,
            way.collection,
            Seen(known, way.unique),
        )
        receipt = _receipt(
            ref,
            "added" if known is None else "updated",
            await self._store.article(way.collection, article_id),
        )
        same = await self._store.same_story(article_id)
        return replace(receipt, same_story_as=same[0]) if same else receipt

    async def _hand_over(self, record: ArticleRecord, heir: Article, way: _Round) -> None:
        async with self._shelf.lock(way.collection):
            done = await self._store.hand_over(record, heir)
            await self._shelf.apply(way.collection, done)
        way.handed[record.id] = heir.external_id

    async def _store_planned(
        self,
        plan: _Planned,
        embedder: Embedder,
        embedded: Embedded,
        collection: str,
        seen: Seen,
        *,
        corrected: Iterable[str] = (),
    ) -> int:
        """Store it, in place of the article of its identity that was seen. Raises Overtaken."""
        article = plan.article
        known = seen.known.id if seen.known else None
        new = await self._worker.run_background(_new_passages, article, plan.cuts, embedded)
        async with self._shelf.lock(collection):
            story = await self._stories.story(collection, [each.body_terms for each in new], known)
            written = await self._store.put_article(
                collection,
                article,
                passages=new,
                model=embedder.name,
                replace=known,
                story=story,
                seen=seen,
                corrected=corrected,
            )
            await self._shelf.apply(collection, written, embedded.vectors)
        return written.article_id


def _cut(article: Article, embedder: Embedder) -> list[Cut]:
    [title] = embedder.count_tokens([article.title])
    room = embedder.max_tokens - min(title, TITLE_TOKENS) - SPARE_TOKENS
    return cut_passages(
        article.text,
        count=embedder.count_tokens,
        budget=max(room, MIN_PASSAGE_TOKENS),
        language=article.language,
    )


def _passage_text(article: Article, cut: Cut) -> PassageText:
    return PassageText(
        title=article.title,
        text=article.text[cut.start : cut.end],
        sentences=tuple(each.since(cut.start) for each in cut.sentences),
    )


def _new_passages(article: Article, cuts: Sequence[Cut], embedded: Embedded) -> list[NewPassage]:
    title_terms = " ".join(analysis.terms(article.title))
    return [
        NewPassage(
            cut=cut,
            title_terms=title_terms,
            body_terms="\n".join(
                " ".join(analysis.terms(article.text[span.start : span.end]))
                for span in cut.sentences
            ),
            vector=vector,
            sentence_vectors=sentences,
            token_vectors=tokens,
        )
        for cut, vector, sentences, tokens in zip(cuts, *embedded, strict=True)
    ]


def _receipt(ref: str, status: Status, record: ArticleRecord) -> Receipt:
    return Receipt(
        ref=ref,
        status=status,
        article_id=record.id,
        # Not the input's: by this one the article is found, also where it came with another.
        external_id=record.external_id,
        title=record.title,
        passages=record.passages,
    )


def _readdressed(receipt: Receipt, handed: Mapping[int, str | None]) -> Receipt:
    """A receipt by whose external id its article is still found, whoever it was handed on to."""
    if receipt.article_id is None or receipt.article_id not in handed:
        return receipt
    return replace(receipt, external_id=handed[receipt.article_id])


def _failed(incoming: Incoming, error: RetrievalError) -> Receipt:
    return Receipt(
        ref=incoming.ref,
        status="failed",
        external_id=incoming.article.external_id,
        title=incoming.article.title,
        error=error,
    )
