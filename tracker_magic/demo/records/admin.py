"""Renders users, dictionaries, fields, queues, boards, sprints, entities and filters as JSON of the API."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from tracker_magic.demo.model import Board, Component, Entity, Entry, FieldDef, Filter, Queue, Sprint, User, Version
from tracker_magic.demo.records.renderer import (
    Json,
    Renderer,
    cloud_uid,
    format_date,
    format_datetime,
    render_untyped,
)
from tracker_magic.demo.world.schema import NO_LICENCE_GROUP

FIRST_LOGIN = datetime(2020, 10, 27, 13, 6, 21, 787000, UTC)
SYSTEM_CATEGORY, CUSTOM_CATEGORY = "000000000000000000000001", "000000000000000000000002"
ENTITY_FIELD_TYPES = {
    "author": "user",
    "lead": "user",
    "teamUsers": "user",
    "clients": "user",
    "followers": "user",
    "start": "date",
    "end": "date",
    "lastCommentUpdatedAt": "datetime",
    "issueQueues": "queue",
}


class AdminRenderer(Renderer):
    """Renders everything but issues for one request."""

    def user_record(self, user: User, expand: Collection[str] = ()) -> Json:
        """Render a user; `expand` may contain `groups`."""
        uid = int(user.uid)
        record: Json = {
            "self": f"{self.base}/users/{uid}",
            "uid": uid,
            "login": user.login,
            "trackerUid": uid,
            "passportUid": uid,
            "cloudUid": cloud_uid(user.uid),
            "firstName": user.first_name,
            "lastName": user.last_name,
            "display": user.display,
            "email": f"{user.login}@example.com",
            "external": False,
            "hasLicense": NO_LICENCE_GROUP not in user.groups,
            "dismissed": user.dismissed,
            "useNewFilters": True,
            "disableNotifications": False,
            "firstLoginDate": format_datetime(FIRST_LOGIN),
            "lastLoginDate": format_datetime(FIRST_LOGIN),
            "welcomeMailSent": True,
            "sources": ["directory"],
        }
        if "groups" in expand:
            record["groups"] = [self._group(group_id) for group_id in user.groups]
        return record

    def entry_record(self, path: str, entry: Entry) -> Json:
        """Render an entry of a dictionary; unlike in references, its id is a number."""
        record: Json = {
            "self": f"{self.base}/{path}/{entry.id}",
            "id": int(entry.id),
            "key": entry.key,
            "version": 1,
            "name": self.text(entry.ru, entry.en),
        }
        if path != "priorities":
            record["description"] = self.text(entry.ru, entry.en)
        if path != "issuetypes":
            record["order"] = entry.order
        if entry.type:
            record["type"] = entry.type
        return record

    def field_record(self, definition: FieldDef) -> Json:
        """Render the definition of a field; only those of single-valued fields say whether they are required."""
        local = definition.queue is not None
        path = f"queues/{definition.queue}/localFields/{definition.key}" if local else f"fields/{definition.id}"
        custom = definition.category != "system"
        schema: Json = {"type": definition.type, "required": definition.required}
        if definition.many:
            schema = {"type": "array", "items": definition.type}
        record: Json = {
            "self": f"{self.base}/{path}",
            "id": definition.id,
            "name": self.text(definition.ru, definition.en),
            "key": definition.key,
            "version": 1,
            "schema": schema,
            "readonly": definition.readonly,
            "options": bool(definition.options),
            "suggest": definition.type == "user",
            "queryProvider": {"type": f"{definition.type[:1].upper()}{definition.type[1:]}OptionalQueryProvider"},
            "order": 1,
            "category": self.category(CUSTOM_CATEGORY if custom else SYSTEM_CATEGORY),
            "type": "local" if local else "custom" if custom else "standard",
        }
        if definition.options:
            values = list(definition.options)
            record["optionsProvider"] = {"type": "FixedListOptionsProvider", "needValidation": True, "values": values}
        if definition.queue is not None:
            record["queue"] = self.queue(definition.queue)
        return record

    def category(self, category_id: str) -> Json:
        """Render a category of fields."""
        ru, en = ("Системные", "System") if category_id == SYSTEM_CATEGORY else ("Дополнительные", "Custom")
        return self.reference("fields/categories", category_id, self.text(ru, en))

    def queue_record(self, queue: Queue, expand: Collection[str] = ()) -> Json:
        """Render a queue; unlike in references, its id is a number."""
        record: Json = {
            "self": f"{self.base}/queues/{queue.key}",
            "id": int(queue.id),
            "key": queue.key,
            "version": 1,
            "name": queue.name,
            "lead": self.user(queue.lead),
            "assignAuto": False,
            "defaultType": self.type(queue.default_type),
            "defaultPriority": self.priority(queue.default_priority),
            "denyVoting": False,
            "denyConductorAutolink": False,
            "denyTrackerAutolink": False,
            "useComponentPermissionsIntersection": False,
            "useLastSignature": False,
            "allowExternals": False,
        }
        if queue.description:
            record["description"] = queue.description
        parts = self._expandable_queue_parts(queue)
        selected = parts if "all" in expand else {_EXPAND_NAMES.get(name, name) for name in expand}
        return record | {name: value for name, value in parts.items() if name in selected}

    def _expandable_queue_parts(self, queue: Queue) -> Json:
        types = [self.type(name) for name in queue.types]
        workflow = {"self": f"{self.base}/workflows/{queue.key}", "id": queue.key, "display": queue.key}
        resolutions = [self.resolution(name) for name in self.world.resolutions]
        world = self.world
        return {
            "teamUsers": [self.user(uid) for uid in queue.team],
            "issueTypes": types,
            "workflows": {queue.key: types},
            "issueTypesConfig": [
                {"issueType": issue_type, "workflow": workflow, "resolutions": resolutions} for issue_type in types
            ],
            "components": [
                self.named("components", world.components, c.id)
                for c in world.components.values()
                if c.queue == queue.key
            ],
            "versions": [
                self.named("versions", world.versions, v.id) for v in world.versions.values() if v.queue == queue.key
            ],
            "projects": [],
        }

    def component_record(self, component: Component) -> Json:
        """Render a component."""
        record: Json = {
            "self": f"{self.base}/components/{component.id}",
            "id": int(component.id),
            "version": 1,
            "name": component.name,
            "queue": self.queue(component.queue),
            "assignAuto": False,
        }
        if component.description:
            record["description"] = component.description
        if component.lead:
            record["lead"] = self.user(component.lead)
        return record

    def version_record(self, version: Version) -> Json:
        """Render a version of a queue."""
        record: Json = {
            "self": f"{self.base}/versions/{version.id}",
            "id": int(version.id),
            "version": 1,
            "queue": self.queue(version.queue),
            "name": version.name,
            "released": version.released,
            "archived": version.archived,
        }
        return record | _days(startDate=version.start, dueDate=version.due)

    def board_record(self, board: Board) -> Json:
        """Render a board."""
        return {
            "self": f"{self.base}/boards/{board.id}",
            "id": int(board.id),
            "version": 1,
            "name": board.name,
            "createdAt": format_datetime(board.created_at),
            "updatedAt": format_datetime(board.created_at),
            "createdBy": self.user(board.created_by),
            "columns": [
                self.reference(f"boards/{board.id}/columns", column_id, name) for column_id, name, _ in board.columns
            ],
            "useRanking": False,
            "calendar": {"id": 6},
        }

    def columns(self, board: Board) -> list[Json]:
        """Render the columns of a board with their statuses."""
        address = f"{self.base}/boards/{board.id}/columns"
        return [
            {
                "self": f"{address}/{column_id}",
                "id": int(column_id),
                "name": name,
                "statuses": [self.status(key) for key in keys],
            }
            for column_id, name, keys in board.columns
        ]

    def sprint_record(self, sprint: Sprint) -> Json:
        """Render a sprint: planned days and actual times."""
        record: Json = {
            "self": f"{self.base}/sprints/{sprint.id}",
            "id": int(sprint.id),
            "version": 1,
            "name": sprint.name,
            "board": self.named("boards", self.world.boards, sprint.board),
            "status": sprint.status,
            "archived": sprint.archived,
            "createdBy": self.user(sprint.created_by),
            "createdAt": format_datetime(sprint.created_at),
        }
        times = {"startDateTime": sprint.started_at, "endDateTime": sprint.ended_at}
        return (
            record
            | _days(startDate=sprint.start, endDate=sprint.end)
            | {name: format_datetime(at) for name, at in times.items() if at}
        )

    def project_record(self, entity: Entity, expand: Collection[str] = ()) -> Json:
        """Render a project as the API of projects did, before there were entities; `expand` may contain `queues`."""
        fields = entity.fields
        record: Json = {
            "self": f"{self.base}/projects/{entity.short_id}",
            "id": str(entity.short_id),
            "version": 1,
            "key": fields.get("summary", ""),
            "name": fields.get("summary", ""),
            "status": fields.get("entityStatus", "draft"),
        }
        if "lead" in fields:
            record["lead"] = self.user(fields["lead"])
        if "description" in fields:
            record["description"] = fields["description"]
        if "queues" in expand:
            record["queues"] = [self.queue(queue.key) for queue in self.queues_of(entity)]
        return record | _days(startDate=fields.get("start"), endDate=fields.get("end"))

    def queues_of(self, project: Entity) -> list[Queue]:
        """Return the queues of a project that the caller may see."""
        keys = project.fields.get("issueQueues") or ()
        return [self.world.queues[key] for key in keys if key in self.world.queues and key not in self.hidden]

    def entity_record(self, entity: Entity, fields: Collection[str] = ()) -> Json:
        """Render a project, portfolio or goal; `fields` are the fields to render, where they are set."""
        record: Json = {
            "self": f"{self.base}/entities/{entity.kind}/{entity.id}",
            "id": entity.id,
            "version": 1,
            "shortId": entity.short_id,
            "entityType": entity.kind,
            "createdBy": self.user(entity.created_by),
            "createdAt": format_datetime(entity.created_at),
            "updatedAt": format_datetime(entity.updated_at),
        }
        rendered = {name: self._entity_value(name, entity.fields.get(name)) for name in fields}
        present = {name: value for name, value in rendered.items() if value is not None}
        return record | ({"fields": present} if fields else {})

    def _entity_value(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name == "parentEntity":
            return self._parent_entities([value] if isinstance(value, str) else list(value))
        convert = self.converter(ENTITY_FIELD_TYPES.get(name, ""))
        return render_untyped(value) if convert is None else convert(value)

    def _parent_entities(self, ids: list[str]) -> Json | None:
        references = [self.entity_reference(entity_id) for entity_id in ids if entity_id in self.world.entities]
        if not references:
            return None
        return references[0] if self.version == "v2" else {"primary": references[0], "secondary": references[1:]}

    def entity_reference(self, entity_id: str) -> Json:
        """Return the reference to an entity."""
        entity = self.world.entities[entity_id]
        return self.reference(f"entities/{entity.kind}", entity_id, entity.fields.get("summary", entity_id))

    def filter_record(self, saved: Filter) -> Json:
        """Render a saved filter: an object or a query."""
        record: Json = {"id": saved.id, "self": f"{self.base}/filters/{saved.id}", "name": saved.name}
        if saved.filter is not None:
            record["filter"] = saved.filter
        if saved.query is not None:
            record["query"] = saved.query
        fields = self.world.fields
        columns = [self.field(fields[name]) for name in ("key", "summary", "status") if name in fields]
        nobody: Json = {"users": [], "groups": [], "roles": []}
        owner = self.user(saved.owner)
        return record | {
            "fields": columns,
            "favorite": False,
            "permissions": {"READ": nobody, "WRITE": {**nobody, "users": [owner]}},
            "owner": owner,
        }


_EXPAND_NAMES = {"team": "teamUsers", "types": "issueTypes"}


def _days(**dates: Any) -> Json:
    return {name: format_date(value) for name, value in dates.items() if value is not None}
