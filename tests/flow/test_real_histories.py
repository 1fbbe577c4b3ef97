"""Real histories through the whole path, demo, HTTP, frames, flow: control numbers, and plain loops that agree.

One file, since it takes seconds to read them. The loops read the demo's world, too.
"""

import warnings

import numpy as np
import pandas as pd
import pytest

from tests.flow import loops, loops_of_series, loops_of_sprints
from tracker_magic import flow
from tracker_magic.errors import FlowWarning

CHANCES = (50, 70, 85, 95)
# P50, P70, P85, P95 and the mean.
LEAD_TIMES = {
    "first": (4.93, 38.11, 245.78, 649.60, 110.53),
    "last": (6.47, 51.88, 277.30, 706.16, 121.94),
    "sum": (5.88, 46.20, 264.81, 674.35, 116.53),
    "dates": (6, 52, 277.8, 706, 121.96),
    "dates + 1": (7, 53, 278.8, 707, 122.96),
}
MOSCOW = "Europe/Moscow"


def summary(days: pd.Series) -> tuple[float, ...]:
    """Percentiles and mean, with two digits."""
    known = days.dropna()
    return tuple(float(round(value, 2)) for value in (*known.quantile([0.5, 0.7, 0.85, 0.95]), known.mean()))


def p85(days: pd.Series) -> tuple[float, int]:
    """The percentile that a team looks at, and how many days it rests on."""
    return float(round(days.quantile(0.85), 2)), int(days.count())


def at_end_of(result: pd.DataFrame, day: str) -> pd.DataFrame:
    """The rows of a day."""
    return result[result["period"] == day]


@pytest.mark.data
def test_lead_times_by_five_definitions(real):
    """Five definitions of lead time give five statistics each, of the 21,109 tickets that are closed and were open."""
    issues, log = real
    closed = (issues["status.key"] == "closed").to_numpy()
    found = {rule: flow.lead_time(issues, log, reopen=rule)["days"] for rule in ("first", "last", "sum")}
    # By their first finish, tickets that are open again are finished as well.
    assert found["first"].count() - found["first"][closed].count() == 29
    found["first"] = found["first"][closed]
    found["dates + 1"] = flow.lead_time(issues, log, count="inclusive")["days"]
    found["dates"] = found["dates + 1"] - 1
    assert {name: days.count() for name, days in found.items()} == dict.fromkeys(LEAD_TIMES, 21_109)
    assert {name: summary(days) for name, days in found.items()} == LEAD_TIMES


@pytest.mark.data
def test_lead_time_without_history_is_the_same(real):
    """Where resolvedAt is set, lead time needs no history, except for one ticket whose file contradicts itself."""
    issues, log = real
    without, with_history = flow.lead_time(issues), flow.lead_time(issues, log)
    differs = without["finished"].notna() & (without["finished"] != with_history["finished"])
    assert without.loc[differs, "key"].tolist() == ["JQ-13758"]
    assert summary(without["days"]) == LEAD_TIMES["last"]


@pytest.mark.data
def test_cycle_times(real):
    """Cycle time by default, by Tracker's widget, and with a restart; 14,920 tickets never started."""
    issues, log = real
    result = flow.cycle_time(issues, log)
    assert p85(result["days"]) == (174.52, 6189)
    assert result.attrs["flow"]["left_out"]["never started"] == 14_920
    assert "Tracker's widget: P85 15.1 days, n 21,108" in result.attrs["definition"]
    assert p85(flow.cycle_time(issues, log, policy=flow.Policy.tracker())["days"]) == (15.07, 21_108)
    assert p85(flow.cycle_time(issues, log, back="restart")["days"]) == (180.57, 5258)
    days, n = p85(flow.cycle_time(issues, log, never_started="zero")["days"])
    assert (round(days, 1), n) == (14.7, 21_109)


@pytest.mark.data
@pytest.mark.parametrize(("history", "closed"), [("as_it_was", 14_058), ("last_entry", 14_008)])
def test_the_board_of_a_past_day(real, history, closed):
    """On 2012-01-01 in Moscow 14,058 tickets were closed; by their last entries 14,008."""
    result = flow.cumulative_flow(*real, history=history, tz=MOSCOW, until="2012-01-01")
    day = at_end_of(result, "2011-12-31").set_index("stage")
    assert day.loc["finished", "cumulative"] == closed


@pytest.mark.data
def test_work_in_progress_of_a_past_day(real):
    """On 2011-12-19 370 tickets were in progress, 407 from start to finish; of all open ones 1,094 and 1,143."""
    issues, log = real
    items = flow.cycle_time(issues, log)
    counts = [
        at_end_of(flow.wip(first, history), "2011-12-18")["wip"].item()
        for first, history in ((items, log), (items, None), (issues, log), (issues, None))
    ]
    assert counts == [370, 407, 1094, 1143]
    assert len(flow.wip_age(issues, log, at="2011-12-19")) == 370


def with_items(frames):
    """Issues and log, their items by plain loops, and now."""
    issues, log = frames
    now = pd.Timestamp(issues.attrs["tracker"]["fetched_at"])
    return issues, log, loops.read_items(issues, log, now.to_pydatetime()), now


@pytest.fixture(scope="module", params=[pytest.param("real", marks=pytest.mark.data), "made_up"])
def read(request):
    """The real data or the demo's world, with items."""
    value = request.getfixturevalue(request.param)
    return with_items(value if request.param == "real" else value[0])


