"""What one run of adding has said is in the library already, and under whose name it is there.

A text that comes under two names is one article, known by the name it came under first. Where a
later input of the run brings another text under that name, the text is still owed to the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from retrieval.types import Article, ArticleRecord


class Claims:
    """The inputs of a run whose text is in an article of another name."""

    def __init__(self) -> None:
        self._on: dict[tuple[int, str], dict[str, Article]] = {}
        self._of: dict[str, tuple[int, str]] = {}

    def note(self, article: Article, twin: ArticleRecord | None) -> None:
        """Note in which article of another name the text is, None where it has one of its own."""
        # Of a name that comes more than once the last text counts.
        if (before := self._of.pop(article.identity, None)) is not None:
            del self._on[before][article.identity]
        if twin is not None:
            place = self._of[article.identity] = twin.id, twin.content_hash
            # Without its text, which the twin has: a run may bring any number of these.
            self._on.setdefault(place, {})[article.identity] = replace(article, text="")

    def on(self, record: ArticleRecord) -> Iterable[Article]:
        """Those whose text is in this article as it is now, without their texts."""
        return tuple(self._on.get((record.id, record.content_hash), {}).values())
