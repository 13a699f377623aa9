"""Titles as they can be shown and searched: one line, of a length that titles have. Pure."""

from __future__ import annotations

from dataclasses import replace

from retrieval.sources.draft import one_line
from retrieval.sources.reading import title_of
from retrieval.types import Article

LONGEST = 500
"""Characters. A title is searched with every passage of its article, and so is stored with each:
a page that is all title would fill a disk."""


def shortened(title: str) -> str:
    """The title on one line, or as many of its words as fit; empty where nothing of it is seen."""
    title = one_line(title) or ""
    if len(title) <= LONGEST:
        return title
    cut = title[: LONGEST - 1]
    return f"{cut.rpartition(' ')[0].rstrip() or cut}…"


def fitting(article: Article) -> Article:
    """The article under a title that fits."""
    title = shortened(article.title) or title_of(article.text)
    return article if title == article.title else replace(article, title=title)
