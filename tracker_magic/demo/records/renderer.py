"""Renders native values as JSON of the API: references, dates and durations, in the caller's language and version."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from tracker_magic.demo.model import Entry, FieldDef, Issue, User, World
from tracker_magic.demo.service import ApiRequest

Json = dict[str, Any]
Converter = Callable[[Any], Any]
MINUTE, HOUR = 60, 3600
DAY, WEEK = 8 * HOUR, 40 * HOUR  # working time

STATUS_TYPES = {
    "new": ("Начальный", "Initial"),
    "inProgress": ("В работе", "In progress"),
    "paused": ("На паузе", "Paused"),
    "done": ("Завершён", "Done"),
    "cancelled": ("Отменён", "Cancelled"),
}


def format_datetime(at: datetime) -> str:
    """Format a point in time, as `2017-06-11T05:16:01.339+0000`."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="milliseconds")[:-6] + "+0000"


def format_date(day: date) -> str:
    """Format a day, as `2017-06-11`."""
    return day.isoformat()[:10]


def format_duration(seconds: int) -> str:
    """Format working time as a normalized ISO 8601 duration; unlike in the standard, weeks combine with other units.

    A week has 5 days and a day 8 hours: `P1WT20M`.
    """
    weeks, rest = divmod(int(seconds), WEEK)
    days, rest = divmod(rest, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    date_part = "".join(f"{count}{unit}" for count, unit in ((weeks, "W"), (days, "D")) if count)
    time_part = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if count)
    return f"P{date_part}T{time_part}" if time_part else f"P{date_part}" if date_part else "PT0S"


class Memo(dict[str, Any]):
    """Results of a function by its argument; each is computed once. A look-up is faster than with `functools.cache`."""

    def __init__(self, function: Callable[[str], Any]) -> None:
        self.function = function

    def __missing__(self, name: str) -> Any:
        result = self[name] = self.function(name)
        return result


