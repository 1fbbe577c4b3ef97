"""Users, dictionaries, fields, queues, boards, sprints, entities and filters, as their own addresses show them."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from tracker_magic.demo.model import Board, Component, Entity, Entry, FieldDef, Filter, Queue, Sprint, User, Version
from tracker_magic.demo.records.base import Json, Renderer, cloud_uid, day, guessed, moment
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
    """Renders everything but issues."""

    def user_record(self, person: User, expand: Collection[str] = ()) -> Json:
        """A person; `groups` where asked for."""
        uid = int(person.uid)
        record: Json = {
            "self": f"{self.base}/users/{uid}",
            "uid": uid,
            "login": person.login,
            "trackerUid": uid,
            "passportUid": uid,
            "cloudUid": cloud_uid(person.uid),
            "firstName": person.first_name,
            "lastName": person.last_name,
            "display": person.display,
            "email": f"{person.login}@example.com",
            "external": False,
            "hasLicense": NO_LICENCE_GROUP not in person.groups,
            "dismissed": person.dismissed,
            "useNewFilters": True,
            "disableNotifications": False,
            "firstLoginDate": moment(FIRST_LOGIN),
            "lastLoginDate": moment(FIRST_LOGIN),
            "welcomeMailSent": True,
            "sources": ["directory"],
        }
        if "groups" in expand:
            names = self.world.groups
            record["groups"] = [self.plain("groups", name, names.get(name, name)) for name in person.groups]
        return record

    def entry_record(self, path: str, entry: Entry) -> Json:
        """A member of a dictionary; its id is a number here."""
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
        """A field; only a single-valued one tells whether it is required."""
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

    def category(self, name: str) -> Json:
        """A group of fields."""
        ru, en = ("Системные", "System") if name == SYSTEM_CATEGORY else ("Дополнительные", "Custom")
        return self.plain("fields/categories", name, self.text(ru, en))

    def queue_record(self, queue: Queue, expand: Collection[str] = ()) -> Json:
        """A queue; its id is a number here."""
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
        parts = self._queue_parts(queue)
        wanted = parts if "all" in expand else {_PARTS_OF.get(name, name) for name in expand}
        return record | {name: value for name, value in parts.items() if name in wanted}

    def _queue_parts(self, queue: Queue) -> Json:
        types = [self.type(name) for name in queue.types]
        workflow = {"self": f"{self.base}/workflows/{queue.key}", "id": queue.key, "display": queue.key}
        resolutions = [self.resolution(name) for name in self.world.resolutions]
        world = self.world
        return {
            "teamUsers": [self.user(uid) for uid in queue.team],
            "issueTypes": types,
            "workflows": {queue.key: types},
            "issueTypesConfig": [
                {"issueType": kind, "workflow": workflow, "resolutions": resolutions} for kind in types
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
        """A component."""
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
        """A version of a queue."""
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
        """A board."""
        return {
            "self": f"{self.base}/boards/{board.id}",
            "id": int(board.id),
            "version": 1,
            "name": board.name,
            "createdAt": moment(board.created_at),
            "updatedAt": moment(board.created_at),
            "createdBy": self.user(board.created_by),
            "columns": [self.plain(f"boards/{board.id}/columns", name, text) for name, text, _ in board.columns],
            "useRanking": False,
            "calendar": {"id": 6},
        }

    def columns(self, board: Board) -> list[Json]:
        """Its columns with their statuses."""
        address = f"{self.base}/boards/{board.id}/columns"
        return [
            {"self": f"{address}/{name}", "id": int(name), "name": text, "statuses": [self.status(key) for key in keys]}
            for name, text, keys in board.columns
        ]

    def sprint_record(self, sprint: Sprint) -> Json:
        """A sprint: planned days and actual moments."""
        record: Json = {
            "self": f"{self.base}/sprints/{sprint.id}",
            "id": int(sprint.id),
            "version": 1,
            "name": sprint.name,
            "board": self.named("boards", self.world.boards, sprint.board),
            "status": sprint.status,
            "archived": sprint.archived,
            "createdBy": self.user(sprint.created_by),
            "createdAt": moment(sprint.created_at),
        }
        moments = {"startDateTime": sprint.started_at, "endDateTime": sprint.ended_at}
        return (
            record
            | _days(startDate=sprint.start, endDate=sprint.end)
            | {name: moment(at) for name, at in moments.items() if at}
        )

    def project_record(self, entity: Entity) -> Json:
        """A project in its old form."""
        given = entity.fields
        record: Json = {
            "self": f"{self.base}/projects/{entity.short_id}",
            "id": str(entity.short_id),
            "version": 1,
            "key": given.get("summary", ""),
            "name": given.get("summary", ""),
            "status": given.get("entityStatus", "draft"),
        }
        if "lead" in given:
            record["lead"] = self.user(given["lead"])
        if "description" in given:
            record["description"] = given["description"]
        return record | _days(startDate=given.get("start"), endDate=given.get("end"))

    def entity_record(self, entity: Entity, fields: Collection[str] = ()) -> Json:
        """A project, portfolio or goal; below `fields` only what was asked for and is set."""
        record: Json = {
            "self": f"{self.base}/entities/{entity.kind}/{entity.id}",
            "id": entity.id,
            "version": 1,
            "shortId": entity.short_id,
            "entityType": entity.kind,
            "createdBy": self.user(entity.created_by),
            "createdAt": moment(entity.created_at),
            "updatedAt": moment(entity.updated_at),
        }
        shown = {name: self._entity_value(name, entity.fields.get(name)) for name in fields}
        kept = {name: value for name, value in shown.items() if value is not None}
        return record | ({"fields": kept} if fields else {})

    def _entity_value(self, name: str, value: Any) -> Any:
        if value is None or name != "parentEntity":
            convert = self.converter(ENTITY_FIELD_TYPES.get(name, ""))
            return guessed(value) if convert is None or value is None else convert(value)
        ids = [value] if isinstance(value, str) else list(value)
        made = [self._entity_reference(one) for one in ids if one in self.world.entities]
        if not made:
            return None
        return made[0] if self.version == "v2" else {"primary": made[0], "secondary": made[1:]}

    def _entity_reference(self, name: str) -> Json:
        entity = self.world.entities[name]
        return self.plain(f"entities/{entity.kind}", name, entity.fields.get("summary", name))

    def filter_record(self, saved: Filter) -> Json:
        """A saved filter: an object or a query."""
        record: Json = {"id": saved.id, "self": f"{self.base}/filters/{saved.id}", "name": saved.name}
        if saved.filter is not None:
            record["filter"] = saved.filter
        if saved.query is not None:
            record["query"] = saved.query
        columns = [self.field(self.world.fields[n]) for n in ("key", "summary", "status") if n in self.world.fields]
        nobody: Json = {"users": [], "groups": [], "roles": []}
        owner = self.user(saved.owner)
        return record | {
            "fields": columns,
            "favorite": False,
            "permissions": {"READ": nobody, "WRITE": {**nobody, "users": [owner]}},
            "owner": owner,
        }


_PARTS_OF = {"team": "teamUsers", "types": "issueTypes"}


def _days(**dates: Any) -> Json:
    return {name: day(value) for name, value in dates.items() if value is not None}
