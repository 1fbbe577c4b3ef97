"""Makes the demo's company without issues: people, queues, boards, sprints, versions, projects, filters."""

from datetime import UTC, datetime, time, timedelta

from tracker_magic.demo.model import Board, Component, Entity, FieldDef, Filter, Queue, Sprint, User, Version, World
from tracker_magic.demo.world.schema import NO_LICENCE_GROUP, add_schema
from tracker_magic.demo.world.vocabulary import TEAMS, people_names
from tracker_magic.demo.world.workflows import WORKFLOWS

FIRST_UID = 1_130_000_000_000_001
YEAR = timedelta(weeks=52)
_SPRINT_LENGTH = timedelta(days=14)
_RELEASE_INTERVAL = timedelta(weeks=6)
_VERSIONS = 10
_ARCHIVED_VERSIONS = 2  # the first ones
_GROUPS = {"1": "Все сотрудники", "2": "Разработка", "3": "Эксплуатация", "4": "Дизайн", "5": "Руководство"}
_DISMISSED = {"lebedev", "gusev"}
_WITHOUT_LICENCE = {"alieva", "nikitin"}

# Name, issue types, positions of the team in the list of people.
_QUEUES = {
    "DEV": (
        "Разработка магазина",
        ("task", "bug", "newFeature", "improvement", "story", "refactoring", "epic"),
        slice(0, 10),
    ),
    "OPS": ("Эксплуатация", ("incident", "serviceRequest", "change", "task"), slice(10, 16)),
    "DESIGN": ("Дизайн", ("layout", "research", "task", "epic"), slice(16, 21)),
    "SEC": ("Безопасность", ("task", "bug"), slice(5, 8)),
}
HIDDEN_QUEUE = "SEC"
_COMPONENTS = {
    "DEV": ("Каталог", "Корзина", "Платежи", "Поиск", "Mobile", "Public API", "Админка"),
    "OPS": ("Сеть", "Базы данных", "Kubernetes", "Мониторинг"),
    "DESIGN": ("Сайт", "Приложение", "Бренд"),
    "SEC": ("Аудит",),
}
_BOARD_COLUMNS = {
    "DEV": (
        ("Очередь", ("open", "selectedForDev", "reopened")),
        ("В работе", ("inProgress", "needInfo", "onHold")),
        ("Ревью", ("inReview",)),
        ("Тест", ("testing", "rc")),
        ("Готово", ("closed", "cancelled")),
    ),
    "OPS": (
        ("Новые", ("new", "triage", "reopened")),
        ("В работе", ("inProgress", "waiting", "monitoring")),
        ("Готово", ("resolved", "closed", "cancelled")),
    ),
    "DESIGN": (
        ("Бэклог", ("backlog",)),
        ("В работе", ("sketch", "inProgress", "onHold")),
        ("Отзывы", ("feedback",)),
        ("Готово", ("approved", "closed", "cancelled")),
    ),
}

# Queue, key, Russian name, English name, type, many-valued, options.
_LOCAL_FIELDS: tuple[tuple[str, str, str, str, str, bool, tuple[str | int, ...]], ...] = (
    ("DEV", "team", "Команда", "Team", "string", False, TEAMS),
    ("DEV", "riskScore", "Оценка риска", "Risk score", "integer", False, ()),
    ("DEV", "coverage", "Покрытие тестами", "Test coverage", "float", False, ()),
    ("DEV", "releaseDate", "Дата релиза", "Release date", "date", False, ()),
    ("DEV", "deployedAt", "Выложено", "Deployed at", "datetime", False, ()),
    ("DEV", "reviewer", "Ревьюер", "Reviewer", "user", False, ()),
    ("DEV", "platforms", "Платформы", "Platforms", "string", True, ("web", "iOS", "Android", "касса")),
    ("OPS", "team", "Смена", "Shift", "string", False, ("Ночная", "Дневная", "Выездная")),
    ("OPS", "severity", "Серьёзность", "Severity", "integer", False, (0, 1, 2, 3)),
    ("OPS", "downtime", "Простой, ч", "Downtime, h", "float", False, ()),
    ("OPS", "startedAt", "Начало инцидента", "Incident start", "datetime", False, ()),
    ("OPS", "onCall", "Дежурный", "On call", "user", False, ()),
    ("DESIGN", "mockup", "Ссылка на макет", "Mock-up link", "string", False, ()),
    ("DESIGN", "surfaces", "Где видно", "Surfaces", "string", True, ("Сайт", "Приложение", "Письма", "Киоск")),
    ("DESIGN", "showAt", "День показа", "Show date", "date", False, ()),
)

# Kind, summary, status, progress in percent, summary of the parent.
_ENTITIES = (
    ("goal", "Доставка за день в 30 городах", "according_to_plan", 70, None),
    ("goal", "Halve checkout failures", "at_risk", 35, None),
    ("portfolio", "Магазин 2.0", "in_progress", 67, None),
    ("portfolio", "Надёжность", "in_progress", 81, None),
    ("project", "Новая корзина", "in_progress", 64, "Магазин 2.0"),
    ("project", "Mobile app", "at_risk", 38, "Магазин 2.0"),
    ("project", "Переезд в облако", "according_to_plan", 81, "Надёжность"),
    ("project", "Единый бренд", "launched", 100, "Магазин 2.0"),
    ("project", "Партнёрский API", "postponed", 12, None),
)


def make_organisation(now: datetime) -> World:
    """Make a company that is a year old and has no issues yet."""
    world = World(me=str(FIRST_UID))
    add_schema(world)
    world.groups = {**_GROUPS, NO_LICENCE_GROUP: "Без лицензии"}
    _add_people(world)
    _add_queues(world)
    _add_versions(world, now)
    _add_boards(world, now)
    _add_local_fields(world)
    _add_entities(world, now)
    _add_filters(world)
    return world


