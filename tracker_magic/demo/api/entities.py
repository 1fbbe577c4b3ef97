"""Projects, portfolios and goals; projects also in the form of version 2."""

from collections.abc import Mapping
from typing import Any

from tracker_magic.demo.api.lookup import first_or_404
from tracker_magic.demo.api.paging import DEFAULT_PAGE_SIZE, number, numbered_page
from tracker_magic.demo.language.operands import fold
from tracker_magic.demo.model import Entity
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.records.entity import entity_attachments
from tracker_magic.demo.service import ApiError, ApiRequest, HandlerResult, Route, Service, with_rows

KINDS = "<any(project,portfolio,goal):kind>"
OWN_FIELDS = {"createdAt", "updatedAt", "shortId", "id"}


def _of_kind(service: Service, kind: str) -> list[Entity]:
    return [entity for entity in service.world.entities.values() if entity.kind == kind]


def search_entities(service: Service, request: ApiRequest, kind: str) -> HandlerResult:
    """`{hits, pages, values}`, by page number; the records have only the fields that `fields` names."""
    body = request.data_json or {}
    entities = [entity for entity in _of_kind(service, kind) if _matches(entity, body)]
    order = body.get("orderBy")
    if order:
        entities.sort(key=lambda entity: _sort_key(entity, order), reverse=not body.get("orderAsc", True))
    page_size, page_number = number(request, "perPage", DEFAULT_PAGE_SIZE), number(request, "page", 1)
    page = entities[(page_number - 1) * page_size : page_number * page_size]
    renderer, fields = AdminRenderer(service.world, request), request.names("fields")
    rows = [renderer.entity_record(entity, fields) for entity in page]
    result = {"hits": len(entities), "pages": -(-len(entities) // page_size), "values": rows}
    return {**result, "orderBy": order} if order else result


def _matches(entity: Entity, body: Mapping[str, Any]) -> bool:
    text = fold(str(body.get("input") or ""))
    if text not in fold(str(entity.fields.get("summary", ""))):
        return False
    if body.get("rootOnly") and entity.fields.get("parentEntity"):
        return False
    for name, wanted in (body.get("filter") or {}).items():
        if _members(entity.fields.get(name)).isdisjoint(_members(wanted)):
            return False
    return True


def _members(value: Any) -> set[Any]:
    return set(value) if isinstance(value, list | tuple) else {value}


def _sort_key(entity: Entity, order: str) -> tuple[bool, str]:
    if order in OWN_FIELDS:
        own = {"createdAt": entity.created_at, "updatedAt": entity.updated_at, "shortId": f"{entity.short_id:012}"}
        return False, str(own.get(order, entity.id))
    value = entity.fields.get(order)
    return value is None, str(value)


def find_entity(service: Service, request: ApiRequest, kind: str, name: str) -> Entity:
    """The entity with that id or short id."""
    return first_or_404(request, (each for each in _of_kind(service, kind) if name in {each.id, str(each.short_id)}))


def get_entity(service: Service, request: ApiRequest, kind: str, name: str) -> HandlerResult:
    """One entity, by id or short id."""
    entity, renderer = find_entity(service, request, kind, name), AdminRenderer(service.world, request)
    record = renderer.entity_record(entity, request.names("fields"))
    is_expanded = "attachments" in request.names("expand")
    return {**record, "attachments": entity_attachments(renderer, entity)} if is_expanded else record


def list_projects(service: Service, request: ApiRequest) -> HandlerResult:
    """All projects in the form of version 2."""
    renderer, expand = AdminRenderer(service.world, request), request.names("expand")
    return [renderer.project_record(entity, expand) for entity in _of_kind(service, "project")]


def get_project(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One project in the form of version 2, by short id."""
    project = _find_project(service, request, name)
    return AdminRenderer(service.world, request).project_record(project, request.names("expand"))


def list_project_queues(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """The queues of a project that the caller may see, 50 a page."""
    renderer, expand = AdminRenderer(service.world, request), request.names("expand")
    rows, response = numbered_page(request, renderer.queues_of(_find_project(service, request, name)))
    return with_rows(response, [renderer.queue_record(queue, expand) for queue in rows])


def _find_project(service: Service, request: ApiRequest, name: str) -> Entity:
    if not name.isdigit():
        raise ApiError(404, request.text("Проект не существует.", "Project does not exist."))
    return first_or_404(request, (each for each in _of_kind(service, "project") if str(each.short_id) == name))


ROUTES = [
    Route(("POST",), f"/entities/{KINDS}/_search", search_entities, api=True),
    Route(("GET",), f"/entities/{KINDS}/<name>", get_entity, api=True),
    Route(("GET",), "/projects", list_projects, api=True),
    Route(("GET",), "/projects/<name>", get_project, api=True),
    Route(("GET",), "/projects/<name>/queues", list_project_queues, api=True),
]
