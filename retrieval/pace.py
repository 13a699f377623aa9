"""How often feeds are polled and pages looked at again. Pure, but for the dice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
SLOWER, FASTER = 1.5, 0.5
"""What an interval is multiplied by after a poll that brought nothing, and after one that brought
several entries. Between them it settles where about two polls in three bring something."""
JITTER = 0.1
"""Part of an interval by which it is drawn out or cut short, so that feeds added together are not
polled together for ever."""
AGE_SHARE = 0.5
"""A page is looked at again when it has become older by this part of the age of its text."""
SHORTEST_LOOK_S = DAY_S


def stamp(moment: datetime) -> str:
    """A moment as it is stored."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(stamped: str) -> datetime:
    """A stored moment."""
    return datetime.fromisoformat(stamped)


def first_interval(published: Sequence[str], shortest_s: int, longest_s: int) -> int:
    """Seconds between polls of a feed whose newest entries have those dates: half of what lies
    between two of them as a rule."""
    dates = sorted(moment(each) for each in published)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(dates)]
    guess = median(gaps) / 2 if gaps else HOUR_S
    return round(min(max(guess, shortest_s), longest_s))


def next_interval(interval_s: int, new: int, shortest_s: int, longest_s: int) -> int:
    """Seconds until the next poll after one that brought `new` entries."""
    factor = {0: SLOWER, 1: 1.0}.get(new, FASTER)
    return round(min(max(interval_s * factor, shortest_s), longest_s))


def back_off(interval_s: int, failures: int, longest_s: int) -> int:
    """Seconds until a feed is tried again that has failed so often in a row, from 1."""
    return round(min(interval_s * 2.0 ** min(failures, 40), max(longest_s, interval_s)))


def next_look(age_s: float, longest_s: int) -> int:
    """Seconds until the page of a text of that age is looked at again."""
    return round(max(min(age_s * AGE_SHARE, longest_s), min(SHORTEST_LOOK_S, longest_s)))


def after(now: datetime, seconds: float) -> str:
    """That many seconds from now, more or less, as it is stored."""
    return stamp(now + timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER)))