class Renderer:
    """Renders values for one request; each reference is rendered once."""

    def __init__(self, world: World, request: ApiRequest) -> None:
        self.world = world
        self.base = request.base
        self.version = request.version
        self.lang = request.lang
        self.caller = request.caller
        self.status_type_form = request.status_type
        self.localized = request.args.get("localized", "true").lower() != "false"
        self._users, self._queues, self._projects = Memo(self._user), Memo(self._queue), Memo(self._project)
        self._references: dict[str, Memo] = {}  # by path
        self._converters_by_type: dict[str, Converter] = {}
        self._converters_by_field = Memo(self._field_converter)

    def text(self, ru: str, en: str) -> Any:
        """Return the text in the caller's language, or both as an object if the caller asked for that."""
        if not self.localized:
            return {"ru": ru, "en": en}
        return en if self.lang == "en" else ru

    # references

    def user(self, uid: str) -> Json:
        """Return the reference to a user."""
        reference: Json = self._users[uid]
        return reference

    def _user(self, uid: str) -> Json:
        user = self.world.users.get(uid) or User(uid, uid, uid, "")
        return {
            "self": f"{self.base}/users/{uid}",
            "id": uid,
            "display": user.display,
            "cloudUid": cloud_uid(uid),
            "passportUid": int(uid) if uid.isdigit() else 0,
        }

    def entry(self, path: str, entries: Mapping[str, Entry], key: str) -> Json:
        """Return the reference to an entry of a dictionary."""
        reference: Json = self._entries(path, entries)[key]
        return reference

    def _entries(self, path: str, entries: Mapping[str, Entry]) -> Memo:
        return self._references.setdefault(path, Memo(lambda key: self._entry(path, entries[key])))

    def _entry(self, path: str, entry: Entry) -> Json:
        display = self.text(entry.ru, entry.en)
        return {"self": f"{self.base}/{path}/{entry.id}", "id": entry.id, "key": entry.key, "display": display}

    def status(self, key: str) -> Json:
        """Return the reference to a status."""
        return self.entry("statuses", self.world.statuses, key)

    def type(self, key: str) -> Json:
        """Return the reference to an issue type."""
        return self.entry("issuetypes", self.world.types, key)

    def priority(self, key: str) -> Json:
        """Return the reference to a priority."""
        return self.entry("priorities", self.world.priorities, key)

    def resolution(self, key: str) -> Json:
        """Return the reference to a resolution."""
        return self.entry("resolutions", self.world.resolutions, key)

    def status_type(self, key: str) -> Json:
        """Return the reference to a type of statuses, which has no address."""
        ru, en = STATUS_TYPES.get(key, (key, key))
        return {"id": key, "key": key, "display": self.text(ru, en)}

    def link_type(self, type_id: str) -> Json:
        """Render a link type with its names as seen from both ends."""
        link_type = self.world.link_types[type_id]
        return {
            "self": f"{self.base}/linktypes/{type_id}",
            "id": type_id,
            "inward": self.text(link_type.inward_ru, link_type.inward_en),
            "outward": self.text(link_type.outward_ru, link_type.outward_en),
        }

    def queue(self, key: str) -> Json:
        """Return the reference to a queue."""
        reference: Json = self._queues[key]
        return reference

    def _queue(self, key: str) -> Json:
        queue = self.world.queues[key]
        return {"self": f"{self.base}/queues/{key}", "id": queue.id, "key": key, "display": queue.name}

    def named(self, path: str, things: Mapping[str, Any], thing_id: str) -> Json:
        """Return the reference to a sprint, board, component or version."""
        reference: Json = self._named(path, things)[thing_id]
        return reference

    def _named(self, path: str, things: Mapping[str, Any]) -> Memo:
        def render(thing_id: str) -> Json:
            return self.reference(path, thing_id, getattr(things.get(thing_id), "name", thing_id))

        return self._references.setdefault(path, Memo(render))

    def reference(self, path: str, thing_id: str, display: Any) -> Json:
        """Return a reference with address, id and display."""
        return {"self": f"{self.base}/{path}/{thing_id}", "id": thing_id, "display": display}

    def issue(self, issue_id: str) -> Json | None:
        """Return the reference to the issue with this id; None if it does not exist or is hidden from the caller."""
        issue = self.world.find(issue_id)
        return self.issue_reference(issue) if issue is not None and self.sees(issue) else None

    def issue_reference(self, issue: Issue) -> Json:
        """Return the reference to this issue."""
        address = f"{self.base}/issues/{issue.key}"
        return {"self": address, "id": issue.id, "key": issue.key, "display": issue.values.get("summary", "")}

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Keys of the queues that are hidden from the caller."""
        return frozenset(queue.key for queue in self.world.queues.values() if queue.hidden)

    def sees(self, issue: Issue) -> bool:
        """Whether the caller may see this issue."""
        return not self.hidden or queue_of(issue) not in self.hidden

    def field(self, definition: FieldDef) -> Json:
        """Return the reference to a field."""
        path = f"queues/{definition.queue}/localFields" if definition.queue else "fields"
        key = definition.key if definition.queue else definition.id
        reference = self.reference(path, key, self.text(definition.ru, definition.en))
        return {**reference, "id": definition.id}

    def project(self, value: Any) -> Json | None:
        """Return the references to projects: `{primary, secondary}` in v3, only the primary one in v2.

        `value` is an id, or a list of ids with that of the primary project first.
        """
        ids = [value] if isinstance(value, str) else list(value)
        references = [self._projects[entity_id] for entity_id in ids]
        if not references:
            return None
        primary: Json = references[0]
        return primary if self.version == "v2" else {"primary": primary, "secondary": references[1:]}

    def _project(self, entity_id: str) -> Json:
        entity = self.world.entities.get(entity_id)
        if entity is None:
            return self.reference("projects", entity_id, entity_id)
        return self.reference("projects", str(entity.short_id), entity.fields.get("summary", entity_id))

    # values

    def value(self, field_id: str, value: Any) -> Any:
        """Render a native value of this field; None stays None."""
        if value is None:
            return None
        convert = self._converters_by_field[field_id]
        return value if convert is None else convert(value)

    def definition(self, field_id: str) -> FieldDef | None:
        """Return the definition of a field, if it has one."""
        return self.world.fields.get(field_id) or self.world.local_fields.get(field_id)

    def _field_converter(self, field_id: str) -> Converter | None:
        definition = self.definition(field_id)
        if definition is None:
            return render_untyped
        return self.project if definition.type == "project" else self.converter(definition.type)

    def converter(self, type_name: str) -> Converter | None:
        """Return the function that renders a value, or a list of values, of this type; None if it is JSON already."""
        convert = self._converters().get(type_name)
        if convert is None:
            return None

        def render(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return [item for item in map(convert, value) if item is not None]
            return convert(value)

        return render

    def _converters(self) -> dict[str, Converter]:
        if not self._converters_by_type:
            world = self.world
            self._converters_by_type = {
                "datetime": format_datetime,
                "date": format_date,
                "timetracking": format_duration,
                "user": self._users.__getitem__,
                "issue": self.issue,
                "queue": self._queues.__getitem__,
                "status": self._entries("statuses", world.statuses).__getitem__,
                "priority": self._entries("priorities", world.priorities).__getitem__,
                "resolution": self._entries("resolutions", world.resolutions).__getitem__,
                "issuetype": self._entries("issuetypes", world.types).__getitem__,
                "statusType": self.status_type,
                "sprint": self._named("sprints", world.sprints).__getitem__,
                "board": self._named("boards", world.boards).__getitem__,
                "component": self._named("components", world.components).__getitem__,
                "version": self._named("versions", world.versions).__getitem__,
                "group": self._group,
            }
        return self._converters_by_type

    def _group(self, group_id: str) -> Json:
        return self.reference("groups", group_id, self.world.groups.get(group_id, group_id))


def render_untyped(value: Any) -> Any:
    """Render a value of a field without definition, by its Python type."""
    if isinstance(value, datetime):
        return format_datetime(value)
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, list | tuple):
        return [render_untyped(item) for item in value]
    return value


def cloud_uid(uid: str) -> str:
    """Return a made-up cloud id, always the same for this uid."""
    number, digits = int(uid) if uid.isdigit() else sum(uid.encode()), "0123456789abcdefghijklmnopqrstuv"
    text = ""
    for _ in range(17):
        number = (number * 6364136223846793005 + 1442695040888963407) % 2**64
        text += digits[number >> 59]
    return f"aje{text}"


def queue_of(issue: Issue) -> str:
    """Return the key of the queue that an issue is in."""
    return issue.key.rpartition("-")[0]
