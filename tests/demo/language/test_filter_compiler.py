"""`filter` objects find the right issues of the small world, and `order` sorts them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tracker_magic.demo.language.filter_compiler import FilterError, compile_filter, compile_order
from tracker_magic.demo.language.operands import Context
from tracker_magic.demo.language.reference_types import natural_key_order
from tracker_magic.demo.model import World

NOW = datetime(2026, 3, 5, 12, 30, 20, tzinfo=UTC)


@pytest.fixture
def context(world: World) -> Context:
    """The context of a search by the person of the token, who may not see SEC."""
    return Context(world, world.me, NOW, frozenset({"SEC"}))


def dev(*numbers: int) -> list[str]:
    """Keys of the queue DEV with these numbers."""
    return [f"DEV-{number}" for number in numbers]


@pytest.mark.parametrize(
    ("conditions", "keys"),
    [
        ({"queue": "OPS"}, ["OPS-1", "OPS-2", "OPS-3"]),
        ({"queue": "2", "key": ["OPS-2", "OPS-3"]}, ["OPS-2", "OPS-3"]),
        ({"queue": {"key": "OPS"}, "key": "OPS-1"}, ["OPS-1"]),
        ({"assignee": "77123", "status": ["closed", "inProgress"]}, dev(20, 40, 60, 80, 100, 120)),
        ({"assignee": "1130000000000002", "status": "20", "type": "Ошибка"}, dev(60, 120)),
        ({"followers": "me()"}, dev(1)),
        ({"sprint": "empty()", "tags": "notEmpty()"}, []),
        ({"sprint": 11}, dev(1)),
        ({"sprint": ["Sprint 2"]}, dev(1)),
        ({"parent": "DEV-2"}, dev(1)),
        ({"603fb94c38bbe65800000002--score": 7}, dev(1)),
        ({"603fb94c38bbe65800000001--team": "Red", "tags": ["frontend"]}, dev(1)),
        ({"createdAt": {"from": "2026-03-02T10:00:00", "to": "2026-03-02T12:00:00+0000"}}, dev(1, 2, 3)),
        ({"created": {"from": "2026-03-07"}}, dev(*range(111, 121))),
        ({"updated": {"to": "2026-03-02"}, "assignee": "empty()"}, dev(3, 7, 9, 11, 13)),
        (
            {"created": "today() - 1d", "assignee": "empty()", "type": "task"},
            [*dev(41, 43, 47, 49, 53, 59, 61), "OPS-2"],
        ),
        ({"storyPoints": {"from": 11}}, dev(110, 120)),
        ({"deadline": {"from": "2026-05-01", "to": "2026-05-01"}}, dev(1)),
        ({"favorite": True}, []),
    ],
)
def test_filters(context: Context, conditions: dict[str, Any], keys: list[str]):
    """A filter finds exactly the issues of which every field has one of its values or is within its range."""
    test = compile_filter(context, conditions)
    found = sorted((issue.key for issue in context.world.issues.values() if test(issue)), key=natural_key_order)
    assert [key for key in found if not key.startswith("SEC")] == keys


@pytest.mark.parametrize(
    "conditions", [{"statsu": "open"}, {"status": "opened"}, {"created": {"from": "soon"}}, {"created": ">= today()"}]
)
def test_an_invalid_filter_is_refused(context: Context, conditions: dict[str, Any]):
    """The error for an unknown field or value has the key of the field."""
    with pytest.raises(FilterError) as caught:
        compile_filter(context, conditions)
    assert caught.value.field in conditions


def test_order_sorts_by_field_keys(context: Context):
    """`order` takes one or several field keys, each with a sign, and refuses an unknown one."""
    issues = [context.world.issues[key] for key in dev(10, 2, 1)]
    assert [issue.key for issue in compile_order(context, "-key")(issues)] == dev(10, 2, 1)
    assert [issue.key for issue in compile_order(context, ["+storyPoints", "key"])(issues)] == dev(10, 1, 2)
    with pytest.raises(FilterError):
        compile_order(context, "-nothing")
