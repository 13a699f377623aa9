from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.dates import date_or_none, moment, parse_date
from retrieval.errors import UsageError


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2016-09-19", "2016-09-19"),
        ("2016-9-1", "2016-09-01"),
        ("2016-09", "2016-09-01"),
        ("2016", "2016-01-01"),
        ("20160919", "2016-09-19"),
        ("2016-09-19T10:00:00+02:00", "2016-09-19T08:00:00Z"),
        ("2016-09-19 10:00", "2016-09-19T10:00:00Z"),
        ("19 September 2016", "2016-09-19"),
        ("September 19, 2016", "2016-09-19"),
        ("Sept. 2016", "2016-09-01"),
        ("19. September 2016", "2016-09-19"),
        ("19 septembre 2016", "2016-09-19"),
        ("19.9.2016", "2016-09-19"),
        ("9/19/2016", "2016-09-19"),
        ("19/9/2016", "2016-09-19"),
        ("Mon, 19 Sep 2016 10:00:00 GMT", "2016-09-19T10:00:00Z"),
        ("Mon, 19 Sep 2016 10:00:00 -0400", "2016-09-19T14:00:00Z"),
    ],
)
def test_dates_as_people_write_them_become_iso(written: str, iso: str) -> None:
    assert parse_date(written) == iso


@pytest.mark.parametrize(
    "written",
    ["", "hello", "5", "12:30", "32 May 2016", "2016-13-40", "9/10/2016", "may", "0000-01-01",
     "99/99/9999", "\x00", "2016-09-19" * 50, "2024-13-01", "2024-02-30", "2024/13/01", "2024.13.1",
     "2024-13-01T10:00:00Z", "2023-02-29 (Sat)", "0001-01-01T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_date_is_refused_in_one_short_sentence(written: str) -> None:
    with pytest.raises(UsageError, match="write it like 2016-09-19") as caught:
        parse_date(written)
    assert len(str(caught.value)) < 150
    assert date_or_none(written) is None


@pytest.mark.parametrize(
    ("written", "guess"),
    [
        ("19.09.16", "2016-09-19"),
        ("9/19/16", "2016-09-19"),
        ("19.09.16, 10:00 Uhr", "2016-09-19T10:00:00Z"),
        ("24-05-11", "2011-05-24"),
    ],
)
def test_a_short_year_is_refused_of_people_and_guessed_in_documents(
    written: str, guess: str
) -> None:
    with pytest.raises(UsageError, match="write it like 2016-09-19"):
        parse_date(written)
    assert date_or_none(written) == guess


def test_yesterday_is_a_day_without_a_time() -> None:
    today = datetime.now().date()
    assert parse_date("yesterday") in {
        (today - timedelta(days=days)).isoformat() for days in (0, 1, 2)
    }


def test_a_fact_that_is_no_string_is_no_date() -> None:
    assert date_or_none(None) is None
    assert date_or_none(2016) is None


def test_moments_are_brought_to_utc() -> None:
    noon = datetime(2020, 1, 1, 12, tzinfo=timezone(timedelta(hours=5)))
    assert moment(noon) == "2020-01-01T07:00:00Z"


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_survives_its_iso_form(day: date) -> None:
    assert parse_date(moment(day)) == day.isoformat()
