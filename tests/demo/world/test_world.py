"""Laws of the demo's own world: made from a seed, true in itself, with everything a person would expect to find."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.demo.issue_lists import Change, Event
from tracker_magic.demo.model import Issue, World
from tracker_magic.demo.world import make_world
from tracker_magic.demo.world.schema import NO_LICENCE_GROUP

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": (str, int),
    "text": str,
    "integer": int,
    "float": float,
    "date": date,
    "datetime": datetime,
    "timetracking": int,
    "user": str,
}
quick = settings(max_examples=12, deadline=None)
any_world = given(seed=st.integers(0, 10_000), count=st.integers(0, 40))


@pytest.fixture(scope="module")
def world() -> World:
    """A world of the size the demo starts with."""
    return make_world(seed=1, issues=600, now=NOW)


@pytest.fixture(scope="module")
def large() -> World:
    """A world large enough for statistics."""
    return make_world(seed=2, issues=3000, now=NOW)


def changes_of(issue: Issue) -> Iterator[tuple[Event, Change]]:
    """Every field's change with its event, in order."""
    for event in issue.events:
        for change in event.changes:
            yield event, change


def status_moves(issue: Issue) -> list[tuple[Event, Change]]:
    """The changes of status, the creation's first."""
    return [(event, change) for event, change in changes_of(issue) if change.field == "status"]


# the laws of one issue


@quick
@any_world
def test_events_replayed_give_the_values(seed: int, count: int) -> None:
    """Each change begins where the one before it ended, and the last one ends at the present value."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        seen: dict[str, Any] = {}
        for _, change in changes_of(issue):
            assert change.old != change.new
            assert seen.get(change.field, change.old) == change.old
            seen[change.field] = change.new
        left = {name: None if new == [] else new for name, new in seen.items()}
        assert {name: issue.values.get(name) for name in seen} == left


@quick
@any_world
def test_the_creation_comes_first_with_the_first_status(seed: int, count: int) -> None:
    """The first event of every issue is its creation, whose status comes from nothing; nothing else creates."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        first, *rest = issue.events
        assert (first.type, first.at, first.by) == (
            "IssueCreated",
            issue.values["createdAt"],
            issue.values["createdBy"],
        )
        assert [change.old for change in first.changes if change.field == "status"] == [None]
        assert all(event.type != "IssueCreated" for event in rest)


@quick
@any_world
def test_stamps_and_version_follow_from_the_events(seed: int, count: int) -> None:
    """updatedAt, updatedBy, version, statusStartTime, previousStatus, resolvedAt say what the events say."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        values, (entered, move) = issue.values, status_moves(issue)[-1]
        assert all(one.at <= two.at for one, two in pairwise(issue.events))
        assert issue.events[-1].at <= NOW
        assert (values["updatedAt"], values["updatedBy"]) == (issue.events[-1].at, issue.events[-1].by)
        assert issue.version == len(issue.events)
        assert values["statusStartTime"] == entered.at
        assert values.get("previousStatus") == move.old
        assert ("resolution" in values) == ("resolvedAt" in values) == ("resolvedBy" in values)


@quick
@any_world
def test_issues_move_along_their_workflow(seed: int, count: int) -> None:
    """Every change of status but creation and a move to another queue is a transition that the queue has."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        queue = issue.values["queue"] if not issue.aliases else "OPS"
        for event, change in status_moves(issue):
            if event.type == "IssueMoved":
                queue = "DEV"
            elif event.type != "IssueCreated":
                assert change.new in {step[-1] for step in world.queues[queue].workflow[change.old]}
                assert event.type == "IssueWorkflow"


