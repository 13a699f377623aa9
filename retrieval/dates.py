"""Dates as people and documents write them, brought to the ISO forms of `retrieval.types`. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from retrieval.errors import UsageError

EARLIEST_YEAR, LATEST_YEAR = 1000, 9999
LONGEST = 60
"""Characters; no written date is longer, and a parser should not be handed an essay."""
LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "ru", "tr", "zh", "ja"]
"""Languages of written dates. Trying all two hundred takes seconds on what is no date."""

_DAYS = ("today", "yesterday", "tomorrow")
_NUMBERS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})\.?")
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d)")
_SHORT_YEAR = re.compile(r"\d{1,3}([./-])\d{1,2}\1\d{1,3}(?!\d)")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def parse_date(text: str) -> str:
    """`text` as `YYYY-MM-DD`, or with a time of day as `YYYY-MM-DDTHH:MM:SSZ`.

    Takes ISO 8601, a year or a month (its first day is meant), and what people write: "19 September
    2016", "yesterday". A time without a zone is taken as UTC. Raises UsageError for anything else,
    and for 24-05-11, of which nobody can tell whether it begins with the year or the day.
    """
    text = text.strip()
    found = None if _SHORT_YEAR.match(text) else _found(text)
    if found is None:
        raise UsageError(
            f"“{_shown(text)}” is not a date that can be read: write it like 2016-09-19."
        )
    return found


def date_or_none(text: object) -> str | None:
    """`parse_date` for what a document says of itself, which may be anything. A short year is read
    as well as it can be: there is nobody to ask for the whole of it."""
    return _found(text.strip()) if isinstance(text, str) else None


def moment(value: date | datetime) -> str:
    """A date, or a moment brought to UTC, in its ISO form. A time without a zone is taken as UTC.
    Raises ValueError before EARLIEST_YEAR, which programs write for "none"."""
    if isinstance(value, datetime):
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if value.year < EARLIEST_YEAR:
        raise ValueError(f"before the year {EARLIEST_YEAR}")
    if not isinstance(value, datetime):
        return value.isoformat()
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def _found(text: str) -> str | None:
    if _is_no_day(text):
        return None
    return _iso(text) or _mailed(text) or _written(text)


def _is_no_day(text: str) -> bool:
    """Whether it begins with year, month and day in digits, and there is no such day: guessing
    would make another of 2016-13-01 by taking its numbers in another order."""
    numbers = _YEAR_FIRST.match(text)
    if numbers is None:
        return False
    try:
        date(int(numbers[1]), int(numbers[3]), int(numbers[4]))
    except ValueError:
        return True
    return False


def _iso(text: str) -> str | None:
    whole = _DAY.fullmatch(text)
    try:
        if whole:
            year, month, day = (int(part) if part else 1 for part in whole.groups())
            return date(year, month, day).isoformat() if year >= EARLIEST_YEAR else None
        if len(text) > LONGEST or not text[:4].isdigit():
            return None
        value = datetime.fromisoformat(text)
        return moment(value if ":" in text or "T" in text else value.date())
    except (ValueError, OverflowError):
        return None


def _mailed(text: str) -> str | None:
    """As mail and feeds write it: "Mon, 19 Sep 2016 10:00:00 GMT"."""
    if len(text) > LONGEST or text.count(":") not in (1, 2):
        return None
    try:
        return moment(parsedate_to_datetime(text))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _written(text: str) -> str | None:
    if not text or len(text) > LONGEST or not _worth_guessing(text):
        return None
    import dateparser  # half a second, and most dates are ISO

    try:
        value: datetime | None = dateparser.parse(
            text,
            languages=LANGUAGES,
            settings={
                "PREFER_DAY_OF_MONTH": "first",
                "PREFER_DATES_FROM": "past",
                "DATE_ORDER": "DMY" if _day_first(text) else "MDY",
            },
        )
    except (ValueError, OverflowError, RecursionError):
        return None
    if value is None or not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        return None
    # "yesterday" comes with the present time of day, which nobody wrote.
    if value.tzinfo is None and not re.search(r"\d:\d|\d\s*[ap]\.?m\b", text, re.IGNORECASE):
        return value.date().isoformat()
    return moment(value)


def _worth_guessing(text: str) -> bool:
    """Whether it can only be a date: not bare numbers, nor words without any, nor 9/10/2016, which
    is in September to some and in October to others."""
    numbers = _NUMBERS.fullmatch(text)
    if numbers is None:
        return text.lower() in _DAYS or re.search(r"\d.*[^\W\d_]|[^\W\d_].*\d", text) is not None
    first, mark, second = numbers[1], numbers[2], numbers[3]
    return mark == "." or len(first) == 4 or int(first) > 12 or int(second) > 12 or first == second


def _day_first(text: str) -> bool:
    """Whether the day stands first: in dates with points, and where the number is no month."""
    numbers = [int(part) for part in re.findall(r"\d+", text)]
    return "." in text or (bool(numbers) and numbers[0] > 12)


def _shown(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= LONGEST else one_line[: LONGEST - 1] + "…"
