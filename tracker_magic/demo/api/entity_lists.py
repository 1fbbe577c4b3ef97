"""The lists of a project, portfolio or goal: comments, events, links, attachments."""

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import unquote

from werkzeug import Response

from tracker_magic.demo.api.entities import KINDS, find_entity
from tracker_magic.demo.api.lookup import first_or_404
from tracker_magic.demo.api.paging import DEFAULT_PAGE_SIZE, number
from tracker_magic.demo.model import Entity
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.records.entity import entity_attachments, entity_comments, entity_events, entity_links
from tracker_magic.demo.records.renderer import Json
from tracker_magic.demo.service import ApiError, ApiRequest, HandlerResult, Route, Service

List = Callable[[AdminRenderer, Entity], list[Json]]


def _whole_list(list_of: List) -> Callable[..., HandlerResult]:
    """A handler that returns a list of an entity without paging."""

    def handler(service: Service, request: ApiRequest, kind: str, name: str) -> HandlerResult:
        return list_of(AdminRenderer(service.world, request), find_entity(service, request, kind, name))

    return handler


def _member(list_of: List) -> Callable[..., HandlerResult]:
    """A handler that returns one member of a list of an entity, by id."""

    def handler(service: Service, request: ApiRequest, kind: str, name: str, member_id: str) -> HandlerResult:
        records = list_of(AdminRenderer(service.world, request), find_entity(service, request, kind, name))
        return first_or_404(request, (record for record in records if str(record["id"]) == member_id))

    return handler


def _relative(list_of: List, name_of_list: str) -> Callable[..., HandlerResult]:
    """A handler that returns the part of a list beside or around one of its members."""

    def handler(service: Service, request: ApiRequest, kind: str, name: str) -> HandlerResult:
        records = list_of(AdminRenderer(service.world, request), find_entity(service, request, kind, name))
        if request.args.get(f"new{name_of_list.capitalize()}OnTop") == "true":
            records.reverse()
        start, end = _part(request, [str(record["id"]) for record in records])
        return {name_of_list: records[start:end], "hasNext": end < len(records), "hasPrev": start > 0}

    return handler


def _part(request: ApiRequest, ids: Sequence[str]) -> tuple[int, int]:
    """Where a page starts and ends: after (or before) the member `from`, or around the member `selected`."""
    page_size = number(request, "perPage", DEFAULT_PAGE_SIZE)
    after, selected = request.args.get("from"), request.args.get("selected")
    if after and selected:
        raise ApiError(400, request.text("from или selected, но не оба.", "from or selected, but not both."))
    start = 0
    if selected:
        start = max(0, _position(request, ids, selected) - page_size // 2)
    elif after and request.args.get("direction") == "backward":
        end = _position(request, ids, after)
        return max(0, end - page_size), end
    elif after:
        start = _position(request, ids, after) + 1
    return start, min(start + page_size, len(ids))


def _position(request: ApiRequest, ids: Iterable[str], member_id: str) -> int:
    return first_or_404(request, (position for position, known in enumerate(ids) if known == member_id))


def download_attachment(
    service: Service, request: ApiRequest, *, kind: str, name: str, attachment_id: str, file_name: str
) -> HandlerResult:
    """The content of one attachment."""
    entity, wanted = find_entity(service, request, kind, name), (attachment_id, unquote(file_name))
    attachment = first_or_404(request, (each for each in entity.attachments if (each.id, each.name) == wanted))
    return Response(attachment.content, content_type=attachment.mimetype)


_ENTITY = f"/entities/{KINDS}/<name>"
ROUTES = [
    Route(("GET",), f"{_ENTITY}/comments", _whole_list(entity_comments), api=True),
    Route(("GET",), f"{_ENTITY}/comments/_relative", _relative(entity_comments, "comments"), api=True),
    Route(("GET",), f"{_ENTITY}/comments/<member_id>", _member(entity_comments), api=True),
    Route(("GET",), f"{_ENTITY}/events/_relative", _relative(entity_events, "events"), api=True),
    Route(("GET",), f"{_ENTITY}/links", _whole_list(entity_links), api=True),
    Route(("GET",), f"{_ENTITY}/attachments", _whole_list(entity_attachments), api=True),
    Route(("GET",), f"{_ENTITY}/attachments/<member_id>", _member(entity_attachments), api=True),
    Route(("GET",), f"{_ENTITY}/attachments/<attachment_id>/<path:file_name>", download_attachment, api=True),
]
