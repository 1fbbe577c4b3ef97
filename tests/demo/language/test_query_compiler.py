"""Queries find the right issues of the small world, or are refused with the position of the mistake."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tracker_magic.demo.language.operands import Context
from tracker_magic.demo.language.query_compiler import compile_query
from tracker_magic.demo.language.reference_types import natural_key_order
from tracker_magic.demo.language.tokens import QueryError
from tracker_magic.demo.model import World

NOW = datetime(2026, 3, 5, 12, 30, 20, tzinfo=UTC)  # a Thursday; DEV-n was created n hours after Monday 2 March 9:00
Find = Callable[[str], list[str]]


@pytest.fixture
def context(world: World) -> Context:
    """The context of a search by the person of the token, who may not see SEC."""
    return Context(world, world.me, NOW, frozenset({"SEC"}))


@pytest.fixture
def find(context: Context) -> Find:
    """A function that returns the keys that a query finds, in the order of the query or else of the keys."""

    def run(query: str) -> list[str]:
        test, sort = compile_query(context, query)
        issues = [issue for issue in context.world.issues.values() if test(issue)]
        if sort:
            return [issue.key for issue in sort(issues)]
        return sorted((issue.key for issue in issues), key=natural_key_order)

    return run


def dev(*numbers: int) -> list[str]:
    """Keys of the queue DEV with these numbers."""
    return [f"DEV-{number}" for number in numbers]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("Queue: OPS", ["OPS-1", "OPS-2", "OPS-3"]),
        ('queue: "ops TEAM" Key: OPS-2', ["OPS-2"]),
        ("Key: DEV-7, DEV-9, DEV-99999", dev(7, 9)),
        ("Key: DEV-7 OR Key: DEV-9 AND Status: closed", dev(7)),
        ("(Key: DEV-7 OR Key: DEV-8) AND Status: closed", dev(8)),
        ('Status: Закрыт "Story Points": >= 10', dev(100, 120)),
        ('Status: CLOSED Type: Ошибка "Story Points": 6', dev(60)),
        ("Key: DEV-3, DEV-4, DEV-5 Status: !closed", dev(3, 5)),
        ("Key: DEV-3, DEV-4, DEV-5 Type: !bug, !epic", dev(4, 5)),
        ("Resolution: unresolved() Key: DEV-4, DEV-5", dev(5)),
        ("Resolution: empty() Key: DEV-4, DEV-5", dev(5)),
        ("Resolution: notEmpty() Key: DEV-4, DEV-5", dev(4)),
        ("Resolution: !empty() Key: DEV-4, DEV-5", dev(4)),
        ("Key: DEV-2, DEV-5, DEV-7 Assignee: me()", dev(2)),
        ("Key: DEV-2, DEV-5, DEV-7 Assignee: !me()", dev(5, 7)),
        ("Key: DEV-2, DEV-5, DEV-7 Assignee: 77123@", dev(5)),
        ('Key: DEV-2, DEV-5, DEV-7 Assignee: "Пётр Петров"', dev(5)),
        ("Key: DEV-2, DEV-5, DEV-7 Assignee: петров", dev(5)),
        ('Key: DEV-2, DEV-5, DEV-7 Assignee: group(value: "Developers")', dev(5)),
        ("Followers: Петров", dev(1)),
        ('"Comment Author": 77123@', dev(1)),
        ('"Queue Owner": me() Queue: OPS Key: OPS-1', ["OPS-1"]),
        ('"Component Owner": me()', dev(1)),
        ('"Favorited by": me()', dev(1)),
        ("Related: Петров Key: DEV-1, DEV-2, DEV-5", dev(1, 5)),
        ('"Story Points": 3', dev(1, 30)),
        ('"Story Points": 2..4', dev(1, 20, 30, 40)),
        ('"Story Points": 2 ... 4', dev(1, 20, 30, 40)),
        ('"Story Points": <2', dev(10)),
        ("Votes: >1", dev(1)),
        ('"Original Estimate": "1w 20m"', dev(1)),
        ('"Time Spent": >7d', dev(1)),
        ('"Time Spent": >"1w 2d 3h"', []),
        ("Tags: Frontend, t20", dev(1, 20)),
        ('Sprint: "sprint 2"', dev(1)),
        ("Sprint: 10 Key: DEV-1, DEV-2, DEV-10", dev(1, 10)),
        ('"Sprint In Progress By Board": 1', dev(1)),
        ('"Sprints By Board": 1 Key: DEV-1, DEV-2, DEV-10', dev(1, 10)),
        ("Components: backend", dev(1)),
        ('"Fix Version": 1.2.0', dev(1)),
        ('Project: "Проект «Север»"', dev(1)),
        ("Epic: DEV-3", dev(1)),
        ('"Is Subtask For": DEV-2', dev(1)),
        ('"Is Epic Of": DEV-1', dev(3)),
        ('"Is Parent Task For": DEV-1', dev(2)),
        ('"Parent Tasks For Queue": DEV', dev(2)),
        ('"Depends On": OPS-1', dev(1)),
        ('"Depend On Queue": OPS', dev(1)),
        ('"Linked to": DEV-2', dev(1)),
        ('"Old Queue": OPS', dev(2)),
        ("DEV.team: red Key: DEV-1, DEV-2, DEV-3", dev(1, 3)),
        ("DEV.Team: Blue Key: DEV-1, DEV-2, DEV-3", dev(2)),
        ('DEV."Команда": Blue Key: DEV-1, DEV-2', dev(2)),
        ('DEV."Risk score": 5..7', dev(1)),
        ("Filter: 41 Key: DEV-1, DEV-2, DEV-4", dev(1, 2)),
        ('Filter: "мои ОТКРЫТЫЕ" Key: DEV-1, DEV-2, DEV-4', dev(1, 2)),
        ("Filter: 42 Key: DEV-1, DEV-3", dev(3)),
    ],
)
def test_conditions(find: Find, query: str, keys: list[str]):
    """A query finds exactly the issues that its conditions describe, for every kind of parameter and operator."""
    assert find(query) == keys


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("Created: 2026-03-02", range(1, 15)),
        ("Created: 02.03.2026", range(1, 15)),
        ("Created: 02-03-2026", range(1, 15)),
        ("Created: 03/02/2026", range(1, 15)),
        ('Created: "2026-03-02 10:00:00"', range(1, 2)),
        ('Created: >= "2026-03-02 10:00:00" Created: < "2026-03-02 12:00:00"', range(1, 3)),
        ('Created: "2026-03-02 10:00" .. "2026-03-02 12:00"', range(1, 4)),
        ("Created: 2026-03-03 .. 2026-03-04", range(15, 63)),
        ("Created: <= 2026-03-02", range(1, 15)),
        ("Created: < 2026-03-03", range(1, 15)),
        ("Created: > 2026-03-06", range(111, 121)),
        ("Created: today()", range(63, 87)),
        ("Created: today() - 1d", range(39, 63)),
        ("Created: >= today()-1d Created: <= today()", range(39, 87)),
        ("Created: > now() - 2h Created: < now()", range(74, 76)),
        ('Created: > now()-"1h 30m" Created: < now()', range(75, 76)),
        ("Created: week()", range(1, 121)),
        ("Created: < week()", range(0)),
        ("Created: month() Created: quarter() Created: year()", range(1, 121)),
        ("Created: < month()", range(0)),
        ("Deadline: 2026-05-01", range(1, 2)),
        ("Deadline: > 2026-04-30", range(1, 2)),
        ("Deadline: > 2026-05-01", range(0)),
        ("Deadline: <= today() + 57d", range(1, 2)),
        ("Deadline: <= today() + 56d", range(0)),
    ],
)
def test_dates_are_periods(find: Find, query: str, numbers: range):
    """A date stands for its whole period: `>` begins after its end, and `<=` includes it."""
    assert find(f"Queue: DEV {query}") == dev(*numbers)


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("Status: changed()", dev(1)),
        ("Status: changed(to: Open)", dev(1)),
        ('Status: changed(from: "In progress" to: Open by: "Пётр Петров")', dev(1)),
        ("Status: changed(from: Open to: Closed)", []),
        ("Status: changed(by: me())", []),
        ("Status: changed(to: inProgress date: today())", dev(1)),
        ("Status: changed(date: >today())", dev(1)),
        ("Status: changed(to: inProgress date: >today())", []),
        ("Status: changed(date: 2026-03-01..2026-03-05)", dev(1)),
        ("Sprint: changed(to: 11)", dev(1)),
        ("Sprint: changed(to: 10)", []),
        ("Sprint: changed(from: 10)", []),
        ("Tags: changed(from: empty())", dev(1)),
        ("Assignee: changed()", []),
        ("Key: DEV-1, DEV-2 Status: !changed()", dev(2)),
    ],
)
def test_changed_searches_the_changelog(find: Find, query: str, keys: list[str]):
    """`changed()` finds changes by their values, author and date; of lists only the items removed and added count."""
    assert find(query) == keys


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("магазины", dev(1)),
        ('"вход магазина"', dev(1)),
        ("мага", []),
        ("Summary: починить", dev(1)),
        ("Description: failing", dev(1)),
        ("Description: ails", []),
        ('Summary: #"починить вход в МАГАЗИН"', dev(1)),
        ('Summary: #"Починить || магазин"', dev(1)),
        ('Summary: #"Починить"', []),
        ('Key: DEV-1, DEV-2 Summary: ~"Задача 2"', dev(1)),
        ('Key: DEV-1, DEV-2 Summary: !"вход"', dev(2)),
        ('Description: "\\"quotes\\""', dev(1)),
        ('Description: #"Login fails with \\"quotes\\" and a back\\\\slash"', dev(1)),
        ("Комментарий", dev(1)),
        ("Comment: комментарии", dev(1)),
        ("History: магазин", dev(1)),
    ],
)
def test_texts_are_searched_for_words(find: Find, query: str, keys: list[str]):
    """Texts are searched for words in any form, not for fragments; `#` and `~` compare the whole text."""
    assert find(query) == keys


def test_results_are_sorted(find: Find):
    """A query may sort by several parameters, each in its direction; issues without a value always come last."""
    assert find('Key: DEV-10, DEV-2, DEV-1 "Sort By": Key') == dev(1, 2, 10)
    assert find('Key: DEV-10, DEV-2, DEV-1 "Sort By": "Story Points" DESC') == dev(1, 10, 2)
    assert find('Key: DEV-10, DEV-2, DEV-1 "Sort By": "Story Points"') == dev(10, 1, 2)
    assert find('Key: DEV-3, DEV-4, DEV-6, DEV-8 "Sort By": Type ASC, Created DESC') == dev(6, 3, 8, 4)


@pytest.mark.parametrize(
    ("query", "position", "name"),
    [
        ("Queue: DEV Statsu: open", 12, "Statsu"),
        ("createdAt: today()", 1, "createdAt"),
        ("Queue: NOPE", 8, "NOPE"),
        ("Queue: SEC", 8, "SEC"),
        ("SEC.team: x", 1, "SEC.team"),
        ("Status: opened", 9, "opened"),
        ("Status: open, Opne", 15, "Opne"),
        ("Type: nothing", 7, "nothing"),
        ("Sprint: 99", 9, "99"),
        ("Assignee: nobody@", 11, "nobody@"),
        ("DEV.team: Green", 11, "Green"),
        ("Filter: 99", 9, "99"),
        ("Created: 2026-13-01", 10, "2026-13-01"),
        ("Created: soon()", 10, "soon()"),
        ("Created: empty(value: x)", 10, "empty()"),
        ('Created: today() - "1y"', 20, "1y"),
        ('"Story Points": many', 17, "many"),
        ("Status: >open", 9, ">"),
        ("Description: ~text", 14, "~"),
        ("Assignee: unresolved()", 11, "unresolved()"),
        ('"Favorited by": 77123@', 17, "77123@"),
        ("Comment: changed()", 10, "changed()"),
        ("Status: changed(at: today())", 9, "changed()"),
        ('"Sort By": Comment', 12, "Comment"),
        ('"Sort By": Statsu', 12, "Statsu"),
    ],
)
def test_an_invalid_query_is_refused_with_the_position(find: Find, query: str, position: int, name: str):
    """The error for an unknown name, value, function or operator has its name and position, in both languages."""
    with pytest.raises(QueryError) as caught:
        find(query)
    assert caught.value.position == position
    assert f'"{name}"' in caught.value.ru
    assert f'"{name}"' in caught.value.en


def test_saved_filters_that_name_each_other_are_refused(context: Context):
    """A saved filter that leads back to itself is an error, not an endless recursion."""
    context.world.filters[42].query = "Filter: 42"
    with pytest.raises(QueryError):
        compile_query(context, "Filter: 42")


def test_now_is_the_current_minute(context: Context):
    """`now()` stands for the whole current minute."""
    issue = context.world.issues["OPS-1"]
    issue.values["updatedAt"] = NOW + timedelta(seconds=30)
    test, _ = compile_query(context, "Updated: now()")
    assert test(issue)
