"""The worklog of one issue, and everybody's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tracker_magic.demo.api.lookup import find_issue, first_or_404
from tracker_magic.demo.api.paging import DEFAULT_PAGE_SIZE, number, numbered_page
from tracker_magic.demo.issue_lists import Work
from tracker_magic.demo.model import Issue
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.records.renderer import Json
from tracker_magic.demo.service import ApiError, ApiRequest, HandlerResult, Route, Service, with_rows

MAX_ISSUE_WORKLOG = 500
MAX_WORKLOG = 10_000
RANGES = ("createdAt", "start")
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """A record with its issue; `number` is the id that the service gives it."""

    issue: Issue
    work: Work
    number: int


def list_worklog(service: Service, request: ApiRequest, key: str) -> HandlerResult:
    """Worklog records of one issue by ascending id, at most 500 a page; no links: `id` continues."""
    rows = _rows_of(service, find_issue(service, request, key))
    page_size = number(request, "perPage", MAX_ISSUE_WORKLOG, MAX_ISSUE_WORKLOG)
    return _records(service, request, _after_id(request, rows, page_size))


def get_work(service: Service, request: ApiRequest, key: str, number: int) -> HandlerResult:
    """One worklog record of an issue."""
    row = first_or_404(
        request, (row for row in _rows_of(service, find_issue(service, request, key)) if row.number == number)
    )
    return _records(service, request, [row])[0]


def list_all_worklog(service: Service, request: ApiRequest) -> HandlerResult:
    """`GET /worklog?createdBy=&createdAt=from:…&createdAt=to:…`; selects as `search_worklog` does."""
    ranges = {name: dict(part.partition(":")[::2] for part in request.args.getlist(name)) for name in RANGES}
    return _page(service, request, _select(service, request, request.args.get("createdBy"), ranges))


def search_worklog(service: Service, request: ApiRequest) -> HandlerResult:
    """`POST /worklog/_search`: `createdBy`, and ranges `{from, to}` of `createdAt` and `start`; all are optional."""
    body = request.data_json or {}
    ranges = {name: body.get(name) or {} for name in RANGES}
    if wrong := [name for name, bounds in ranges.items() if not isinstance(bounds, dict)]:
        raise ApiError(400, fields={wrong[0]: request.text("нужны from и to", "from and to are needed")})
    return _page(service, request, _select(service, request, body.get("createdBy"), ranges))


def _rows_of(service: Service, issue: Issue) -> list[Row]:
    """The records of an issue by ascending id, which is unique in the organisation or only in the issue."""
    works = sorted(issue.worklog, key=lambda work: work.id)
    if service.behaviour.worklog_ids == "global":
        return [Row(issue, work, work.id) for work in works]
    ids = service.work_ids.setdefault(issue.id, {})
    return [Row(issue, work, ids.setdefault(work.id, len(ids) + 1)) for work in works]


def _select(
    service: Service, request: ApiRequest, created_by: str | None, ranges: Mapping[str, Mapping[str, Any]]
) -> list[Row]:
    """The records of all issues that the caller may see, in the order of their creation."""
    uids = _uids_of(service, created_by) if created_by else None
    (created_from, created_to), (started_from, started_to) = (_bounds(request, name, ranges[name]) for name in RANGES)
    renderer = IssueRenderer(service.world, request)

    def is_selected(work: Work) -> bool:
        is_in_time = created_from <= work.created_at <= created_to and started_from <= work.start <= started_to
        return is_in_time and (uids is None or work.by in uids)

    visible = [issue for issue in service.world.issues.values() if issue.worklog and renderer.sees(issue)]
    rows = [row for issue in visible for row in _rows_of(service, issue) if is_selected(row.work)]
    return sorted(rows, key=lambda row: row.work.id)


def _uids_of(service: Service, person: str) -> set[str]:
    return {user.uid for user in service.world.users.values() if person in {user.uid, user.login}}


def _bounds(request: ApiRequest, name: str, bounds: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Both bounds of a range of times, each of which is included."""
    since = _parse_time(request, name, bounds.get("from"), _EARLIEST)
    return since, _parse_time(request, name, bounds.get("to"), _LATEST)


def _parse_time(request: ApiRequest, name: str, text: Any, default: datetime) -> datetime:
    if text is None:
        return default
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        message = request.text(f"непонятная дата {text}", f"not a date: {text}")
        raise ApiError(400, fields={name: message}) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _page(service: Service, request: ApiRequest, rows: Sequence[Row]) -> HandlerResult:
    """A page by number, with totals and links, or after an id, with neither; nothing beyond the window."""
    behaviour = service.behaviour
    page_size = number(request, "perPage", DEFAULT_PAGE_SIZE, MAX_WORKLOG)
    if behaviour.worklog_paging == "page":
        _check_window(service, request, number(request, "page", 1) * page_size)
        page, response = numbered_page(request, rows, page_size=page_size, scheme=behaviour.link_scheme)
        return with_rows(response, _records(service, request, page))
    rows = sorted(rows, key=lambda row: row.number)
    _check_window(service, request, _rows_before(request, rows) + page_size)
    return _records(service, request, _after_id(request, rows, page_size))


def _check_window(service: Service, request: ApiRequest, end: int) -> None:
    window = service.behaviour.worklog_window
    if window is not None and end > window:
        ru = f"Запрос превышает ограничение в {window} элементов"
        raise ApiError(400, request.text(ru, f"Request exceeds {window} items limit"))


def _rows_before(request: ApiRequest, rows: Sequence[Row]) -> int:
    """How many rows have an id up to that of the request."""
    cursor = "" if request.has_fault("repeat") else request.args.get("id", "")
    if cursor and not cursor.isdigit():
        raise ApiError(400, request.text(f"Недопустимый id: {cursor}.", f"Bad id: {cursor}."))
    return sum(row.number <= int(cursor or -1) for row in rows)


def _after_id(request: ApiRequest, rows: Sequence[Row], page_size: int) -> list[Row]:
    """The rows with an id above that of the request; rows are in the order of their ids."""
    before = _rows_before(request, rows)
    page = list(rows[before : before + page_size])
    # `empty_page` does not apply: a page without rows is the end of the list.
    return [*rows[max(0, before - 1) :][:1], *page] if request.has_fault("duplicate") else page


def _records(service: Service, request: ApiRequest, rows: Sequence[Row]) -> list[Json]:
    renderer = IssueRenderer(service.world, request)
    return [renderer.work(row.issue, row.work, row.number) for row in rows]


ROUTES = [
    Route(("GET",), "/issues/<key>/worklog", list_worklog, api=True),
    Route(("GET",), "/issues/<key>/worklog/<int:number>", get_work, api=True),
    Route(("GET",), "/worklog", list_all_worklog, api=True),
    Route(("POST",), "/worklog/_search", search_worklog, api=True),
]
