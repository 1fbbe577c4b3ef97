"""Forecasts."""

import numpy as np
import pandas as pd
import pytest

from tests.flow.tickets import NOW
from tracker_magic import flow
from tracker_magic.errors import BadOption, NotEnoughData


def items(per_day: list[int], unfinished: int = 0) -> pd.DataFrame:
    """Items of which so many were finished on each day up to yesterday, and others that are not finished."""
    today = pd.Timestamp(NOW).normalize()
    days = [
        today - pd.Timedelta(days=len(per_day) - number, hours=-9)
        for number, count in enumerate(per_day)
        for _ in range(count)
    ]
    finished = pd.DatetimeIndex([*days, *[pd.NaT] * unfinished], tz="UTC").as_unit("us")
    frame = pd.DataFrame({"key": [f"DEV-{number}" for number in range(len(finished))]})
    frame["started"] = pd.DatetimeIndex([today - pd.Timedelta(days=400)] * len(frame)).as_unit("us")
    frame["finished"] = finished
    frame["days"] = 1.0
    frame.attrs["tracker"] = {"fetched_at": NOW.isoformat()}
    return frame


def test_constant_throughput_has_no_spread():
    """Two items a day: ten more take five days at every chance, and a week brings fourteen; the answers always held."""
    work = items([2] * 120, unfinished=10)
    when = flow.forecast_when(work)
    assert when["days"].tolist() == [5, 5, 5, 5]
    assert when["date"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2026-03-07"]
    assert when["held"].tolist() == [1.0] * 4
    many = flow.forecast_how_many(work, 7)
    assert many["count"].tolist() == [14] * 4
    assert many["held"].tolist() == [1.0] * 4
    assert flow.forecast_how_many(work, "2026-03-09")["count"].tolist() == [14] * 4
    assert many.attrs["flow"]["windows"] == 12
    assert flow.forecast_how_many(work, 40).attrs["flow"]["windows"] == 2  # of three, one has no history before it


def test_the_definition_says_what_is_drawn():
    """It counts the periods by their name; one of them is singular."""
    work = items([2] * 120, unfinished=10)
    how = "10,000 simulations, each drawing from 120 complete days, those without a finished item included."
    assert flow.forecast_when(work).attrs["definition"] == f"10 items: {how}"
    assert flow.forecast_how_many(work, 1).attrs["definition"] == f"1 day: {how}"


def test_zeros_count_and_now_ends_the_history():
    """Days without a finish are drawn as well, those between the last finish and now among them."""
    busy, idle = items([3] * 30), items([3] * 30 + [0] * 30)
    assert flow.forecast_how_many(busy, 10, chances=[50])["count"].item() == 30
    assert flow.forecast_how_many(idle, 10, chances=[50])["count"].item() == 15
    # Only the last 30 days: nothing was finished.
    with pytest.raises(NotEnoughData, match="0 complete periods"):
        flow.forecast_how_many(idle, 10, since=NOW - pd.Timedelta(days=30))


def test_more_chance_means_later_and_less():
    """A higher chance gives a later day and fewer items; the same seed gives the same answer."""
    work = items(np.random.default_rng(1).poisson(1.5, 200).tolist())
    when, many = flow.forecast_when(work, (20, 40)), flow.forecast_how_many(work, 30)
    assert when["days"].is_monotonic_increasing
    assert many["count"].is_monotonic_decreasing
    assert when["held"].between(0, 1).all()
    pd.testing.assert_frame_equal(when, flow.forecast_when(work, (20, 40)))


def test_the_answers_are_those_of_exact_arithmetic():
    """The simulated number is that of the exact distribution, by convolution, give or take one."""
    work = items([0, 1, 4, 0, 2] * 12)
    day = np.bincount([0, 1, 4, 0, 2]) / 5
    month = np.array([1.0])
    for _ in range(30):
        month = np.convolve(month, day)
    exact = [int(np.searchsorted(np.cumsum(month), 1 - chance / 100)) for chance in (50, 70, 85, 95)]
    assert abs(flow.forecast_how_many(work, 30)["count"] - exact).max() <= 1


def test_the_record_tells_when_answers_failed():
    """Where the throughput has fallen, the share of the windows in which an answer came true is low."""
    work = items([4] * 200 + [1] * 120)
    found = flow.forecast_how_many(work, 10, since=NOW - pd.Timedelta(days=60))
    assert found["count"].tolist() == [10] * 4
    assert found["held"].iloc[0] < 0.7


def test_weeks_as_periods():
    """Weeks are drawn as wholes: four weeks of fourteen each."""
    work = items([2] * 140)
    assert flow.forecast_how_many(work, 28, period="week")["count"].tolist() == [56] * 4
    assert flow.forecast_when(work, 28, period="week")["days"].tolist() == [14] * 4
    with pytest.raises(BadOption, match="shorter than a week"):
        flow.forecast_how_many(work, 3, period="week")
    with pytest.raises(BadOption, match="remaining cannot be"):
        flow.forecast_when(work, (5, 2))
