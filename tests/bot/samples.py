"""Answers made by hand, for tests of how they are shown."""

from __future__ import annotations

from retrieval.errors import Reason
from retrieval.types import (
    Answer,
    ArticleRecord,
    Citation,
    CitedPassage,
    Feed,
    Passage,
    Quote,
    Span,
)

SENTENCE = "In April, China deployed 150,000 troops to the North Korean border."
TEXT = f"Fears of an escalation have grown. {SENTENCE} Cargo ships were turned back."


def cited(
    text: str = TEXT,
    sentence: str = SENTENCE,
    *,
    rank: int = 1,
    title: str = "China Ramps Up Military Defense",
    link: str | None = "https://news.example/china#:~:text=In%20April",
    url: str | None = "https://news.example/china",
    origin: str | None = None,
    source: str | None = "Example News",
    published: str | None = "2017-07-24",
    base: int = 100,
) -> CitedPassage:
    start = base + text.index(sentence)
    passage = Passage(
        id=rank,
        article_id=7,
        ordinal=0,
        start=base,
        end=base + len(text),
        paragraph=8,
        text=text,
        sentences=(Span(base, base + len(text)),),
    )
    citation = Citation(
        title=title,
        source=source,
        author=None,
        published=published,
        url=url,
        paragraph=8,
        page=None,
        link=link,
        added="2024-05-01T10:00:00Z",
        origin=origin,
    )
    quote = Quote(sentence, 7, start, start + len(sentence))
    return CitedPassage(rank, passage, quote, 1.0, citation)


def answered(*passages: CitedPassage, question: str = "how many troops?") -> Answer:
    best = passages[0].sentence if passages else None
    return Answer(question, bool(passages), 0.9, best, passages, {})


def missed(*passages: CitedPassage, question: str = "who won the cup?") -> Answer:
    return Answer(question, False, 0.1, None, passages, {})


def record(**changes: object) -> ArticleRecord:
    facts: dict[str, object] = {
        "id": 7,
        "collection": "discord:1",
        "identity": "x",
        "title": "China Ramps Up Military Defense",
        "url": "https://news.example/china",
        "source": "Example News",
        "author": "A. Writer",
        "published": "2017-07-24",
        "language": "en",
        "external_id": None,
        "origin": None,
        "added_by": "123",
        "added": "2024-05-01T10:00:00Z",
        "updated": "2024-05-01T10:00:00Z",
        "content_hash": "0" * 64,
        "length": 4321,
        "passages": 9,
        "image": "https://news.example/china.jpg",
    }
    return ArticleRecord(**{**facts, **changes})  # type: ignore[arg-type]


def feed(**changes: object) -> Feed:
    facts: dict[str, object] = {
        "id": 1,
        "collection": "discord:1",
        "url": "https://news.example/rss",
        "title": "Example News",
        "site": "https://news.example/",
        "added": "2024-05-01T10:00:00Z",
        "added_by": "123",
        "announce": None,
        "report": None,
        "etag": None,
        "last_modified": None,
        "digest": None,
        "interval_s": 3600,
        "due": "2024-05-02T11:00:00Z",
        "polled": "2024-05-02T10:00:00Z",
        "succeeded": "2024-05-02T10:00:00Z",
        "failures": 0,
        "error": None,
        "items": 12,
        "waiting": 0,
        "failed": 0,
        "reason": Reason.OTHER,
        "facts": {},
    }
    return Feed(**{**facts, **changes})  # type: ignore[arg-type]
