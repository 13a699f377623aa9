"""Web pages into drafts of articles."""

from __future__ import annotations

from retrieval.dates import date_or_none
from retrieval.sources.draft import Draft, one_line, tidy
from retrieval.sources.notices import without_notices


def page(html: str, url: str | None = None) -> Draft:
    """The article in a page and what the page says of it; the text is empty where there is none."""
    from trafilatura import bare_extraction

    found = bare_extraction(html, url=url, with_metadata=True, include_comments=False)
    if found is None:
        return Draft(text="")
    text = tidy((found.text or "").replace("\n", "\n\n"))
    return Draft(
        text=without_notices(text),
        title=one_line(found.title),
        author=one_line(found.author),
        published=date_or_none(found.date),
        source=one_line(found.sitename),
        language=found.language,
        url=one_line(found.url),
    )
