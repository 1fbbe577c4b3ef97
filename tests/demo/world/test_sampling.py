"""Times in the demo's world follow a working week, and work flows as in a real team."""

import math
import statistics
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.demo.model import Issue, World
from tracker_magic.demo.world import make_world
from tracker_magic.demo.world.changelog import FINISHED_TYPES
from tracker_magic.demo.world.sampling import (
    DAY,
    arrival_time,
    from_milliseconds,
    to_milliseconds,
    weekday,
    working_time,
)

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
milliseconds = st.integers(0, 4_000_000_000_000)


@pytest.fixture(scope="module")
def large() -> World:
    """A world large enough for statistics."""
    return make_world(seed=2, issues=3000, now=NOW)


def cycle_time(issue: Issue, finished: set[str]) -> float:
    """Seconds from the first start of work to the first finish; 0 where there is no such pair."""
    moves = [(event.at, change.new) for event in issue.events for change in event.changes if change.field == "status"]
    started = [at for at, status in moves if status == "inProgress"][:1]
    done = [at for at, status in moves if status in finished][:1]
    return (done[0] - started[0]).total_seconds() if started and done else 0.0


@given(milliseconds)
def test_milliseconds_convert_back_exactly(ms: int) -> None:
    """Milliseconds converted to a datetime and back are the same, and both fall on the same weekday."""
    assert to_milliseconds(from_milliseconds(ms)) == ms
    assert weekday(ms) == from_milliseconds(ms).weekday()


@given(st.integers(0, 1000), milliseconds)
def test_work_waits_for_working_hours(seed: int, ms: int) -> None:
    """A time is moved forward by at most four days, to a weekday in working hours; with odd hours it stays."""
    moved = working_time(Random(seed), ms, odd_hours=0.0)
    assert ms <= moved <= ms + 4 * DAY
    assert weekday(moved) < 5
    assert 6 <= from_milliseconds(moved).hour < 16
    assert working_time(Random(seed), ms, odd_hours=1.0) == ms


@given(st.integers(0, 1000), milliseconds, st.integers(1, 100 * DAY))
def test_arrivals_are_within_their_limits(seed: int, begin: int, length: int) -> None:
    """An arrival is at or after `begin` and before `end`."""
    assert begin <= arrival_time(Random(seed), begin, begin + length, off_hours=0.1) < begin + length


def test_as_many_issues_are_resolved_as_created(large: World) -> None:
    """Over the last half year, the numbers of created and resolved issues differ by less than a tenth."""
    half_year_ago = datetime(2026, 5, 20, tzinfo=UTC)
    created = sum(issue.values["createdAt"] > half_year_ago for issue in large.issues.values())
    resolved = sum(issue.values.get("resolvedAt", half_year_ago) > half_year_ago for issue in large.issues.values())
    assert 0.9 < resolved / created < 1.1


def test_weekends_are_quiet(large: World) -> None:
    """A Saturday has less than a third of the events of a Wednesday."""
    days = Counter(event.at.weekday() for issue in large.issues.values() for event in issue.events)
    assert days[5] < days[2] / 3


def test_cycle_times_are_log_normal(large: World) -> None:
    """Cycle times have a long tail, and their logarithms are symmetric."""
    finished = {key for key, status in large.statuses.items() if status.type in FINISHED_TYPES}
    issues = [issue for issue in large.issues.values() if issue.values["queue"] == "DEV"]
    seconds = [each for issue in issues if (each := cycle_time(issue, finished)) > 0]
    logs = [math.log(each) for each in seconds]
    assert statistics.fmean(seconds) > 1.2 * statistics.median(seconds)
    assert abs(statistics.fmean(logs) - statistics.median(logs)) < 0.15 * statistics.stdev(logs)
