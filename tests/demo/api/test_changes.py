"""The few writes."""

from typing import Any

import pytest
from yandex_tracker_client import TrackerClient

from tracker_magic.demo.server import Demo


def test_an_edit(ask: Any):
    """The issue comes back, its version grown, the change in its changelog; null clears."""
    body = {
        "summary": "Новое",
        "assignee": {"login": "77123"},
        "priority": "critical",
        "followers": None,
        "tags": ["a"],
    }
    issue = ask("/issues/DEV-1?version=5", body, method="PATCH").json()
    assert (issue["summary"], issue["assignee"]["id"], issue["priority"]["key"]) == (
        "Новое",
        "1130000000000002",
        "critical",
    )
    assert (issue["version"], issue["tags"], "followers" in issue) == (6, ["a"], False)
    last = ask("/issues/DEV-1/changelog?perPage=100").json()[-1]
    assert last["type"] == "IssueUpdated"
    assert {change["field"]["id"] for change in last["fields"]} == set(body)


@pytest.mark.parametrize(
    ("query", "headers", "body", "status"),
    [
        ("?version=4", {}, {"summary": "x"}, 409),
        ("", {"If-Match": '"4"'}, {"summary": "x"}, 412),
        ("", {}, {"status": "closed"}, 422),
        ("", {}, {"nothing": 1}, 422),
        ("", {}, {"priority": "huge"}, 422),
        ("", {}, {"summary": 5}, 422),
        ("", {}, ["x"], 400),
    ],
)
def test_a_refused_edit_changes_nothing(ask: Any, query: str, headers: Any, body: Any, status: int):
    """Stale versions, read-only and unknown fields, bad values."""
    before = ask("/issues/DEV-1").json()
    assert ask(f"/issues/DEV-1{query}", body, method="PATCH", headers=headers).status_code == status
    assert ask("/issues/DEV-1").json() == before


def test_a_transition(ask: Any):
    """The issue moves, a workflow entry tells of it, the next transitions come back."""
    after = ask("/issues/DEV-1/transitions/start/_execute", {}).json()
    assert [step["id"] for step in after] == ["close"]
    issue = ask("/issues/DEV-1").json()
    assert (issue["status"]["key"], issue["previousStatus"]["key"]) == ("inProgress", "open")
    moves = ask("/issues/DEV-1/changelog?type=IssueWorkflow").json()
    assert [change["field"]["id"] for change in moves[-1]["fields"]] == ["status", "statusStartTime"]
    assert ask("/issues/DEV-1/transitions/start/_execute", {}).status_code == 404


def test_a_comment(ask: Any):
    """201, then it is in the list and in the changelog."""
    made = ask("/issues/DEV-2/comments", {"text": "Привет"})
    assert (made.status_code, made.json()["text"]) == (201, "Привет")
    assert [comment["id"] for comment in ask("/issues/DEV-2/comments").json()] == [made.json()["id"]]
    assert ask("/issues/DEV-2/comments", {"text": ""}).status_code == 422


def test_the_official_client_writes(demo: Demo):
    """`update`, a transition's `execute` and a comment."""
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
