"""What is said of a quote: its words, where it stands, and the link that opens it there. Pure."""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice

from retrieval.fragments import text_fragment_link
from retrieval.paragraphs import paragraph_number, paragraph_spans
from retrieval.types import PASTED, ArticleRecord, Citation, Passage, Quote, Span

__all__ = ["citation", "context", "quote", "text_fragment_link"]


def quote(text: str, article_id: int, span: Span) -> Quote:
    """The words of an article's text at `span`."""
    start, end = span
    return Quote(text=text[start:end], article_id=article_id, start=start, end=end)


def citation(record: ArticleRecord, text: str, passage: Passage, span: Span) -> Citation:
    """Where the words at `span`, within `passage`, are from. `text` is the article's."""
    before = text[passage.start : span.start + 1]
    page = _page(record, span.start)
    return Citation(
        title=record.title,
        source=record.source,
        author=record.author,
        published=record.published,
        url=record.url,
        # Counted from the passage, so that a long article costs no more than a short one.
        paragraph=passage.paragraph + paragraph_number(before, len(before)) - 1,
        page=page,
        link=text_fragment_link(_at_page(record.url, page), text, span),
        added=record.stored or record.added,
        origin=record.origin,
        version=record.version,
        gone=record.gone,
        read_from=None if record.url or record.identity.startswith(PASTED) else record.identity,
    )


def context(text: str, span: Span, paragraphs: int = 1) -> Span:
    """The stretch from so many paragraphs before those that `span` touches to so many after."""
    found = paragraph_spans(text)
    first = next((n for n, p in enumerate(found) if p.end > span.start), len(found) - 1)
    touched = islice(found, first, None)
    last = first + max(sum(1 for paragraph in touched if paragraph.start < span.end) - 1, 0)
    if not found:
        return span
    start = found[max(0, first - paragraphs)].start
    end = found[min(len(found) - 1, last + paragraphs)].end
    return Span(min(start, span.start), max(end, span.end))


def _page(record: ArticleRecord, offset: int) -> int | None:
    return max(1, bisect_right(record.page_starts, offset)) if record.page_starts else None


def _at_page(url: str | None, page: int | None) -> str | None:
    """The url of a paged document, opened at the page by viewers that search no text."""
    if url is None or page is None or url.partition("#")[2]:
        return url
    return f"{url.rstrip('#')}#page={page}"
