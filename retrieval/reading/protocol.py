"""The seam between the engine and whatever reads passages for a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from retrieval.types import Span


@dataclass(frozen=True, slots=True)
class ReadingText:
    """What is read of a passage: its article's title for context, and its verbatim text."""

    title: str
    text: str
    sentences: tuple[Span, ...] = ()
    """Sentences as offsets within `text` (not within the article)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a reader makes of one passage for one question."""

    relevance: float
    """Logit that the passage answers the question."""
    span: Span | None
    """The best answer in it, in characters of the passage's text; None where it has no words."""
    margin: float
    """Logit of that answer less the logit of there being none."""
    certainty: float
    """Share of this answer among all answers in the passage and none, 0..1."""


class Reader(Protocol):
    """Reads passages; blocking, and called from one thread at a time."""

    @property
    def name(self) -> str:
        """Fingerprint: readers of one name find the same."""

    def read(self, question: str, passages: Sequence[ReadingText]) -> list[Finding]:
        """What is in each passage; the order is kept."""
