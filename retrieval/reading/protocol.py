"""The seam between the engine and whatever reads passages for a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from retrieval.types import Span


@dataclass(frozen=True, slots=True)
class ReadingText:
    """What is read of a passage: its article's title for context, and its verbatim text."""

    title: str
    text: str
    sentences: tuple[Span, ...] = ()
    """Sentences as offsets within `text` (not within the article)."""


class Rival(NamedTuple):
    """One of the answers among which the words of a sentence are chosen."""

    span: Span
    """In characters of the passage's text, as it would be told."""
    tokens: Span
    """The same as the model's tokens bound it."""
    score: float
    """Sum of logits, with what the question's words say."""


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
    rivals: tuple[Rival, ...] = ()
    """The best answers in the sentence of this one, best first."""


class Reader(Protocol):
    """Reads passages; blocking, and called from one thread at a time."""

    @property
    def name(self) -> str:
        """Fingerprint: readers of one name find the same."""

    def read(self, question: str, passages: Sequence[ReadingText]) -> list[Finding]:
        """What is in each passage; the order is kept."""

    def closer(self, question: str, passage: ReadingText, found: Finding) -> Finding:
        """What was found in the passage, its words chosen after a closer look at their sentence;
        `found` where the reader cannot look closer."""
