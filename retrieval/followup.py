"""What a follow-up question leaves out, filled in from the turn before. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """The question before, as it was looked for, and the passages that were shown for it."""

    question: str
    passages: tuple[str, ...] = ()


def resolve(question: str, before: Turn) -> str:
    """The question as it would stand alone; unchanged where it does so already."""
    return f"{question} {before.question}"
