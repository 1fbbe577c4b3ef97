"""Queues and the lists that belong to a queue."""

from collections.abc import Callable

from tracker_magic.demo.api.lookup import find_queue, first_or_404
from tracker_magic.demo.api.paging import numbered_page
from tracker_magic.demo.model import Queue
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.records.renderer import queue_of
from tracker_magic.demo.service import ApiRequest, HandlerResult, Route, Service, with_rows

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

List = Callable[[Service, AdminRenderer, Queue], HandlerResult]


def list_queues(service: Service, request: ApiRequest) -> HandlerResult:
    """The queues that the caller may see, 50 a page."""
    renderer, expand = AdminRenderer(service.world, request), request.names("expand")
    rows, response = numbered_page(request, [queue for queue in service.world.queues.values() if not queue.hidden])
    return with_rows(response, [renderer.queue_record(queue, expand) for queue in rows])


def get_queue(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One queue, by key or id."""
    queue = find_queue(service, request, name)
    return AdminRenderer(service.world, request).queue_record(queue, request.names("expand"))


def get_local_field(service: Service, request: ApiRequest, name: str, key: str) -> HandlerResult:
    """One local field of the queue, by its short key."""
    queue = find_queue(service, request, name)
    fields = service.world.local_fields.values()
    field = first_or_404(request, (field for field in fields if field.queue == queue.key and field.key == key))
    return AdminRenderer(service.world, request).field_record(field)


def _whole_list(list_of: List) -> Callable[..., HandlerResult]:
    """A handler that returns a list of a queue without paging."""

    def handler(service: Service, request: ApiRequest, name: str) -> HandlerResult:
        queue = find_queue(service, request, name)
        return list_of(service, AdminRenderer(service.world, request), queue)

    return handler


def _local_fields(service: Service, renderer: AdminRenderer, queue: Queue) -> HandlerResult:
    fields = service.world.local_fields.values()
    return [renderer.field_record(field) for field in fields if field.queue == queue.key]


def _fields(service: Service, renderer: AdminRenderer, _: Queue) -> HandlerResult:
    """The fields on the screens of a queue."""
    fields = service.world.fields
    return [renderer.field_record(fields[name]) for name in SCREEN_FIELDS if name in fields]


def _versions(service: Service, renderer: AdminRenderer, queue: Queue) -> HandlerResult:
    versions = service.world.versions.values()
    return [renderer.version_record(version) for version in versions if version.queue == queue.key]


def _components(service: Service, renderer: AdminRenderer, queue: Queue) -> HandlerResult:
    components = service.world.components.values()
    return [renderer.component_record(component) for component in components if component.queue == queue.key]


def _types(service: Service, renderer: AdminRenderer, queue: Queue) -> HandlerResult:
    return [renderer.entry_record("issuetypes", service.world.types[key]) for key in queue.types]


def _tags(service: Service, _: AdminRenderer, queue: Queue) -> HandlerResult:
    issues = (issue for issue in service.world.issues.values() if queue_of(issue) == queue.key)
    return sorted({tag for issue in issues for tag in issue.values.get("tags", ())})


def _projects(service: Service, renderer: AdminRenderer, queue: Queue) -> HandlerResult:
    projects = (entity for entity in service.world.entities.values() if entity.kind == "project")
    return [renderer.project_record(entity) for entity in projects if queue.key in entity.fields.get("issueQueues", ())]


ROUTES = [
    Route(("GET",), "/queues", list_queues, api=True),
    Route(("GET",), "/queues/<name>", get_queue, api=True),
    Route(("GET",), "/queues/<name>/localFields", _whole_list(_local_fields), api=True),
    Route(("GET",), "/queues/<name>/localFields/<key>", get_local_field, api=True),
    Route(("GET",), "/queues/<name>/fields", _whole_list(_fields), api=True),
    Route(("GET",), "/queues/<name>/versions", _whole_list(_versions), api=True),
    Route(("GET",), "/queues/<name>/components", _whole_list(_components), api=True),
    Route(("GET",), "/queues/<name>/issuetypes", _whole_list(_types), api=True),
    Route(("GET",), "/queues/<name>/tags", _whole_list(_tags), api=True),
    Route(("GET",), "/queues/<name>/projects", _whole_list(_projects), api=True),
]