def test_loops_agree(read):
    """Plain loops over the rows give the same as the functions, on the real data and on the demo's world."""
    issues, log, items, now = read
    for rule in ("first", "last", "sum"):
        expected = [item.lead(rule) for item in items]
        assert_same(flow.lead_time(issues, log, reopen=rule)["days"], expected)
    for policy, arguments in (
        (flow.Policy(), ("enter", "keep")),
        (flow.Policy(back="restart"), ("enter", "restart")),
        (flow.Policy.tracker(), ("leave", "keep")),
    ):
        assert_same(flow.cycle_time(issues, log, policy=policy)["days"], [item.cycle(*arguments) for item in items])
    assert_same(flow.flow_efficiency(issues, log)["efficiency"], [item.efficiency() for item in items])
    ages = {item.key: age for item in items if (age := item.age(now)) is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FlowWarning)  # nothing was finished of late
        found = flow.wip_age(issues, log).set_index("key")["age"]
    assert_same(found, [ages.pop(key) for key in found.index])
    assert ages == {}


def test_loops_agree_on_sums(read):
    """Plain loops give the same time in status, and the same throughput by week."""
    issues, log, items, _ = read
    totals = loops.time_in_status(items)
    found = flow.time_in_status(issues, log)
    assert len(found) == len(totals)
    keys = zip(found["key"], found["status.key"].astype(object).where(found["status.key"].notna(), None), strict=True)
    assert_same(found["days"], [totals[key] for key in keys])
    weeks = flow.throughput(flow.lead_time(issues, log), tz="UTC").set_index("period")["count"]
    assert {week: count for week, count in weeks.items() if count} == loops.weekly_throughput(items)


def test_loops_agree_on_past_days(read):
    """Plain loops give the same board and the same work in progress at the end of some past days."""
    issues, log, items, now = read
    board = flow.cumulative_flow(issues, log, tz="UTC")
    progress = flow.wip(flow.cycle_time(issues, log), log, tz="UTC").set_index("period")["wip"]
    days = pd.date_range(issues["createdAt"].min().tz_convert("UTC"), now, periods=5).normalize()[1:-1]
    for day in days.tz_localize(None):
        end = (day + pd.Timedelta(days=1)).tz_localize("UTC").to_pydatetime()
        assert board[board["period"] == day].set_index("stage")["inside"].to_dict() == loops.board(items, end)
        assert progress[day] == sum(item.is_in_progress(end) for item in items)


def assert_same(found: pd.Series, expected: list[float | None]) -> None:
    """The values are equal, or missing in both."""
    np.testing.assert_allclose(found.to_numpy(), np.array(expected, dtype=float), rtol=0, atol=1e-9)


@pytest.mark.data
def test_the_dirt_is_listed(real):
    """The oddities that the data is known for are listed, each with its tickets."""
    issues, log = real
    found = flow.data_quality(issues, log).groupby("problem")["key"].nunique().to_dict()
    expected = {
        "change_before_creation": 12, "last_change_differs": 4, "born_finished": 2, "never_started": 14_920,
        "finished_without_resolution": 95, "value_without_creation_row": 1,
        # One of the 60 broken chains is a change that an entry names twice.
        "broken_chain": 59, "types_mixed": 0,
    }  # fmt: skip
    assert found == expected


@pytest.mark.data
def test_a_snapshot_of_now_is_the_frame(real):
    """The snapshot of now is the frame of issues, except for issues whose last change differs."""
    issues, log = real
    differs = flow.data_quality(issues, log).query("problem == 'last_change_differs'")["key"]
    now = issues.attrs["tracker"]["fetched_at"]
    found = flow.snapshot(issues, log, now, fields=["status", "queue"])
    same = (found["status.key"] == issues["status.key"]) & (found["queue"] == issues["queue"])
    assert set(found.loc[~same, "key"]) == set(differs)
    assert len(found) == len(issues)


def test_sprints(made_up):
    """The same issues were in each sprint of the demo's world, with the same outcomes."""
    frames, sprints, _ = made_up
    issues, log, items, now = with_items(frames)
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


def assert_burnup(read, scope, values, members):
    """The scope and what is done are the same at the end of some days."""
    issues, log, items, _ = read
    found = flow.burnup(issues, log, scope=scope, tz="UTC").set_index("period")
    for day in found.index[:: max(1, len(found) // 8)][:-1]:
        end = (day + pd.Timedelta(days=1)).tz_localize("UTC").to_pydatetime()
        row = found.loc[day]
        assert (row["scope"], row["done"]) == loops_of_sprints.burnup(items, members, values, end), day
        assert row["remaining"] == row["scope"] - row["done"]


def test_burnup(made_up):
    """Of all issues, and of a sprint."""
    frames, sprints, _ = made_up
    issues, log, _, now = read = with_items(frames)
    assert_burnup(read, None, "", None)
    members = loops_of_sprints.memberships(issues, log, "sprint", now)
    sprint = sprints[sprints["status"] == "released"].iloc[-2]
    assert_burnup(read, sprint["name"], sprint["id"], members)


@pytest.mark.parametrize("read", [pytest.param("real", marks=pytest.mark.data)], indirect=True)
def test_burnup_of_a_version(read):
    """Of a version in real histories."""
    issues, log, _, now = read
    members = loops_of_sprints.memberships(issues, log, "fixVersions", now)
    version = pd.Series([each.value for spans in members.values() for each in spans]).mode().iloc[0]
    assert_burnup(read, ("fixVersions", version), version, members)


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
    issues, log = made_up[0]
    until = pd.Timestamp(issues.attrs["tracker"]["fetched_at"]).normalize()
    assert_series(flow.cycle_time(issues, log), until - pd.Timedelta(days=120), until)


@pytest.mark.data
def test_series_of_real_histories(real):
    """In 2011, the busiest year."""
    since, until = pd.Timestamp("2011-01-01", tz="UTC"), pd.Timestamp("2012-01-01", tz="UTC")
    assert_series(flow.cycle_time(*real), since, until)
