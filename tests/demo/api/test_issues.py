"""One issue and its subresources over HTTP."""

from typing import Any

import pytest

from tracker_magic.demo.server import Demo


@pytest.mark.parametrize("path", ["/issues/DEV-1", "/issues/DEV-1/", "/v2/issues/DEV-1", "/v2/issues/DEV-1/"])
def test_an_issue_by_key(ask: Any, demo: Demo, path: str):
    """Both versions, with and without a trailing slash; `self` follows the request's version."""
    issue = ask(path).json()
    version = "v2" if "v2" in path else "v3"
    assert issue["self"] == f"{demo.url}/{version}/issues/DEV-1"
    assert issue["status"]["self"] == f"{demo.url}/{version}/statuses/1"
    assert ("primary" in issue["project"]) is (version == "v3")


def test_an_issue_by_id(ask: Any):
    """The id works as well as the key."""
    number = ask("/issues/DEV-1?fields=summary").json()["id"]
    assert ask(f"/issues/{number}").json()["key"] == "DEV-1"


@pytest.mark.parametrize(("lang", "text"), [(None, "Задача не существует."), ("en", "Issue does not exist.")])
def test_no_such_issue(ask: Any, lang: str | None, text: str):
    """404 in the caller's language."""
    answer = ask("/issues/DEV-9999", headers={"Accept-Language": lang} if lang else {})
    assert answer.status_code == 404
    assert answer.json() == {"errors": {}, "errorMessages": [text], "statusCode": 404}


def test_a_hidden_issue(ask: Any):
    """403, also for its subresources."""
    assert ask("/issues/SEC-1").status_code == 403
    assert ask("/issues/SEC-1/comments").status_code == 403


