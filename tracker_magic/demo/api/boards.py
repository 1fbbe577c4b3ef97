"""Boards, columns, sprints."""

from tracker_magic.demo.api.lookup import first_or_404
from tracker_magic.demo.api.paging import DEFAULT_PAGE_SIZE, number
from tracker_magic.demo.model import Board
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.service import ApiError, ApiRequest, HandlerResult, Route, Service

MAX_BOARDS_PER_PAGE = 500


def _visible_boards(service: Service) -> list[Board]:
    world = service.world
    return [
        board
        for board in world.boards.values()
        if board.queue not in world.queues or not world.queues[board.queue].hidden
    ]


def _find_board(service: Service, request: ApiRequest, name: str) -> Board:
    return first_or_404(request, (board for board in _visible_boards(service) if board.id == name))


def list_boards(service: Service, request: ApiRequest) -> HandlerResult:
    """All boards."""
    renderer = AdminRenderer(service.world, request)
    return [renderer.board_record(board) for board in _visible_boards(service)]


def list_boards_after_id(service: Service, request: ApiRequest) -> HandlerResult:
    """Boards with an id above `id`, ascending."""
    renderer, last_id = AdminRenderer(service.world, request), request.args.get("id", type=int) or 0
    boards = sorted(_visible_boards(service), key=lambda board: int(board.id))
    following = [board for board in boards if int(board.id) > last_id]
    page_size = number(request, "perPage", DEFAULT_PAGE_SIZE, MAX_BOARDS_PER_PAGE)
    return [renderer.board_record(board) for board in following[:page_size]]


def get_board(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One board."""
    return AdminRenderer(service.world, request).board_record(_find_board(service, request, name))


def list_columns(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """A board's columns."""
    return AdminRenderer(service.world, request).columns(_find_board(service, request, name))


def get_column(service: Service, request: ApiRequest, name: str, column_id: int) -> HandlerResult:
    """One column of a board."""
    columns = AdminRenderer(service.world, request).columns(_find_board(service, request, name))
    return first_or_404(request, (column for column in columns if column["id"] == column_id))


def list_all_sprints(service: Service, request: ApiRequest) -> HandlerResult:
    """The sprints of every board that the caller may see."""
    renderer, visible = AdminRenderer(service.world, request), {board.id for board in _visible_boards(service)}
    return [renderer.sprint_record(sprint) for sprint in service.world.sprints.values() if sprint.board in visible]


def list_sprints(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """The sprints of a board; 400 if boards of its type have none."""
    board = _find_board(service, request, name)
    if not board.has_sprints:
        ru, en = "Доска этого типа не может иметь спринты.", "A board of this type cannot have sprints."
        raise ApiError(400, request.text(ru, en))
    renderer = AdminRenderer(service.world, request)
    return [renderer.sprint_record(sprint) for sprint in service.world.sprints.values() if sprint.board == board.id]


def get_sprint(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One sprint."""
    sprint = first_or_404(request, (sprint for sprint in service.world.sprints.values() if sprint.id == name))
    return AdminRenderer(service.world, request).sprint_record(sprint)


ROUTES = [
    Route(("GET",), "/boards", list_boards, api=True),
    Route(("GET",), "/boards/_paginate", list_boards_after_id, api=True),
    Route(("GET",), "/boards/<name>", get_board, api=True),
    Route(("GET",), "/boards/<name>/columns", list_columns, api=True),
    Route(("GET",), "/boards/<name>/columns/<int:column_id>", get_column, api=True),
    Route(("GET",), "/boards/<name>/sprints", list_sprints, api=True),
    Route(("GET",), "/sprints", list_all_sprints, api=True),
    Route(("GET",), "/sprints/<name>", get_sprint, api=True),
]
