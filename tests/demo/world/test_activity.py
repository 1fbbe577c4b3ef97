"""Activity in a world: what holds however long it goes on."""

import copy
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.demo.model import Entry, Issue, Queue, World
from tracker_magic.demo.world import make_world
from tracker_magic.demo.world.activity import MAX_EVENTS_PER_CALL, Activity

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def active_world(seed: int, calls: int, interval_s: float) -> World:
    """A small world after that many calls of its activity, `interval_s` apart."""
    world = make_world(seed, 30, NOW)
    activity = Activity(world, seed)
    for call in range(calls):
        activity(world, NOW + timedelta(seconds=call * interval_s))
    return world


def event_count(world: World) -> int:
    """Number of events in all issues."""
    return sum(len(issue.events) for issue in world.issues.values())


def replayed(issue: Issue) -> dict[str, Any]:
    """The values at which the changes end; each change has to begin where the one before it ended."""
    values: dict[str, Any] = {}
    for event in issue.events:
        for change in event.changes:
            assert values.get(change.field, change.old) == change.old
            values[change.field] = change.new
    return values


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), calls=st.integers(1, 120), interval_s=st.floats(0.5, 60))
def test_activity_only_appends_events(seed: int, calls: int, interval_s: float) -> None:
    """Old events stay; new ones follow in order of time, count in the version and lead to the present values."""
    before, after = make_world(seed, 30, NOW), active_world(seed, calls, interval_s)
    for key, issue in after.issues.items():
        old = before.issues[key].events if key in before.issues else []
        assert issue.events[: len(old)] == old
        assert all(earlier.at <= later.at for earlier, later in pairwise(issue.events))
        assert issue.version == len(issue.events)
        assert issue.values["updatedAt"] == issue.events[-1].at
        values = replayed(issue)
        assert {name: issue.values.get(name) for name in values} == values


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_moves_follow_the_workflow(seed: int) -> None:
    """Issues move only along transitions of their queue's workflow."""
    world = active_world(seed, 100, 5)
    for issue in world.issues.values():
        workflow = world.queues[issue.values["queue"]].workflow
        for event in issue.events:
            for change in event.changes:
                if change.field == "status" and event.type == "IssueWorkflow" and event.at > NOW:
                    assert change.new in {target for *_, target in workflow[change.old]}


def test_five_minutes_bring_visible_activity() -> None:
    """Within five minutes issues are created, moved and commented on, and no event is later than the last call."""
    world = active_world(3, 100, 3)
    new = [event for issue in world.issues.values() for event in issue.events if event.at > NOW]
    assert {"IssueCreated", "IssueWorkflow", "IssueCommentAdded"} <= {event.type for event in new}
    assert 50 < len(new) < 200
    assert max(event.at for event in new) <= NOW + timedelta(seconds=300)


def test_new_issues_are_created_in_visible_queues_only() -> None:
    """No issue is created in a hidden queue."""
    world = active_world(3, 200, 5)
    created = [issue for issue in world.issues.values() if issue.values["createdAt"] > NOW]
    assert created
    assert all(not world.queues[issue.values["queue"]].hidden for issue in created)


def test_a_long_pause_is_not_made_up_for() -> None:
    """A call after a week adds a limited number of events, and time goes on from there."""
    world = make_world(1, 30, NOW)
    activity = Activity(world)
    activity(world, NOW)
    before = event_count(world)
    activity(world, NOW + timedelta(days=7))
    assert before < event_count(world) <= before + MAX_EVENTS_PER_CALL
    after = event_count(world)
    activity(world, NOW + timedelta(days=7))
    assert event_count(world) == after


def test_the_same_seed_gives_the_same_activity() -> None:
    """Events depend on nothing but the seed and the times of the calls."""
    assert active_world(5, 60, 4) == active_world(5, 60, 4)


def test_new_ids_are_unique() -> None:
    """Ids of new events, comments, worklog records and issues differ from all others."""
    world = active_world(2, 300, 3)
    events = [event.id for issue in world.issues.values() for event in issue.events]
    numbers = [part.id for issue in world.issues.values() for part in (*issue.comments, *issue.worklog)]
    assert len(set(events)) == len(events)
    assert len(set(numbers)) == len(numbers)
    assert all(world.find(issue.id) is issue for issue in world.issues.values())


@pytest.mark.parametrize("workflow", [{}, {"open": (("close", "Закрыть", "Close", "closed"),)}])
def test_activity_works_in_any_world(workflow: dict[str, tuple[tuple[str, str, str, str], ...]]) -> None:
    """Queues of other worlds have activity, too; without transitions, issues are only created, edited and commented."""
    world = make_world(1, 0, NOW)
    world.issues.clear()
    world.keys.clear()
    world.queues = {"XYZ": Queue("1", "XYZ", "XYZ", world.me, ("task",), workflow)}
    world.resolutions = {"done": Entry("1", "done", "Готово", "Done")}
    values = {"queue": "XYZ", "status": "open", "createdAt": NOW, "createdBy": world.me}
    world.add(Issue("1" * 24, "XYZ-7", values))
    first = copy.deepcopy(world.issues["XYZ-7"])
    activity = Activity(world)
    for call in range(200):
        activity(world, NOW + timedelta(seconds=3 * call))
    assert "XYZ-8" in world.issues
    assert world.issues["XYZ-7"].values != first.values
    closed = [issue for issue in world.issues.values() if issue.values["status"] == "closed"]
    assert bool(closed) == bool(workflow)
    assert all(issue.values["resolution"] == "done" for issue in closed)
