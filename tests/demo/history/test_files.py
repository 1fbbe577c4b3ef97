"""The real histories, served as a world: nothing repaired, nothing lost."""

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

from tracker_magic.demo.history import load_archive, load_world
from tracker_magic.demo.history.archive import Archive, key_of
from tracker_magic.demo.model import Issue, World

TRAC, JIRA = "jquery_trac_issues.jsonl.gz", "titanium_jira_issues.jsonl.gz"


def data_file(name: str) -> Path:
    """A real data file, in `shared/data` beside the checkout or above it; skips where there is none."""
    for folder in Path(__file__).resolve().parents:
        path = folder.parent / "shared" / "data" / name
        if path.is_file():
            return path
    pytest.skip(f"shared/data/{name} is not beside this checkout")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The file's own objects."""
    with gzip.open(path) as lines:
        yield from map(orjson.loads, lines)


@pytest.fixture(scope="module")
def trac() -> World:
    """The tickets of jQuery."""
    return load_world(data_file(TRAC))


@pytest.fixture(scope="module")
def jira() -> Archive:
    """Titanium's issues, with the count of what was left out."""
    return load_archive(data_file(JIRA))


def entered(issue: Issue, status: str) -> list[datetime]:
    """When a ticket came into a status, creation left out; a change before creation counts at creation."""
    created = issue.events[0].at
    return [
        max(event.at, created)
        for event in issue.events[1:]
        for change in event.changes
        if change.field == "status" and change.new == status
    ]


@pytest.mark.data
def test_trac_control_numbers(trac: World) -> None:
    """Tickets, entries, changes of each field and long histories are as many as data/SOURCE.md counts."""
    issues = list(trac.issues.values())
    events = [event for issue in issues for event in issue.events]
    fields = Counter(change.field for event in events if event.type != "IssueCreated" for change in event.changes)
    assert len(issues) == 21_704
    assert sum(event.type == "IssueCreated" for event in events) == 21_704
    assert len(events) == 79_948 + 21_704
    assert sum(bool(event.comments_added) and not event.changes for event in events) == 32_767
    assert fields["status"] == 33_671
    assert fields["resolution"] == 23_803
    assert (fields["fixVersions"], fields["components"], fields["assignee"]) == (9656, 6366, 6305)
    assert (fields["tags"], fields["need"], fields["description"], fields["followers"]) == (1878, 659, 1422, 781)
    lengths = [len(issue.events) - 1 for issue in issues]
    assert (sum(length > 50 for length in lengths), max(lengths)) == (11, 65)
    assert Counter(issue.values["status"] for issue in issues) == {
        "closed": 21_111,
        "open": 326,
        "new": 251,
        "reopened": 11,
        "assigned": 5,
    }


@pytest.mark.data
def test_trac_lead_times(trac: World) -> None:
    """Created → first and last closed have the percentiles that data/SOURCE.md states."""
    closed = [issue for issue in trac.issues.values() if issue.values["status"] == "closed"]
    moments = [(issue.values["createdAt"], entered(issue, "closed")) for issue in closed]
    spans = [(created, ends) for created, ends in moments if ends]
    assert len(spans) == 21_109
    for place, expected in ((0, (4.93, 38.11, 245.78, 649.60)), (-1, (6.47, 51.88, 277.30, 706.16))):
        days = [(ends[place] - created).total_seconds() / 86_400 for created, ends in spans]
        assert np.percentile(days, [50, 70, 85, 95]) == pytest.approx(expected, abs=0.01)


@pytest.mark.data
def test_trac_events_are_the_files_own(trac: World) -> None:
    """Each entry has the time, person, fields in order, from and to of its line, also a field named twice."""
    names = {"owner": "assignee", "reporter": "createdBy", "keywords": "tags", "cc": "followers"}
    names |= {"component": "components", "version": "affectedVersions", "milestone": "fixVersions"}
    shown = {"assignee": lambda uid: trac.users[uid].login, "createdBy": lambda uid: trac.users[uid].login}
    shown |= {"components": lambda ids: trac.components[ids[0]].name}
    shown |= dict.fromkeys(("affectedVersions", "fixVersions"), lambda ids: trac.versions[ids[0]].name)
    for row in rows(data_file(TRAC)):
        issue = trac.issues[row["key"]]
        first, *told = issue.events
        assert (first.type, first.at) == ("IssueCreated", issue.values["createdAt"])
        assert trac.users[first.by].login == row["author"]
        assert len(told) == len(row["changes"])
        for event, change in zip(told, row["changes"], strict=True):
            assert event.at == datetime.fromisoformat(change["at"])
            assert trac.users[event.by].login == change["by"]
            assert ("comment_chars" in change) == bool(event.comments_added)
            kept = [
                [one.field, *(v if v is None else shown.get(one.field, str)(v) for v in (one.old, one.new))]
                for one in event.changes
            ]
            assert kept == [[names.get(name, name), old, new] for name, old, new in change.get("fields", [])]


