"""Plain Python loops agree on sprints, burn-up, service levels, Little's law and forecasts."""

import warnings

import numpy as np
import pandas as pd
import pytest

from tests.flow import loops, loops_of_series, loops_of_sprints
from tracker_magic import flow
from tracker_magic.errors import FlowWarning

CHANCES = (50, 70, 85, 95)


def read(frames):
    """Issues and log, their items by plain loops, and now."""
    issues, log = frames
    now = pd.Timestamp(issues.attrs["tracker"]["fetched_at"])
    return issues, log, loops.read_items(issues, log, now.to_pydatetime()), now


def test_sprints(made_up):
    """The same issues were in each sprint of the demo's world, with the same outcomes."""
    frames, sprints, _ = made_up
    issues, log, items, now = read(frames)
    members = loops_of_sprints.memberships(issues, log, "sprint", now)
    found = flow.sprint_report(issues, log, sprints)
    rows = zip(found["sprint.id"], found["key"], found["committed"], found["removed"], found["outcome"], strict=True)
    result = {
        (sprint, key): (committed, not pd.isna(removed), None if pd.isna(outcome) else outcome)
        for sprint, key, committed, removed, outcome in rows
    }
    expected = loops_of_sprints.sprint_report(items, sprints, members, now)
    assert {key: (result.get(key), value) for key, value in expected.items() if result.get(key) != value} == {}
    assert result.keys() == expected.keys()


def assert_burnup(frames, scope, values, members):
    """The scope and what is done are the same at the end of some days."""
    issues, log, items, _ = read(frames)
    found = flow.burnup(issues, log, scope=scope, tz="UTC").set_index("period")
    for day in found.index[:: max(1, len(found) // 8)][:-1]:
        end = (day + pd.Timedelta(days=1)).tz_localize("UTC").to_pydatetime()
        row = found.loc[day]
        assert (row["scope"], row["done"]) == loops_of_sprints.burnup(items, members, values, end), day
        assert row["remaining"] == row["scope"] - row["done"]


def test_burnup(made_up):
    """Of all issues, and of a sprint."""
    frames, sprints, _ = made_up
    issues, log, _, now = read(frames)
    assert_burnup(frames, None, "", None)
    members = loops_of_sprints.memberships(issues, log, "sprint", now)
    sprint = sprints[sprints["status"] == "released"].iloc[-2]
    assert_burnup(frames, sprint["name"], sprint["id"], members)


@pytest.mark.data
def test_burnup_of_a_version(real):
    """Of a version in real histories."""
    issues, log, _, now = read(real)
    members = loops_of_sprints.memberships(issues, log, "fixVersions", now)
    version = pd.Series([each.value for spans in members.values() for each in spans]).mode().iloc[0]
    assert_burnup(real, ("fixVersions", version), version, members)


def assert_series(items, since, until):
    """Service level, Little's law and forecasts agree in a window."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FlowWarning)
        level = flow.service_level(items, since=since, until=until, sle=(85, 14), tz="UTC")
        law = flow.littles_law(items, since=since, until=until, tz="UTC").set_index("check")
        many = flow.forecast_how_many(items, 10, since=since, until=until, tz="UTC")
        when = flow.forecast_when(items, 15, since=since, until=until, tz="UTC")
    columns = ["n", "mean", "p50", "p70", "p85", "p95", "within"]
    expected = loops_of_series.service_level(items, since, until, 14)
    np.testing.assert_allclose(level[columns].iloc[0].to_numpy(dtype=float), expected, rtol=1e-9)
    for check, (value, right) in loops_of_series.littles_law(items, since, until).items():
        np.testing.assert_allclose(law.loc[check, ["value", "expected"]].to_numpy(dtype=float), (value, right))
        assert law.loc[check, "holds"] == (abs(value - right) <= 0.1 * abs(right)), check
    counts = loops_of_series.daily_throughput(items, until)
    length = (until - since).days
    sample = counts[-length:]
    for row, (chance, count, held) in enumerate(zip(CHANCES, many["count"], many["held"], strict=True)):
        assert loops_of_series.is_right_count(sample, 10, count, chance / 100), chance
        assert loops_of_series.is_right_day(sample, 15, when["days"].iloc[row], chance / 100), chance
        least, most = loops_of_series.held_bounds(counts, length, 10, chance / 100)
        assert least - 1e-9 <= held <= most + 1e-9, chance


def test_series_of_the_world(made_up):
    """In the last 120 days of the demo's world."""
    issues, log, _, now = read(made_up[0])
    until = now.normalize()
    assert_series(flow.cycle_time(issues, log), until - pd.Timedelta(days=120), until)


@pytest.mark.data
def test_series_of_real_histories(real):
    """In 2011, the busiest year."""
    since, until = pd.Timestamp("2011-01-01", tz="UTC"), pd.Timestamp("2012-01-01", tz="UTC")
    assert_series(flow.cycle_time(*real), since, until)
