"""Native values → the API's JSON: references, dates, durations, one reader's language and version."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from tracker_magic.demo.model import Entry, FieldDef, Issue, User, World
from tracker_magic.demo.service import ApiRequest

Json = dict[str, Any]
Convert = Callable[[Any], Any]
MINUTE, HOUR = 60, 3600
DAY, WEEK = 8 * HOUR, 40 * HOUR  # the working calendar: a day has 8 hours, a week 5 days

STATUS_TYPES = {
    "new": ("Начальный", "Initial"),
    "inProgress": ("В работе", "In progress"),
    "paused": ("На паузе", "Paused"),
    "done": ("Завершён", "Done"),
    "cancelled": ("Отменён", "Cancelled"),
}


def moment(at: datetime) -> str:
    """`2017-06-11T05:16:01.339+0000`."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="milliseconds")[:-6] + "+0000"


def day(value: date) -> str:
    """`2017-06-11`."""
    return value.isoformat()[:10]


def duration(seconds: int) -> str:
    """Working seconds as ISO 8601 text, normalised: weeks of 5 days, days of 8 hours, both beside hours: `P1WT20M`."""
    weeks, rest = divmod(int(seconds), WEEK)
    days, rest = divmod(rest, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, left = divmod(rest, MINUTE)
    dated = "".join(f"{n}{unit}" for n, unit in ((weeks, "W"), (days, "D")) if n)
    timed = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (left, "S")) if n)
    return f"P{dated}T{timed}" if timed else f"P{dated}" if dated else "PT0S"


