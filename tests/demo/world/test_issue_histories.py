"""The history and the values of each issue in the demo's own world agree with each other."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.demo.issue_lists import Change, Event
from tracker_magic.demo.model import FieldDef, Issue, World
from tracker_magic.demo.world import make_world

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
OPPOSITE = {"inward": "outward", "outward": "inward"}
quick = settings(max_examples=12, deadline=None)
any_world = given(seed=st.integers(0, 10_000), count=st.integers(0, 40))


def all_changes(issue: Issue) -> Iterator[tuple[Event, Change]]:
    """Every change of a field with its event, in order."""
    for event in issue.events:
        for change in event.changes:
            yield event, change


def status_changes(issue: Issue) -> list[tuple[Event, Change]]:
    """The changes of status, that of the creation first."""
    return [(event, change) for event, change in all_changes(issue) if change.field == "status"]


@quick
@any_world
def test_replayed_events_give_the_values(seed: int, count: int) -> None:
    """Each change begins where the one before it ended, and the last one ends at the present value."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        replayed: dict[str, Any] = {}
        for _, change in all_changes(issue):
            assert change.old != change.new
            assert replayed.get(change.field, change.old) == change.old
            replayed[change.field] = change.new
        expected = {name: None if new == [] else new for name, new in replayed.items()}
        assert {name: issue.values.get(name) for name in replayed} == expected


@quick
@any_world
def test_the_creation_comes_first_and_sets_the_status(seed: int, count: int) -> None:
    """The first event of an issue is its creation, which sets the status; no other event creates it."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        first, *rest = issue.events
        created = ("IssueCreated", issue.values["createdAt"], issue.values["createdBy"])
        assert (first.type, first.at, first.by) == created
        assert [change.old for change in first.changes if change.field == "status"] == [None]
        assert all(event.type != "IssueCreated" for event in rest)


@quick
@any_world
def test_timestamps_and_version_follow_from_the_events(seed: int, count: int) -> None:
    """updatedAt, updatedBy, version, statusStartTime, previousStatus and resolvedAt agree with the events."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        values, (event, change) = issue.values, status_changes(issue)[-1]
        assert all(earlier.at <= later.at for earlier, later in pairwise(issue.events))
        assert issue.events[-1].at <= NOW
        assert (values["updatedAt"], values["updatedBy"]) == (issue.events[-1].at, issue.events[-1].by)
        assert issue.version == len(issue.events)
        assert values["statusStartTime"] == event.at
        assert values.get("previousStatus") == change.old
        assert ("resolution" in values) == ("resolvedAt" in values) == ("resolvedBy" in values)


@quick
@any_world
def test_issues_move_along_their_workflow(seed: int, count: int) -> None:
    """Except at creation and at a move to another queue, a change of status is a transition of the queue."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        queue = issue.values["queue"] if not issue.aliases else "OPS"
        for event, change in status_changes(issue):
            if event.type == "IssueMoved":
                queue = "DEV"
            elif event.type != "IssueCreated":
                assert change.new in {target for *_, target in world.queues[queue].workflow[change.old]}
                assert event.type == "IssueWorkflow"


def targets(world: World) -> Mapping[str, Mapping[str, Any]]:
    """What values of each reference type refer to."""
    return {
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


def is_valid(item: Any, field: FieldDef, known: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a value (or one of a list) fits the type and the options of its field and refers to something known."""
    is_known = item in known.get(field.type, {item})
    is_option = not field.options or item in field.options
    return is_known and is_option and isinstance(item, PYTHON_TYPES.get(field.type, object))


@quick
@any_world
def test_values_fit_their_fields(seed: int, count: int) -> None:
    """Every value has the type of its field, is one of its options, and refers to something in the world."""
    world = make_world(seed, count, NOW)
    known, fields = targets(world), {field.id: field for field in world.field_defs()}
    for issue in world.issues.values():
        for name, value in issue.values.items():
            field = fields[name]
            assert value not in (None, [], "")
            assert field.queue in {None, issue.values["queue"]}
            assert all(is_valid(item, field, known) for item in (value if isinstance(value, list) else [value]))


@quick
@any_world
def test_every_part_of_an_issue_has_its_event(seed: int, count: int) -> None:
    """Comments, worklog records, files, links and votes have one event each."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        types = Counter(event.type for event in issue.events)
        added = [number for event in issue.events for number in event.comments_added]
        assert added == [comment.id for comment in issue.comments] == sorted(added)
        assert types["IssueWorklogAdded"] == len(issue.worklog)
        assert types["IssueAttachmentAdded"] == len(issue.attachments)
        assert types["IssueLinked"] == len(issue.links)
        assert types["IssueVoteAdded"] == issue.values["votes"]


@quick
@any_world
def test_logged_time_adds_up_to_the_time_spent(seed: int, count: int) -> None:
    """The time spent is the sum of the worklog, and no record was made before its work began."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        assert issue.values.get("spent", 0) == sum(work.seconds for work in issue.worklog)
        assert all(work.start <= work.created_at <= NOW for work in issue.worklog)


@quick
@any_world
def test_links_have_two_ends(seed: int, count: int) -> None:
    """The other issue of a link has the same link in the opposite direction."""
    world = make_world(seed, count, NOW)
    for issue in world.issues.values():
        for link in issue.links:
            other = world.find(link.issue)
            assert other is not None
            ends = [end for end in other.links if end.id == link.id and end.issue == issue.id]
            assert [(end.direction, end.type) for end in ends] == [(OPPOSITE[link.direction], link.type)]
