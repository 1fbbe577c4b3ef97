"""Moments, days, time zones, durations on the working calendar."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.errors import BadOption
from tracker_magic.frames.parse import parse_days, parse_durations, parse_moments, validate_zone, working_hours

MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)).map(  # noqa: DTZ001 — hypothesis wants naive bounds
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


def usual(moment: datetime) -> str:
    """Write a moment as the service does."""
    return f"{moment.isoformat(timespec='milliseconds')}+0000"


@settings(deadline=None, max_examples=100)
@given(st.lists(st.none() | MOMENTS))
def test_usual_moments_are_read_back(moments):
    """Moments as the service writes them are read to the microsecond, missing ones stay missing."""
    parsed, rejected = parse_moments([None if moment is None else usual(moment) for moment in moments])
    assert parsed.dtype == "datetime64[us]"
    assert parsed.tolist() == moments
    assert rejected == {}


@settings(deadline=None, max_examples=100)
@given(st.lists(MOMENTS, min_size=1), st.integers(-14 * 60, 14 * 60))
def test_other_offsets_and_precisions_are_the_same_moment(moments, minutes):
    """An offset with or without a colon, any number of decimals and a usual text beside it give the same moments."""
    zone = timezone(timedelta(minutes=minutes))
    inside = [moment for moment in moments if 3 <= moment.year <= 9997]
    texts = [moment.replace(tzinfo=UTC).astimezone(zone).isoformat() for moment in inside]
    parsed, rejected = parse_moments([*texts, *map(usual, inside)])
    assert parsed.tolist() == [*inside, *inside]
    assert rejected == {}


@pytest.mark.parametrize(
    "value",
    [
        "2017-06-11",
        "2017-13-11T05:16:01.339+0000",
        "2017-06-11 05:16:01.339+0000",
        "soon",
        "",
        1497158161339,
        True,
        {},
        "2017-06-11T05:16:01.339+03:0",
        "2017-06-11T05:16Z1234567+0000",
        "0000-06-11T05:16:01.339+0000",
        ["x"],
        "9999-12-31T05:16:01.339+0000",
        "2017-06-11T05:16:01.339+0000" * 2,
        "２017-06-11T05:16:01.339+0000",
    ],
)
def test_what_is_no_moment_does_not_fit(value):
    """Anything but a moment is missing, is given back by its row, and spoils no other row."""
    parsed, rejected = parse_moments(["2017-06-11T05:16:01.339+0000", value, None])
    assert parsed.tolist() == [datetime(2017, 6, 11, 5, 16, 1, 339000), None, None]  # noqa: DTZ001 — numpy's are naive
    assert rejected == {1: value}


def test_a_moment_without_offset_is_utc():
    """The service may leave the offset out; then it means UTC."""
    parsed, rejected = parse_moments(["2017-06-11T05:16:01", "2017-06-11T05:16Z"])
    assert [str(moment) for moment in parsed] == ["2017-06-11T05:16:01.000000", "2017-06-11T05:16:00.000000"]
    assert rejected == {}


@settings(deadline=None, max_examples=100)
@given(st.lists(st.none() | st.dates()))
def test_days_are_read_back(days):
    """Days are read as they stand."""
    parsed, rejected = parse_days([None if day is None else day.isoformat() for day in days])
    assert parsed.dtype == "datetime64[us]"
    assert [None if day is None else day.date() for day in parsed.tolist()] == days
    assert rejected == {}


def test_a_day_written_as_midnight_is_never_shifted():
    """A midnight with any offset is its own day; a moment inside a day, or no day at all, does not fit."""
    values = ["2021-05-09T00:00:00.000+0000", "2021-05-09T00:00:00+05:00", "2021-05-09T01:00:00Z", "20227-06-09", 5]
    parsed, rejected = parse_days([*values, "2021-02-30"])
    assert [str(day)[:10] for day in parsed] == ["2021-05-09", "2021-05-09", "NaT", "NaT", "NaT", "NaT"]
    assert sorted(rejected) == [2, 3, 4, 5]


def test_empty_columns_keep_their_unit():
    """No values give no moments, in microseconds."""
    assert parse_moments([])[0].dtype == np.dtype("datetime64[us]")


@pytest.mark.parametrize("name", ["UTC", "Europe/Moscow", "Asia/Yekaterinburg"])
def test_zones_with_iana_names_are_known(name):
    """An IANA name is given back."""
    assert validate_zone(name) == name


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("europe/moscow", "Europe/Moscow"),
        ("Moscow", "Europe/Moscow"),
        ("Europe/Moskow", "Europe/Moscow"),
        ("localtime", ""),
    ],
)
def test_unknown_zones_name_the_nearest(name, nearest):
    """A name that is no IANA zone is an error that names the nearest; the machine's own zone is none."""
    with pytest.raises(BadOption, match=name) as caught:
        validate_zone(name)
    assert nearest in caught.value.hint


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "x" * 500, None, 3])
def test_anything_else_is_no_zone(name):
    """Empty, odd and hostile names are the same error."""
    with pytest.raises(BadOption):
        validate_zone(name)


def duration(seconds: int) -> str:
    """Write seconds as the service does: weeks of 5 days, days of 8 hours, mixed with a time part."""
    minutes, seconds = divmod(seconds, 60)
    whole, minutes = divmod(minutes, 60)
    days, whole = divmod(whole, 8)
    weeks, days = divmod(days, 5)
    date = "".join(f"{n}{unit}" for n, unit in ((weeks, "W"), (days, "D")) if n)
    time = "".join(f"{n}{unit}" for n, unit in ((whole, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"P{date}{'T' if time or not date else ''}{time or '' if date or time else '0S'}"


@settings(max_examples=100)
@given(st.integers(0, 10**10))
def test_a_duration_is_read_back(seconds):
    """Any number of seconds survives being written as a duration and read as hours."""
    assert round(working_hours(duration(seconds)) * 3600) == seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P1W2DT3H", 59.0),
        ("P1WT20M", 40 + 20 / 60),
        ("P0Y0M30DT2H10M25S", 240 + 2 + 10 / 60 + 25 / 3600),
        ("P6W", 240.0),
        ("P5D", 40.0),
        ("PT300M", 5.0),
        ("PT0S", 0.0),
        ("P1H", 1.0),
    ],
)
def test_documented_durations(text, expected):
    """Every documented form of a value has its working hours."""
    assert working_hours(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "P1Y", "P1M", "2h", "1d", "PT1H ", "PT-1H", "P1W2", "3", "PT٣H"]
)
def test_what_has_no_length_is_no_duration(text):
    """Years, months and texts that are no duration have no hours."""
    assert working_hours(text) is None


@settings(max_examples=100)
@given(st.text(max_size=12))
def test_no_text_breaks_the_parser_of_durations(text):
    """Any text yields hours that are not negative, or None."""
    assert working_hours(text) is None or working_hours(text) >= 0


def test_a_column_of_durations_is_parsed_at_once():
    """Hours stand row by row, missing ones as NaN, and what is no duration is returned by its row."""
    hours, rejected = parse_durations(["PT1H", None, "P1D", "1h", 3, "PT1H"])
    assert np.array_equal(hours, [1.0, np.nan, 8.0, np.nan, np.nan, 1.0], equal_nan=True)
    assert rejected == {3: "1h", 4: 3}
