"""The settings of a queue: access, workflow, triggers, macros, autoactions; the last three are the same everywhere."""

from collections.abc import Callable

from tracker_magic.demo.api.lookup import find_queue, first_or_404
from tracker_magic.demo.model import Queue
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.records.renderer import Json
from tracker_magic.demo.service import ApiRequest, HandlerResult, Route, Service

RIGHTS = ("create", "write", "read", "grant")

List = Callable[[AdminRenderer, Queue], list[Json]]


def get_access(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """Who may do what in a queue: everything for its lead and its team."""
    queue, renderer = find_queue(service, request, name), AdminRenderer(service.world, request)
    people = [renderer.user(uid) for uid in dict.fromkeys((queue.lead, *queue.team))]
    rights = {right: {"users": people, "groups": [], "roles": []} for right in RIGHTS}
    return {"self": f"{renderer.base}{request.path[3:]}", "version": 1, **rights}


def list_workflows(service: Service, request: ApiRequest) -> HandlerResult:
    """The workflow of every queue that the caller may see."""
    renderer = AdminRenderer(service.world, request)
    return [_workflow(renderer, queue) for queue in service.world.queues.values() if not queue.hidden]


def list_queue_workflows(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """The issue types of a queue by the id of their workflow."""
    record = AdminRenderer(service.world, request).queue_record(find_queue(service, request, name), ("workflows",))
    return {str(workflow): types for workflow, types in record["workflows"].items()}


def get_workflow(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One workflow, whose id is the key of its queue."""
    return _workflow(AdminRenderer(service.world, request), find_queue(service, request, name))


def _workflow(renderer: AdminRenderer, queue: Queue) -> Json:
    steps = [
        {
            "status": renderer.status(status),
            "actions": [
                {"id": action, "name": renderer.text(ru, en), "target": renderer.status(target)}
                for action, ru, en, target in transitions
            ],
        }
        for status, transitions in queue.workflow.items()
    ]
    return {**renderer.reference("workflows", queue.key, queue.key), "name": queue.key, "version": 1, "steps": steps}


def _triggers(renderer: AdminRenderer, queue: Queue) -> list[Json]:
    return [
        {
            **_setting(renderer, queue, "triggers", "Наблюдать", "Watch"),
            "order": "0.0001",
            "actions": [{"type": "Update", "id": 1, "update": [_tag_change(renderer)]}],
            "conditions": [{"type": "Or", "conditions": [{"type": "Event.create"}]}],
            "version": 1,
            "active": False,
        }
    ]


def _macros(renderer: AdminRenderer, queue: Queue) -> list[Json]:
    body = renderer.text("Берём в работу.", "We are on it.")
    setting = _setting(renderer, queue, "macros", "Ответить", "Reply")
    return [{**setting, "body": body, "issueUpdate": [_tag_change(renderer)]}]


def _autoactions(renderer: AdminRenderer, queue: Queue) -> list[Json]:
    return [
        {
            **_setting(renderer, queue, "autoactions", "Напомнить", "Remind"),
            "version": 1,
            "active": False,
            "query": f"Queue: {queue.key} Resolution: empty()",
            "actions": [{"type": "Update", "id": 1, "update": [_tag_change(renderer)]}],
            "enableNotifications": False,
            "totalIssuesProcessed": 0,
            "intervalMillis": 3_600_000,
        }
    ]


def _setting(renderer: AdminRenderer, queue: Queue, path: str, ru: str, en: str) -> Json:
    """The beginning of a setting; every list of settings has one member, with the id 1."""
    address = f"{renderer.base}/queues/{queue.key}/{path}/1"
    return {"id": 1, "self": address, "queue": renderer.queue(queue.key), "name": renderer.text(ru, en)}


def _tag_change(renderer: AdminRenderer) -> Json:
    return {"field": renderer.field(renderer.world.fields["tags"]), "update": {"add": ["demo"]}}


def _routes(path: str, list_of: List) -> list[Route]:
    """The routes of a list of settings, and of its members."""

    def whole_list(service: Service, request: ApiRequest, name: str) -> HandlerResult:
        return list_of(AdminRenderer(service.world, request), find_queue(service, request, name))

    def member(service: Service, request: ApiRequest, name: str, member_id: str) -> HandlerResult:
        records = list_of(AdminRenderer(service.world, request), find_queue(service, request, name))
        return first_or_404(request, (record for record in records if str(record["id"]) == member_id))

    return [
        Route(("GET",), f"/queues/<name>/{path}", whole_list, api=True),
        Route(("GET",), f"/queues/<name>/{path}/<member_id>", member, api=True),
    ]


ROUTES = [
    Route(("GET",), "/queues/<name>/access", get_access, api=True),
    Route(("GET",), "/queues/<name>/permissions", get_access, api=True),
    Route(("GET",), "/workflows", list_workflows, api=True),
    Route(("GET",), "/workflows/<name>", get_workflow, api=True),
    Route(("GET",), "/queues/<name>/workflows", list_queue_workflows, api=True),
    *_routes("triggers", _triggers),
    *_routes("macros", _macros),
    *_routes("autoactions", _autoactions),
]