def _add_people(world: World) -> None:
    members = {"2": range(10), "3": range(10, 16), "4": range(16, 21), "5": (0, 10, 16)}
    for number, (login, first, last) in enumerate([*people_names(), ("robot-tracker", "Робот", "Трекера")]):
        groups = ["1", *(name for name, positions in members.items() if number in positions)]
        if login in _WITHOUT_LICENCE:
            groups.append(NO_LICENCE_GROUP)
        uid = str(FIRST_UID + number * 7)
        world.users[uid] = User(uid, login, first, last, login in _DISMISSED, tuple(groups))


def _add_queues(world: World) -> None:
    everybody = list(world.users)
    number = 0
    for order, (key, (name, types, positions)) in enumerate(_QUEUES.items(), 1):
        team = tuple(everybody[positions])
        workflow = WORKFLOWS[key].transitions()
        hidden = key == HIDDEN_QUEUE
        world.queues[key] = Queue(str(order), key, name, team[0], types, workflow, types[0], team=team, hidden=hidden)
        for component in _COMPONENTS[key]:
            number += 1
            lead = team[number % len(team)] if number % 3 else None
            world.components[str(number)] = Component(str(number), component, key, lead)


def _add_versions(world: World, now: datetime) -> None:
    """Add a release every six weeks; the last ones are yet to come."""
    number = 0
    for queue, prefix in (("DEV", "2."), ("DESIGN", "Brand ")):
        for step in range(_VERSIONS):
            number += 1
            due = (now - YEAR + _RELEASE_INTERVAL * (step + 1)).date()
            start, released = due - _RELEASE_INTERVAL, due < now.date()
            version = Version(
                str(number), f"{prefix}{step}", queue, start, due, released, archived=step < _ARCHIVED_VERSIONS
            )
            world.versions[version.id] = version


def _add_boards(world: World, now: datetime) -> None:
    boards = (
        ("Магазин", "DEV", True),
        ("Дежурство", "OPS", False),
        ("Дизайн", "DESIGN", True),
        ("Релизы", "DEV", False),
    )
    column = 0
    for number, (name, queue, has_sprints) in enumerate(boards, 1):
        columns = []
        for text, statuses in _BOARD_COLUMNS[queue]:
            column += 1
            columns.append((str(column), text, statuses))
        lead = world.queues[queue].lead
        board = Board(str(number), name, queue, tuple(columns), lead, now - YEAR, has_sprints)
        world.boards[board.id] = board
        if has_sprints:
            _add_sprints(world, board, now)


def _add_sprints(world: World, board: Board, now: datetime) -> None:
    """Add sprints of two weeks up to the running one, then a planned one with days and one without."""
    first_day = (now - YEAR).date()
    monday = datetime.combine(first_day - timedelta(days=first_day.weekday()), time(7), UTC)
    number, planned = 1, 2
    while planned:
        start = monday + _SPRINT_LENGTH * (number - 1)
        started, finished = start <= now, start + _SPRINT_LENGTH <= now
        planned -= not started
        status = "archived" if number == 1 else "released" if finished else "in_progress" if started else "draft"
        sprint = Sprint(
            str(int(board.id) * 100 + number),
            f"{board.name} {number}",
            board.id,
            status,
            start=start.date() if planned else None,
            end=(start + _SPRINT_LENGTH - timedelta(days=3)).date() if planned else None,
            started_at=start + timedelta(minutes=12, milliseconds=345) if started else None,
            ended_at=start + _SPRINT_LENGTH if finished else None,
            created_by=board.created_by,
            created_at=min(start - timedelta(days=5), now),
            archived=number == 1,
        )
        world.sprints[sprint.id] = sprint
        number += 1


def _add_local_fields(world: World) -> None:
    for queue, key, ru, en, field_type, many, options in _LOCAL_FIELDS:
        name = f"{0x603FB94C38BBE65800000000 + int(world.queues[queue].id):024x}--{key}"
        world.local_fields[name] = FieldDef(
            name, key, ru, en, field_type, many=many, options=options, queue=queue, category="local"
        )


def _add_entities(world: World, now: datetime) -> None:
    founded, everybody, ids = now - YEAR, list(world.users), {}
    for number, (kind, summary, status, progress, parent) in enumerate(_ENTITIES, 1):
        name = f"655f328da834c763{number:08x}"
        ids[summary] = name
        lead = everybody[number * 2]
        created = founded + timedelta(days=number, hours=number % 8)
        fields = {
            "summary": summary,
            "description": f"{summary}: план, участники и сроки.",
            "author": everybody[0],
            "lead": lead,
            "teamUsers": everybody[number : number + 4],
            "followers": everybody[number : number + 2],
            "start": (founded + timedelta(days=10 * number)).date(),
            "end": (now + timedelta(days=20 * number)).date(),
            "tags": ["2.0", "план"][: number % 3],
            "entityStatus": status,
            "progressPercentage": progress,
        }
        if parent:
            fields["parentEntity"] = [ids[parent]]
        if number % 4 == 0:
            del fields["end"]
        updated = min(now, created + timedelta(days=30))
        world.entities[name] = Entity(name, number, kind, everybody[0], created, updated, fields)


def _add_filters(world: World) -> None:
    world.filters = {
        1: Filter(1, "Мои открытые задачи", world.me, filter={"assignee": "me()", "resolution": "empty()"}),
        2: Filter(2, "DEV in progress", world.me, query='Queue: DEV Status: "In progress" "Sort By": Updated DESC'),
        3: Filter(3, "Инциденты месяца", world.queues["OPS"].lead, query="Queue: OPS Type: incident Created: month()"),
    }
