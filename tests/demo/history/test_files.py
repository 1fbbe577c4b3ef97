"""Real histories are imported as a world; nothing is repaired and nothing is lost."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from tracker_magic.demo.history import import_history, load_world
from tracker_magic.demo.history.importer import Importer, key_of
from tracker_magic.demo.model import Issue, World

TRAC, JIRA = "jquery_trac_issues.jsonl.gz", "titanium_jira_issues.jsonl.gz"


def data_file(name: str) -> Path:
    """Path of a real data file, in `shared/data` beside the checkout or above it; without one the test is skipped."""
    for folder in Path(__file__).resolve().parents:
        path = folder.parent / "shared" / "data" / name
        if path.is_file():
            return path
    pytest.skip(f"shared/data/{name} is not beside this checkout")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of the file."""
    with gzip.open(path) as lines:
        yield from map(orjson.loads, lines)


@pytest.fixture(scope="module")
def trac() -> World:
    """The tickets of jQuery as a world."""
    return load_world(data_file(TRAC))


@pytest.fixture(scope="module")
def jira() -> Importer:
    """The importer of Titanium's issues, with its world and the counts of references to outside."""
    return import_history(data_file(JIRA))


def times_entered(issue: Issue, status: str) -> list[datetime]:
    """Times of the changes to a status, without the creation; an earlier change counts at the time of creation."""
    created = issue.events[0].at
    return [
        max(event.at, created)
        for event in issue.events[1:]
        for change in event.changes
        if change.field == "status" and change.new == status
    ]


@pytest.mark.data
def test_trac_counts_of_events(trac: World) -> None:
    """The world has as many tickets, changelog entries, comments and long histories as data/SOURCE.md counts."""
    issues = list(trac.issues.values())
    events = [event for issue in issues for event in issue.events]
    assert len(issues) == 21_704
    assert sum(event.type == "IssueCreated" for event in events) == 21_704
    assert len(events) == 79_948 + 21_704
    assert sum(bool(event.comments_added) and not event.changes for event in events) == 32_767
    lengths = [len(issue.events) - 1 for issue in issues]
    assert (sum(length > 50 for length in lengths), max(lengths)) == (11, 65)


@pytest.mark.data
def test_trac_counts_of_values(trac: World) -> None:
    """The world has as many changes of each field and tickets in each status as data/SOURCE.md counts."""
    events = [event for issue in trac.issues.values() for event in issue.events if event.type != "IssueCreated"]
    fields = Counter(change.field for event in events for change in event.changes)
    expected = {"status": 33_671, "resolution": 23_803, "fixVersions": 9656, "components": 6366, "assignee": 6305}
    expected |= {"tags": 1878, "need": 659, "description": 1422, "followers": 781}
    assert {name: fields[name] for name in expected} == expected
    assert Counter(issue.values["status"] for issue in trac.issues.values()) == {
        "closed": 21_111,
        "open": 326,
        "new": 251,
        "reopened": 11,
        "assigned": 5,
    }


@pytest.mark.data
def test_trac_lead_times(trac: World) -> None:
    """The times from creation to the first and the last closing have the percentiles that data/SOURCE.md states."""
    closed = [issue for issue in trac.issues.values() if issue.values["status"] == "closed"]
    closings = [(issue.values["createdAt"], times_entered(issue, "closed")) for issue in closed]
    closings = [(created, ends) for created, ends in closings if ends]
    assert len(closings) == 21_109
    for index, expected in ((0, (4.93, 38.11, 245.78, 649.60)), (-1, (6.47, 51.88, 277.30, 706.16))):
        days = [(ends[index] - created).total_seconds() / 86_400 for created, ends in closings]
        assert np.percentile(days, [50, 70, 85, 95]) == pytest.approx(expected, abs=0.01)


def shown(world: World, field: str, value: Any) -> Any:
    """A value of the world as the file has it: by name instead of by id."""
    if value is None:
        return None
    if field in {"assignee", "createdBy"}:
        return world.users[value].login
    if field == "components":
        return world.components[value[0]].name
    if field in {"affectedVersions", "fixVersions"}:
        return world.versions[value[0]].name
    return str(value)


@pytest.mark.data
def test_trac_events_match_the_file(trac: World) -> None:
    """Each changelog entry has the time, the person and, in the same order, the changes of its event in the file."""
    names = {"owner": "assignee", "reporter": "createdBy", "keywords": "tags", "cc": "followers"}
    names |= {"component": "components", "version": "affectedVersions", "milestone": "fixVersions"}
    for row in rows(data_file(TRAC)):
        creation, *events = trac.issues[row["key"]].events
        assert (creation.type, creation.at) == ("IssueCreated", trac.issues[row["key"]].values["createdAt"])
        assert trac.users[creation.by].login == row["author"]
        for event, change in zip(events, row["changes"], strict=True):
            assert event.at == datetime.fromisoformat(change["at"])
            assert trac.users[event.by].login == change["by"]
            assert ("comment_chars" in change) == bool(event.comments_added)
            changes = [
                [each.field, shown(trac, each.field, each.old), shown(trac, each.field, each.new)]
                for each in event.changes
            ]
            assert changes == [[names.get(name, name), old, new] for name, old, new in change.get("fields", [])]


