"""The JSON the commands print. Pure: values in, plain dictionaries out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from retrieval.types import Answer, ArticleRecord, CitedPassage, Hit, Quote, Receipt


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
        "error": value.error,
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
        "identity": record.identity,
        "added": record.added,
        "updated": record.updated,
        "content_hash": record.content_hash,
        "length": record.length,
        "passages": record.passages,
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
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "sentence": _quote(value.sentence),
        "answer": None if value.answer is None else _quote(value.answer),
        "score": round(value.score, 6),
        "link": citation.link,
        "also_in": list(value.also_in),
    }


def _quote(value: Quote) -> dict[str, Any]:
    return {"text": value.text, "start": value.start, "end": value.end}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
