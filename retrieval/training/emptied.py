"""Passages out of which the answer was taken: they speak of what is asked, and do not answer it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.training.cuts import sentences
from retrieval.types import Span

LEAST = 60
"""Characters that have to be left of a passage."""
_PLACED = (
    r"(?:in|on|at|by|during|since|until|after|before|from|with|near|for|because of)\s+"
    r"(?:(?:the|a|an|about|around|early|late|approximately|nearly|over)\s+)*"
)
_AMID = re.compile(rf"(?P<comma>,?)\s+{_PLACED}$")
_AHEAD = re.compile(rf"(?:^|(?<=[.!?]\s)){_PLACED}$", re.IGNORECASE)
_GOES_ON = re.compile(
    r"(?=[.:](?!\d)|[;!?)]|\s(?:but|who|which|where|when|while|in|on|at|by|from|to|with|after|before"
    r"|as)\b)"
)
_TELLING = re.compile(r"\b(?:[A-Z][\w-]+|\d[\d.,]*\d|\d)")
"""Names and numbers, of which one alone may be enough of an answer."""
_COMMA = re.compile(r",\s+(?=\w)")


def without_phrase(passage: str, answers: Sequence[Span]) -> str | None:
    """The passage without the phrase "in 1889" or "by the masons" that answers; None where the
    answer stands otherwise, or again elsewhere."""
    start, end = min(s for s, _ in answers), max(e for _, e in answers)
    if end - start > 2 * max(e - s for s, e in answers):  # in several places
        return None
    before, after = passage[:start], passage[end:]
    if ahead := _AHEAD.search(before):
        comma = _COMMA.match(after)
        if comma is None:
            return None
        rest = after[comma.end() :]
        left = before[: ahead.start()] + rest[:1].upper() + rest[1:]
    elif amid := _AMID.search(before):
        if amid["comma"] and after.startswith(","):
            after = after[1:]
        elif amid["comma"] or not _GOES_ON.match(after):
            return None
        left = before[: amid.start()] + after
    else:
        return None
    return left if _is_gone(passage, answers, left) else None


def without_sentence(passage: str, answers: Sequence[Span]) -> str | None:
    """The passage without the sentences that answer; None where little is left, or the answer
    stands in others too."""
    kept, last = [], 0
    for sentence in sentences(passage):
        if any(start < sentence.end and end > sentence.start for start, end in answers):
            kept.append(passage[last : sentence.start])
            last = sentence.end
    left = re.sub(r" {2,}", " ", "".join([*kept, passage[last:]])).strip()
    return left if _is_gone(passage, answers, left) else None


def _is_gone(passage: str, answers: Sequence[Span], left: str) -> bool:
    lowered = left.casefold()
    said = [passage[start:end] for start, end in answers]
    parts = {part for answer in said for part in _TELLING.findall(answer)}
    return (
        len(left) >= LEAST
        and not any(answer.casefold() in lowered for answer in said)
        and parts.isdisjoint(_TELLING.findall(left))
    )