@pytest.mark.data
def test_trac_history_is_not_repaired(trac: World) -> None:
    """Gaps between changes, values that contradict the history and changes before the creation stay as they are."""
    gaps = contradictions = early = 0
    for issue in trac.issues.values():
        moves = [change for event in issue.events[1:] for change in event.changes if change.field == "status"]
        gaps += any(earlier.new != later.old for earlier, later in pairwise(moves))
        contradictions += bool(moves) and moves[-1].new != issue.values["status"]
        early += any(event.at < issue.values["createdAt"] for event in issue.events)
    assert (gaps, contradictions, early) == (60, 4, 12)


@pytest.mark.data
def test_trac_dictionaries_come_from_the_data(trac: World) -> None:
    """Queues, statuses with their types, people and custom fields are those of the data."""
    assert list(trac.queues) == ["JQ", "JQUI"]
    types = {key: status.type for key, status in trac.statuses.items()}
    assert types == {
        "closed": "done",
        "new": "new",
        "reopened": "new",
        "open": "inProgress",
        "pending": "paused",
        "assigned": "inProgress",
        "accepted": "inProgress",
    }
    assert len({component.name for component in trac.components.values()}) >= 66
    assert {name for name, field in trac.fields.items() if field.category == "custom"} == {
        "need",
        "blocking",
        "blockedby",
    }
    assert [int(uid) for uid in trac.users] == list(range(int(trac.me), int(trac.me) + len(trac.users)))
    assert trac.issues["JQ-1"].values["tags"] == ["Jdsharp"]


@pytest.mark.data
def test_jira_counts_of_issues_and_sprints(jira: Importer) -> None:
    """The world has as many issues, sprints and issues in sprints as data/SOURCE.md counts."""
    issues = list(jira.world.issues.values())
    assert Counter(issue.values["queue"] for issue in issues) == {
        "TIMOB": 22_371,
        "AC": 4503,
        "ALOY": 1499,
        "MOD": 367,
        "DAEMON": 317,
    }
    lengths = [len(issue.values.get("sprint", ())) for issue in issues]
    assert (sum(map(bool, lengths)), sum(length > 1 for length in lengths), max(lengths)) == (5717, 1146, 27)
    assert Counter(sprint.status for sprint in jira.world.sprints.values()) == {
        "released": 374,
        "draft": 2,
        "in_progress": 1,
    }


@pytest.mark.data
def test_jira_counts_of_references(jira: Importer) -> None:
    """There are as many links, epics, parents and comments as data/SOURCE.md counts; those to outside are texts."""
    values = [issue.values for issue in jira.world.issues.values()]
    issues = list(jira.world.issues.values())
    assert jira.outside == {"link": 2168, "epic": 212, "parent": 396, "sprint": 0}
    for name, count in jira.outside.items():
        assert sum(len(each.get(f"{name}Outside", ())) for each in values) == count
    assert sum(len(issue.links) for issue in issues) == 15_678 - 2168
    assert sum("epic" in each for each in values) == 890 - 212
    assert sum("parent" in each for each in values) == 1375 - 396
    assert sum(len(issue.comments) for issue in issues) == 104_730


@pytest.mark.data
def test_jira_loses_nothing(jira: Importer) -> None:
    """Every epic, parent, link, sprint, mark and number of files of a line is in its issue."""
    world = jira.world
    for row in rows(data_file(JIRA)):
        issue = world.issues[row["key"]]
        values = issue.values
        for name in ("epic", "parent"):
            inside = [world.keys[values[name]]] if name in values else []
            assert [*inside, *values.get(f"{name}Outside", [])] == ([row[name]] if row[name] else [])
        outside = [f"{name} {direction} {key}" for name, direction, key in row["links"] if not world.find(key)]
        assert values.get("linkOutside", []) == outside
        assert values.get("sprint", []) == [str(number) for number in row["sprints"]]
        assert (values.get("flagged", False), values.get("subtask", False)) == (row["flagged"], row["subtask"])
        assert values.get("fileCount", 0) == row["attachments"]


