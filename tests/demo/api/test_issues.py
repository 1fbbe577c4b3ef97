"""One issue and its subresources over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tracker_magic.demo.issue_lists import Event, Link, ListChange
from tracker_magic.demo.server import Demo


@pytest.mark.parametrize("path", ["/issues/DEV-1", "/issues/DEV-1/", "/v2/issues/DEV-1", "/v2/issues/DEV-1/"])
def test_an_issue_by_key(api: Any, demo: Demo, path: str):
    """Both versions work, with and without a trailing slash; `self` has the version of the request."""
    issue = api(path).json()
    version = "v2" if "v2" in path else "v3"
    assert issue["self"] == f"{demo.url}/{version}/issues/DEV-1"
    assert issue["status"]["self"] == f"{demo.url}/{version}/statuses/1"
    assert ("primary" in issue["project"]) is (version == "v3")


def test_an_issue_by_id(api: Any):
    """An issue is found by id as well as by key."""
    number = api("/issues/DEV-1?fields=summary").json()["id"]
    assert api(f"/issues/{number}").json()["key"] == "DEV-1"


@pytest.mark.parametrize(("lang", "text"), [(None, "Задача не существует."), ("en", "Issue does not exist.")])
def test_no_such_issue(api: Any, lang: str | None, text: str):
    """An unknown issue gets 404 in the language of the request."""
    response = api("/issues/DEV-9999", headers={"Accept-Language": lang} if lang else {})
    assert response.status_code == 404
    assert response.json() == {"errors": {}, "errorsData": {}, "errorMessages": [text], "statusCode": 404}


def test_a_hidden_issue(api: Any):
    """A hidden issue and its lists get 403."""
    assert api("/issues/SEC-1").status_code == 403
    assert api("/issues/SEC-1/comments").status_code == 403


@pytest.mark.parametrize("rest", ["", "/changelog?perPage=5", "/comments?id=1&perPage=2"])
def test_a_moved_issue_redirects(api: Any, demo: Demo, rest: str):
    """A former key is redirected to the same address with the present key."""
    response = api(f"/issues/OPS-77{rest}", allow_redirects=False)
    assert response.status_code == 301
    assert response.headers["Location"] == f"{demo.url}/v3/issues/DEV-2{rest}"


def test_changelog_pages(api: Any, demo: Demo):
    """The changelog starts with the oldest entry and has pages of 50 with links; an unknown cursor gets 400."""
    first = api("/issues/DEV-1/changelog")
    assert len(first.json()) == 50
    assert first.json()[0]["type"] == "IssueCreated"
    assert first.links["first"]["url"] == f"{demo.url}/v3/issues/DEV-1/changelog?perPage=50"
    second = api(f"/issues/DEV-1/changelog?{first.links['next']['url'].partition('?')[2]}")
    assert len(second.json()) == 14
    assert "next" not in second.links
    assert len({entry["id"] for entry in first.json() + second.json()}) == 64
    assert api("/issues/DEV-1/changelog?id=nothing").status_code == 400


def test_changelog_links_without_a_scheme(api: Any, demo: Demo):
    """With `link_scheme` off, the links of a changelog have no scheme."""
    demo.behaviour.link_scheme = False
    address = api("/issues/DEV-1/changelog").links["next"]["url"]
    assert address.startswith("127.0.0.1:")


def test_changelog_entries(api: Any):
    """`type` and `field` select entries; values are references, lists or null; a comment entry has no fields."""
    moves = api("/issues/DEV-1/changelog?type=IssueWorkflow").json()
    assert [(move["fields"][0]["from"]["key"], move["fields"][0]["to"]["key"]) for move in moves] == [
        ("open", "inProgress"),
        ("inProgress", "open"),
    ]
    assert moves[0]["fields"][1]["to"] == "2026-03-05T09:00:00.000+0000"
    carried = api("/issues/DEV-1/changelog?field=sprint").json()
    assert [sprint["display"] for sprint in carried[0]["fields"][0]["to"]] == ["Sprint 1", "Sprint 2"]
    assert carried[0]["fields"][1] == {
        "field": carried[0]["fields"][1]["field"],
        "from": None,
        "to": ["frontend"],
    }
    commented = api("/issues/DEV-1/changelog?type=IssueCommentAdded&perPage=1").json()[0]
    assert "fields" not in commented
    assert commented["comments"]["added"][0]["display"] == "Комментарий 1"


def test_a_changelog_does_not_name_hidden_issues(api: Any, demo: Demo):
    """An entry of a link has the other issue and the type, unless the other issue is hidden."""
    at, me, issues = datetime(2026, 3, 1, tzinfo=UTC), demo.world.me, demo.world.issues
    others = (issues["DEV-2"], next(issue for issue in issues.values() if issue.key.startswith("SEC-")))
    for number, other in enumerate(others):
        changes = (ListChange("links", None, Link(number, "relates", "outward", other.id, me, at)),)
        issues["DEV-3"].events.append(Event(f"{number:024x}", at, me, "IssueLinked", list_changes=changes))
    first, second = api("/issues/DEV-3/changelog?type=IssueLinked").json()[-2:]
    assert [(link["from"], link["to"]["object"]["key"], link["to"]["type"]["id"]) for link in first["links"]] == [
        (None, "DEV-2", "relates")
    ]
    assert "links" not in second


def test_comments(api: Any):
    """Comments have pages of 50, `id` continues, and one comment is found by its id."""
    first = api("/issues/DEV-1/comments")
    assert [comment["id"] for comment in first.json()] == list(range(1, 51))
    rest = api("/issues/DEV-1/comments?id=50&perPage=100&expand=html").json()
    assert [comment["id"] for comment in rest] == list(range(51, 61))
    assert rest[0]["textHtml"] == "<p>Комментарий 51</p>\n"
    assert api("/issues/DEV-1/comments/7").json()["text"] == "Комментарий 7"
    assert api("/issues/DEV-1/comments/700").status_code == 404


def test_links(api: Any):
    """Links have both names of their type, and status and assignee of the other issue; hidden issues are left out."""
    links = api("/issues/DEV-1/links", headers={"Accept-Language": "en"}).json()
    assert [(link["direction"], link["type"]["inward"], link["object"]["key"]) for link in links] == [
        ("inward", "Subtask", "DEV-2"),
        ("inward", "Depends on", "OPS-1"),
    ]
    assert links[0]["status"]["key"] == "open"
    assert api("/issues/DEV-1/remotelinks").json() == []


def test_attachments(api: Any, demo: Demo):
    """The `content` of an attachment leads to its bytes on the same host."""
    file = api("/issues/DEV-1/attachments").json()[0]
    assert file["content"].startswith(demo.url)
    download = api.session.get(file["content"], timeout=20)
    assert (download.content.decode(), download.headers["Content-Type"]) == ("привет", "text/plain")
    assert api.session.get(file["self"], timeout=20).json()["name"] == "заметка.txt"
    assert api("/issues/DEV-1/attachments/9/x").status_code == 404


def test_checklist(api: Any):
    """A checklist item has its own form of assignee, and a deadline as an object."""
    done, left = api("/issues/DEV-1/checklistItems").json()
    assert done["assignee"]["login"] == "77123"
    assert isinstance(done["assignee"]["id"], int)
    assert done["deadline"] == {"date": "2026-03-09T00:00:00.000+0000", "deadlineType": "date", "isExceeded": False}
    assert "assignee" not in left


def test_transitions(api: Any):
    """The transitions from the present status are listed."""
    assert [(step["id"], step["to"]["key"]) for step in api("/issues/DEV-1/transitions").json()] == [
        ("start", "inProgress")
    ]


def test_the_type_of_a_status_has_two_forms(api: Any, demo: Demo):
    """The type of an issue's status is a reference, or with the switch an object of value and order."""
    status_types = {}
    for form in ("reference", "value"):
        demo.behaviour.status_type = form
        for address, body in (("/issues/DEV-4?fields=statusType", None), ("/issues/_search", {"keys": "DEV-4"})):
            reply = api(address, body).json()
            status_types.setdefault(form, []).append((reply[0] if body else reply)["statusType"])
    assert status_types == {
        "reference": [{"id": "done", "key": "done", "display": "Завершён"}] * 2,
        "value": [{"value": "done", "order": 4}] * 2,
    }


def test_suggestions(api: Any):
    """Issues whose key or summary contains the input are suggested, newest first, and no hidden ones."""
    found = api("/issues/_suggest", params={"input": "магазин", "fields": "summary"}).json()
    assert [(issue["key"], issue["summary"], "status" in issue) for issue in found] == [
        ("DEV-1", "Починить вход в магазин", False)
    ]
    assert len(api("/issues/_suggest?input=dev-").json()) == 50
    assert [issue["key"] for issue in api("/issues/_suggest?input=инцидент&queue=OPS").json()] == [
        "OPS-3",
        "OPS-2",
        "OPS-1",
    ]
    assert api("/issues/_suggest?input=секрет").json() == []
