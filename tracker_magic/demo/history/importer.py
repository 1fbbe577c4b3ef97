"""Builds a world while old data is read: each new name becomes an entry of its dictionary."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from tracker_magic.demo.model import Component, Entry, FieldDef, Issue, Queue, User, Version, World
from tracker_magic.demo.world.changelog import IdGenerator
from tracker_magic.demo.world.schema import link_types, system_fields

FIRST_UID = 1_120_000_000_000_001
_ID_PREFIX = 0xB0B0B0
_SEPARATOR = re.compile(r"[^0-9A-Za-z]+")


def key_of(name: str) -> str:
    """Convert a name to a key: `In Review` becomes `inReview`, `Won't Fix` becomes `wontFix`."""
    first, *rest = [word for word in _SEPARATOR.split(name.replace("'", "")) if word] or ["none"]
    return first[:1].lower() + first[1:] + "".join(word[:1].upper() + word[1:] for word in rest)


class Importer:
    """Imports the data of an old tracker into `world`; `outside` counts references to things outside the data.

    With `names_are_keys`, the names of statuses, types, priorities and resolutions are their keys, too.
    """

    def __init__(self, *, names_are_keys: bool) -> None:
        self._names_are_keys = names_are_keys
        self.world = World(me="", fields=system_fields(), link_types=link_types())
        self.ids = IdGenerator(_ID_PREFIX)
        self.outside: Counter[str] = Counter()
        self._uids: dict[str, str] = {}
        self._components: dict[tuple[str, str], str] = {}
        self._versions: dict[tuple[str, str], str] = {}
        self._types_by_queue: dict[str, dict[str, None]] = {}

    def user(self, name: str) -> str:
        """Return the uid of a person; the first person of the data becomes that of the demo's token."""
        uid = self._uids.get(name)
        if uid is None:
            uid = self._uids[name] = str(FIRST_UID + len(self._uids))
            self.world.users[uid] = User(uid, name, name, "")
            self.world.me = self.world.me or uid
        return uid

    def entry(self, entries: dict[str, Entry], name: str, entry_type: str | None = None) -> str:
        """Return the key of an entry of one of the world's dictionaries."""
        key = name if self._names_are_keys else key_of(name)
        if key not in entries:
            number = len(entries) + 1
            entries[key] = Entry(str(number), key, name, name, number * 100, entry_type)
        return key

    def status(self, name: str, types: Mapping[str, str]) -> str:
        """Return the key of a status; `types` are the types of statuses by name."""
        return self.entry(self.world.statuses, name, types.get(name))

    def type(self, queue: str, name: str) -> str:
        """Return the key of an issue type, which becomes one of the queue's types."""
        key = self.entry(self.world.types, name)
        self._types_by_queue.setdefault(queue, {})[key] = None
        return key

    def component(self, queue: str, name: str) -> str:
        """Return the id of a queue's component."""
        component_id = self._components.get((queue, name))
        if component_id is None:
            component_id = self._components[queue, name] = str(len(self._components) + 1)
            self.world.components[component_id] = Component(component_id, name, queue)
        return component_id

    def version(self, queue: str, name: str) -> str:
        """Return the id of a queue's version."""
        version_id = self._versions.get((queue, name))
        if version_id is None:
            version_id = self._versions[queue, name] = str(len(self._versions) + 1)
            self.world.versions[version_id] = Version(version_id, name, queue)
        return version_id

    def set_outside(self, issue: Issue, name: str, references: list[str]) -> None:
        """Save references to things outside the data as texts, in a custom field of their own."""
        self.outside[name] += len(references)
        set_values(issue.values, **{self.custom_field(f"{name}Outside", many=True): references})

    def custom_field(self, name: str, field_type: str = "string", *, many: bool = False) -> str:
        """Return the id of a global custom field, for a field of the old tracker without a counterpart."""
        if name not in self.world.fields:
            self.world.fields[name] = FieldDef(name, name, name, name, field_type, many, category="custom")
        return name

    def add_queues(self, moves: Mapping[str, Mapping[str, Mapping[str, None]]]) -> None:
        """Add the queues of all issues, led by the author of their first issue.

        `moves` holds, for each queue and status, the next statuses as the keys of a dictionary.
        """
        world = self.world
        leads: dict[str, str] = {}
        for issue in world.issues.values():
            leads.setdefault(issue.values["queue"], issue.values.get("createdBy", world.me))
        for number, (key, lead) in enumerate(leads.items(), 1):
            types = tuple(self._types_by_queue.get(key, {}))
            workflow = {
                old: tuple((f"to_{new}", new, new, new) for new in targets)
                for old, targets in moves.get(key, {}).items()
            }
            priority = next(iter(world.priorities), "normal")
            default_type = types[0] if types else "task"
            world.queues[key] = Queue(
                str(number), key, key, lead, types, workflow, default_type, priority, team=(lead,)
            )

    def new_issue(self, key: str, created_at: datetime) -> Issue:
        """Return a new issue that is not yet in the world."""
        values = {"queue": key.rpartition("-")[0], "createdAt": created_at, "votes": 0}
        return Issue(self.ids.object_id(created_at), key, values)


def placeholder(length: int) -> str:
    """Return a text in place of one whose length is all that the data has."""
    return f"[{length} characters]"


def set_values(values: dict[str, object], **new_values: object) -> None:
    """Set values, except None and empty lists: an unset field is absent."""
    values.update((name, value) for name, value in new_values.items() if value is not None and value != [])
