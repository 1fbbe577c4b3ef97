"""Laws that hold for any history, with all its dirt."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flow import loops
from tests.flow.tickets import BASE, NOW, STATUSES, Ticket, frames, moment
from tracker_magic import flow
from tracker_magic.errors import FlowWarning

KEYS = sorted(STATUSES)
FINISHED = {key for key, kind in STATUSES.items() if kind in {"done", "cancelled"}}
ZONES = ["UTC", "Europe/Moscow", "America/New_York"]
LAW = settings(max_examples=20)  # each builds frames
AT = st.integers(0, 58 * 24).map(lambda hours: hours / 24)


@st.composite
def tickets(draw: st.DrawFn) -> list[Ticket]:
    """Tickets with re-opens, broken chains, changes before the creation, several in one moment, and missing values."""
    return [draw(ticket(f"DEV-{number}")) for number in range(1, draw(st.integers(1, 7)) + 1)]


@st.composite
def ticket(draw: st.DrawFn, key: str) -> Ticket:
    """One ticket."""
    created = draw(AT)
    first = current = draw(st.sampled_from(KEYS))
    has_row = draw(st.booleans())
    changes, finished = [], None
    for at in sorted(draw(st.lists(AT, max_size=6))):
        old = draw(st.sampled_from([current, current, current, None, draw(st.sampled_from(KEYS))]))
        new = draw(st.sampled_from(KEYS))
        changes.append((at, [("status", old, new)]))
        before = current if old is None else old
        finished = max(at, created) if new in FINISHED and before not in FINISHED else finished
        current = new
    if not has_row and changes:
        first = changes[0][1][0][1]
    without_row = () if changes else draw(st.sampled_from([(), None]))
    creation = (("status", None, first),) if has_row else without_row
    differs = draw(st.sampled_from([False] * 9 + [True]))
    status = draw(st.sampled_from(KEYS)) if differs and changes else current
    resolved = finished if current in FINISHED and not differs else None
    return Ticket(key, created, status, changes, creation, resolved)


def quietly(function, *arguments, **options) -> pd.DataFrame:
    """The result, without the warning of few items."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FlowWarning)
        return function(*arguments, **options)


@LAW
@given(tickets())
def test_intervals_are_disjoint_and_whole(given_tickets):
    """Intervals of a field are ordered and disjoint, and add up to the time since the creation."""
    issues, log = frames(given_tickets)
    found = flow.intervals(issues, log)
    for key, rows in found.groupby("key", sort=False):
        created = issues.loc[issues["key"] == key, "createdAt"].item()
        assert rows["entered"].iloc[0] == created
        assert (rows["left"].iloc[:-1].to_numpy() == rows["entered"].iloc[1:].to_numpy()).all()
        assert rows["open"].tolist() == [False] * (len(rows) - 1) + [True]
        assert rows["days"].sum() == pytest.approx((NOW - created) / pd.Timedelta(days=1))


@LAW
@given(tickets())
def test_time_in_status_is_the_sum_of_intervals(given_tickets):
    """The time in a status is the sum of its intervals, and its visits are their number."""
    issues, log = frames(given_tickets)
    rows = flow.intervals(issues, log).fillna({"status.key": "none"})
    sums = rows.groupby(["key", "status.key"], sort=False)["days"].agg(["sum", "size"])
    found = flow.time_in_status(issues, log)
    assert list(zip(found["key"], found["status.key"].fillna("none"), strict=True)) == sums.index.tolist()
    assert found["days"].tolist() == pytest.approx(sums["sum"].tolist())
    assert found["visits"].tolist() == sums["size"].tolist()


