"""The values that travel between the parts of the engine. All are frozen; none holds an array.

Offsets are counted in code points of the stored article text, `start` included, `end` excluded,
so that `text[start:end]` is what they speak of. Dates are ISO 8601 strings that sort as text:
`YYYY-MM-DD`, or in UTC `YYYY-MM-DDTHH:MM:SSZ`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from retrieval.errors import Reason, RetrievalError

DEFAULT_COLLECTION = "default"


class Span(NamedTuple):
    """A stretch of an article's text, in code points."""

    start: int
    end: int

    def since(self, start: int) -> Span:
        """The same stretch, counted from `start`."""
        return Span(self.start - start, self.end - start)


PASTED = "text:"
"""What the identity of an article begins with that came without a name."""


class PageState(NamedTuple):
    """What a server said of a page's state, for asking it whether that has changed."""

    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Article:
    """What a source gives: a text and what is known of it. Not yet stored.

    `identity` says what makes it the same article when it comes again: its url, else the path it
    was read from (for a row of a .jsonl `path#id`, or `path# line 3` where it has no id), else a
    name made from its content.
    """

    text: str
    title: str
    identity: str
    url: str | None = None
    source: str | None = None
    """The publisher or site, as a reader would name it."""
    author: str | None = None
    published: str | None = None
    language: str | None = None
    """ISO 639-1, lower case."""
    external_id: str | None = None
    """The `id` of a .jsonl row."""
    origin: str | None = None
    """A link to where it was brought from (a Discord message), for what has no url of its own."""
    added_by: str | None = None
    page_starts: tuple[int, ...] = ()
    """Offset at which each page of a paged document begins; empty for what has no pages."""
    image: str | None = None
    """Address of the picture it is shown with, on the web; nobody has looked at it."""
    page: PageState | None = None
    """Set where it was read from its url, so that it may be read again from there."""
    alias: str | None = None
    """Another identity by which it is known as well: the path of a file that came with a url."""


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """A stored article without its text."""

    id: int
    collection: str
    identity: str
    title: str
    url: str | None
    source: str | None
    author: str | None
    published: str | None
    language: str | None
    external_id: str | None
    origin: str | None
    added_by: str | None
    added: str
    """When it was first stored, UTC."""
    updated: str
    """When its text or facts last changed, UTC."""
    content_hash: str
    """SHA-256 of the text, in hexadecimal."""
    length: int
    """Code points in the text."""
    passages: int
    page_starts: tuple[int, ...] = ()
    version: int = 1
    """Number of its present text; the texts before it were 1, 2, …"""
    stored: str = ""
    """When its present text was stored, UTC."""
    gone: str | None = None
    """Since when its page has been gone, UTC; None while it is there, as far as is known."""
    image: str | None = None
    """Address of its picture; None for what has none, or was stored before pictures were kept."""


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """What an article said before, and what was known of it then."""

    number: int
    """From 1, the oldest."""
    title: str
    url: str | None
    source: str | None
    author: str | None
    published: str | None
    stored: str
    """When this text was stored, UTC."""
    replaced: str
    """When another took its place, UTC."""
    length: int
    """Code points in the text."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that is polled for new articles."""

    id: int
    collection: str
    url: str
    title: str
    site: str | None
    """Its website."""
    added: str
    added_by: str | None
    announce: str | None
    """Where new articles are announced, in words of whoever runs the bot."""
    report: str | None
    """Where to say that it is broken, likewise."""
    etag: str | None
    last_modified: str | None
    digest: str | None
    """SHA-256 of what was read last."""
    interval_s: int
    """Seconds between two polls, as often as it has changed lately."""
    due: str
    """When it is polled next, UTC."""
    polled: str | None
    """When it was polled last."""
    succeeded: str | None
    """When that worked last."""
    failures: int
    """Polls that failed since then."""
    error: str | None
    """Why the last one failed, in English."""
    items: int
    """Articles that came from it."""
    waiting: int
    """Entries still to be read."""
    failed: int
    """Entries that could not be made into articles."""
    reason: Reason
    """What `error` says, for a program; OTHER where that is not known."""
    facts: Mapping[str, str | int]
    """Values that go with the reason."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A passage as cutting makes it: where it lies in its article, not yet stored."""

    start: int
    end: int
    paragraph: int
    """Number of the paragraph in which it starts, from 1."""
    sentences: tuple[Span, ...]
    """Its sentences, in order, as offsets in the article's text."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored passage. `text == article text[start:end]`."""

    id: int
    article_id: int
    ordinal: int
    """Its place among its article's passages, from 0."""
    start: int
    end: int
    paragraph: int
    text: str
    sentences: tuple[Span, ...]

    def words(self, span: Span) -> str:
        """What stands in it at a span of the article."""
        return self.text[slice(*span.since(self.start))]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, and what each side thought of it."""

    passage: Passage
    score: float
    """Fused score; higher is better, comparable within one question."""
    dense: float | None = None
    """Cosine of question and passage, -1..1."""
    lexical: float | None = None
    """BM25, from 0 up."""
    dense_rank: int | None = None
    lexical_rank: int | None = None
    sentence: Span | None = None
    """Its best sentence for the question."""
    answer: Span | None = None
    """The words in it that answer, where a reader found some."""
    features: Mapping[str, float] = field(default_factory=dict)
    """What the score was made of, by name."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of an article, verbatim: `text == article text[start:end]`."""

    text: str
    article_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote is from, as shown to a person."""

    title: str
    source: str | None
    author: str | None
    published: str | None
    url: str | None
    paragraph: int
    page: int | None
    """Page number in a paged document, from 1."""
    link: str | None
    """The url with a text fragment that opens it at the sentence; None where there is no url."""
    added: str
    """When the text was stored, UTC: for "stored on" where the page may be gone."""
    origin: str | None = None
    version: int = 1
    """Which of the article's texts it speaks of."""
    gone: str | None = None
    """Since when the page has been gone, UTC."""
    read_from: str | None = None
    """The path it was read from, where there is no url; for whoever runs this machine alone."""


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """One of an answer's passages."""

    rank: int
    passage: Passage
    sentence: Quote
    score: float
    citation: Citation
    answer: Quote | None = None
    """The very words that answer, within the sentence, where a reader found them."""
    external_id: str | None = None
    also_in: tuple[int, ...] = ()
    """Articles whose near-identical passage was folded into this one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to a question. `answer` is None exactly when `answered` is false."""

    question: str
    answered: bool
    confidence: float
    """Calibrated probability, 0..1, that the first passage answers the question."""
    answer: Quote | None
    """The words that answer: the first passage's `answer`, or else its sentence."""
    passages: tuple[CitedPassage, ...]
    timing_ms: Mapping[str, float]


Status = Literal["added", "updated", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one article that was to be added."""

    ref: str
    status: Status
    article_id: int | None = None
    external_id: str | None = None
    title: str | None = None
    passages: int = 0
    error: RetrievalError | None = None
    same_story_as: int | None = None
    """The first other article that tells the same story in the same words."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may answer. Dates are `published` ones; an article without one never matches
    a date filter."""

    article_ids: frozenset[int] | None = None
    since: str | None = None
    """Published on or after this date."""
    before: str | None = None
    """Published before this date."""

    @property
    def empty(self) -> bool:
        """Whether every article passes."""
        return self.article_ids is None and self.since is None and self.before is None
