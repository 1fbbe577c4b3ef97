"""A small hand-made world, and embedded Trackers that serve it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.issue_lists import Attachment, Change, ChecklistItem, Comment, Event, Link, Work
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import (
    Board,
    Component,
    Entity,
    FieldDef,
    Filter,
    Issue,
    Queue,
    Sprint,
    User,
    Version,
    World,
)
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world.schema import add_schema

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
ME, PETR, ROBOT = "1130000000000001", "1130000000000002", "1130000000000003"
TEAM_FIELD = "603fb94c38bbe65800000001--team"
SCORE_FIELD = "603fb94c38bbe65800000002--score"
PROJECT = "655f8ce5d6a3983300000001"
DEV_COUNT = 120
WORKFLOW = {
    "open": (("start", "В работу", "Start", "inProgress"),),
    "inProgress": (("close", "Закрыть", "Close", "closed"),),
    "closed": (("reopen", "Открыть снова", "Reopen", "open"),),
}


def small_world() -> World:
    """DEV with 120 issues, OPS with three, SEC hidden; DEV-1 has something in every field and list."""
    world = World(me=ME)
    add_schema(world)
    world.users = {
        ME: User(ME, "ivanov", "Иван", "Иванов", groups=("1",)),
        PETR: User(PETR, "77123", "Пётр", "Петров", groups=("1", "2")),
        ROBOT: User(ROBOT, "robot-ci", "Robot", "CI", dismissed=True),
    }
    world.groups = {"1": "Все", "2": "Developers"}
    _add_queues(world)
    for number in range(1, DEV_COUNT + 1):
        world.add(_dev_issue(number))
    for number in range(1, 4):
        world.add(_issue(900 + number, f"OPS-{number}", f"Инцидент {number}", T0 + timedelta(days=number)))
    world.add(_issue(950, "SEC-1", "Секрет", T0))
    _fill_first_issues(world)
    return world


def _add_queues(world: World) -> None:
    for number, (key, name) in enumerate({"DEV": "Разработка", "OPS": "Ops team", "SEC": "Тайны"}.items(), 1):
        world.queues[key] = Queue(str(number), key, name, ME, ("task", "bug"), WORKFLOW, hidden=key == "SEC")
    columns = (("1", "Открыт", ("open",)), ("2", "Остальное", ("inProgress", "closed")))
    world.boards["1"] = Board("1", "Доска", "DEV", columns, ME, T0)
    world.boards["2"] = Board("2", "Kanban", "OPS", columns, ME, T0, has_sprints=False)
    days = date(2026, 3, 2), date(2026, 3, 15)
    world.sprints["10"] = Sprint("10", "Sprint 1", "1", "released", *days, T0, T0 + timedelta(days=14), ME, T0)
    world.sprints["11"] = Sprint("11", "Sprint 2", "1", "in_progress", *days, T0, None, ME, T0)
    world.components["5"] = Component("5", "Backend", "DEV", ME, "Сервер")
    world.versions["7"] = Version("7", "1.2.0", "DEV", date(2026, 3, 1), date(2026, 4, 1))
    world.local_fields = {
        TEAM_FIELD: FieldDef(TEAM_FIELD, "team", "Команда", "Team", "string", options=("Red", "Blue"), queue="DEV"),
        SCORE_FIELD: FieldDef(SCORE_FIELD, "score", "Оценка риска", "Risk score", "integer", queue="DEV"),
    }
    fields = {"summary": "Проект «Север»", "entityStatus": "in_progress", "lead": ME, "tags": ["big"], "start": days[0]}
    world.entities[PROJECT] = Entity(PROJECT, 8, "project", ME, T0, T0, fields)
    world.filters[41] = Filter(41, "Мои открытые", ME, filter={"assignee": "me()", "status": "open"})
    world.filters[42] = Filter(42, "Баги", PETR, query="Type: bug")


def _issue(number: int, key: str, summary: str, at: datetime, **values: Any) -> Issue:
    native = {
        "summary": summary,
        "queue": key.partition("-")[0],
        "type": "task",
        "priority": "normal",
        "status": "open",
        "createdBy": ME,
        "createdAt": at,
        "updatedBy": ME,
        "updatedAt": at,
        "statusStartTime": at,
        **values,
    }
    issue = Issue(f"5f2ad1314033c536{number:08x}", key, native)
    issue.events.append(
        Event(f"6033f98600000000{number:08x}", at, ME, "IssueCreated", (Change("status", None, "open"),))
    )
    return issue


def _dev_issue(number: int) -> Issue:
    """Every third is a bug, every fourth closed, every fifth assigned to Petr, other even ones to me."""
    at = T0 + timedelta(hours=number)
    values: dict[str, Any] = {TEAM_FIELD: "Red" if number % 2 else "Blue"}
    if number % 3 == 0:
        values["type"] = "bug"
    if number % 4 == 0:
        values |= {"status": "closed", "resolution": "fixed", "resolvedAt": at + timedelta(days=2)}
    if number % 5 == 0:
        values["assignee"] = PETR
    elif number % 2 == 0:
        values["assignee"] = ME
    if number % 10 == 0:
        values |= {"storyPoints": number / 10, "tags": ["backend", f"t{number}"], "sprint": ["10"]}
    return _issue(number, f"DEV-{number}", f"Задача {number}", at, **values)


def _fill_first_issues(world: World) -> None:
    """Fill every field and list of DEV-1; DEV-2 was moved from OPS-77."""
    first, second, other = world.issues["DEV-1"], world.issues["DEV-2"], world.issues["OPS-1"]
    first.values |= {
        "summary": "Починить вход в магазин",
        "description": 'Login fails with "quotes" and a back\\slash',
        "assignee": ME,
        "followers": [ME, PETR],
        "sprint": ["10", "11"],
        "components": ["5"],
        "fixVersions": ["7"],
        "project": PROJECT,
        "parent": second.id,
        "epic": world.issues["DEV-3"].id,
        "deadline": date(2026, 5, 1),
        "storyPoints": 3.0,
        "originalEstimation": 40 * 3600 + 20 * 60,
        "spent": 59 * 3600,
        SCORE_FIELD: 7,
        "votes": 2,
        "tags": ["frontend"],
    }
    first.favorite_of = {ME}
    first.version = 5
    for number in range(1, 61):
        at = T0 + timedelta(minutes=number)
        first.comments.append(Comment(number, at, PETR, f"Комментарий {number}"))
        first.events.append(
            Event(f"6033f987{number:016x}", at, PETR, "IssueCommentAdded", comments_added=(number,), transport="front")
        )
    moves = (("open", "inProgress", 3), ("inProgress", "open", 5))
    for number, (old, new, days) in enumerate(moves, 1):
        changes = (Change("status", old, new), Change("statusStartTime", T0, T0 + timedelta(days=days)))
        first.events.append(Event(f"6033f988{number:016x}", T0 + timedelta(days=days), PETR, "IssueWorkflow", changes))
    changes = (Change("sprint", ["10"], ["10", "11"]), Change("tags", None, ["frontend"]))
    first.events.append(Event(f"6033f989{1:016x}", T0 + timedelta(days=6), ME, "IssueUpdated", changes))
    for number, hours in ((1, 4), (2, 56)):
        at = T0 + timedelta(days=number)
        first.worklog.append(Work(number, ME, at, hours * 3600, at, at, comment="работа" if number == 1 else ""))
    first.links = [
        Link(4700001, "subtask", "inward", second.id, ME, T0),
        Link(4700002, "depends", "inward", other.id, ME, T0),
    ]
    first.links.append(Link(4700003, "relates", "outward", world.issues["SEC-1"].id, ME, T0))
    first.attachments.append(Attachment("123001", "заметка.txt", "text/plain", "привет".encode(), ME, T0))
    done = ChecklistItem("5fde5f0a1aee261d00000001", "Тест", checked=True, assignee=PETR, deadline=date(2026, 3, 9))
    first.checklist = [done, ChecklistItem("5fde5f0a1aee261d00000002", "Выпуск")]
    second.aliases.append("OPS-77")
    world.add(second)


@pytest.fixture
def world() -> World:
    """The small world."""
    return small_world()


@pytest.fixture
def serve() -> Iterator[Callable[..., Demo]]:
    """A function that starts embedded Trackers, which end with the test."""
    with ExitStack() as stack:

        def start(world: World | None = None, behaviour: Behaviour | None = None, **options: Any) -> Demo:
            world = world or small_world()
            return stack.enter_context(Demo(world, Access(world), behaviour=behaviour, **options))

        yield start


@pytest.fixture
def demo(serve: Callable[..., Demo]) -> Demo:
    """An embedded Tracker with the small world and no limits."""
    return serve()


class ApiClient:
    """Sends requests to one embedded Tracker with the token of its main user."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Authorization": f"OAuth {demo.access.token}", "X-Org-ID": demo.access.org_id})

    def __call__(self, path: str, body: Any = None, *, method: str | None = None, **options: Any) -> requests.Response:
        """Send a GET, or a POST if there is a body; the path is below /v3 unless it begins with /v2."""
        address = self.demo.url + (path if path.startswith("/v2") else f"/v3{path}")
        return self.session.request(
            method or ("GET" if body is None else "POST"), address, json=body, timeout=20, **options
        )

    def keys(self, body: Any, path: str = "/issues/_search?perPage=1000") -> list[str]:
        """The keys of the issues that a search finds."""
        response = self(path, body)
        assert response.status_code == 200, response.text
        return [issue["key"] for issue in response.json()]


@pytest.fixture
def api(demo: Demo) -> Iterator[ApiClient]:
    """A client of `demo`."""
    client = ApiClient(demo)
    with client.session:
        yield client


@pytest.fixture
def client_of() -> Iterator[Callable[[Demo], ApiClient]]:
    """A function that makes clients of demos that a test starts itself."""
    with ExitStack() as stack:

        def make(demo: Demo) -> ApiClient:
            client = ApiClient(demo)
            stack.enter_context(client.session)
            return client

        yield make
