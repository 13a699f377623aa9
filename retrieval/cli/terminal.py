"""The terminal that a person reads, and words for it."""

from __future__ import annotations

from rich.console import Console

from retrieval.sources.draft import clean

WIDTH = 80
"""Columns of a terminal that nobody has widened; also of what is piped."""


class _Terminal(Console):
    """One that leaves it to its caller what an end of reading means."""

    def on_broken_pipe(self) -> None:
        raise  # what rich has caught: as it is, it would end the program as a failure


def eighty_columns() -> Console:
    """The terminal, no wider than that."""
    console = _Terminal(highlight=False, soft_wrap=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    return console


def harmless(text: str) -> str:
    """The text without what a terminal would obey: names of files and addresses may hold it."""
    return clean(text)


def counted(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
