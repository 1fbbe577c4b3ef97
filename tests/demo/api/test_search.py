"""Searching and counting over HTTP: criteria, errors, languages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tracker_magic.demo.server import Demo


def test_null_criteria_are_absent(api: Any):
    """Criteria that are null count as missing: the official client sends all of them."""
    body = {"filter": None, "filterId": None, "query": "Queue: OPS", "keys": None, "queue": None, "order": None}
    assert sorted(api.keys(body)) == ["OPS-1", "OPS-2", "OPS-3"]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({"queue": "OPS", "keys": ["DEV-1", "DEV-2"]}, 3),
        ({"keys": ["DEV-1", "DEV-2"], "filter": {"queue": "OPS"}}, 2),
        ({"filter": {"queue": "OPS"}, "query": "Queue: DEV"}, 3),
        ({"query": "Queue: DEV", "queue": None}, 120),
        ({"keys": "DEV-1"}, 1),
        ({"keys": ["DEV-1", "DEV-9999", "OPS-77"]}, 1),
        ({"query": "Queue: OPS", "filter": {}}, 3),
        ({"filterId": 41, "filter": {}}, 25),
        ({"keys": ["DEV-1"], "query": "Queue: OPS", "filter": {}}, 1),
        ({"filter": {}}, 123),
        ({"filterId": 41}, 25),
        ({}, 123),
    ],
)
def test_the_stronger_criterion_wins(api: Any, body: Any, count: int):
    """Of two criteria the first in the order queue, keys, filter, query counts; without any, every issue matches.

    An empty filter counts as none.
    """
    assert api("/issues/_count", body).json() == count
    assert len(api.keys(body)) == count


@pytest.mark.parametrize("path", ["/issues/_search", "/issues/_count", "/v2/issues/_search/"])
def test_three_criteria_are_refused(api: Any, path: str):
    """Three criteria get 400 with the documented text."""
    body = {"queue": "DEV", "keys": ["DEV-1"], "query": "x"}
    response = api(path, body)
    assert response.status_code == 400
    assert response.json() == {
        "errors": {},
        "errorsData": {},
        "errorMessages": ["Вы можете использовать только ключи, очередь или поисковый запрос."],
        "statusCode": 400,
    }


def test_a_bad_query_names_the_position(api: Any):
    """A mistake in a query is reported with its position, in Russian or English."""
    body = {"query": "Queue: DEV Statsu: open"}
    assert api("/issues/_search", body).json()["errorMessages"] == [
        'Ошибка в запросе: неизвестный параметр "Statsu" (позиция 12)'
    ]
    english = api("/issues/_count", body, headers={"Accept-Language": "en"})
    assert english.json()["errorMessages"] == ['Query error: unknown parameter "Statsu" (position 12)']


@pytest.mark.parametrize(
    "body",
    [
        {"queue": "NOPE"},
        {"queue": "SEC"},
        {"filter": {"statsu": "open"}},
        {"filter": {"queue": "DEV"}, "order": "-statsu"},
        {"filter": "x"},
        {"query": 5},
        {"keys": [5]},
        ["x"],
    ],
)
def test_bad_bodies_are_refused(api: Any, body: Any):
    """Unknown queues and keys and wrong shapes get 400 with an error body."""
    response = api("/issues/_search", body)
    assert response.status_code == 400
    assert response.json()["statusCode"] == 400
    assert response.json()["errors"] or response.json()["errorMessages"]


def test_a_body_that_is_not_json(api: Any, demo: Demo):
    """A body that is not JSON gets 400 with an error body."""
    response = api.session.post(f"{demo.url}/v3/issues/_search", data=b"{oops", timeout=20)
    assert (response.status_code, response.json()["statusCode"]) == (400, 400)


def test_hidden_issues_are_left_out(api: Any):
    """Issues of a hidden queue are neither found nor counted, not even by key."""
    assert api("/issues/_count", {"query": "Секрет"}).json() == 0
    assert api("/issues/_count", {"keys": ["SEC-1"]}).json() == 0
    assert not [key for key in api.keys({}) if key.startswith("SEC")]


def test_orders(api: Any):
    """A search by keys is ordered by summary, by queue as the keys are, and by filter as requested."""
    assert api.keys({"keys": ["OPS-2", "DEV-1", "OPS-1"]}) == ["OPS-1", "OPS-2", "DEV-1"]
    assert api.keys({"filter": {"queue": "OPS"}, "order": ["-key"]}) == ["OPS-3", "OPS-2", "OPS-1"]
    assert api.keys({"filter": {"queue": "OPS"}, "order": "+key"}) == ["OPS-1", "OPS-2", "OPS-3"]


def test_fields_and_expand(api: Any):
    """`fields` selects the fields of an issue, `expand` adds parts."""
    issue = api("/issues/_search?fields=summary,status&expand=attachments", {"keys": "DEV-1"}).json()[0]
    assert set(issue) == {"self", "id", "key", "version", "summary", "status", "attachments"}


def test_the_index_may_be_behind(api: Any, demo: Demo):
    """With `index_lag_s`, searches and counts know no issue and no comment of the last seconds."""
    counter, body = "commentWithoutExternalMessageCount", {"query": "Key: OPS-1, OPS-2"}
    demo.world.issues["OPS-2"].values["createdAt"] = datetime.now(UTC)
    assert api("/issues/OPS-1/comments", {"text": "fresh"}).status_code == 201
    demo.behaviour.index_lag_s = 5.0
    for paging in ("perPage=50", "perScroll=50"):
        issues = api(f"/issues/_search?{paging}", body).json()
        assert [(issue["key"], issue[counter], "lastCommentUpdatedAt" in issue) for issue in issues] == [
            ("OPS-1", 0, False)
        ]
    assert api("/issues/_count", body).json() == 1
    demo.behaviour.index_lag_s = 0.0
    issues = api("/issues/_search", body).json()
    assert {issue["key"]: issue[counter] for issue in issues} == {"OPS-1": 1, "OPS-2": 0}
