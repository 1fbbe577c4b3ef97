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


def service_text(moment: datetime) -> str:
    """A moment as the service writes it."""
    return f"{moment.isoformat(timespec='milliseconds')}+0000"


@settings(deadline=None, max_examples=100)
@given(st.lists(st.none() | MOMENTS))
def test_moments_of_the_service_are_parsed(moments):
    """Moments as the service writes them are parsed exactly, and missing ones stay missing."""
    parsed, rejected = parse_moments([None if moment is None else service_text(moment) for moment in moments])
    assert parsed.dtype == "datetime64[us]"
    assert parsed.tolist() == moments
    assert rejected == {}


@settings(deadline=None, max_examples=100)
@given(st.lists(MOMENTS, min_size=1), st.integers(-14 * 60, 14 * 60))
def test_other_offsets_and_precisions_give_the_same_moment(moments, minutes):
    """Any offset and any number of decimals give the same moments as the usual form, also in one column with it."""
    zone = timezone(timedelta(minutes=minutes))
    inner = [moment for moment in moments if 3 <= moment.year <= 9997]
    texts = [moment.replace(tzinfo=UTC).astimezone(zone).isoformat() for moment in inner]
    parsed, rejected = parse_moments([*texts, *map(service_text, inner)])
    assert parsed.tolist() == [*inner, *inner]
    assert rejected == {}


@pytest.mark.parametrize(
    "value",
    [
        "2017-06-11",
        *("2017-13-11T05:16:01.339+0000", "2017-00-11T05:16:01.339+0000", "2017-02-30T05:16:01.339+0000"),
        *("2017-02-29T05:16:01.339+0000", "1900-02-29T05:16:01.339+0000", "2017-06-00T05:16:01.339+0000"),
        *("2017-06-11T24:16:01.339+0000", "2017-06-11T05:60:01.339+0000", "2017-06-11T05:16:60.339+0000"),
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
def test_what_is_no_moment_is_rejected(value):
    """A value that is no moment is missing and rejected, and affects no other row."""
    parsed, rejected = parse_moments(["2017-06-11T05:16:01.339+0000", value, None])
    assert parsed.tolist() == [datetime(2017, 6, 11, 5, 16, 1, 339000), None, None]  # noqa: DTZ001 — numpy's are naive
    assert rejected == {1: value}


@pytest.mark.parametrize("day", ["2017-13-11", "2017-02-29", "2017-06-31", "2017-06-00"])
def test_a_day_that_does_not_exist_in_a_long_column_is_rejected(day):
    """In a column of many rows it is rejected, too: NumPy's own parser would crash the process there."""
    right = "2016-02-29"
    for parse, end in ((parse_days, ""), (parse_moments, "T05:16:01.339+0000")):
        parsed, rejected = parse([f"{right}{end}"] * 2000 + [f"{day}{end}"])
        assert rejected == {2000: f"{day}{end}"}
        assert {str(each)[:10] for each in parsed[:2000]} == {right}


def test_a_moment_without_offset_is_utc():
    """A moment without an offset is read as UTC."""
    parsed, rejected = parse_moments(["2017-06-11T05:16:01", "2017-06-11T05:16Z"])
    assert [str(moment) for moment in parsed] == ["2017-06-11T05:16:01.000000", "2017-06-11T05:16:00.000000"]
    assert rejected == {}


@settings(deadline=None, max_examples=100)
@given(st.lists(st.none() | st.dates()))
def test_days_are_parsed(days):
    """Days are parsed as they are written, and missing ones stay missing."""
    parsed, rejected = parse_days([None if day is None else day.isoformat() for day in days])
    assert parsed.dtype == "datetime64[us]"
    assert [None if day is None else day.date() for day in parsed.tolist()] == days
    assert rejected == {}


def test_a_day_written_as_midnight_is_never_shifted():
    """A midnight with any offset is the day that it names; another moment, or no day at all, is rejected."""
    values = ["2021-05-09T00:00:00.000+0000", "2021-05-09T00:00:00+05:00", "2021-05-09T01:00:00Z", "20227-06-09", 5]
    parsed, rejected = parse_days([*values, "2021-02-30"])
    assert [str(day)[:10] for day in parsed] == ["2021-05-09", "2021-05-09", "NaT", "NaT", "NaT", "NaT"]
    assert sorted(rejected) == [2, 3, 4, 5]


def test_empty_columns_keep_their_unit():
    """A column without values has the same unit, microseconds."""
    assert parse_moments([])[0].dtype == np.dtype("datetime64[us]")


@pytest.mark.parametrize("name", ["UTC", "Europe/Moscow", "Asia/Yekaterinburg"])
def test_iana_names_are_valid_zones(name):
    """An IANA name is returned as it is."""
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
def test_an_unknown_zone_is_an_error_with_the_nearest(name, nearest):
    """Any other name, such as that of the machine's own zone, is an error that names the nearest zone."""
    with pytest.raises(BadOption, match=name) as caught:
        validate_zone(name)
    assert nearest in caught.value.hint


@pytest.mark.parametrize(
    ("name", "zone"), [("MSK", "Europe/Moscow"), ("msk", "Europe/Moscow"), ("YEKT", "Asia/Yekaterinburg")]
)
def test_an_abbreviation_leads_to_its_zone(name, zone):
    """What people call a zone leads to it alone, not to zones that are spelt alike."""
    with pytest.raises(BadOption) as caught:
        validate_zone(name)
    assert caught.value.hint.endswith(f"The nearest: {zone}.")


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "x" * 500, None, 3])
def test_odd_names_are_no_zones(name):
    """Empty, odd and hostile names raise the same error."""
    with pytest.raises(BadOption):
        validate_zone(name)


def duration(seconds: int) -> str:
    """Seconds as the service writes them: weeks of 5 days, days of 8 hours, mixed with a time part."""
    minutes, seconds = divmod(seconds, 60)
    whole, minutes = divmod(minutes, 60)
    days, whole = divmod(whole, 8)
    weeks, days = divmod(days, 5)
    date = "".join(f"{n}{unit}" for n, unit in ((weeks, "W"), (days, "D")) if n)
    time = "".join(f"{n}{unit}" for n, unit in ((whole, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"P{date}{'T' if time or not date else ''}{time or '' if date or time else '0S'}"


@settings(max_examples=100)
@given(st.integers(0, 10**10))
def test_durations_of_the_service_are_parsed(seconds):
    """Any number of seconds, written as a duration, is parsed to as many hours."""
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
    """Every documented form of a duration has its working hours."""
    assert working_hours(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "P1Y", "P1M", "2h", "1d", "PT1H ", "PT-1H", "P1W2", "3", "PT٣H"]
)
def test_what_has_no_length_is_no_duration(text):
    """Years, months and texts that are no duration yield None."""
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