@LAW
@given(tickets(), AT)
def test_a_snapshot_is_the_intervals_of_its_moment(given_tickets, at):
    """A snapshot at a moment is the intervals that contain it; one of now is the frame, except where that differs."""
    issues, log = frames(given_tickets)
    instant = pd.Timestamp(moment(at))
    found = flow.snapshot(issues, log, instant, fields="status").set_index("key")["status.key"]
    inside = flow.intervals(issues, log).query("entered <= @instant and (left.isna() or left > @instant)")
    expected = inside.groupby("key", sort=False)["status.key"].last()
    assert found.fillna("").to_dict() == expected.fillna("").to_dict()
    now = flow.snapshot(issues, log, NOW, fields="status").set_index("key")["status.key"]
    differs = now.fillna("") != issues.set_index("key")["status.key"]
    listed = flow.data_quality(issues, log).query("problem == 'last_change_differs'")["key"]
    assert set(now.index[differs]) == set(listed)


@LAW
@given(tickets())
def test_a_resolved_issue_needs_no_history(given_tickets):
    """Where resolvedAt is set, lead time is the same with history and without."""
    issues, log = frames(given_tickets)
    resolved = issues["resolvedAt"].notna()
    with_history, without = flow.lead_time(issues, log), flow.lead_time(issues)
    pd.testing.assert_frame_equal(
        without.loc[resolved, ["finished", "days"]], with_history.loc[resolved, ["finished", "days"]]
    )


@LAW
@given(tickets())
def test_the_loops_agree(given_tickets):
    """Plain loops give the same lead and cycle times by every rule, and the same board."""
    issues, log = frames(given_tickets)
    items = loops.read_items(issues, log, NOW)
    for rule in ("first", "last", "sum"):
        expected = np.array([item.lead(rule) for item in items], dtype=float)
        np.testing.assert_allclose(flow.lead_time(issues, log, reopen=rule)["days"], expected, atol=1e-9)
    for start, back in (("enter", "keep"), ("enter", "restart"), ("leave", "keep")):
        policy = flow.Policy(back=back, leave="type:new" if start == "leave" else None)
        expected = np.array([item.cycle(start, back) for item in items], dtype=float)
        np.testing.assert_allclose(flow.cycle_time(issues, log, policy=policy)["days"], expected, atol=1e-9)
    rows = flow.cumulative_flow(issues, log)
    for day, inside in rows[rows["complete"]].groupby("period"):
        end = (day + pd.Timedelta(days=1)).tz_localize("UTC").to_pydatetime()
        assert inside.set_index("stage")["inside"].to_dict() == loops.board(items, end)


