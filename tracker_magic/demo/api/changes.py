"""The few writes that a client's tests want: editing an issue, moving it along its workflow, commenting."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson
from werkzeug import Response

from tracker_magic.demo.api.lookup import issue_of, only
from tracker_magic.demo.model import Entry, FieldDef, Issue, World
from tracker_magic.demo.parts import Change, Comment, Event
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.refusal import ApiError
from tracker_magic.demo.service import JSON, Answer, ApiRequest, Route, Service

PLAIN = {"string": str, "text": str, "integer": int, "float": int | float}
_ids = count(1)


def edit(service: Service, ask: ApiRequest, key: str) -> Answer:
    """`PATCH /issues/{key}?version=N`: plain fields, users, types, priorities; the issue comes back. No status."""
    found = issue_of(service, ask, key)
    _check_version(ask, found)
    body = _object(ask)
    changes = [_change(service.world, ask, found, name, value) for name, value in body.items()]
    _record(found, ask.caller, "IssueUpdated", [change for change in changes if change.old != change.new])
    return IssueRenderer(service.world, ask).issue_record(found)


def execute(service: Service, ask: ApiRequest, key: str, step: str) -> Answer:
    """`POST …/transitions/{id}/_execute`: the issue moves; the transitions that are open afterwards come back."""
    found, renderer = issue_of(service, ask, key), IssueRenderer(service.world, ask)
    _check_version(ask, found)
    status = found.values.get("status", "")
    steps = service.world.queues[found.key.rpartition("-")[0]].workflow.get(status, ())
    *_, target = only(ask, (one for one in steps if one[0] == step))
    changes = [Change("status", status, target)]
    changes += [_change(service.world, ask, found, n, value) for n, value in _object(ask).items() if n != "comment"]
    _record(found, ask.caller, "IssueWorkflow", changes)
    return renderer.transitions(found)


def add_comment(service: Service, ask: ApiRequest, key: str) -> Answer:
    """`POST …/comments`: 201 with the comment."""
    found, text = issue_of(service, ask, key), _object(ask).get("text")
    if not isinstance(text, str) or not text:
        raise ApiError(422, fields={"text": ask.text("не может быть пустым", "cannot be empty")})
    number = max((one.id for issue in service.world.issues.values() for one in issue.comments), default=0) + 1
    comment = Comment(number, _now(), ask.caller, text)
    found.comments.append(comment)
    found.events.append(Event(_event_id(), comment.at, ask.caller, "IssueCommentAdded", comments_added=(number,)))
    found.values["lastCommentUpdatedAt"] = comment.at
    return Response(orjson.dumps(IssueRenderer(service.world, ask).comment(found, comment)), 201, content_type=JSON)


def _object(ask: ApiRequest) -> Mapping[str, Any]:
    body = ask.data_json or {}
    if not isinstance(body, Mapping):
        raise ApiError(400, ask.text("Тело запроса должно быть объектом.", "The request body must be an object."))
    return body


def _check_version(ask: ApiRequest, issue: Issue) -> None:
    """A stale `?version=` is a conflict, a stale `If-Match` a failed precondition."""
    asked, matched = ask.args.get("version"), ask.headers.get("If-Match", "").strip('"')
    text = ask.text("Версия объекта изменилась.", "The object was changed: version does not match.")
    if asked and asked != str(issue.version):
        raise ApiError(409, text)
    if matched and matched != str(issue.version):
        raise ApiError(412, text)


def _change(world: World, ask: ApiRequest, issue: Issue, name: str, value: Any) -> Change:
    definition = world.fields.get(name) or world.local_fields.get(name)
    if definition is None or definition.readonly:
        raise ApiError(422, fields={name: ask.text("поле нельзя изменить", "the field cannot be changed")})
    return Change(name, issue.values.get(name), None if value in (None, []) else _native(world, ask, definition, value))


def _native(world: World, ask: ApiRequest, definition: FieldDef, value: Any) -> Any:
    if definition.many:
        members = value if isinstance(value, list) else [value]
        return [_one(world, ask, definition, member) for member in members]
    return _one(world, ask, definition, value)


def _one(world: World, ask: ApiRequest, definition: FieldDef, value: Any) -> Any:
    """A native value out of a key, an id, a login, an object that holds one, or a plain value."""
    kind = PLAIN.get(definition.type)
    if kind is not None:
        if isinstance(value, kind):
            return value
    else:
        if isinstance(value, Mapping):
            value = next((value[n] for n in ("key", "id", "uid", "login", "set") if n in value), None)
        for name, thing in _dictionary(world, definition.type).items():
            if str(value) in {name, getattr(thing, "id", name), getattr(thing, "login", name)}:
                return name
    raise ApiError(422, fields={definition.id: ask.text("недопустимое значение", "bad value")})


def _dictionary(world: World, kind: str) -> Mapping[str, Any]:
    known: dict[str, Mapping[str, Entry] | Mapping[str, Any]] = {
        "user": world.users,
        "priority": world.priorities,
        "issuetype": world.types,
        "resolution": world.resolutions,
        "component": world.components,
        "version": world.versions,
        "sprint": world.sprints,
    }
    return known.get(kind, {})


def _record(issue: Issue, by: str, kind: str, changes: list[Change]) -> None:
    if not changes:
        return
    at = _now()
    for change in changes:
        if change.new is None:
            issue.values.pop(change.field, None)
        else:
            issue.values[change.field] = change.new
    if kind == "IssueWorkflow":
        changes.append(Change("statusStartTime", issue.values.get("statusStartTime"), at))
        issue.values |= {"statusStartTime": at, "previousStatus": changes[0].old}
    issue.values |= {"updatedAt": at, "updatedBy": by}
    issue.version += 1
    issue.events.append(Event(_event_id(), at, by, kind, tuple(changes)))


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _event_id() -> str:
    return f"{int(_now().timestamp()):08x}c0ffee00{next(_ids):08x}"


ROUTES = [
    Route(("PATCH",), "/issues/<key>", edit, api=True),
    Route(("POST",), "/issues/<key>/transitions/<step>/_execute", execute, api=True),
    Route(("POST",), "/issues/<key>/comments", add_comment, api=True),
]
