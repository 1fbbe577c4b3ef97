"""Projects, portfolios, goals; and projects in their old form."""

from collections.abc import Mapping
from typing import Any

from tracker_magic.demo.api.lookup import only
from tracker_magic.demo.api.paging import FIRST_PAGE, number
from tracker_magic.demo.language.values import fold
from tracker_magic.demo.model import Entity
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.refusal import ApiError
from tracker_magic.demo.service import Answer, ApiRequest, Route, Service, names

KINDS = "<any(project,portfolio,goal):kind>"
ORDERS = {"createdAt", "updatedAt", "shortId", "id"}


def _of_kind(service: Service, kind: str) -> list[Entity]:
    return [entity for entity in service.world.entities.values() if entity.kind == kind]


def search(service: Service, ask: ApiRequest, kind: str) -> Answer:
    """`{hits, pages, values}`: by page, `fields` only those named."""
    body = ask.data_json or {}
    found = [entity for entity in _of_kind(service, kind) if _fits(entity, body)]
    order = body.get("orderBy")
    if order:
        found.sort(key=lambda entity: _rank(entity, order), reverse=not body.get("orderAsc", True))
    per, here = number(ask, "perPage", FIRST_PAGE), number(ask, "page", 1)
    renderer, fields = AdminRenderer(service.world, ask), names(ask, "fields")
    rows = [renderer.entity_record(entity, fields) for entity in found[(here - 1) * per : here * per]]
    answer = {"hits": len(found), "pages": -(-len(found) // per), "values": rows}
    return {**answer, "orderBy": order} if order else answer


def _fits(entity: Entity, body: Mapping[str, Any]) -> bool:
    words = fold(str(body.get("input") or ""))
    if words not in fold(str(entity.fields.get("summary", ""))):
        return False
    if body.get("rootOnly") and entity.fields.get("parentEntity"):
        return False
    for name, wanted in (body.get("filter") or {}).items():
        value = entity.fields.get(name)
        have, want = (set(x) if isinstance(x, list | tuple) else {x} for x in (value, wanted))
        if have.isdisjoint(want):
            return False
    return True


def _rank(entity: Entity, order: str) -> tuple[bool, str]:
    if order in ORDERS:
        own = {"createdAt": entity.created_at, "updatedAt": entity.updated_at, "shortId": f"{entity.short_id:012}"}
        return False, str(own.get(order, entity.id))
    value = entity.fields.get(order)
    return value is None, str(value)


def entity(service: Service, ask: ApiRequest, kind: str, name: str) -> Answer:
    """One of them, by id or short id."""
    found = only(ask, (one for one in _of_kind(service, kind) if name in {one.id, str(one.short_id)}))
    record = AdminRenderer(service.world, ask).entity_record(found, names(ask, "fields"))
    return {**record, "attachments": []} if "attachments" in names(ask, "expand") else record


def projects(service: Service, ask: ApiRequest) -> Answer:
    """All projects in the old form."""
    renderer = AdminRenderer(service.world, ask)
    return [renderer.project_record(entity) for entity in _of_kind(service, "project")]


def project(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One project in the old form, by short id."""
    if not name.isdigit():
        raise ApiError(404, ask.text("Проект не существует.", "Project does not exist."))
    found = only(ask, (one for one in _of_kind(service, "project") if str(one.short_id) == name))
    return AdminRenderer(service.world, ask).project_record(found)


ROUTES = [
    Route(("POST",), f"/entities/{KINDS}/_search", search, api=True),
    Route(("GET",), f"/entities/{KINDS}/<name>", entity, api=True),
    Route(("GET",), "/projects", projects, api=True),
    Route(("GET",), "/projects/<name>", project, api=True),
]
