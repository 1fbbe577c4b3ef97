"""Queues and what belongs to them."""

from collections.abc import Callable

from tracker_magic.demo.api.lookup import only, queue_named
from tracker_magic.demo.api.paging import page
from tracker_magic.demo.model import Queue
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.records.base import queue_of
from tracker_magic.demo.service import Answer, ApiRequest, Route, Service, filled, names

SCREEN_FIELDS = (
    "summary",
    "description",
    "type",
    "priority",
    "assignee",
    "followers",
    "tags",
    "components",
    "deadline",
)

Show = Callable[[Service, AdminRenderer, Queue], Answer]


def queues(service: Service, ask: ApiRequest) -> Answer:
    """Queues that the caller sees, 50 a page."""
    renderer, expand = AdminRenderer(service.world, ask), names(ask, "expand")
    rows, answer = page(ask, [queue for queue in service.world.queues.values() if not queue.hidden])
    return filled(answer, [renderer.queue_record(queue, expand) for queue in rows])


def queue(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One queue, by key or id."""
    return AdminRenderer(service.world, ask).queue_record(queue_named(service, ask, name), names(ask, "expand"))


def local_field(service: Service, ask: ApiRequest, name: str, key: str) -> Answer:
    """One local field of the queue, by its short key."""
    found = queue_named(service, ask, name)
    known = service.world.local_fields.values()
    one = only(ask, (field for field in known if field.queue == found.key and field.key == key))
    return AdminRenderer(service.world, ask).field_record(one)


def _part(show: Show) -> Callable[..., Answer]:
    """A handler that shows some list of the queue whole."""

    def handler(service: Service, ask: ApiRequest, name: str) -> Answer:
        found = queue_named(service, ask, name)
        return show(service, AdminRenderer(service.world, ask), found)

    return handler


def _local_fields(service: Service, renderer: AdminRenderer, found: Queue) -> Answer:
    known = service.world.local_fields.values()
    return [renderer.field_record(field) for field in known if field.queue == found.key]


def _fields(service: Service, renderer: AdminRenderer, _: Queue) -> Answer:
    """Fields of the queue's screens, required or not."""
    known = service.world.fields
    return [renderer.field_record(known[name]) for name in SCREEN_FIELDS if name in known]


def _versions(service: Service, renderer: AdminRenderer, found: Queue) -> Answer:
    known = service.world.versions.values()
    return [renderer.version_record(version) for version in known if version.queue == found.key]


def _components(service: Service, renderer: AdminRenderer, found: Queue) -> Answer:
    known = service.world.components.values()
    return [renderer.component_record(component) for component in known if component.queue == found.key]


def _types(service: Service, renderer: AdminRenderer, found: Queue) -> Answer:
    return [renderer.entry_record("issuetypes", service.world.types[key]) for key in found.types]


def _tags(service: Service, _: AdminRenderer, found: Queue) -> Answer:
    issues = (issue for issue in service.world.issues.values() if queue_of(issue) == found.key)
    return sorted({tag for issue in issues for tag in issue.values.get("tags", ())})


def _projects(service: Service, renderer: AdminRenderer, found: Queue) -> Answer:
    known = (entity for entity in service.world.entities.values() if entity.kind == "project")
    return [renderer.project_record(entity) for entity in known if found.key in entity.fields.get("issueQueues", ())]


ROUTES = [
    Route(("GET",), "/queues", queues, api=True),
    Route(("GET",), "/queues/<name>", queue, api=True),
    Route(("GET",), "/queues/<name>/localFields", _part(_local_fields), api=True),
    Route(("GET",), "/queues/<name>/localFields/<key>", local_field, api=True),
    Route(("GET",), "/queues/<name>/fields", _part(_fields), api=True),
    Route(("GET",), "/queues/<name>/versions", _part(_versions), api=True),
    Route(("GET",), "/queues/<name>/components", _part(_components), api=True),
    Route(("GET",), "/queues/<name>/issuetypes", _part(_types), api=True),
    Route(("GET",), "/queues/<name>/tags", _part(_tags), api=True),
    Route(("GET",), "/queues/<name>/projects", _part(_projects), api=True),
]
