"""When things happen in the demo's world: a team's week, and work that flows as a real team's does."""

import math
import statistics
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.demo.issue_lists import Change, Event
from tracker_magic.demo.model import Issue, World
from tracker_magic.demo.world import make_world
from tracker_magic.demo.world.chronicle import FINISHED, milliseconds, moment
from tracker_magic.demo.world.timing import DAY, arrival, at_work, weekday

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
times = st.integers(0, 4_000_000_000_000)


@pytest.fixture(scope="module")
def large() -> World:
    """A world large enough for statistics."""
    return make_world(seed=2, issues=3000, now=NOW)


def status_moves(issue: Issue) -> list[tuple[Event, Change]]:
    """The changes of status, the creation's first."""
    return [(event, change) for event in issue.events for change in event.changes if change.field == "status"]


@given(times)
def test_milliseconds_there_and_back(ms: int) -> None:
    """A moment and its milliseconds are the same, to the last digit."""
    assert milliseconds(moment(ms)) == ms
    assert weekday(ms) == moment(ms).weekday()


@given(st.integers(0, 1000), times)
def test_work_is_put_off_to_working_time(seed: int, ms: int) -> None:
    """It is never done earlier, at night or at a weekend, and at most four days later."""
    put_off = at_work(Random(seed), ms, shift=0.0)
    assert ms <= put_off <= ms + 4 * DAY
    assert weekday(put_off) < 5
    assert 6 <= moment(put_off).hour < 16
    assert at_work(Random(seed), ms, shift=1.0) == ms


@given(st.integers(0, 1000), times, st.integers(1, 100 * DAY))
def test_arrivals_fall_into_their_time(seed: int, begin: int, length: int) -> None:
    """What comes in comes between the two moments."""
    assert begin <= arrival(Random(seed), begin, begin + length, quiet=0.1) < begin + length


def test_as_much_is_done_as_comes_in(large: World) -> None:
    """Over the last half year arrivals and resolutions are within a tenth of each other."""
    half = datetime(2026, 5, 20, tzinfo=UTC)
    came = sum(issue.values["createdAt"] > half for issue in large.issues.values())
    done = sum(issue.values.get("resolvedAt", half) > half for issue in large.issues.values())
    assert 0.9 < done / came < 1.1


def test_weekends_are_quiet(large: World) -> None:
    """Less happens on a Saturday than a third of what happens on a Wednesday."""
    days = Counter(event.at.weekday() for issue in large.issues.values() for event in issue.events)
    assert days[5] < days[2] / 3


def test_cycle_times_are_log_normal(large: World) -> None:
    """The times from start to finish have a long tail, and their logarithms none."""
    finished = {key for key, status in large.statuses.items() if status.type in FINISHED}
    logs, days = [], []
    for issue in large.issues.values():
        moves = status_moves(issue)
        begun = next((event.at for event, change in moves if change.new == "inProgress"), None)
        done = next((event.at for event, change in moves if change.new in finished), None)
        if begun and done and done > begun and issue.values["queue"] == "DEV":
            seconds = (done - begun).total_seconds()
            days.append(seconds / 86_400)
            logs.append(math.log(seconds))
    assert statistics.fmean(days) > 1.2 * statistics.median(days)
    assert abs(statistics.fmean(logs) - statistics.median(logs)) < 0.15 * statistics.stdev(logs)
