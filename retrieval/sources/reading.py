"""What reading gives: an article, or the reason why there is none."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import PurePath

from retrieval.errors import SourceError
from retrieval.sources.addresses import is_front, on_the_web
from retrieval.sources.draft import Draft
from retrieval.types import PASTED, Article

TITLE_WORDS = 12
"""Words of a text that stand in for the title it does not have."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one thing that was to be read. Either `article` or `error` is set."""

    ref: str
    """As shown to a person: the path, for a row of a .jsonl `path#id` or, where it has no id,
    `path# line 3`, the url, or `-`."""
    external_id: str | None = None
    article: Article | None = None
    error: SourceError | None = None


def title_of(text: str) -> str:
    """The first words of a text without a title."""
    words = text.split(None, TITLE_WORDS)
    title = " ".join(words[:TITLE_WORDS])[:120].rstrip()
    return f"{title}…" if len(words) > TITLE_WORDS or len(title) == 120 else title


def file_article(draft: Draft, path: str) -> Article:
    """The article of a file: identified by its path, wherever that is named from, and called
    after it when it names no title. A saved page tells where it was saved from."""
    stem = " ".join(PurePath(_as_text(path)).stem.replace("_", " ").split())
    return _article(
        draft,
        identity=_as_text(os.path.abspath(path)),
        title=draft.title or stem or title_of(draft.text),
        url=_saved_from(draft) if draft.kind == "html" else None,
    )


def _saved_from(draft: Draft) -> str | None:
    """The address that a page says is its own. Some sites name their front page on every page:
    the article is not to be found there."""
    address = on_the_web(draft.url, None)
    return None if address is None or is_front(address) else address


def _as_text(path: str) -> str:
    """A path that can be stored as text: bytes of a name that are not UTF-8 written out."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def pasted_article(draft: Draft) -> Article:
    """The article of a text that came without a name: identified by its content."""
    identity = pasted_identity(draft.text)
    return _article(draft, identity=identity, title=draft.title or title_of(draft.text))


def pasted_identity(text: str) -> str:
    """What makes a text that came without a name the same when it comes again."""
    return f"{PASTED}{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _article(draft: Draft, *, identity: str, title: str, url: str | None = None) -> Article:
    return Article(
        text=draft.text,
        title=title,
        identity=identity,
        url=url,
        source=draft.source,
        author=draft.author,
        published=draft.published,
        language=draft.language,
        image=on_the_web(draft.image, draft.url),
        page_starts=draft.page_starts,
    )
