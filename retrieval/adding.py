"""The walk of an article: known already or not, cut, embedded, stored, indexed.

Articles come in groups, so that short ones are embedded together; each is still stored in a
transaction of its own and is whole or absent.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from retrieval import analysis
from retrieval.chunking import passages as cut_passages
from retrieval.embedding.protocol import Embedded, Embedder, Matrix, PassageText
from retrieval.errors import EmptyError, Reason, RetrievalError
from retrieval.shelf import OnProgress, Shelf
from retrieval.store import NewPassage, Store, content_hash
from retrieval.store.articles import missing_article
from retrieval.stories import StoryFinder
from retrieval.titles import fitting
from retrieval.types import Article, ArticleRecord, Cut, Receipt, Span, Status
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
    """An incoming article that has to be stored."""

    incoming: Incoming
    replaces: ArticleRecord | None
    cuts: list[Cut]


class Adding:
    """Adds articles to one store."""

    def __init__(self, store: Store, shelf: Shelf, worker: Worker) -> None:
        self._store = store
        self._shelf = shelf
        self._worker = worker
        self._stories = StoryFinder(store, worker)
        self._turns: dict[str, asyncio.Lock] = {}

    async def add(
        self,
        group: Sequence[Incoming],
        embedder: Embedder,
        *,
        collection: str,
        unique: bool,
        on_progress: OnProgress | None = None,
        on_receipt: Callable[[Receipt], None] | None = None,
    ) -> list[Receipt]:
        """Add a group of articles; a receipt each, in the order given. What fails for a reason
        its user can act on is told by its receipt, and the others go on."""
        started = time.monotonic()
        group = [replace(each, article=fitting(each.article)) for each in group]
        plans = await self._plans(group, embedder, collection, unique)
        planned = [plan for plan in plans if isinstance(plan, _Planned)]
        embedded = await self._embed(planned, embedder, on_progress)
        receipts = []
        at = 0
        for plan in plans:
            if isinstance(plan, Receipt):
                receipt = plan
            else:
                part = Embedded(
                    embedded.vectors[at : at + len(plan.cuts)],
                    embedded.sentences[at : at + len(plan.cuts)],
                )
                at += len(plan.cuts)
                receipt = await self._put(plan, embedder, part, collection, unique)
            receipts.append(receipt)
            if on_receipt:
                on_receipt(receipt)
        log.info(
            "added %d articles with %d passages in %.2f s",
            sum(receipt.status in ("added", "updated") for receipt in receipts),
            at,
            time.monotonic() - started,
        )
        return receipts

    async def put_anew(
        self, collection: str, article: Article, known: ArticleRecord, embedder: Embedder
    ) -> ArticleRecord:
        """Store an article in place of one whose embedded text has changed."""
        cuts = await self._worker.run_background(_cut, article, embedder)
        plan = _Planned(Incoming(known.identity, article), known, cuts)
        embedded = await self._embed([plan], embedder, None)
        await self._store_planned(plan, embedder, embedded, collection, known.id)
        return await self._store.article(collection, known.id)

    async def _plans(
        self, group: Sequence[Incoming], embedder: Embedder, collection: str, unique: bool
    ) -> list[_Planned | Receipt]:
        plans: list[_Planned | Receipt] = []
        for incoming in group:
            try:
                known = await self._known(incoming, collection, unique)
            except RetrievalError as reason:
                known = _failed(incoming, reason)
            if isinstance(known, Receipt):
                plans.append(known)
                continue
            cuts = await self._worker.run_background(_cut, incoming.article, embedder)
            if cuts:
                plans.append(_Planned(incoming, known, cuts))
            else:
                error = EmptyError("there is no text in it", Reason.NO_TEXT)
                named = error.told(f"{incoming.ref} has no text in it.", incoming.ref)
                plans.append(_failed(incoming, named))
        return plans

    async def _known(
        self, incoming: Incoming, collection: str, unique: bool
    ) -> ArticleRecord | Receipt | None:
        """A receipt where nothing has to be embedded, else the article to be replaced, if any."""
        article = incoming.article
        known = await self._store.find_identity(collection, article.identity)
        digest = content_hash(article.text)
        if known is None and incoming.must_exist:
            raise missing_article(collection, incoming.ref)
        if known is None:
            twin = await self._store.find_content(collection, digest) if unique else None
            return None if twin is None else _receipt(incoming, "unchanged", twin)
        if known.content_hash != digest or known.title != article.title:
            return known
        status = await self._renew_facts(known, article)
        return _receipt(incoming, status, await self._store.article(collection, known.id))

    async def _renew_facts(self, known: ArticleRecord, article: Article) -> Status:
        """Take over the facts that the same article brings when it comes again."""
        new = {
            name: value
            for name in ("url", "source", "author", "published", "image")
            if (value := getattr(article, name)) is not None and value != getattr(known, name)
        }
        if not new:
            return "unchanged"
        async with self._shelf.lock(known.collection):
            done = await self._store.update_facts(known.id, identity=known.identity, **new)
            await self._shelf.apply(
                known.collection, before=done.version_before, after=done.version, removed=()
            )
        # Addresses of pictures are often signed anew for every reader: no news of the article.
        return "unchanged" if new.keys() == {"image"} else "updated"

    async def _embed(
        self, plans: Sequence[_Planned], embedder: Embedder, on_progress: OnProgress | None
    ) -> Embedded:
        """Embed the passages of all plans, of like length together, and give them in order."""
        texts = [_passage_text(plan.incoming.article, cut) for plan in plans for cut in plan.cuts]
        order = sorted(range(len(texts)), key=lambda i: len(texts[i].text), reverse=True)
        vectors = np.zeros((len(texts), embedder.dimension), np.float32)
        sentences: list[Matrix] = [vectors[:0]] * len(texts)
        for at in range(0, len(order), EMBED_BATCH):
            batch = order[at : at + EMBED_BATCH]
            part = await self._worker.run_background(embedder.passages, [texts[i] for i in batch])
            vectors[batch] = part.vectors
            for i, matrix in zip(batch, part.sentences, strict=True):
                sentences[i] = matrix
            if on_progress:
                on_progress(at + len(batch), len(order))
        return Embedded(vectors, sentences)

    async def _put(
        self, plan: _Planned, embedder: Embedder, embedded: Embedded, collection: str, unique: bool
    ) -> Receipt:
        incoming = plan.incoming
        try:
            # One at a time, so that of two who bring the same one is told that it is there.
            async with self._turns.setdefault(collection, asyncio.Lock()):
                # Asked again: somebody else may have come first while this was embedded.
                known = await self._known(incoming, collection, unique)
                if isinstance(known, Receipt):
                    return known
                article_id = await self._store_planned(
                    plan, embedder, embedded, collection, known.id if known else None
                )
        except RetrievalError as error:
            return _failed(incoming, error)
        status: Status = "added" if known is None else "updated"
        receipt = _receipt(incoming, status, await self._store.article(collection, article_id))
        same = await self._store.same_story(article_id)
        return replace(receipt, same_story_as=same[0]) if same else receipt

    async def _store_planned(
        self,
        plan: _Planned,
        embedder: Embedder,
        embedded: Embedded,
        collection: str,
        known: int | None,
    ) -> int:
        article = plan.incoming.article
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
            )
            await self._shelf.apply(
                collection,
                before=written.version_before,
                after=written.version,
                removed=written.removed,
                added=written.passage_ids,
                vectors=embedded.vectors,
            )
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
        sentences=tuple(Span(s.start - cut.start, s.end - cut.start) for s in cut.sentences),
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
        )
        for cut, vector, sentences in zip(cuts, embedded.vectors, embedded.sentences, strict=True)
    ]


def _receipt(incoming: Incoming, status: Status, record: ArticleRecord) -> Receipt:
    return Receipt(
        ref=incoming.ref,
        status=status,
        article_id=record.id,
        external_id=incoming.article.external_id,
        title=record.title,
        passages=record.passages,
    )


def _failed(incoming: Incoming, error: RetrievalError) -> Receipt:
    return Receipt(
        ref=incoming.ref,
        status="failed",
        external_id=incoming.article.external_id,
        title=incoming.article.title,
        error=error,
    )