@pytest.mark.parametrize("rest", ["", "/changelog?perPage=5", "/comments?id=1&perPage=2"])
def test_a_moved_issue_redirects(ask: Any, demo: Demo, rest: str):
    """The old key leads to the same address of the new one."""
    answer = ask(f"/issues/OPS-77{rest}", allow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{demo.url}/v3/issues/DEV-2{rest}"


def test_changelog_pages(ask: Any, demo: Demo):
    """Oldest first, 50 by default, `first` and `next` links, a cursor that must exist."""
    first = ask("/issues/DEV-1/changelog")
    assert len(first.json()) == 50
    assert first.json()[0]["type"] == "IssueCreated"
    assert first.links["first"]["url"] == f"{demo.url}/v3/issues/DEV-1/changelog?perPage=50"
    second = ask(f"/issues/DEV-1/changelog?{first.links['next']['url'].partition('?')[2]}")
    assert len(second.json()) == 14
    assert "next" not in second.links
    assert len({entry["id"] for entry in first.json() + second.json()}) == 64
    assert ask("/issues/DEV-1/changelog?id=nothing").status_code == 400


def test_changelog_links_without_a_scheme(ask: Any, demo: Demo):
    """As the documentation of v3 prints them."""
    demo.behaviour.link_scheme = False
    address = ask("/issues/DEV-1/changelog").links["next"]["url"]
    assert address.startswith("127.0.0.1:")


def test_changelog_entries(ask: Any):
    """`type` and `field` narrow; references, lists and null stand as they are; a comment entry has no fields."""
    moves = ask("/issues/DEV-1/changelog?type=IssueWorkflow").json()
    assert [(move["fields"][0]["from"]["key"], move["fields"][0]["to"]["key"]) for move in moves] == [
        ("open", "inProgress"),
        ("inProgress", "open"),
    ]
    assert moves[0]["fields"][1]["to"] == "2026-03-05T09:00:00.000+0000"
    carried = ask("/issues/DEV-1/changelog?field=sprint").json()
    assert [sprint["display"] for sprint in carried[0]["fields"][0]["to"]] == ["Sprint 1", "Sprint 2"]
    assert carried[0]["fields"][1] == {
        "field": carried[0]["fields"][1]["field"],
        "from": None,
        "to": ["frontend"],
    }
    commented = ask("/issues/DEV-1/changelog?type=IssueCommentAdded&perPage=1").json()[0]
    assert "fields" not in commented
    assert commented["comments"]["added"][0]["display"] == "Комментарий 1"


def test_comments(ask: Any):
    """50 by default; `id` continues; `html` on demand; one by its id."""
    first = ask("/issues/DEV-1/comments")
    assert [comment["id"] for comment in first.json()] == list(range(1, 51))
    rest = ask("/issues/DEV-1/comments?id=50&perPage=100&expand=html").json()
    assert [comment["id"] for comment in rest] == list(range(51, 61))
    assert rest[0]["textHtml"] == "<p>Комментарий 51</p>\n"
    assert ask("/issues/DEV-1/comments/7").json()["text"] == "Комментарий 7"
    assert ask("/issues/DEV-1/comments/700").status_code == 404


def test_worklog_of_an_issue(ask: Any):
    """Ascending ids, durations normalised, an empty comment left out; at most 500 a call."""
    records = ask("/issues/DEV-1/worklog").json()
    assert [(record["id"], record["duration"]) for record in records] == [(1, "PT4H"), (2, "P1W2D")]
    assert ["comment" in record for record in records] == [True, False]
    assert [record["id"] for record in ask("/issues/DEV-1/worklog?id=1").json()] == [2]
    assert ask("/issues/DEV-1/worklog?perPage=501").status_code == 400


def test_worklog_of_everybody(ask: Any):
    """By GET and by POST, cut by creation of the record and by author (uid or login)."""
    window = "createdAt=from:2026-03-03T00:00:00&createdAt=to:2026-03-03T23:59:59"
    assert [record["id"] for record in ask(f"/worklog?createdBy=ivanov&{window}").json()] == [1]
    body = {"createdAt": {"from": "2026-03-04T00:00:00.000+0000"}}
    assert [record["id"] for record in ask("/worklog/_search", body).json()] == [2]
    assert [record["id"] for record in ask("/worklog/_search?perPage=1&id=1", {}).json()] == [2]
    assert ask("/worklog/_search", {"createdBy": "77123"}).json() == []
    assert ask("/worklog/_search", {"createdAt": {"from": "soon"}}).status_code == 400


def test_links(ask: Any):
    """Both ends named, the other issue's status and assignee; hidden ends left out."""
    links = ask("/issues/DEV-1/links", headers={"Accept-Language": "en"}).json()
    assert [(link["direction"], link["type"]["inward"], link["object"]["key"]) for link in links] == [
        ("inward", "Subtask", "DEV-2"),
        ("inward", "Depends on", "OPS-1"),
    ]
    assert links[0]["status"]["key"] == "open"
    assert ask("/issues/DEV-1/remotelinks").json() == []


def test_attachments(ask: Any, demo: Demo):
    """`content` leads to the bytes, on the same host."""
    file = ask("/issues/DEV-1/attachments").json()[0]
    assert file["content"].startswith(demo.url)
    got = ask.session.get(file["content"], timeout=20)
    assert (got.content.decode(), got.headers["Content-Type"]) == ("привет", "text/plain")
    assert ask.session.get(file["self"], timeout=20).json()["name"] == "заметка.txt"
    assert ask("/issues/DEV-1/attachments/9/x").status_code == 404


def test_checklist(ask: Any):
    """An assignee in a form of its own, a deadline as an object."""
    done, left = ask("/issues/DEV-1/checklistItems").json()
    assert done["assignee"]["login"] == "77123"
    assert isinstance(done["assignee"]["id"], int)
    assert done["deadline"] == {"date": "2026-03-09T00:00:00.000+0000", "deadlineType": "date", "isExceeded": False}
    assert "assignee" not in left


def test_transitions(ask: Any):
    """What leaves the present status."""
    assert [(step["id"], step["to"]["key"]) for step in ask("/issues/DEV-1/transitions").json()] == [
        ("start", "inProgress")
    ]
