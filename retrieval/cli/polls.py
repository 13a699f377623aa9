"""What the commands about feeds print for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from retrieval.cli.terminal import counted, eighty_columns
from retrieval.types import Feed

if TYPE_CHECKING:
    from retrieval.entries import OutcomeStatus
    from retrieval.feeds import Polled
    from retrieval.store.entries import FailedEntry

_STATUSES: tuple[OutcomeStatus, ...] = ("added", "updated", "known", "failed")


def feeds(found: Sequence[tuple[Feed, Sequence[FailedEntry], Sequence[FailedEntry]]]) -> None:
    """Each feed in a few lines."""
    out = eighty_columns()
    if not found:
        out.print("There are no feeds. Add one: clippings feed add URL")
    for feed, failed, retried in found:
        out.print(Text(f"{feed.id}  {feed.title}", style="cyan"), no_wrap=True, overflow="ellipsis")
        out.print(f"   {feed.url}", markup=False, soft_wrap=True, style="blue")
        last = _minute(feed.succeeded) if feed.succeeded else "never yet"
        facts = [f"last success {last}", f"next poll {_minute(feed.due)}"]
        facts.append(counted(feed.items, "item"))
        if feed.waiting:
            facts.append(f"{feed.waiting:,} waiting")
        if feed.failed:
            facts.append(f"{feed.failed:,} not readable")
        _indented(" · ".join(facts))
        if feed.error:
            _indented(f"failed {feed.failures} times in a row: {feed.error}")
        for entry in failed:
            _indented(f"not added: {entry.link or entry.title}: {entry.error}")
        for entry in retried:
            what = f"{entry.link or entry.title}: {entry.error}"
            _indented(f"not added yet: {what} (it is tried again)")


def polled(value: Polled) -> None:
    """A poll in a line."""
    counts = Counter(outcome.status for outcome in value.outcomes)
    told = [f"{counts[each]:,} {each}" for each in _STATUSES if counts[each]]
    if value.status == "busy":
        told = ["another program is polling it"]
    if value.status == "failed":
        told = ["failed"]
    what = ", ".join(told) or "nothing new"
    eighty_columns().print(
        Text(f"{value.feed.title}: {what}; next poll {_minute(value.feed.due)}."), soft_wrap=False
    )


def _indented(text: str) -> None:
    out = eighty_columns()
    for line in Text(text, style="dim").wrap(out, out.width - 3):
        line.rstrip()
        out.print(Text("   ") + line)


def _minute(moment: str) -> str:
    """Up to the minute, in UTC."""
    return f"{moment[:10]} {moment[11:16]} UTC"
