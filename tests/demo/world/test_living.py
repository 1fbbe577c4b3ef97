"""Laws of a world in which time passes."""

import copy
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.demo.model import Entry, Issue, Queue, World
from tracker_magic.demo.world import make_world
from tracker_magic.demo.world.living import MOST_AT_ONCE, Life

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def lived(seed: int, calls: int, step_s: float) -> World:
    """A small world after so many calls, so many seconds apart."""
    world = make_world(seed, 30, NOW)
    life = Life(world, seed)
    for call in range(calls):
        life(world, NOW + timedelta(seconds=call * step_s))
    return world


def event_count(world: World) -> int:
    """How much has happened."""
    return sum(len(issue.events) for issue in world.issues.values())


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), calls=st.integers(1, 120), step_s=st.floats(0.5, 60))
def test_what_was_stays_and_what_happens_is_recorded(seed: int, calls: int, step_s: float) -> None:
    """Old events stay as they were; new ones come behind, grow the version, and end at the present values."""
    before, after = make_world(seed, 30, NOW), lived(seed, calls, step_s)
    for key, issue in after.issues.items():
        old = before.issues[key].events if key in before.issues else []
        assert issue.events[: len(old)] == old
        assert all(one.at <= two.at for one, two in pairwise(issue.events))
        assert issue.version == len(issue.events)
        assert issue.values["updatedAt"] == issue.events[-1].at
        seen: dict[str, Any] = {}
        for event in issue.events:
            for change in event.changes:
                assert seen.get(change.field, change.old) == change.old
                seen[change.field] = change.new
        assert {name: issue.values.get(name) for name in seen} == seen


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_moves_follow_the_workflow(seed: int) -> None:
    """Nobody moves an issue along a transition its queue does not have."""
    world = lived(seed, 100, 5)
    for issue in world.issues.values():
        workflow = world.queues[issue.values["queue"]].workflow
        for event in issue.events:
            for change in event.changes:
                if change.field == "status" and event.type == "IssueWorkflow" and event.at > NOW:
                    assert change.new in {step[-1] for step in workflow[change.old]}


def test_a_person_sees_it_move() -> None:
    """Within five minutes issues come, move and are talked about, and nothing happens before its time."""
    world = lived(3, 100, 3)
    new = [event for issue in world.issues.values() for event in issue.events if event.at > NOW]
    assert {"IssueCreated", "IssueWorkflow", "IssueCommentAdded"} <= {event.type for event in new}
    assert 50 < len(new) < 200
    assert max(event.at for event in new) <= NOW + timedelta(seconds=300)


def test_nothing_happens_in_the_hidden_queue_but_to_what_is_there() -> None:
    """New issues come where they are seen."""
    world = lived(3, 200, 5)
    fresh = [issue for issue in world.issues.values() if issue.values["createdAt"] > NOW]
    assert fresh
    assert all(not world.queues[issue.values["queue"]].hidden for issue in fresh)


def test_a_long_sleep_is_not_made_up_for() -> None:
    """A call after a week does a bounded amount of work, and time goes on from there."""
    world = make_world(1, 30, NOW)
    life = Life(world)
    life(world, NOW)
    before = event_count(world)
    life(world, NOW + timedelta(days=7))
    assert before < event_count(world) <= before + MOST_AT_ONCE
    after = event_count(world)
    life(world, NOW + timedelta(days=7))
    assert event_count(world) == after


def test_the_same_seed_lives_the_same_life() -> None:
    """What happens depends on the seed and the moments alone."""
    assert lived(5, 60, 4) == lived(5, 60, 4)


def test_ids_are_new() -> None:
    """Nothing that is added has the id of something that was there."""
    world = lived(2, 300, 3)
    events = [event.id for issue in world.issues.values() for event in issue.events]
    numbers = [thing.id for issue in world.issues.values() for thing in (*issue.comments, *issue.worklog)]
    assert len(set(events)) == len(events)
    assert len(set(numbers)) == len(numbers)
    assert all(world.find(issue.id) is issue for issue in world.issues.values())


@pytest.mark.parametrize("workflow", [{}, {"open": (("close", "Закрыть", "Close", "closed"),)}])
def test_any_world_can_live(workflow: dict[str, tuple[tuple[str, str, str, str], ...]]) -> None:
    """A world of unknown queues lives too: without transitions its issues only come and are talked about."""
    world = make_world(1, 0, NOW)
    world.issues.clear()
    world.keys.clear()
    world.queues = {"XYZ": Queue("1", "XYZ", "XYZ", world.me, ("task",), workflow)}
    world.resolutions = {"done": Entry("1", "done", "Готово", "Done")}
    values = {"queue": "XYZ", "status": "open", "createdAt": NOW, "createdBy": world.me}
    world.add(Issue("1" * 24, "XYZ-7", values))
    first = copy.deepcopy(world.issues["XYZ-7"])
    life = Life(world)
    for call in range(200):
        life(world, NOW + timedelta(seconds=3 * call))
    assert "XYZ-8" in world.issues
    assert world.issues["XYZ-7"].values != first.values
    closed = [issue for issue in world.issues.values() if issue.values["status"] == "closed"]
    assert bool(closed) == bool(workflow)
    assert all(issue.values["resolution"] == "done" for issue in closed)
