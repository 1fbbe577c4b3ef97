"""Durations on the working calendar."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.frames.durations import hours


def iso(seconds: int) -> str:
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
def test_what_is_written_is_read_back(seconds):
    """Any number of seconds survives being written as a duration and read as hours."""
    assert round(hours(iso(seconds)) * 3600) == seconds


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
def test_documented_forms(text, expected):
    """Every documented form of a value has its working hours."""
    assert hours(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "P1Y", "P1M", "2h", "1d", "PT1H ", "PT-1H", "P1W2", "3", "PT٣H"]
)
def test_what_has_no_length_does_not_fit(text):
    """Years, months and texts that are no duration have no hours."""
    assert hours(text) is None


@settings(max_examples=100)
@given(st.text(max_size=12))
def test_no_text_breaks_it(text):
    """Any text gives hours or None."""
    assert hours(text) is None or hours(text) >= 0
