"""Days, moments and missing values: the same in a filter, a query, a worklog and the columns of a frame."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.notebook.variables import Scope, fill_query

EVERYTHING = "Queue: DEV, OPS, DESIGN"
QUEUES = ["DEV", "OPS", "DESIGN"]
ZONES = ["UTC", "Asia/Tokyo", "America/New_York"]
MISSING = {"None": None, "nan": float("nan"), "NaT": pd.NaT, "NA": pd.NA, "numpy": np.datetime64("NaT")}
DAY = date(2026, 9, 15)
NAIVE = datetime(2026, 9, 15, 6, 30)  # noqa: DTZ001 - naive on purpose
MOMENTS = {
    "datetime": NAIVE,
    "Timestamp": pd.Timestamp(NAIVE),
    "microseconds": np.datetime64(NAIVE, "us"),
    "nanoseconds": np.datetime64(NAIVE, "ns"),
}


@pytest.fixture(scope="module")
def whole(shared_demo):
    """When every visible issue was created, in UTC, and its deadline, by key."""
    issues = shared_demo.world.issues.values()
    records = {
        issue.key: (issue.values["createdAt"], issue.values.get("deadline"))
        for issue in issues
        if issue.key.rsplit("-", 1)[0] in QUEUES
    }
    frame = pd.DataFrame.from_dict(records, orient="index", columns=["createdAt", "deadline"])
    return frame.assign(createdAt=pd.to_datetime(frame["createdAt"], utc=True))


def keys_of(tracker, tz="UTC", **criteria):
    """The keys of the issues that match a filter in these queues."""
    return set(tracker.issues(filter={"queue": QUEUES, **criteria}, fields="key", tz=tz)["key"])


def keys_of_query(tracker, condition, value, tz):
    """The keys of the issues that match a condition with `{{value}}`, as the magic fills it in."""
    query = fill_query(f"{EVERYTHING} AND {condition}", Scope({}, {"value": value}), tz)
    return set(tracker.issues(query, fields="key", tz=tz)["key"])


# Missing values.


@pytest.mark.parametrize("value", MISSING.values(), ids=MISSING)
@pytest.mark.parametrize(("field", "name"), [("assignee", "Assignee"), ("deadline", "Deadline"), ("tags", "Tags")])
def test_a_missing_value_in_a_filter_means_unset(tracker, field, name, value):
    """None, NaN and NaT select the issues whose field is empty, as `{{None}}` in a query does."""
    expected = keys_of_query(tracker, f"{name}: {{{{value}}}}", None, "UTC")
    assert keys_of(tracker, **{field: value}) == expected
    assert tracker.count(filter={"queue": QUEUES, field: value}) == len(expected) > 0


def test_a_missing_value_in_a_list_means_unset_or_the_others(tracker):
    """A list with None selects what has no value, and what has one of the others."""
    unset, mine = keys_of(tracker, assignee=None), keys_of(tracker, assignee="me()")
    assert keys_of(tracker, assignee=[None, "me()"]) == unset | mine != unset
    with pytest.raises(errors.BadQuery):
        tracker.count(filter={"queue": None, "assignee": "nobody-of-this-name"})


@pytest.mark.parametrize("ends", [{"from": None}, {"from": pd.NaT}, {"from": DAY, "to": float("nan")}, {}])
def test_a_range_without_an_end_is_refused(tracker, demo, ends):
    """A range whose end was lost would select too much; None is an open end if there is another one."""
    with pytest.raises(errors.BadOption, match="missing value"):
        tracker.issues(filter={"createdAt": ends})
    assert not any(request.path.endswith("_search") for request in demo.journal)
    assert keys_of(tracker, createdAt={"from": DAY, "to": None}) == keys_of(tracker, createdAt={"from": DAY})


def test_nothing_is_unset_because_a_saved_filter_says_null(tracker, demo):
    """`null` in a saved filter is no condition."""
    saved = next(iter(demo.world.filters))
    demo.behaviour.faults.append(
        Fault("shape", f"/filters/{saved}", body={"filter": {"queue": "DESIGN", "assignee": None}})
    )
    assert tracker.count(filter_id=saved) == tracker.count("Queue: DESIGN")


# Moments.


@pytest.mark.parametrize("tz", ZONES)
@pytest.mark.parametrize("value", MOMENTS.values(), ids=MOMENTS)
def test_a_moment_without_a_zone_is_in_that_of_the_frame(tracker, whole, tz, value):
    """A filter and a query mean the moment that a frame in this zone shows as the same date and time."""
    later = set(whole.index[whole["createdAt"] >= pd.Timestamp(NAIVE, tz=tz)])
    assert keys_of(tracker, tz, createdAt={"from": value}) == later
    assert keys_of(tracker, tz, created={"from": value}) == later
    assert keys_of_query(tracker, "Created: >= {{value}}", value, tz) == later
    frame = tracker.issues(filter={"queue": QUEUES, "createdAt": {"from": value}}, fields="createdAt", tz=tz)
    assert frame["createdAt"].min() >= pd.Timestamp(NAIVE, tz=tz)


@pytest.mark.parametrize("tz", ZONES)
@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Europe/Moscow")])
def test_a_moment_with_a_zone_is_the_same_in_every_frame(tracker, whole, tz, zone):
    """The zone of the frame changes nothing."""
    moment = NAIVE.replace(tzinfo=zone)
    later = set(whole.index[whole["createdAt"] >= moment])
    assert keys_of(tracker, tz, createdAt={"from": moment}) == later
    assert keys_of(tracker, tz, createdAt={"from": pd.Timestamp(moment)}) == later
    assert keys_of_query(tracker, "Created: >= {{value}}", moment, tz) == later


@pytest.mark.parametrize("tz", ZONES)
def test_a_moment_of_a_frame_selects_its_issues(tracker, tz):
    """A moment as the value of a time field selects the issues that a frame shows with it, also in a list."""
    frame = tracker.issues(filter={"queue": QUEUES}, fields=["createdAt", "updatedAt"], tz=tz).set_index("key")
    moments = frame["createdAt"].iloc[[5, 50]]
    for value in (moments.iloc[0], moments.iloc[0].to_pydatetime(), moments.iloc[0].tz_localize(None)):
        assert keys_of(tracker, tz, createdAt=value) == set(frame.index[frame["createdAt"] == moments.iloc[0]])
    both = set(frame.index[frame["createdAt"].isin(moments)])
    assert keys_of(tracker, tz, createdAt=list(moments)) == both != set()


@pytest.mark.parametrize("tz", ZONES)
def test_a_count_has_the_zone_of_its_question(tracker, whole, tz):
    """A day in a filter is that of `tz` for `count` and `explain` as for `issues`."""
    days = whole["createdAt"].dt.tz_convert(tz).dt.date
    criteria = {"queue": QUEUES, "createdAt": DAY}
    assert tracker.count(filter=criteria, tz=tz) == (days == DAY).sum() > 0
    assert tracker.explain(filter=criteria, tz=tz).matches == (days == DAY).sum()


@pytest.mark.parametrize("value", [datetime.max.replace(tzinfo=ZoneInfo("America/New_York")), date.max])
def test_a_moment_at_the_end_of_the_calendar_is_accepted(tracker, whole, value):
    """The last moment of the calendar, which another zone would leave, is an end that excludes nothing."""
    frame = tracker.issues(filter={"queue": QUEUES, "createdAt": {"to": value}}, tz="America/New_York")
    assert set(frame["key"]) == set(whole.index)


# Days.


@pytest.mark.parametrize("tz", ZONES)
def test_a_day_of_a_filter_is_the_day_of_the_frame(tracker, whole, tz):
    """A date as the value, the beginning or the end of a time means that day in the zone of the frame."""
    days = whole["createdAt"].dt.tz_convert(tz).dt.date
    for value in (DAY, np.datetime64(DAY)):
        assert keys_of(tracker, tz, createdAt=value) == set(whole.index[days == DAY])
        assert keys_of(tracker, tz, createdAt={"from": value}) == set(whole.index[days >= DAY])
        assert keys_of(tracker, tz, updatedAt={"to": date.fromisoformat("2020-01-01")}) == set()
        assert keys_of(tracker, tz, created={"from": value, "to": DAY + timedelta(days=3)}) == set(
            whole.index[(days >= DAY) & (days <= DAY + timedelta(days=3))]
        )


@pytest.mark.parametrize("tz", ZONES)
def test_a_deadline_is_a_day_in_every_zone(tracker, whole, tz):
    """A deadline taken from a frame selects the issues with this deadline, and the days from and to it."""
    frame = tracker.issues(filter={"queue": QUEUES, "deadline": "notEmpty()"}, fields="deadline", tz=tz)
    deadline = frame["deadline"].sort_values().iloc[len(frame) // 2]
    deadlines = whole["deadline"].dropna()
    for value in (deadline, deadline.to_pydatetime(), deadline.to_datetime64(), deadline.date(), str(deadline.date())):
        assert keys_of(tracker, tz, deadline=value) == set(deadlines.index[deadlines == deadline.date()])
        assert keys_of(tracker, tz, deadline={"to": value}) == set(deadlines.index[deadlines <= deadline.date()])
        assert keys_of(tracker, tz, deadline={"from": value}) == set(deadlines.index[deadlines >= deadline.date()])
    day = keys_of_query(tracker, "Deadline: {{value}}", deadline.date(), tz)
    assert day == set(deadlines.index[deadlines == deadline.date()])


@pytest.mark.parametrize("tz", ZONES)
def test_a_day_of_a_query_is_that_of_the_service(tracker, whole, tz):
    """A date in a query goes to the service as it is: the embedded one takes days in UTC, whatever `tz` is."""
    days = whole["createdAt"].dt.date
    assert keys_of_query(tracker, "Created: {{value}}", DAY, tz) == set(whole.index[days == DAY])
    assert keys_of(tracker, tz, createdAt=str(DAY)) == set(whole.index[days == DAY])


@pytest.mark.parametrize("tz", ZONES)
def test_days_of_work_are_those_of_the_frame(tracker, tz):
    """`since` and `until` are days, or moments, in the zone of the frame, in every form."""
    begin, end = pd.Timestamp(DAY, tz=tz), pd.Timestamp(DAY + timedelta(days=3), tz=tz)
    for value in (DAY, str(DAY), pd.Timestamp(DAY), np.datetime64(DAY), np.datetime64(DAY, "ns"), begin):
        work = tracker.worklog(since=value, until=DAY + timedelta(days=3), tz=tz)
        assert work["start"].between(begin, end, inclusive="left").all()
        assert len(work) == len(tracker.worklog(since=begin, until=end, tz=tz)) > 0
