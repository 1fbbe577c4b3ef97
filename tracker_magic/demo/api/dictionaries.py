"""Statuses, types, priorities, resolutions, link types, fields, components, versions, filters, applications."""

from collections.abc import Callable, Mapping

from tracker_magic.demo.api.lookup import by_id, find_entry, find_queue, first_or_404
from tracker_magic.demo.model import Entry, World
from tracker_magic.demo.records.admin import CUSTOM_CATEGORY, SYSTEM_CATEGORY, AdminRenderer
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.service import ApiRequest, HandlerResult, Route, Service

DICTIONARIES: dict[str, Callable[[World], Mapping[str, Entry]]] = {
    "statuses": lambda world: world.statuses,
    "issuetypes": lambda world: world.types,
    "priorities": lambda world: world.priorities,
    "resolutions": lambda world: world.resolutions,
}


def list_entries(service: Service, request: ApiRequest, path: str) -> HandlerResult:
    """A whole dictionary."""
    renderer = AdminRenderer(service.world, request)
    return [renderer.entry_record(path, entry) for entry in DICTIONARIES[path](service.world).values()]


def get_entry(service: Service, request: ApiRequest, path: str, name: str) -> HandlerResult:
    """One entry, by id or key."""
    entry = find_entry(request, DICTIONARIES[path](service.world), name)
    return AdminRenderer(service.world, request).entry_record(path, entry)


def list_link_types(service: Service, request: ApiRequest) -> HandlerResult:
    """All link types."""
    renderer = IssueRenderer(service.world, request)
    return [renderer.link_type(name) for name in service.world.link_types]


def get_link_type(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One link type."""
    by_id(request, service.world.link_types, name)
    return IssueRenderer(service.world, request).link_type(name)


def list_fields(service: Service, request: ApiRequest) -> HandlerResult:
    """All global fields, without local ones."""
    renderer = AdminRenderer(service.world, request)
    return [renderer.field_record(definition) for definition in service.world.fields.values()]


def get_field(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One global field."""
    return AdminRenderer(service.world, request).field_record(by_id(request, service.world.fields, name))


def list_categories(service: Service, request: ApiRequest) -> HandlerResult:
    """All categories of fields."""
    renderer = AdminRenderer(service.world, request)
    return [_category(renderer, name) for name in (SYSTEM_CATEGORY, CUSTOM_CATEGORY)]


def get_category(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One category of fields."""
    known = first_or_404(request, (known for known in (SYSTEM_CATEGORY, CUSTOM_CATEGORY) if known == name))
    return _category(AdminRenderer(service.world, request), known)


def _category(renderer: AdminRenderer, name: str) -> dict[str, object]:
    reference = renderer.category(name)
    return {"self": reference["self"], "id": name, "version": 1, "name": reference["display"]}


def get_local_field(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One local field, by its full id."""
    field = by_id(request, service.world.local_fields, name)
    find_queue(service, request, field.queue or "")
    return AdminRenderer(service.world, request).field_record(field)


def list_components(service: Service, request: ApiRequest) -> HandlerResult:
    """The components of every queue that the caller may see."""
    renderer = AdminRenderer(service.world, request)
    components = service.world.components.values()
    return [renderer.component_record(component) for component in components if component.queue not in renderer.hidden]


def get_component(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One component."""
    component = by_id(request, service.world.components, name)
    find_queue(service, request, component.queue)
    return AdminRenderer(service.world, request).component_record(component)


def get_version(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One version."""
    version = by_id(request, service.world.versions, name)
    find_queue(service, request, version.queue)
    return AdminRenderer(service.world, request).version_record(version)


def get_filter(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One saved filter."""
    filters = service.world.filters.values()
    saved_filter = first_or_404(request, (saved for saved in filters if str(saved.id) == name))
    return AdminRenderer(service.world, request).filter_record(saved_filter)


def list_applications(_: Service, request: ApiRequest) -> HandlerResult:
    """The applications of external links."""
    return [_application(request)]


def get_application(_: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One application."""
    return first_or_404(request, (known for known in [_application(request)] if known["id"] == name))


def _application(request: ApiRequest) -> dict[str, object]:
    name = "my-application"
    return {"self": f"{request.base}/applications/{name}", "id": name, "type": name, "name": "Application name"}


ROUTES = [
    Route(("GET",), f"/<any({','.join(DICTIONARIES)}):path>", list_entries, api=True),
    Route(("GET",), f"/<any({','.join(DICTIONARIES)}):path>/<name>", get_entry, api=True),
    Route(("GET",), "/linktypes", list_link_types, api=True),
    Route(("GET",), "/linktypes/<name>", get_link_type, api=True),
    Route(("GET",), "/fields", list_fields, api=True),
    Route(("GET",), "/fields/<name>", get_field, api=True),
    Route(("GET",), "/fields/categories", list_categories, api=True),
    Route(("GET",), "/fields/categories/<name>", get_category, api=True),
    Route(("GET",), "/localFields/<name>", get_local_field, api=True),
    Route(("GET",), "/components", list_components, api=True),
    Route(("GET",), "/components/<name>", get_component, api=True),
    Route(("GET",), "/versions/<name>", get_version, api=True),
    Route(("GET",), "/filters/<name>", get_filter, api=True),
    Route(("GET",), "/applications", list_applications, api=True),
    Route(("GET",), "/applications/<name>", get_application, api=True),
]
