"""Editing issues, executing transitions, adding comments."""

from typing import Any

import pytest
from yandex_tracker_client import TrackerClient

from tracker_magic.demo.server import Demo


def test_an_edit(api: Any):
    """An edit returns the issue with a new version and adds to its changelog; null clears a field."""
    body = {
        "summary": "Новое",
        "assignee": {"login": "77123"},
        "priority": "critical",
        "followers": None,
        "tags": ["a"],
    }
    issue = api("/issues/DEV-1?version=5", body, method="PATCH").json()
    assert (issue["summary"], issue["assignee"]["id"], issue["priority"]["key"]) == (
        "Новое",
        "1130000000000002",
        "critical",
    )
    assert (issue["version"], issue["tags"], "followers" in issue) == (6, ["a"], False)
    last = api("/issues/DEV-1/changelog?perPage=100").json()[-1]
    assert last["type"] == "IssueUpdated"
    assert {change["field"]["id"] for change in last["fields"]} == set(body)


@pytest.mark.parametrize(
    ("body", "field", "expected"),
    [
        ({"tags": {"add": ["a", "frontend"]}}, "tags", ["frontend", "a"]),
        ({"tags": {"add": "a"}}, "tags", ["frontend", "a"]),
        ({"tags": {"add": ["a", "b"], "remove": ["frontend"]}}, "tags", ["a", "b"]),
        ({"tags": {"remove": ["frontend"]}}, "tags", None),
        ({"tags": {"set": ["x"]}}, "tags", ["x"]),
        ({"tags": {"replace": [{"target": "frontend", "replacement": "back"}]}}, "tags", ["back"]),
        ({"tags": []}, "tags", None),
        ({"deadline": "2026-06-30"}, "deadline", "2026-06-30"),
        ({"deadline": {"set": "2026-06-30"}}, "deadline", "2026-06-30"),
        ({"start": None, "deadline": None}, "deadline", None),
    ],
)
def test_operations_and_dates(api: Any, body: Any, field: str, expected: Any):
    """`add`, `remove`, `set` and `replace` change a list, a list replaces it, an empty one clears it; dates are set."""
    response = api("/issues/DEV-1", body, method="PATCH")
    assert (response.status_code, response.json().get(field)) == (200, expected)
    assert api("/issues/DEV-1").json().get(field) == expected


def test_references_are_written_by_key_id_name_or_object(api: Any):
    """People, issues, types and sprints are found by what identifies them."""
    body = {
        "followers": {"add": [{"login": "robot-ci"}], "remove": ["ivanov"]},
        "parent": "DEV-5",
        "epic": {"key": "DEV-6"},
        "type": {"name": "Ошибка"},
        "sprint": {"remove": ["10"]},
    }
    issue = api("/issues/DEV-1", body, method="PATCH").json()
    assert [user["id"] for user in issue["followers"]] == ["1130000000000002", "1130000000000003"]
    assert (issue["parent"]["key"], issue["epic"]["key"], issue["type"]["key"]) == ("DEV-5", "DEV-6", "bug")
    assert [sprint["id"] for sprint in issue["sprint"]] == ["11"]


@pytest.mark.parametrize(
    ("query", "headers", "body", "status"),
    [
        ("?version=4", {}, {"summary": "x"}, 409),
        ("", {"If-Match": '"4"'}, {"summary": "x"}, 412),
        ("", {}, {"status": "closed"}, 422),
        ("", {}, {"nothing": 1}, 422),
        ("", {}, {"priority": "huge"}, 422),
        ("", {}, {"summary": 5}, 422),
        ("", {}, {"summary": {"add": ["x"]}}, 422),
        ("", {}, {"deadline": "soon"}, 422),
        ("", {}, {"parent": "DEV-9999"}, 422),
        ("", {}, {"followers": {"add": ["nobody"]}}, 422),
        ("", {}, {"tags": {"replace": ["x"]}}, 422),
        ("", {}, ["x"], 400),
    ],
)
def test_a_refused_edit_changes_nothing(api: Any, query: str, headers: Any, body: Any, status: int):
    """A stale version, a read-only or unknown field or a bad value is refused, and nothing changes."""
    before = api("/issues/DEV-1").json()
    assert api(f"/issues/DEV-1{query}", body, method="PATCH", headers=headers).status_code == status
    assert api("/issues/DEV-1").json() == before


def test_a_transition(api: Any):
    """A transition moves the issue, adds a changelog entry and returns the next transitions."""
    after = api("/issues/DEV-1/transitions/start/_execute", {}).json()
    assert [step["id"] for step in after] == ["close"]
    issue = api("/issues/DEV-1").json()
    assert (issue["status"]["key"], issue["previousStatus"]["key"]) == ("inProgress", "open")
    moves = api("/issues/DEV-1/changelog?type=IssueWorkflow").json()
    assert [change["field"]["id"] for change in moves[-1]["fields"]] == ["status", "statusStartTime"]
    assert api("/issues/DEV-1/transitions/start/_execute", {}).status_code == 404
    api("/issues/DEV-1/transitions/close/_execute", {"resolution": "fixed"})
    moves = api("/issues/DEV-1/changelog?type=IssueWorkflow").json()
    names = [change["field"]["id"] for change in moves[-1]["fields"]]
    assert names == ["status", "statusStartTime", "resolution"]


def test_a_comment(api: Any):
    """A new comment gets 201 and is in the list."""
    made = api("/issues/DEV-2/comments", {"text": "Привет"})
    assert (made.status_code, made.json()["text"]) == (201, "Привет")
    assert [comment["id"] for comment in api("/issues/DEV-2/comments").json()] == [made.json()["id"]]
    assert api("/issues/DEV-2/comments", {"text": ""}).status_code == 422


def test_the_official_client_writes(demo: Demo):
    """The official client edits an issue, executes a transition and adds a comment."""
    client = TrackerClient(token=demo.access.token, org_id=demo.access.org_id, base_url=demo.url, retries=0)
    with client._connection.session as session:
        session.trust_env = False
        issue = client.issues["DEV-1"]
        issue.update(summary="Иначе")
        assert client.issues["DEV-1"].summary == "Иначе"
        client.issues["DEV-1"].transitions["start"].execute()
        assert client.issues["DEV-1"].status.key == "inProgress"
        issue.comments.create(text="Сделано")
        assert len(list(client.issues["DEV-1"].comments)) == 61
