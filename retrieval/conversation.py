"""Asking with the turn before in mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from retrieval.analysis import content_terms, terms
from retrieval.confidence import default_threshold
from retrieval.followup import Turn, resolve
from retrieval.library import Library
from retrieval.types import Answer, CitedPassage, Filters

_NO_FILTERS = Filters()
KNOWN_ARTICLE = 0.5
"""Of the threshold is enough in the article that is being talked about: that it is the right one
is most of what confidence doubts, and a follow-up says little to find it by."""


async def ask_after(
    library: Library,
    question: str,
    before: Turn,
    *,
    collection: str,
    limit: int | None = None,
    filters: Filters = _NO_FILTERS,
    threshold: float | None = None,
) -> Answer:
    """The answer to a question asked in reply to an earlier answer.

    A follow-up is looked for in the article of that answer, and in the others only when it is
    not answered there, or only opens like one and may be about something else; where nothing
    answers, the nearest are those of that article. Only what the filters leave answers. Raises
    QuestionError.
    """
    wanted = resolve(question, before)

    async def ask(text: str, within: Filters, enough: float | None = threshold) -> Answer:
        return await library.ask(
            text, collection=collection, limit=limit, filters=within, threshold=enough
        )

    if wanted.alone or before.article_id is None:
        return await ask(wanted.anywhere, filters)
    set_to = library.settings.threshold if threshold is None else threshold
    if set_to is None:
        set_to = default_threshold(read=library.settings.reader)
    enough = KNOWN_ARTICLE * set_to
    same = _of_article(before.article_id, filters)
    here = await ask(wanted.question, same, enough)
    if here.answered and not wanted.whole:
        return here
    there = await ask(wanted.anywhere, filters)
    if not _answers(there, besides=before.article_id):
        return here if here.passages else there
    return here if here.answered and not _is_meant(there, here, wanted.question) else there


def _of_article(article_id: int, filters: Filters) -> Filters:
    """What the filters leave of one article."""
    only = frozenset({article_id})
    left = only if filters.article_ids is None else only & filters.article_ids
    return replace(filters, article_ids=left)


def _answers(found: Answer, *, besides: int) -> bool:
    """Whether another article answers. The one that was asked already has said that it does not:
    what the question before lends would only lead back to the sentence that answered that."""
    return found.answered and found.passages[0].passage.article_id != besides


def _is_meant(there: Answer, here: Answer, question: str) -> bool:
    """Whether an answer from another article is the one, though that before has one as well: it is
    surer, and the question names what only the other speaks of."""
    named = _said(there.passages[:1]).intersection(content_terms(question))
    return there.confidence > here.confidence and not named <= _said(here.passages)


def _said(passages: Sequence[CitedPassage]) -> set[str]:
    return {
        term for cited in passages for term in terms(f"{cited.citation.title} {cited.passage.text}")
    }