@pytest.mark.data
def test_jira_values_match_the_file(jira: Importer) -> None:
    """Times, status, summary, tags and versions of each issue are those of its line."""
    world = jira.world
    for row in rows(data_file(JIRA)):
        issue = world.issues[row["key"]]
        values = issue.values
        assert values["createdAt"] == datetime.fromisoformat(row["created"])
        assert values.get("resolvedAt") == (row["resolved"] and datetime.fromisoformat(row["resolved"]))
        assert world.statuses[values["status"]].en == row["status"]
        assert values.get("summary") == row["summary"]
        assert values.get("tags", []) == row["labels"]
        assert [world.versions[version_id].name for version_id in values.get("fixVersions", [])] == row["fix_versions"]


@pytest.mark.data
def test_jira_links_and_comments_match_the_file(jira: Importer) -> None:
    """Links to known issues, and times of comments, are those of the issue's line."""
    world = jira.world
    for row in rows(data_file(JIRA)):
        issue = world.issues[row["key"]]
        inside = [[direction, key] for _, direction, key in row["links"] if world.find(key)]
        assert [[link.direction, world.keys[link.issue]] for link in issue.links] == inside
        assert [comment.at for comment in issue.comments] == [datetime.fromisoformat(at) for at, *_ in row["comments"]]


@pytest.mark.data
def test_jira_without_its_sprints(tmp_path: Path) -> None:
    """Without the file of sprints, references to sprints are texts and counted."""
    path = tmp_path / "issues.jsonl"
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row, _ in zip(rows(data_file(JIRA)), range(3000))))  # noqa: B905
    importer = import_history(path)
    assert not importer.world.sprints
    issues = importer.world.issues.values()
    assert importer.outside["sprint"] == sum(len(issue.values.get("sprintOutside", ())) for issue in issues) > 0
    assert not any("sprint" in issue.values for issue in importer.world.issues.values())


# without the real files

TICKET = {
    "key": "T-1",
    "project": "T",
    "summary": "<b>",
    "type": None,
    "priority": None,
    "status": "closed",
    "resolution": None,
    "author": "a",
    "assignee": None,
    "created": "2020-01-01T10:00Z",
    "updated": "2020-01-03T10:00Z",
    "resolved": "2020-01-03T10:00Z",
    "component": None,
    "version": None,
    "milestone": "None",
    "keywords": [],
    "description_chars": 0,
    "changes": [
        {"at": "2019-12-31T10:00Z", "by": "b", "fields": [["status", None, "closed"]], "comment_chars": 7},
        {"at": "2020-01-02T10:00Z", "by": "b", "fields": [["keywords", "x, y", "y"], ["keywords", "y", None]]},
        {"at": "2020-01-03T10:00Z", "by": "c", "comment_chars": 0},
    ],
}


def write_file(folder: Path, *lines: str) -> Path:
    """Write an uncompressed data file of these lines."""
    path = folder / "any_name.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_each_event_becomes_one_entry(tmp_path: Path) -> None:
    """An event with a status is a transition, one with other fields an update, any other a comment."""
    world = load_world(write_file(tmp_path, json.dumps(TICKET)))
    issue = world.issues["T-1"]
    assert [event.type for event in issue.events] == [
        "IssueCreated",
        "IssueWorkflow",
        "IssueUpdated",
        "IssueCommentAdded",
    ]
    assert issue.events[0].changes == ()  # the file says that there was no first status
    assert [(change.field, change.old, change.new) for change in issue.events[2].changes] == [
        ("tags", "x, y", "y"),
        ("tags", "y", None),
    ]
    assert [comment.text for comment in issue.comments] == ["[7 characters]", "[0 characters]"]
    assert issue.version == 4
    assert "type" not in issue.values
    assert issue.values["resolvedAt"] == datetime(2020, 1, 3, 10, tzinfo=UTC)
    assert world.versions[issue.values["fixVersions"][0]].name == "None"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "empty"),
        (["{}"], "neither"),
        (["not json"], "line 1: not JSON"),
        (["[1]"], "not an object"),
        ([json.dumps(TICKET), "{"], "line 2: not JSON"),
    ],
)
def test_a_file_of_another_format_is_refused(tmp_path: Path, lines: list[str], message: str) -> None:
    """A file that is empty, broken or of an unknown format is refused with the reason and the line."""
    with pytest.raises(ValueError, match=message):
        load_world(write_file(tmp_path, *lines))


@pytest.mark.parametrize(
    ("name", "key"),
    [("closed", "closed"), ("In Review", "inReview"), ("Won't Fix", "wontFix"), ("QE-Test", "qETest"), ("???", "none")],
)
def test_a_name_is_converted_to_a_key(name: str, key: str) -> None:
    """A name becomes a key in camel case without spaces and punctuation; a single lower-case word is unchanged."""
    assert key_of(name) == key
