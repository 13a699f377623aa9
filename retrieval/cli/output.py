"""The JSON the commands print. Pure: values in, plain dictionaries out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from retrieval.types import (
    Answer,
    ArticleRecord,
    ArticleVersion,
    CitedPassage,
    Feed,
    Hit,
    Quote,
    Receipt,
)

if TYPE_CHECKING:
    from retrieval.feeds import Polled
    from retrieval.refreshing import Refreshed
    from retrieval.store.entries import FailedEntry


def line(value: Mapping[str, Any]) -> str:
    """One line of JSON, with letters as they are where standard output can say them."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def receipt(value: Receipt) -> dict[str, Any]:
    """A line of `add --json`."""
    return {
        "ref": value.ref,
        "external_id": value.external_id,
        "article_id": value.article_id,
        "title": value.title,
        "status": value.status,
        "passages": value.passages,
        "error": None if value.error is None else str(value.error),
        "same_story_as": value.same_story_as,
    }


def article(record: ArticleRecord) -> dict[str, Any]:
    """An article without its text."""
    return {
        "article_id": record.id,
        "external_id": record.external_id,
        "collection": record.collection,
        "title": record.title,
        "url": record.url,
        "source": record.source,
        "author": record.author,
        "published": record.published,
        "language": record.language,
        "image": record.image,
        "identity": record.identity,
        "added": record.added,
        "updated": record.updated,
        "content_hash": record.content_hash,
        "length": record.length,
        "passages": record.passages,
        "version": record.version,
        "stored": record.stored,
        "gone": record.gone,
    }


def version(value: ArticleVersion) -> dict[str, Any]:
    """An earlier version of an article, without its text."""
    return {
        "version": value.number,
        "title": value.title,
        "url": value.url,
        "source": value.source,
        "author": value.author,
        "published": value.published,
        "stored": value.stored,
        "replaced": value.replaced,
        "length": value.length,
    }


def feed(
    value: Feed, failed: Sequence[FailedEntry] = (), retried: Sequence[FailedEntry] = ()
) -> dict[str, Any]:
    """A feed, with its entries that could not be made into articles, and that are tried again."""
    return {
        "feed_id": value.id,
        "collection": value.collection,
        "url": value.url,
        "title": value.title,
        "site": value.site,
        "added": value.added,
        "interval_s": value.interval_s,
        "next_poll": value.due,
        "last_poll": value.polled,
        "last_success": value.succeeded,
        "failures": value.failures,
        "error": value.error,
        "items": value.items,
        "waiting": value.waiting,
        "failed": value.failed,
        "failed_entries": [each._asdict() for each in failed],
        "retried_entries": [each._asdict() for each in retried],
    }


def polled(value: Polled) -> dict[str, Any]:
    """What a poll came to."""
    return {
        "feed_id": value.feed.id,
        "collection": value.feed.collection,
        "url": value.feed.url,
        "title": value.feed.title,
        "status": value.status,
        "error": value.error,
        "next_poll": value.feed.due,
        "entries": [
            {
                "link": each.link,
                "title": each.title,
                "status": each.status,
                "article_id": each.article_id,
                "error": each.error,
                "final": each.final,
            }
            for each in value.outcomes
        ],
    }


def refreshed(value: Refreshed) -> dict[str, Any]:
    """What a look at an article's page came to."""
    return {
        "article_id": value.article_id,
        "collection": value.collection,
        "title": value.title,
        "url": value.url,
        "status": value.status,
        "version": value.version,
        "error": value.error,
    }


def answer(value: Answer) -> dict[str, Any]:
    """The object of `ask --json`."""
    found = value.answer
    return {
        "question": value.question,
        "answered": value.answered,
        "confidence": round(value.confidence, 4),
        "answer": None if found is None else {**_quote(found), "article_id": found.article_id},
        "passages": [_passage(passage) for passage in value.passages],
        "timing_ms": dict(value.timing_ms),
    }


def search(question: str, hits: list[tuple[Hit, ArticleRecord]], explain: bool) -> dict[str, Any]:
    """The object of `search --json`."""
    return {
        "query": question,
        "passages": [
            {
                "rank": rank,
                "article_id": hit.passage.article_id,
                "external_id": record.external_id,
                "title": record.title,
                "text": hit.passage.text,
                "start": hit.passage.start,
                "end": hit.passage.end,
                "score": round(hit.score, 6),
                "lexical": _rounded(hit.lexical),
                "dense": _rounded(hit.dense),
                **(_explained(hit) if explain else {}),
            }
            for rank, (hit, record) in enumerate(hits, 1)
        ],
    }


def _explained(hit: Hit) -> dict[str, Any]:
    return {
        "lexical_rank": hit.lexical_rank,
        "dense_rank": hit.dense_rank,
        "features": {name: round(value, 6) for name, value in hit.features.items()},
    }


def _passage(value: CitedPassage) -> dict[str, Any]:
    passage, citation = value.passage, value.citation
    return {
        "rank": value.rank,
        "article_id": passage.article_id,
        "external_id": value.external_id,
        "title": citation.title,
        "url": citation.url,
        "source": citation.source,
        "author": citation.author,
        "published": citation.published,
        "paragraph": citation.paragraph,
        "page": citation.page,
        "version": citation.version,
        "gone": citation.gone,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "sentence": _quote(value.sentence),
        "answer": None if value.answer is None else _quote(value.answer),
        "score": round(value.score, 6),
        "link": citation.link,
        "read_from": citation.read_from,
        "also_in": list(value.also_in),
    }


def _quote(value: Quote) -> dict[str, Any]:
    return {"text": value.text, "start": value.start, "end": value.end}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
