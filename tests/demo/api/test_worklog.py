"""The worklog of one issue, and everybody's, over HTTP."""

from dataclasses import replace
from typing import Any

import pytest

from tracker_magic.demo.server import Demo


def test_worklog_of_an_issue(api: Any):
    """Worklog records have ascending ids and normalised durations; an empty comment is left out; the maximum is 500."""
    records = api("/issues/DEV-1/worklog").json()
    assert [(record["id"], record["duration"]) for record in records] == [(1, "PT4H"), (2, "P1W2D")]
    assert ["comment" in record for record in records] == [True, False]
    assert [record["id"] for record in api("/issues/DEV-1/worklog?id=1").json()] == [2]
    assert api("/issues/DEV-1/worklog?perPage=501").status_code == 400


def test_worklog_of_all_issues(api: Any):
    """Worklog records of all issues are selected by time of creation and by author, by GET and POST."""
    window = "createdAt=from:2026-03-03T00:00:00&createdAt=to:2026-03-03T23:59:59"
    assert [record["id"] for record in api(f"/worklog?createdBy=ivanov&{window}").json()] == [1]
    body = {"createdAt": {"from": "2026-03-04T00:00:00.000+0000"}}
    assert [record["id"] for record in api("/worklog/_search", body).json()] == [2]
    begun = {"start": {"to": "2026-03-03T23:59:59"}}
    assert [record["id"] for record in api("/worklog/_search", begun).json()] == [1]
    assert [record["id"] for record in api("/worklog?start=from:2026-03-04").json()] == [2]
    assert api("/worklog/_search", {"createdBy": "77123"}).json() == []
    assert api("/worklog/_search", {"createdAt": {"from": "soon"}}).status_code == 400
    assert api("/worklog/_search", {"start": "soon"}).status_code == 400


@pytest.mark.parametrize(("path", "body"), [("/worklog", None), ("/worklog/_search", {})])
def test_everybodys_worklog_is_paged_by_number_or_by_id(api: Any, demo: Demo, path: str, body: Any):
    """Pages by number have totals and links, and `id` is ignored; pages by id have neither; the window gets 400."""
    first = api(f"{path}?perPage=1&id=1", body)
    assert (first.headers["X-Total-Count"], first.headers["X-Total-Pages"]) == ("2", "2")
    assert "page=2" in first.links["next"]["url"]
    assert [record["id"] for record in api(f"{path}?perPage=1&page=2", body).json()] == [2]
    demo.behaviour.worklog_window = 1
    assert [api(f"{path}?perPage=1&page={page}", body).status_code for page in (1, 2)] == [200, 400]
    demo.behaviour.worklog_paging = "id"
    assert [api(f"{path}?perPage=1&{cursor}", body).status_code for cursor in ("page=2", "id=1")] == [200, 400]
    demo.behaviour.worklog_window = None
    second = api(f"{path}?perPage=1&page=1&id=1", body)
    assert [record["id"] for record in second.json()] == [2]
    assert not {"Link", "X-Total-Count"} & set(second.headers)


def test_ids_of_work_records_may_be_unique_only_in_their_issue(api: Any, demo: Demo):
    """With `worklog_ids` "issue", each issue numbers its records from 1, and a record keeps its id."""
    demo.behaviour.worklog_ids = "issue"
    works = demo.world.issues["DEV-1"].worklog
    demo.world.issues["DEV-2"].worklog = [replace(works[0], id=900)]
    records = api("/worklog/_search", {}).json()
    assert [(record["issue"]["key"], record["id"]) for record in records] == [("DEV-1", 1), ("DEV-1", 2), ("DEV-2", 1)]
    assert [record["self"].rpartition("/")[2] for record in records] == ["1", "2", "1"]
    works.pop(0)
    assert [record["id"] for record in api("/issues/DEV-1/worklog").json()] == [2]