@pytest.mark.data
def test_trac_dirt_stays(trac: World) -> None:
    """Broken chains, finals that contradict the history, changes before creation are served as they are."""
    broken = contradicted = early = 0
    for issue in trac.issues.values():
        moves = [change for event in issue.events[1:] for change in event.changes if change.field == "status"]
        broken += any(one.new != two.old for one, two in pairwise(moves))
        contradicted += bool(moves) and moves[-1].new != issue.values["status"]
        early += any(event.at < issue.values["createdAt"] for event in issue.events)
    assert (broken, contradicted, early) == (60, 4, 12)


@pytest.mark.data
def test_trac_dictionaries_are_made_from_the_data(trac: World) -> None:
    """Queues, statuses with their types, people by order and the fields without a counterpart."""
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
def test_jira_control_numbers(jira: Archive) -> None:
    """Issues, links, epics, sprints and comments are as many as data/SOURCE.md counts, less what is outside."""
    issues = list(jira.world.issues.values())
    assert Counter(issue.values["queue"] for issue in issues) == {
        "TIMOB": 22_371,
        "AC": 4503,
        "ALOY": 1499,
        "MOD": 367,
        "DAEMON": 317,
    }
    assert jira.left_out["link"] == 2168
    assert sum(len(issue.links) for issue in issues) == 15_678 - 2168
    assert jira.left_out["epic"] == 212
    assert sum("epic" in issue.values for issue in issues) == 890 - 212
    assert sum("parent" in issue.values for issue in issues) == 1375 - jira.left_out["parent"]
    assert sum(len(issue.comments) for issue in issues) == 104_730
    held = [len(issue.values.get("sprint", ())) for issue in issues]
    assert (sum(map(bool, held)), sum(n > 1 for n in held), max(held)) == (5717, 1146, 27)
    assert Counter(sprint.status for sprint in jira.world.sprints.values()) == {
        "released": 374,
        "draft": 2,
        "in_progress": 1,
    }


@pytest.mark.data
def test_jira_issues_are_the_files_own(jira: Archive) -> None:
    """Times, people, names, links and comments of each issue are those of its line."""
    world = jira.world
    for row in rows(data_file(JIRA)):
        issue = world.issues[row["key"]]
        values = issue.values
        assert values["createdAt"] == datetime.fromisoformat(row["created"])
        assert values.get("resolvedAt") == (row["resolved"] and datetime.fromisoformat(row["resolved"]))
        assert world.statuses[values["status"]].en == row["status"]
        assert values.get("summary") == row["summary"]
        assert values.get("tags", []) == row["labels"]
        assert [world.versions[name].name for name in values.get("fixVersions", [])] == row["fix_versions"]
        inside = [[direction, key] for _, direction, key in row["links"] if world.find(key)]
        assert [[link.direction, world.keys[link.issue]] for link in issue.links] == inside
        assert [comment.at for comment in issue.comments] == [datetime.fromisoformat(at) for at, *_ in row["comments"]]


@pytest.mark.data
def test_jira_without_its_sprints(tmp_path: Path) -> None:
    """Where the sprints' file is not beside it, sprints are left out and counted."""
    few = tmp_path / "issues.jsonl"
    few.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row, _ in zip(rows(data_file(JIRA)), range(3000))))  # noqa: B905
    archive = load_archive(few)
    assert not archive.world.sprints
    assert archive.left_out["sprint"] > 0
    assert not any("sprint" in issue.values for issue in archive.world.issues.values())


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


def written(folder: Path, *lines: str) -> Path:
    """A plain data file."""
    path = folder / "any_name.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_one_event_is_one_entry(tmp_path: Path) -> None:
    """An event with a status is a move, with fields an update, else a comment; creation stands first in any case."""
    world = load_world(written(tmp_path, json.dumps(TICKET)))
    issue = world.issues["T-1"]
    assert [event.type for event in issue.events] == [
        "IssueCreated",
        "IssueWorkflow",
        "IssueUpdated",
        "IssueCommentAdded",
    ]
    assert issue.events[0].changes == ()  # its first status is nothing
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
def test_a_file_of_another_form_is_refused(tmp_path: Path, lines: list[str], message: str) -> None:
    """What cannot be read is told with the file's name and the line."""
    with pytest.raises(ValueError, match=message):
        load_world(written(tmp_path, *lines))


@pytest.mark.parametrize(
    ("name", "key"),
    [("closed", "closed"), ("In Review", "inReview"), ("Won't Fix", "wontFix"), ("QE-Test", "qETest"), ("???", "none")],
)
def test_keys_of_names(name: str, key: str) -> None:
    """A name becomes a key without blanks; a single lower-case word stays."""
    assert key_of(name) == key
