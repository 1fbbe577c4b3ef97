"""The few changes that tests of a client need: editing an issue, executing a transition, adding a comment."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson
from werkzeug import Response

from tracker_magic.demo.api.field_values import parse_value
from tracker_magic.demo.api.lookup import find_issue, first_or_404
from tracker_magic.demo.issue_lists import Change, Comment, Event
from tracker_magic.demo.model import Issue, World
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.records.renderer import queue_of
from tracker_magic.demo.service import JSON, ApiError, ApiRequest, HandlerResult, Route, Service

_event_numbers = count(1)


def edit_issue(service: Service, request: ApiRequest, key: str) -> HandlerResult:
    """`PATCH /issues/{key}?version=N`: changes fields (not the status) and returns the issue."""
    issue = find_issue(service, request, key)
    _check_version(request, issue)
    changes = [_change(service.world, request, issue, name, value) for name, value in _json_object(request).items()]
    _apply(issue, request.caller, "IssueUpdated", [change for change in changes if change.old != change.new])
    return IssueRenderer(service.world, request).issue_record(issue)


def execute_transition(service: Service, request: ApiRequest, key: str, transition_id: str) -> HandlerResult:
    """`POST …/transitions/{id}/_execute`: moves the issue and returns the transitions from its new status."""
    issue, renderer = find_issue(service, request, key), IssueRenderer(service.world, request)
    _check_version(request, issue)
    status = issue.values.get("status", "")
    transitions = service.world.queues[queue_of(issue)].workflow.get(status, ())
    *_, target = first_or_404(request, (transition for transition in transitions if transition[0] == transition_id))
    changes = [Change("status", status, target)]
    for name, value in _json_object(request).items():
        if name != "comment":
            changes.append(_change(service.world, request, issue, name, value))
    _apply(issue, request.caller, "IssueWorkflow", changes)
    return renderer.transitions(issue)


def add_comment(service: Service, request: ApiRequest, key: str) -> HandlerResult:
    """`POST …/comments`: 201 with the comment."""
    issue, text = find_issue(service, request, key), _json_object(request).get("text")
    if not isinstance(text, str) or not text:
        raise ApiError(422, fields={"text": request.text("не может быть пустым", "cannot be empty")})
    comments = (comment.id for other in service.world.issues.values() for comment in other.comments)
    comment = Comment(max(comments, default=0) + 1, _now(), request.caller, text)
    issue.comments.append(comment)
    issue.events.append(
        Event(_event_id(), comment.at, request.caller, "IssueCommentAdded", comments_added=(comment.id,))
    )
    issue.values |= {"lastCommentUpdatedAt": comment.at, "updatedAt": comment.at}
    record = IssueRenderer(service.world, request).comment(issue, comment)
    return Response(orjson.dumps(record), 201, content_type=JSON)


def _json_object(request: ApiRequest) -> Mapping[str, Any]:
    body = request.data_json or {}
    if not isinstance(body, Mapping):
        raise ApiError(400, request.text("Тело запроса должно быть объектом.", "The request body must be an object."))
    return body


def _check_version(request: ApiRequest, issue: Issue) -> None:
    """Refuse a stale `?version=` with 409 and a stale `If-Match` with 412."""
    version, if_match = request.args.get("version"), request.headers.get("If-Match", "").strip('"')
    text = request.text("Версия объекта изменилась.", "The object was changed: version does not match.")
    if version and version != str(issue.version):
        raise ApiError(409, text)
    if if_match and if_match != str(issue.version):
        raise ApiError(412, text)


def _change(world: World, request: ApiRequest, issue: Issue, name: str, value: Any) -> Change:
    definition = world.fields.get(name) or world.local_fields.get(name)
    if definition is None or definition.readonly:
        raise ApiError(422, fields={name: request.text("поле нельзя изменить", "the field cannot be changed")})
    old = issue.values.get(name)
    try:
        new = parse_value(world, definition, old, value)
    except ValueError:
        raise ApiError(422, fields={name: request.text("недопустимое значение", "bad value")}) from None
    return Change(name, old, None if new == [] else new)


def _apply(issue: Issue, by: str, event_type: str, changes: list[Change]) -> None:
    if not changes:
        return
    at = _now()
    for change in changes:
        if change.new is None:
            issue.values.pop(change.field, None)
        else:
            issue.values[change.field] = change.new
    if event_type == "IssueWorkflow":
        changes.insert(1, Change("statusStartTime", issue.values.get("statusStartTime"), at))
        issue.values |= {"statusStartTime": at, "previousStatus": changes[0].old}
    issue.values |= {"updatedAt": at, "updatedBy": by}
    issue.version += 1
    issue.events.append(Event(_event_id(), at, by, event_type, tuple(changes)))


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _event_id() -> str:
    return f"{int(_now().timestamp()):08x}c0ffee00{next(_event_numbers):08x}"


ROUTES = [
    Route(("PATCH",), "/issues/<key>", edit_issue, api=True),
    Route(("POST",), "/issues/<key>/transitions/<transition_id>/_execute", execute_transition, api=True),
    Route(("POST",), "/issues/<key>/comments", add_comment, api=True),
]
