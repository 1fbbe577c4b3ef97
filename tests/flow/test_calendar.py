"""Working calendars."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.errors import BadOption
from tracker_magic.flow import Calendar

# Off days from Monday to Friday, and worked Saturdays, as the government moved them.
MOVED = {
    2024: (
        ["2024-04-29", "2024-04-30", "2024-05-10", "2024-12-30", "2024-12-31"],
        ["2024-04-27", "2024-11-02", "2024-12-28"],
    ),
    2025: (["2025-05-02", "2025-05-08", "2025-06-13", "2025-11-03", "2025-12-31"], ["2025-11-01"]),
    2026: (["2026-01-09", "2026-03-09", "2026-05-11", "2026-12-31"], []),
    2027: (["2027-02-22", "2027-05-03", "2027-05-10", "2027-06-14", "2027-11-05", "2027-12-31"], ["2027-02-20"]),
}  # fmt: skip
NAIVE = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - numpy's moments have no zone
    datetime(2027, 12, 1),  # noqa: DTZ001
)
WORKING_DAYS = {2024: 248, 2025: 247, 2026: 247, 2027: 247}


def moments(*texts: str) -> np.ndarray:
    """Moments in UTC."""
    return np.array(texts, dtype="datetime64[us]")


@pytest.mark.parametrize("year", MOVED)
def test_moved_working_days_of_russia(year):
    """The days off and the worked Saturdays of Russia are those of the government's decrees, and so is their number."""
    calendar = Calendar("RU", tz="Europe/Moscow")
    off, worked = MOVED[year]
    assert not calendar.is_working(off).any()
    assert calendar.is_working(worked).all()
    days = np.arange(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01"))
    assert calendar.is_working(days).sum() == WORKING_DAYS[year]


def test_hours_of_a_zone():
    """With hours only their time counts, in the calendar's zone, and a whole working day is one day."""
    calendar = Calendar(tz="Europe/Moscow", hours="10:00-19:00")
    # Monday 09:00 to Tuesday 14:30 in Moscow: nine hours, and four and a half.
    assert calendar.days(moments("2026-03-02T06:00"), moments("2026-03-03T11:30")).tolist() == [1.5]
    # Friday evening to Monday morning.
    assert calendar.days(moments("2026-02-27T17:00"), moments("2026-03-02T06:59")).tolist() == [0.0]


def test_a_whole_working_day_without_hours():
    """Without hours a working day counts from midnight to midnight; weekends and holidays count nothing."""
    calendar = Calendar("RU", tz="Europe/Moscow", holidays=["2026-03-03"], workdays=[date(2026, 2, 28)])
    starts, ends = moments("2026-02-26T21:00", "2026-03-02T21:00"), moments("2026-03-02T21:00", "2026-03-03T21:00")
    # Friday, the worked Saturday and Monday; the extra holiday.
    assert calendar.days(starts, ends).tolist() == [3.0, 0.0]


def test_a_missing_moment_gives_a_missing_duration():
    """NaT gives NaN; nothing in gives nothing out."""
    calendar = Calendar(tz="UTC")
    assert np.isnan(calendar.days(moments("NaT"), moments("2026-03-02"))).all()
    assert len(calendar.days(moments(), moments())) == 0


@given(
    start=NAIVE,
    length=st.integers(0, 400 * 86_400),
    tz=st.sampled_from(["UTC", "Europe/Moscow", "America/New_York", "America/Sao_Paulo", "Pacific/Apia"]),
)
def test_a_calendar_of_all_days_counts_elapsed_time(start, length, tz):
    """A calendar of 24 × 7 gives days of 24 hours, whatever the zone and its clock changes."""
    end = start + timedelta(seconds=length)
    days = Calendar(tz=tz, weekdays="Mon-Sun").days(moments(start.isoformat()), moments(end.isoformat()))
    assert days[0] == pytest.approx(length / 86_400, abs=1e-9)


@given(
    points=st.lists(NAIVE, min_size=3, max_size=3),
    hours=st.sampled_from([None, "10:00-19:00", "9-18"]),
)
def test_durations_add_up(points, hours):
    """The working time from a to c is that from a to b and from b to c."""
    first, middle, last = sorted(point.isoformat() for point in points)
    calendar = Calendar("RU", tz="Europe/Moscow", hours=hours)
    whole, start, end = calendar.days(moments(first, first, middle), moments(last, middle, last))
    assert whole == pytest.approx(start + end)
    assert min(start, end) >= 0


def test_the_name_tells_what_counts():
    """A calendar has a name, which says country, weekdays, hours, further days and zone."""
    calendar = Calendar("RU", tz="Europe/Moscow", hours="10:00-19:00", holidays=["2026-03-03"])
    assert calendar.name == "RU, Mon-Fri, 10:00-19:00, 1 more holidays, Europe/Moscow"
    assert repr(Calendar(tz="UTC", weekdays="Sun-Thu")) == "Calendar(Sun-Thu, UTC)"
    assert Calendar(tz="UTC", weekdays="Sun-Thu").is_working(["2026-03-01", "2026-03-06"]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"country": "XX"}, "no calendar of 'XX'"),
        ({"tz": "Mars/Olympus"}, "no time zone"),
        ({"hours": "19-10"}, "hours cannot be"),
        ({"weekdays": "Mon-Fry"}, "weekdays cannot be"),
        ({"holidays": ["soon"]}, "no day"),
    ],
)
def test_wrong_arguments_are_named(arguments, words):
    """A country, a zone, hours, weekdays or a day that do not exist raise BadOption."""
    with pytest.raises(BadOption, match=words):
        Calendar(**{"tz": "UTC", **arguments})
