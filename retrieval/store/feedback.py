"""What people thought of answers.

Whoever answers people out of this library and asks what they think of it keeps that in tables of
its own, in the same file, and offers a view named `feedback` over them, a row for each vote:

    collection, question   where and for what was looked
    kind                   `asked`, or `follow_up` for a question that took words of the one before
    answered               whether there was an answer
    article_id, sentence_start, sentence_end
                           the best sentence of the first passage, null where there was none
    asked                  when, UTC
    helpful, expected      what a person thought, and which answer that person had expected, or null
"""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.store.part import Part

_VOTES = """SELECT question, kind, answered, article_id, sentence_start, sentence_end, asked,
    helpful, expected FROM feedback WHERE collection = ? ORDER BY asked, question"""


@dataclass(frozen=True, slots=True)
class Vote:
    """What a person thought of an answer."""

    question: str
    kind: str
    answered: bool
    article_id: int | None
    """The article that came first."""
    sentence_start: int | None
    sentence_end: int | None
    asked: str
    helpful: bool
    expected: str | None


class Feedback(Part):
    """Votes, of libraries that have any."""

    async def voted(self) -> dict[str, int]:
        """The collections with votes, and how many they have."""
        if not await self.has_votes():
            return {}
        sql = "SELECT collection, COUNT(*) FROM feedback GROUP BY collection ORDER BY collection"
        return {row[0]: row[1] for row in await self._database.rows(sql)}

    async def votes(self, collection: str) -> list[Vote]:
        """The votes in a collection, oldest answer first."""
        if not await self.has_votes():
            return []
        return [_vote(*row) for row in await self._database.rows(_VOTES, (collection,))]

    async def has_votes(self) -> bool:
        """Whether a bot keeps its records in this library: votes, and what belongs to them."""
        sql = "SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = 'feedback'"
        return await self._database.row(sql) is not None


def _vote(
    question: str,
    kind: str,
    answered: int,
    article_id: int | None,
    start: int | None,
    end: int | None,
    asked: str,
    helpful: int,
    expected: str | None,
) -> Vote:
    place = (article_id, start, end)
    return Vote(question, kind, bool(answered), *place, asked, bool(helpful), expected)
