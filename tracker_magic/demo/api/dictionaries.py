"""Statuses, types, priorities, resolutions, link types, fields, components, versions, filters, applications."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from tracker_magic.demo.api.lookup import entry_named, only, queue_named
from tracker_magic.demo.model import Entry, FieldDef, World
from tracker_magic.demo.records.admin import CUSTOM_CATEGORY, SYSTEM_CATEGORY, AdminRenderer
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.service import Answer, ApiRequest, Route, Service

T = TypeVar("T")
DICTIONARIES: dict[str, Callable[[World], Mapping[str, Entry]]] = {
    "statuses": lambda world: world.statuses,
    "issuetypes": lambda world: world.types,
    "priorities": lambda world: world.priorities,
    "resolutions": lambda world: world.resolutions,
}


def entries(service: Service, ask: ApiRequest, path: str) -> Answer:
    """A whole dictionary."""
    renderer = AdminRenderer(service.world, ask)
    return [renderer.entry_record(path, entry) for entry in DICTIONARIES[path](service.world).values()]


def entry(service: Service, ask: ApiRequest, path: str, name: str) -> Answer:
    """One member, by id or key."""
    found = entry_named(ask, DICTIONARIES[path](service.world), name)
    return AdminRenderer(service.world, ask).entry_record(path, found)


def link_types(service: Service, ask: ApiRequest) -> Answer:
    """All kinds of link."""
    renderer = IssueRenderer(service.world, ask)
    return [renderer.link_type(name) for name in service.world.link_types]


def link_type(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One kind of link."""
    found = only(ask, (known for known in service.world.link_types if known == name))
    return IssueRenderer(service.world, ask).link_type(found)


def fields(service: Service, ask: ApiRequest) -> Answer:
    """All global fields, no local ones."""
    renderer = AdminRenderer(service.world, ask)
    return [renderer.field_record(definition) for definition in service.world.fields.values()]


def field(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One global field."""
    return AdminRenderer(service.world, ask).field_record(_one(ask, service.world.fields, name))


def categories(service: Service, ask: ApiRequest) -> Answer:
    """Groups of fields."""
    renderer = AdminRenderer(service.world, ask)
    return [_category(renderer, name) for name in (SYSTEM_CATEGORY, CUSTOM_CATEGORY)]


def category(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One group of fields."""
    found = only(ask, (known for known in (SYSTEM_CATEGORY, CUSTOM_CATEGORY) if known == name))
    return _category(AdminRenderer(service.world, ask), found)


def _category(renderer: AdminRenderer, name: str) -> dict[str, object]:
    reference = renderer.category(name)
    return {"self": reference["self"], "id": name, "version": 1, "name": reference["display"]}


def local_field(service: Service, ask: ApiRequest, name: str) -> Answer:
    """A local field by its full id."""
    found: FieldDef = _one(ask, service.world.local_fields, name)
    queue_named(service, ask, found.queue or "")
    return AdminRenderer(service.world, ask).field_record(found)


def components(service: Service, ask: ApiRequest) -> Answer:
    """Components of every queue the caller sees."""
    renderer = AdminRenderer(service.world, ask)
    known = service.world.components.values()
    return [renderer.component_record(component) for component in known if component.queue not in renderer.hidden]


def component(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One component."""
    found = _one(ask, service.world.components, name)
    queue_named(service, ask, found.queue)
    return AdminRenderer(service.world, ask).component_record(found)


def version(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One version."""
    found = _one(ask, service.world.versions, name)
    queue_named(service, ask, found.queue)
    return AdminRenderer(service.world, ask).version_record(found)


def saved_filter(service: Service, ask: ApiRequest, name: str) -> Answer:
    """A saved filter."""
    found = only(ask, (saved for number, saved in service.world.filters.items() if str(number) == name))
    return AdminRenderer(service.world, ask).filter_record(found)


def applications(_: Service, ask: ApiRequest) -> Answer:
    """Applications that external links may lead to."""
    name = "my-application"
    return [{"self": f"{ask.base}/applications/{name}", "id": name, "type": name, "name": "Application name"}]


def _one(ask: ApiRequest, known: Mapping[str, T], name: str) -> T:
    return only(ask, [known[name]] if name in known else [])


ROUTES = [
    Route(("GET",), f"/<any({','.join(DICTIONARIES)}):path>", entries, api=True),
    Route(("GET",), f"/<any({','.join(DICTIONARIES)}):path>/<name>", entry, api=True),
    Route(("GET",), "/linktypes", link_types, api=True),
    Route(("GET",), "/linktypes/<name>", link_type, api=True),
    Route(("GET",), "/fields", fields, api=True),
    Route(("GET",), "/fields/<name>", field, api=True),
    Route(("GET",), "/fields/categories", categories, api=True),
    Route(("GET",), "/fields/categories/<name>", category, api=True),
    Route(("GET",), "/localFields/<name>", local_field, api=True),
    Route(("GET",), "/components", components, api=True),
    Route(("GET",), "/components/<name>", component, api=True),
    Route(("GET",), "/versions/<name>", version, api=True),
    Route(("GET",), "/filters/<name>", saved_filter, api=True),
    Route(("GET",), "/applications", applications, api=True),
]