@LAW
@given(tickets(), AT)
def test_the_past_of_the_board_stays(given_tickets, at):
    """The last row of cumulative_flow is the board of now, and a past row is the same when it is computed later."""
    issues, log = frames(given_tickets)
    late = flow.cumulative_flow(issues, log)
    kinds = flow.intervals(issues, log).groupby("key", sort=False).tail(1).dropna(subset="status.key")
    types = kinds["statusType"].fillna("inProgress").replace({"cancelled": "done", "paused": "inProgress"})
    expected = types.value_counts().reindex(["new", "inProgress", "done"], fill_value=0).tolist()
    assert late.tail(3)["inside"].tolist() == expected
    early = flow.cumulative_flow(issues, log, now=moment(at))
    early = early[early["complete"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(late.head(len(early)), early)
    rising = flow.cumulative_flow(issues, log, history="last_entry").groupby("stage")["cumulative"]
    assert all(counts.is_monotonic_increasing for _, counts in rising)


@LAW
@given(tickets(), st.sampled_from(["day", "week", "month"]), st.sampled_from(ZONES))
def test_series_add_up(given_tickets, period, tz):
    """Throughput adds up to the finished items, and the net arrivals to the work in progress."""
    issues, log = frames(given_tickets)
    for items in (issues, flow.cycle_time(issues, log)):
        series = flow.throughput(items, period=period, tz=tz)
        finished = items["finished"] if "finished" in items else flow.lead_time(issues)["finished"]
        assert series["count"].sum() == finished.notna().sum()
        assert series["complete"].iloc[:-1].all()
        flows = flow.arrivals(items, period=period, tz=tz)
        assert flows["net"].cumsum().tolist() == flows["wip"].tolist()
        known = flow.wip(items, period=period, tz=tz).set_index("period")["wip"]
        assert known.to_dict().items() <= flows.set_index("period")["wip"].to_dict().items()


@LAW
@given(tickets(), st.sampled_from(ZONES))
def test_a_zone_moves_no_elapsed_duration(given_tickets, tz):
    """Another zone moves no elapsed duration, and a calendar of 24 × 7 counts the same."""
    issues, log = frames(given_tickets)
    always = flow.Calendar(tz=tz, weekdays="Mon-Sun")
    for function in (flow.cycle_time, flow.lead_time, flow.time_in_status, flow.intervals):
        expected = function(issues, log)["days"]
        np.testing.assert_allclose(function(issues, log, tz=tz)["days"], expected)
        np.testing.assert_allclose(function(issues, log, count="working", calendar=always)["days"], expected, atol=1e-9)


FUNCTIONS = [
    flow.intervals, flow.time_in_status, flow.lead_time, flow.cycle_time, flow.flow_efficiency, flow.wip_age,
    flow.cumulative_flow, flow.burnup, flow.data_quality,
]  # fmt: skip


@settings(max_examples=10)
@given(tickets(), st.randoms(use_true_random=False))
def test_the_order_of_the_log_does_not_matter(given_tickets, random):
    """The order of the log's rows and duplicates among them change nothing."""
    issues, log = frames(given_tickets)
    positions = list(range(len(log))) + random.choices(range(len(log)), k=len(log) // 2) if len(log) else []
    random.shuffle(positions)
    shuffled = log.iloc[positions]
    for function in FUNCTIONS[:-1]:
        pd.testing.assert_frame_equal(quietly(function, issues, log), quietly(function, issues, shuffled))


@LAW
@given(tickets())
def test_the_order_of_the_issues_is_that_of_the_items(given_tickets):
    """Items come in the order of the issues; each has the same values in any order."""
    issues, log = frames(given_tickets)
    turned = issues.iloc[::-1]
    for function in (flow.lead_time, flow.cycle_time, flow.flow_efficiency):
        expected = function(issues, log).iloc[::-1].reset_index(drop=True)
        pd.testing.assert_frame_equal(function(turned, log), expected)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_nothing_in_nothing_out(function):
    """Without issues a result has the same columns and dtypes, and no rows."""
    issues, log = frames([Ticket("DEV-1", status="inProgress", changes=[(1, [("status", "open", "inProgress")])])])
    full, empty = quietly(function, issues, log), quietly(function, issues.head(0), log.head(0))
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert json.loads(json.dumps(full.attrs)) == full.attrs


@pytest.mark.parametrize("name", ["throughput", "arrivals", "wip", "service_level"])
def test_no_items_no_series(name):
    """Without items a series has the same columns and dtypes, also by groups, and no rows."""
    issues, log = frames(
        [Ticket("DEV-1", status="closed", changes=[(59, [("status", "open", "closed")])], resolved=59)]
    )
    function = getattr(flow, name)
    for items in (issues, flow.lead_time(issues, log)):
        full, empty = (quietly(function, each, by="type", period="week") for each in (items, items.head(0)))
        assert len(full)
        assert len(empty) == 0
        assert empty.dtypes.to_dict() == full.dtypes.to_dict()


@LAW
@given(tickets())
def test_what_remains_is_scope_without_done(given_tickets):
    """What remains is the scope less what is done, and the scope is what was added less what was removed."""
    issues, log = frames(given_tickets)
    found = flow.burnup(issues, log)
    assert (found["remaining"] == found["scope"] - found["done"]).all()
    assert (found["scope"] == (found["added"] - found["removed"]).cumsum()).all()
    assert found["scope"].iloc[-1] == (issues["createdAt"] <= pd.Timestamp(NOW)).sum()


def test_the_world_begins_before_now():
    """The moments of these tests do not depend on the clock."""
    assert moment(58) < NOW
    assert BASE < NOW
