"""Which of the passages found are shown: not the same thing twice. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from retrieval.similarity import likeness, pairs
from retrieval.types import Hit

HALF = 0.5
"""Share of the shorter passage that a longer one repeats, for both to say the same."""
SAME_SENTENCE = 0.6
"""Share of a sentence's terms that another has, to be that sentence in other words."""

_Group = tuple[Hit, list[Hit]]


def fold(
    hits: Sequence[Hit], terms: Mapping[int, str], limit: int, stories: Mapping[int, int]
) -> list[_Group]:
    """The `limit` best hits for showing, best first, each with those folded into it.

    A passage of the same words as a better one (`terms` gives each passage's, by id) is folded
    into it, and so is one that repeats a better one in a copy of its article: `stories` gives the
    story of an article, by its id. A copy that gives another number is not folded: readers have to
    see both. A neighbour of a better one in the same article gives way to passages from elsewhere,
    as people can open more of the article from the first one.
    """
    apart: list[_Group] = []
    neighbours: list[_Group] = []
    for group in _groups(hits, terms, stories):
        (neighbours if _adjoins(group[0], apart) else apart).append(group)
        if len(apart) >= limit:
            break
    kept = (apart + neighbours)[:limit]
    return sorted(kept, key=lambda item: (-item[0].score, item[0].passage.id))


def _groups(
    hits: Sequence[Hit], terms: Mapping[int, str], stories: Mapping[int, int]
) -> list[_Group]:
    by_words: dict[str, _Group] = {}
    by_story: dict[int, list[_Group]] = {}
    groups: list[_Group] = []
    for hit in hits:
        story = stories.get(hit.passage.article_id)
        same = by_words.get(terms.get(hit.passage.id) or f"#{hit.passage.id}")
        if same is None and story is not None:
            same = next((g for g in by_story.get(story, ()) if _repeats(hit, g[0], terms)), None)
        if same is None:
            same = (hit, [])
            groups.append(same)
            if story is not None:
                by_story.setdefault(story, []).append(same)
        else:
            same[1].append(hit)
        by_words.setdefault(terms.get(hit.passage.id) or f"#{hit.passage.id}", same)
    return groups


def _repeats(hit: Hit, better: Hit, terms: Mapping[int, str]) -> bool:
    """Whether a passage says what a better one in another article of its story says."""
    if hit.passage.article_id == better.passage.article_id:
        return False
    own, other = terms.get(hit.passage.id, ""), terms.get(better.passage.id, "")
    marked, of_better = _marked(hit, own), _marked(better, other)
    if _contradicts(of_better, own) or _contradicts(marked, other):
        return False
    if marked and marked == of_better:
        return True
    return likeness(pairs([own]), pairs([other])).contained >= HALF


def _marked(hit: Hit, terms: str) -> frozenset[str]:
    """Terms of a passage's best sentence."""
    lines = terms.split("\n")
    if hit.sentence not in hit.passage.sentences:
        return frozenset()
    at = hit.passage.sentences.index(hit.sentence)
    return frozenset(lines[at].split()) if at < len(lines) else frozenset()


def _contradicts(marked: frozenset[str], terms: str) -> bool:
    """Whether the passage has the marked sentence, with other numbers in it."""
    words = _worded(marked)
    if not words:
        return False
    for line in terms.split("\n"):
        sentence = frozenset(line.split())
        shared = len(words & sentence) / max(len(words), len(_worded(sentence)))
        if shared >= SAME_SENTENCE and marked - words != sentence - _worded(sentence):
            return True
    return False


def _worded(sentence: frozenset[str]) -> frozenset[str]:
    """Its terms without the numbers."""
    return frozenset(term for term in sentence if not any(c.isdigit() for c in term))


def _adjoins(hit: Hit, chosen: Sequence[_Group]) -> bool:
    """Whether it stands beside a chosen passage, or beside that one's copy in its own article."""
    passage = hit.passage
    return any(
        passage.article_id == other.passage.article_id
        and abs(passage.ordinal - other.passage.ordinal) == 1
        for first, also in chosen
        for other in (first, *also)
    )
