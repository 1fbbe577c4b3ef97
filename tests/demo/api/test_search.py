"""Searching and counting over HTTP: criteria, errors, languages."""

from typing import Any

import pytest

from tracker_magic.demo.server import Demo


def test_null_criteria_are_absent(ask: Any):
    """What the official client sends: everything, unused ones as null."""
    body = {"filter": None, "filterId": None, "query": "Queue: OPS", "keys": None, "queue": None, "order": None}
    assert sorted(ask.keys(body)) == ["OPS-1", "OPS-2", "OPS-3"]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({"queue": "OPS", "keys": ["DEV-1", "DEV-2"]}, 3),
        ({"keys": ["DEV-1", "DEV-2"], "filter": {"queue": "OPS"}}, 2),
        ({"filter": {"queue": "OPS"}, "query": "Queue: DEV"}, 3),
        ({"query": "Queue: DEV", "queue": None}, 120),
        ({"keys": "DEV-1"}, 1),
        ({"keys": ["DEV-1", "DEV-9999", "OPS-77"]}, 1),
        ({"filterId": 41}, 25),
        ({}, 123),
    ],
)
def test_the_stronger_criterion_wins(ask: Any, body: Any, count: int):
    """queue, keys, filter, query, in this order; the other is ignored; no criterion is everything visible."""
    assert ask("/issues/_count", body).json() == count
    assert len(ask.keys(body)) == count


@pytest.mark.parametrize("path", ["/issues/_search", "/issues/_count", "/v2/issues/_search/"])
def test_three_criteria_are_refused(ask: Any, path: str):
    """The documented text."""
    body = {"queue": "DEV", "keys": ["DEV-1"], "query": "x"}
    answer = ask(path, body)
    assert answer.status_code == 400
    assert answer.json() == {
        "errors": {},
        "errorMessages": ["Вы можете использовать только ключи, очередь или поисковый запрос."],
        "statusCode": 400,
    }


def test_a_bad_query_names_the_place(ask: Any):
    """In Russian, and in English on demand."""
    body = {"query": "Queue: DEV Statsu: open"}
    assert ask("/issues/_search", body).json()["errorMessages"] == [
        'Ошибка в запросе: неизвестный параметр "Statsu" (позиция 12)'
    ]
    english = ask("/issues/_count", body, headers={"Accept-Language": "en"})
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
def test_bad_bodies_are_refused(ask: Any, body: Any):
    """Unknown queues, keys, shapes: 400 with an envelope."""
    answer = ask("/issues/_search", body)
    assert answer.status_code == 400
    assert answer.json()["statusCode"] == 400
    assert answer.json()["errors"] or answer.json()["errorMessages"]


def test_a_body_that_is_not_json(ask: Any, demo: Demo):
    """400 with an envelope."""
    answer = ask.session.post(f"{demo.url}/v3/issues/_search", data=b"{oops", timeout=20)
    assert (answer.status_code, answer.json()["statusCode"]) == (400, 400)


def test_what_may_not_be_seen_is_left_out(ask: Any):
    """A hidden queue's issues do not come, do not count, and keys do not find them."""
    assert ask("/issues/_count", {"query": "Секрет"}).json() == 0
    assert ask("/issues/_count", {"keys": ["SEC-1"]}).json() == 0
    assert not [key for key in ask.keys({}) if key.startswith("SEC")]


def test_orders(ask: Any):
    """keys: by summary; queue: by key; filter: as ordered."""
    assert ask.keys({"keys": ["OPS-2", "DEV-1", "OPS-1"]}) == ["OPS-1", "OPS-2", "DEV-1"]
    assert ask.keys({"filter": {"queue": "OPS"}, "order": ["-key"]}) == ["OPS-3", "OPS-2", "OPS-1"]
    assert ask.keys({"filter": {"queue": "OPS"}, "order": "+key"}) == ["OPS-1", "OPS-2", "OPS-3"]


def test_fields_and_expand(ask: Any):
    """`fields` narrows, `expand` adds."""
    found = ask("/issues/_search?fields=summary,status&expand=attachments", {"keys": "DEV-1"}).json()[0]
    assert set(found) == {"self", "id", "key", "version", "summary", "status", "attachments"}
