"""Moments, days, zones."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.errors import BadOption
from tracker_magic.frames.moments import checked_zone, parsed_days, parsed_moments

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
    parsed, misfits = parsed_moments([None if moment is None else usual(moment) for moment in moments])
    assert parsed.dtype == "datetime64[us]"
    assert parsed.tolist() == moments
    assert misfits == {}


@settings(deadline=None, max_examples=100)
@given(st.lists(MOMENTS, min_size=1), st.integers(-14 * 60, 14 * 60))
def test_other_offsets_and_precisions_are_the_same_moment(moments, minutes):
    """An offset with or without a colon, any number of decimals and a usual text beside it give the same moments."""
    zone = timezone(timedelta(minutes=minutes))
    inside = [moment for moment in moments if 3 <= moment.year <= 9997]
    texts = [moment.replace(tzinfo=UTC).astimezone(zone).isoformat() for moment in inside]
    parsed, misfits = parsed_moments([*texts, *map(usual, inside)])
    assert parsed.tolist() == [*inside, *inside]
    assert misfits == {}


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
    parsed, misfits = parsed_moments(["2017-06-11T05:16:01.339+0000", value, None])
    assert parsed.tolist() == [datetime(2017, 6, 11, 5, 16, 1, 339000), None, None]  # noqa: DTZ001 — numpy's are naive
    assert misfits == {1: value}


def test_a_moment_without_offset_is_utc():
    """The service may leave the offset out; then it means UTC."""
    parsed, misfits = parsed_moments(["2017-06-11T05:16:01", "2017-06-11T05:16Z"])
    assert [str(moment) for moment in parsed] == ["2017-06-11T05:16:01.000000", "2017-06-11T05:16:00.000000"]
    assert misfits == {}


@settings(deadline=None, max_examples=100)
@given(st.lists(st.none() | st.dates()))
def test_days_are_read_back(days):
    """Days are read as they stand."""
    parsed, misfits = parsed_days([None if day is None else day.isoformat() for day in days])
    assert parsed.dtype == "datetime64[us]"
    assert [None if day is None else day.date() for day in parsed.tolist()] == days
    assert misfits == {}


def test_a_day_written_as_midnight_is_never_shifted():
    """A midnight with any offset is its own day; a moment inside a day, or no day at all, does not fit."""
    values = ["2021-05-09T00:00:00.000+0000", "2021-05-09T00:00:00+05:00", "2021-05-09T01:00:00Z", "20227-06-09", 5]
    parsed, misfits = parsed_days([*values, "2021-02-30"])
    assert [str(day)[:10] for day in parsed] == ["2021-05-09", "2021-05-09", "NaT", "NaT", "NaT", "NaT"]
    assert sorted(misfits) == [2, 3, 4, 5]


def test_empty_columns_keep_their_unit():
    """No values give no moments, in microseconds."""
    assert parsed_moments([])[0].dtype == np.dtype("datetime64[us]")


@pytest.mark.parametrize("name", ["UTC", "Europe/Moscow", "Asia/Yekaterinburg"])
def test_zones_with_iana_names_are_known(name):
    """An IANA name is given back."""
    assert checked_zone(name) == name


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
        checked_zone(name)
    assert nearest in caught.value.hint


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "x" * 500, None, 3])
def test_anything_else_is_no_zone(name):
    """Empty, odd and hostile names are the same error."""
    with pytest.raises(BadOption):
        checked_zone(name)