@quick
@any_world
def test_values_are_native_and_refer_to_what_exists(seed: int, count: int) -> None:
    """Every value has the type of its field, an offered option, and names only things that the world holds."""
    world = make_world(seed, count, NOW)
    known = {
        "user": world.users,
        "status": world.statuses,
        "issuetype": world.types,
        "priority": world.priorities,
        "resolution": world.resolutions,
        "queue": world.queues,
        "sprint": world.sprints,
        "board": world.boards,
        "component": world.components,
        "version": world.versions,
        "project": world.entities,
        "issue": world.keys,
    }
    fields = {field.id: field for field in world.field_defs()}
    for issue in world.issues.values():
        for name, value in issue.values.items():
            field = fields[name]
            for one in value if isinstance(value, list) else [value]:
                assert one in known.get(field.type, {one})
                assert isinstance(one, PYTHON_TYPES.get(field.type, object))
                assert not field.options or one in field.options
            assert field.queue in {None, issue.values["queue"]}
            assert value not in (None, [], "")


@quick
@any_world
def test_what_hangs_on_an_issue_is_told_by_its_events(seed: int, count: int) -> None:
    """Comments and files have one event each, logged time adds up to the time spent, links have two ends."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        kinds = Counter(event.type for event in issue.events)
        told = [number for event in issue.events for number in event.comments_added]
        assert told == [comment.id for comment in issue.comments] == sorted(told)
        assert kinds["IssueWorklogAdded"] == len(issue.worklog)
        assert kinds["IssueAttachmentAdded"] == len(issue.attachments)
        assert kinds["IssueLinked"] == len(issue.links)
        assert kinds["IssueVoteAdded"] == issue.values["votes"]
        assert issue.values.get("spent", 0) == sum(work.seconds for work in issue.worklog)
        assert all(work.start <= work.created_at <= NOW for work in issue.worklog)
        for link in issue.links:
            other = world.find(link.issue)
            assert other is not None
            ends = [
                (back.direction, back.type) for back in other.links if back.id == link.id and back.issue == issue.id
            ]
            assert ends == [({"inward": "outward", "outward": "inward"}[link.direction], link.type)]


# the world


@quick
@given(st.integers(0, 1000))
def test_the_same_seed_gives_the_same_world(seed: int) -> None:
    """A world depends on the seed and the moment alone."""
    assert make_world(seed, 30, NOW) == make_world(seed, 30, NOW)


def test_another_seed_gives_another_world() -> None:
    """Worlds of different seeds differ in their issues."""
    assert make_world(1, 30, NOW).issues != make_world(2, 30, NOW).issues


@pytest.mark.parametrize("count", [0, 1, 7, 600])
def test_the_number_asked_for_is_what_one_sees(count: int) -> None:
    """`issues` counts those outside the hidden queue."""
    world = make_world(1, count, NOW)
    seen = [issue for issue in world.issues.values() if not world.queues[issue.values["queue"]].hidden]
    assert len(seen) == count


def test_ids_and_keys_are_unique_and_found(world: World) -> None:
    """Every id, key and former key leads to one issue; events, comments, records have ids of their own."""
    for issue in world.issues.values():
        for name in (issue.id, issue.key, *issue.aliases):
            assert world.find(name) is issue
    events = [event.id for issue in world.issues.values() for event in issue.events]
    numbers = [thing.id for issue in world.issues.values() for thing in (*issue.comments, *issue.worklog)]
    assert len(set(events)) == len(events)
    assert len(set(numbers)) == len(numbers)
    assert all(len(name) == 24 and int(name, 16) for name in events)


def test_keys_are_numbered_as_they_come(world: World) -> None:
    """In each queue the numbers run from 1 without a gap, former keys included, in order of time."""
    for queue in world.queues:
        numbers = sorted(int(key.rpartition("-")[2]) for key in world.keys if key.rpartition("-")[0] == queue)
        assert numbers == list(range(1, len(numbers) + 1))
        own = [issue for issue in world.issues.values() if issue.key.startswith(f"{queue}-") and not issue.aliases]
        by_number = sorted(own, key=lambda issue: int(issue.key.rpartition("-")[2]))
        assert by_number == sorted(own, key=lambda issue: (issue.values["createdAt"], issue.id))


def test_people_are_of_many_kinds(world: World) -> None:
    """Some 25 people: dismissed ones, one with a login of digits, some without a licence."""
    people = world.users.values()
    assert 20 <= len(people) <= 30
    assert any(user.dismissed for user in people)
    assert any(user.login.isdigit() for user in people)
    assert any(NO_LICENCE_GROUP in user.groups for user in people)
    assert not world.users[world.me].dismissed


def test_queues_boards_sprints_and_fields_differ(world: World) -> None:
    """Four queues with workflows of their own, one hidden; a board without sprints; one short key in two queues."""
    assert [queue.key for queue in world.queues.values() if queue.hidden] == ["SEC"]
    assert len({tuple(queue.workflow) for queue in world.queues.values()}) == 4
    assert {board.has_sprints for board in world.boards.values()} == {True, False}
    assert {sprint.status for sprint in world.sprints.values()} == {"draft", "in_progress", "released", "archived"}
    shared = [field for field in world.local_fields.values() if field.key == "team"]
    assert [field.queue for field in shared] == ["DEV", "OPS"]
    assert {field.type for field in world.local_fields.values()} >= {
        "string",
        "integer",
        "float",
        "date",
        "datetime",
        "user",
    }
    assert any(field.many for field in world.local_fields.values())
    used = {name for issue in world.issues.values() for name in issue.values}
    assert set(world.local_fields) <= used
    assert any(status.type is None for status in world.statuses.values())


def test_every_kind_of_issue_is_there(world: World) -> None:
    """Moved, re-opened, cancelled, duplicate, carried over, very long ones, files, checklists, favourites, filters."""
    issues = list(world.issues.values())
    assert any(issue.key.startswith("DEV-") and issue.aliases[:1] and "OPS-" in issue.aliases[0] for issue in issues)
    assert any(change.old == "closed" for issue in issues for _, change in status_moves(issue))
    assert {"cancelled", "closed", "inProgress"} <= {issue.values["status"] for issue in issues}
    assert any(link.type == "duplicates" for issue in issues for link in issue.links)
    assert any(len(issue.values.get("sprint", ())) > 1 for issue in issues)
    assert sum(len(issue.events) > 50 for issue in issues) >= 3
    assert any(len(issue.comments) > 50 for issue in issues)
    files = {file.mimetype: file.content for issue in issues for file in issue.attachments}
    assert files["image/png"].startswith(b"\x89PNG")
    assert files["text/plain"].decode()
    assert any(issue.checklist for issue in issues)
    assert any(world.me in issue.favorite_of for issue in issues)
    assert {saved.query is None for saved in world.filters.values()} == {True, False}
    assert {entity.kind for entity in world.entities.values()} == {"project", "portfolio", "goal"}
    for name in ("epic", "parent", "deadline", "storyPoints", "project", "assignee", "fixVersions"):
        assert 0 < sum(name in issue.values for issue in issues) < len(issues)


def test_status_events_tell_their_fields_in_varying_order(world: World) -> None:
    """`status` comes with `statusStartTime`, a resolution or an assignee, and not always first."""
    orders = {
        tuple(change.field for change in event.changes)
        for issue in world.issues.values()
        for event in issue.events
        if event.type == "IssueWorkflow"
    }
    assert {("status", "statusStartTime"), ("statusStartTime", "status")} <= orders
    assert any({"resolution", "status"} <= set(order) for order in orders)
    assert any({"assignee", "status"} <= set(order) for order in orders)


def test_hardly_two_issues_are_called_alike(large: World) -> None:
    """Only issues resolved as duplicates bear the title of another one."""
    titles = Counter(
        issue.values["summary"] for issue in large.issues.values() if issue.values.get("resolution") != "duplicate"
    )
    assert titles.most_common(1)[0][1] == 1
