"""Boards, columns, sprints."""

from tracker_magic.demo.api.lookup import only
from tracker_magic.demo.api.paging import FIRST_PAGE, number
from tracker_magic.demo.model import Board
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.refusal import ApiError
from tracker_magic.demo.service import Answer, ApiRequest, Route, Service

MOST_BOARDS = 500


def _visible(service: Service) -> list[Board]:
    world = service.world
    return [
        board
        for board in world.boards.values()
        if board.queue not in world.queues or not world.queues[board.queue].hidden
    ]


def _board(service: Service, ask: ApiRequest, name: str) -> Board:
    return only(ask, (board for board in _visible(service) if board.id == name))


def boards(service: Service, ask: ApiRequest) -> Answer:
    """All boards."""
    renderer = AdminRenderer(service.world, ask)
    return [renderer.board_record(board) for board in _visible(service)]


def boards_paginate(service: Service, ask: ApiRequest) -> Answer:
    """Boards after `id`, ascending."""
    renderer, last = AdminRenderer(service.world, ask), ask.args.get("id", type=int) or 0
    rest = sorted((board for board in _visible(service) if int(board.id) > last), key=lambda board: int(board.id))
    return [renderer.board_record(board) for board in rest[: number(ask, "perPage", FIRST_PAGE, MOST_BOARDS)]]


def board(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One board."""
    return AdminRenderer(service.world, ask).board_record(_board(service, ask, name))


def columns(service: Service, ask: ApiRequest, name: str) -> Answer:
    """A board's columns."""
    return AdminRenderer(service.world, ask).columns(_board(service, ask, name))


def sprints(service: Service, ask: ApiRequest, name: str) -> Answer:
    """A board's sprints; 400 where its kind has none."""
    found = _board(service, ask, name)
    if not found.has_sprints:
        ru, en = "Доска этого типа не может иметь спринты.", "A board of this type cannot have sprints."
        raise ApiError(400, ask.text(ru, en))
    renderer = AdminRenderer(service.world, ask)
    return [renderer.sprint_record(sprint) for sprint in service.world.sprints.values() if sprint.board == found.id]


def sprint(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One sprint."""
    found = only(ask, (sprint for sprint in service.world.sprints.values() if sprint.id == name))
    return AdminRenderer(service.world, ask).sprint_record(found)


ROUTES = [
    Route(("GET",), "/boards", boards, api=True),
    Route(("GET",), "/boards/_paginate", boards_paginate, api=True),
    Route(("GET",), "/boards/<name>", board, api=True),
    Route(("GET",), "/boards/<name>/columns", columns, api=True),
    Route(("GET",), "/boards/<name>/sprints", sprints, api=True),
    Route(("GET",), "/sprints/<name>", sprint, api=True),
]