class Made(dict[str, Any]):
    """What `make` gives for a name, made once."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        self.make = make

    def __missing__(self, name: str) -> Any:
        made = self[name] = self.make(name)
        return made


class Renderer:
    """Turns values into JSON as one caller reads them; made anew for a request, keeps its references meanwhile."""

    def __init__(self, world: World, ask: ApiRequest) -> None:
        self.world = world
        self.base = ask.base
        self.version = ask.version
        self.lang = ask.lang
        self.caller = ask.caller
        self.localized = ask.args.get("localized", "true").lower() != "false"
        self._users, self._queues, self._projects = Made(self._user), Made(self._queue), Made(self._project)
        self._refs: dict[str, Made] = {}
        self._of_type: dict[str, Convert] = {}
        self._of_field = Made(self._field_converter)

    def text(self, ru: str, en: str) -> Any:
        """A localized text; both languages as an object where the caller asked for that."""
        if not self.localized:
            return {"ru": ru, "en": en}
        return en if self.lang == "en" else ru

    # references

    def user(self, uid: str) -> Json:
        """A user as others refer to him."""
        made: Json = self._users[uid]
        return made

    def _user(self, uid: str) -> Json:
        person = self.world.users.get(uid) or User(uid, uid, uid, "")
        return {
            "self": f"{self.base}/users/{uid}",
            "id": uid,
            "display": person.display,
            "cloudUid": cloud_uid(uid),
            "passportUid": int(uid) if uid.isdigit() else 0,
        }

    def entry(self, path: str, known: Mapping[str, Entry], key: str) -> Json:
        """A member of a dictionary."""
        made: Json = self._entries(path, known)[key]
        return made

    def _entries(self, path: str, known: Mapping[str, Entry]) -> Made:
        return self._refs.setdefault(path, Made(lambda key: self._entry(path, known[key])))

    def _entry(self, path: str, entry: Entry) -> Json:
        display = self.text(entry.ru, entry.en)
        return {"self": f"{self.base}/{path}/{entry.id}", "id": entry.id, "key": entry.key, "display": display}

    def status(self, key: str) -> Json:
        """A status."""
        return self.entry("statuses", self.world.statuses, key)

    def type(self, key: str) -> Json:
        """An issue type."""
        return self.entry("issuetypes", self.world.types, key)

    def priority(self, key: str) -> Json:
        """A priority."""
        return self.entry("priorities", self.world.priorities, key)

    def resolution(self, key: str) -> Json:
        """A resolution."""
        return self.entry("resolutions", self.world.resolutions, key)

    def status_type(self, kind: str) -> Json:
        """The kind of a status; it has no address."""
        ru, en = STATUS_TYPES.get(kind, (kind, kind))
        return {"id": kind, "key": kind, "display": self.text(ru, en)}

    def queue(self, key: str) -> Json:
        """A queue."""
        made: Json = self._queues[key]
        return made

    def _queue(self, key: str) -> Json:
        queue = self.world.queues[key]
        return {"self": f"{self.base}/queues/{key}", "id": queue.id, "key": key, "display": queue.name}

    def named(self, path: str, known: Mapping[str, Any], name: str) -> Json:
        """A sprint, board, component or version."""
        made: Json = self._named(path, known)[name]
        return made

    def _named(self, path: str, known: Mapping[str, Any]) -> Made:
        def make(name: str) -> Json:
            return self.plain(path, name, getattr(known.get(name), "name", name))

        return self._refs.setdefault(path, Made(make))

    def plain(self, path: str, name: str, display: Any) -> Json:
        """A reference of three keys."""
        return {"self": f"{self.base}/{path}/{name}", "id": name, "display": display}

    def issue(self, issue_id: str) -> Json | None:
        """An issue as others refer to it; None where it is not there or may not be seen."""
        other = self.world.find(issue_id)
        return self.issue_ref(other) if other is not None and self.sees(other) else None

    def issue_ref(self, issue: Issue) -> Json:
        """A reference to an issue in hand."""
        address = f"{self.base}/issues/{issue.key}"
        return {"self": address, "id": issue.id, "key": issue.key, "display": issue.values.get("summary", "")}

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Keys of the queues that the caller may not see."""
        return frozenset(queue.key for queue in self.world.queues.values() if queue.hidden)

    def sees(self, issue: Issue) -> bool:
        """Whether the caller may see this issue."""
        return not self.hidden or queue_of(issue) not in self.hidden

    def field(self, definition: FieldDef) -> Json:
        """A field as a changelog refers to it."""
        path = f"queues/{definition.queue}/localFields" if definition.queue else "fields"
        name = definition.key if definition.queue else definition.id
        reference = self.plain(path, name, self.text(definition.ru, definition.en))
        return {**reference, "id": definition.id}

    def project(self, value: Any) -> Json | None:
        """`{primary, secondary}` in v3, the primary one in v2; `value` is an id or a list, the primary first."""
        ids = [value] if isinstance(value, str) else list(value)
        made = [self._projects[name] for name in ids]
        if not made:
            return None
        first: Json = made[0]
        return first if self.version == "v2" else {"primary": first, "secondary": made[1:]}

    def _project(self, name: str) -> Json:
        entity = self.world.entities.get(name)
        number, title = (str(entity.short_id), entity.fields.get("summary", name)) if entity else (name, name)
        return self.plain("projects", number, title)

    # values

    def value(self, name: str, value: Any) -> Any:
        """A native value of that field as JSON; None stays None."""
        if value is None:
            return None
        convert = self._of_field[name]
        return value if convert is None else convert(value)

    def definition(self, name: str) -> FieldDef | None:
        """The field of that id."""
        return self.world.fields.get(name) or self.world.local_fields.get(name)

    def _field_converter(self, name: str) -> Convert | None:
        """What turns the field's natives into JSON; None where they are JSON already."""
        definition = self.definition(name)
        if definition is None:
            return guessed
        return self.project if definition.type == "project" else self.converter(definition.type)

    def converter(self, kind: str) -> Convert | None:
        """What turns natives of a schema type into JSON, one or a list of them; None where they are JSON already."""
        convert = self._converters().get(kind)
        if convert is None:
            return None

        def shown(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return [item for item in map(convert, value) if item is not None]
            return convert(value)

        return shown

    def _converters(self) -> dict[str, Convert]:
        if not self._of_type:
            world = self.world
            self._of_type = {
                "datetime": moment,
                "date": day,
                "timetracking": duration,
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
        return self._of_type

    def _group(self, name: str) -> Json:
        return self.plain("groups", name, self.world.groups.get(name, name))


def guessed(value: Any) -> Any:
    """A value whose field nobody describes, by its Python type."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, list | tuple):
        return [guessed(item) for item in value]
    return value


def cloud_uid(uid: str) -> str:
    """A made-up cloud id that belongs to this uid for good."""
    number, letters = int(uid) if uid.isdigit() else sum(uid.encode()), "0123456789abcdefghijklmnopqrstuv"
    text = ""
    for _ in range(17):
        number = (number * 6364136223846793005 + 1442695040888963407) % 2**64
        text += letters[number >> 59]
    return f"aje{text}"


def queue_of(issue: Issue) -> str:
    """Key of the queue an issue is in."""
    return issue.key.rpartition("-")[0]
