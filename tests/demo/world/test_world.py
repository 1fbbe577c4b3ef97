"""The demo's own world is made from a seed, is consistent, and has everything a user expects to find."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.demo.model import Issue, World
from tracker_magic.demo.world import make_world
from tracker_magic.demo.world.schema import NO_LICENCE_GROUP

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
quick = settings(max_examples=12, deadline=None)


@pytest.fixture(scope="module")
def world() -> World:
    """A world of the size that the demo starts with."""
    return make_world(seed=1, issues=600, now=NOW)


@pytest.fixture(scope="module")
def issues(world: World) -> list[Issue]:
    """All issues of that world."""
    return list(world.issues.values())


@pytest.fixture(scope="module")
def large() -> World:
    """A world large enough for statistics."""
    return make_world(seed=2, issues=3000, now=NOW)


def was_reopened(issue: Issue) -> bool:
    """Whether the issue ever left the status `closed`."""
    return any(
        change.field == "status" and change.old == "closed" for event in issue.events for change in event.changes
    )


@quick
@given(st.integers(0, 1000))
def test_the_same_seed_gives_the_same_world(seed: int) -> None:
    """A world depends on nothing but the seed and the time it ends at."""
    assert make_world(seed, 30, NOW) == make_world(seed, 30, NOW)


def test_another_seed_gives_another_world() -> None:
    """Worlds of different seeds differ in their issues."""
    assert make_world(1, 30, NOW).issues != make_world(2, 30, NOW).issues


@pytest.mark.parametrize("count", [0, 1, 7, 600])
def test_the_world_has_the_requested_number_of_visible_issues(count: int) -> None:
    """`issues` counts the issues outside the hidden queue."""
    world = make_world(1, count, NOW)
    visible = [issue for issue in world.issues.values() if not world.queues[issue.values["queue"]].hidden]
    assert len(visible) == count


def test_issues_are_found_by_id_key_and_former_key(world: World, issues: list[Issue]) -> None:
    """Every id, key and former key leads to exactly one issue."""
    assert all(world.find(name) is issue for issue in issues for name in (issue.id, issue.key, *issue.aliases))


def test_ids_of_parts_are_unique(issues: list[Issue]) -> None:
    """No two events have the same id of 24 hex digits; no two comments or worklog records have the same number."""
    events = [event.id for issue in issues for event in issue.events]
    numbers = [part.id for issue in issues for part in (*issue.comments, *issue.worklog)]
    assert len(set(events)) == len(events)
    assert len(set(numbers)) == len(numbers)
    assert all(len(name) == 24 and int(name, 16) for name in events)


def test_keys_are_numbered_in_order_of_creation(world: World, issues: list[Issue]) -> None:
    """In each queue the numbers, including those of former keys, run from 1 without gaps in order of time."""
    for queue in world.queues:
        numbers = sorted(int(key.rpartition("-")[2]) for key in world.keys if key.rpartition("-")[0] == queue)
        assert numbers == list(range(1, len(numbers) + 1))
        own = [issue for issue in issues if issue.key.startswith(f"{queue}-") and not issue.aliases]
        by_number = sorted(own, key=lambda issue: int(issue.key.rpartition("-")[2]))
        assert by_number == sorted(own, key=lambda issue: (issue.values["createdAt"], issue.id))


def test_there_are_many_kinds_of_people(world: World) -> None:
    """There are some 25 people; some are dismissed, some have no licence, and one login is all digits."""
    people = world.users.values()
    assert 20 <= len(people) <= 30
    assert any(user.dismissed for user in people)
    assert any(user.login.isdigit() for user in people)
    assert any(NO_LICENCE_GROUP in user.groups for user in people)
    assert not world.users[world.me].dismissed


def test_queues_boards_and_sprints_differ(world: World) -> None:
    """Each of four queues has its own workflow, and one is hidden; boards have sprints or none; sprints vary."""
    assert [queue.key for queue in world.queues.values() if queue.hidden] == ["SEC"]
    assert len({tuple(queue.workflow) for queue in world.queues.values()}) == 4
    assert {board.has_sprints for board in world.boards.values()} == {True, False}
    assert {sprint.status for sprint in world.sprints.values()} == {"draft", "in_progress", "released", "archived"}
    assert any(status.type is None for status in world.statuses.values())


def test_local_fields_differ(world: World, issues: list[Issue]) -> None:
    """Local fields have all types and are all in use; two queues have a field with the same short key."""
    fields = world.local_fields.values()
    types = {"string", "integer", "float", "date", "datetime", "user"}
    assert {field.type for field in fields} >= types
    assert [field.queue for field in fields if field.key == "team"] == ["DEV", "OPS"]
    assert any(field.many for field in fields)
    assert set(world.local_fields) <= {name for issue in issues for name in issue.values}


@pytest.mark.parametrize(
    "is_such",
    [
        pytest.param(lambda issue: issue.key.startswith("DEV-") and "OPS-" in "".join(issue.aliases), id="moved"),
        pytest.param(was_reopened, id="reopened"),
        pytest.param(lambda issue: issue.values["status"] == "cancelled", id="cancelled"),
        pytest.param(lambda issue: issue.values["status"] == "closed", id="closed"),
        pytest.param(lambda issue: issue.values["status"] == "inProgress", id="in progress"),
        pytest.param(lambda issue: any(link.type == "duplicates" for link in issue.links), id="duplicate"),
        pytest.param(lambda issue: len(issue.values.get("sprint", ())) > 1, id="carried over to another sprint"),
        pytest.param(lambda issue: len(issue.comments) > 50, id="many comments"),
        pytest.param(lambda issue: issue.checklist, id="checklist"),
        pytest.param(lambda issue: issue.favorite_of, id="favourite"),
    ],
)
def test_every_kind_of_issue_exists(issues: list[Issue], is_such: Callable[[Issue], object]) -> None:
    """Among the issues there is at least one of each kind that a user expects to find."""
    assert any(is_such(issue) for issue in issues)


def test_the_person_of_the_token_has_a_favourite_issue(world: World, issues: list[Issue]) -> None:
    """Some issue is a favourite of the person whose token the demo prints."""
    assert any(world.me in issue.favorite_of for issue in issues)


def test_some_histories_are_long(issues: list[Issue]) -> None:
    """At least three issues have more than 50 events."""
    assert sum(len(issue.events) > 50 for issue in issues) >= 3


def test_files_are_what_their_type_says(issues: list[Issue]) -> None:
    """Attached pictures are PNG files, and attached texts can be decoded."""
    contents = {file.mimetype: file.content for issue in issues for file in issue.attachments}
    assert contents["image/png"].startswith(b"\x89PNG")
    assert contents["text/plain"].decode()


def test_filters_and_entities_are_of_all_kinds(world: World) -> None:
    """Some saved filters are queries and some are objects; projects, portfolios and goals exist."""
    assert {saved.query is None for saved in world.filters.values()} == {True, False}
    assert {entity.kind for entity in world.entities.values()} == {"project", "portfolio", "goal"}


@pytest.mark.parametrize("name", ["epic", "parent", "deadline", "storyPoints", "project", "assignee", "fixVersions"])
def test_optional_fields_are_set_in_some_issues(issues: list[Issue], name: str) -> None:
    """An optional field is set in some issues and unset in others."""
    assert 0 < sum(name in issue.values for issue in issues) < len(issues)


def test_fields_of_a_transition_come_in_the_documented_order(large: World) -> None:
    """The event of a transition has `status`, then `statusStartTime`, then sometimes others, in varying order."""
    orders = {
        tuple(change.field for change in event.changes)
        for issue in large.issues.values()
        for event in issue.events
        if event.type == "IssueWorkflow"
    }
    assert {order[:2] for order in orders} == {("status", "statusStartTime")}
    assert {("resolution", "assignee"), ("assignee", "resolution")} & {order[2:] for order in orders}
    assert {("resolution",), ("assignee",)} <= {order[2:] for order in orders}


def test_ids_of_attachments_are_decimal(issues: list[Issue]) -> None:
    """The id of an attachment is a number, as text."""
    ids = [attachment.id for issue in issues for attachment in issue.attachments]
    assert ids
    assert all(name.isascii() and name.isdigit() for name in ids)
    assert len(set(ids)) == len(ids)


def test_summaries_are_unique_except_for_duplicates(large: World) -> None:
    """Only issues resolved as duplicates have the summary of another issue."""
    summaries = Counter(
        issue.values["summary"] for issue in large.issues.values() if issue.values.get("resolution") != "duplicate"
    )
    assert summaries.most_common(1)[0][1] == 1
