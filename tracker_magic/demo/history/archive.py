"""A world that grows while old data is read: every name met becomes an entry of its dictionary."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from tracker_magic.demo.model import Component, Entry, FieldDef, Issue, Queue, User, Version, World
from tracker_magic.demo.world.changelog import IdGenerator
from tracker_magic.demo.world.schema import link_types, system_fields

FIRST_UID = 1_120_000_000_000_001
_MAKER = 0xB0B0B0
_NOT_A_WORD = re.compile(r"[^0-9A-Za-z]+")


def key_of(name: str) -> str:
    """A name as a key: `In Review` → `inReview`, `Won't Fix` → `wontFix`; a single lower-case word stays."""
    first, *rest = [word for word in _NOT_A_WORD.split(name.replace("'", "")) if word] or ["none"]
    return first[:1].lower() + first[1:] + "".join(word[:1].upper() + word[1:] for word in rest)


class Archive:
    """Collects what an old tracker held; `left_out` counts what could not be taken along, by reason.

    `names_are_keys`: keys of statuses, types, priorities and resolutions are their names as they stand.
    """

    def __init__(self, *, names_are_keys: bool) -> None:
        self._key: Callable[[str], str] = str if names_are_keys else key_of
        self.world = World(me="", fields=system_fields(), link_types=link_types())
        self.ids = IdGenerator(_MAKER)
        self.left_out: Counter[str] = Counter()
        self._uids: dict[str, str] = {}
        self._components: dict[tuple[str, str], str] = {}
        self._versions: dict[tuple[str, str], str] = {}
        self._types: dict[str, dict[str, None]] = {}

    def user(self, name: str) -> str:
        """Uid of a person, numbered as they come; the first one is the one who asks."""
        uid = self._uids.get(name)
        if uid is None:
            uid = self._uids[name] = str(FIRST_UID + len(self._uids))
            self.world.users[uid] = User(uid, name, name, "")
            self.world.me = self.world.me or uid
        return uid

    def entry(self, known: dict[str, Entry], name: str, kind: str | None = None) -> str:
        """Key of a status, type, priority or resolution."""
        key = self._key(name)
        if key not in known:
            number = len(known) + 1
            known[key] = Entry(str(number), key, name, name, number * 100, kind)
        return key

    def status(self, name: str, kinds: Mapping[str, str]) -> str:
        """Key of a status; its type is looked up by name."""
        return self.entry(self.world.statuses, name, kinds.get(name))

    def type(self, queue: str, name: str) -> str:
        """Key of a type, noted for its queue."""
        key = self.entry(self.world.types, name)
        self._types.setdefault(queue, {})[key] = None
        return key

    def component(self, queue: str, name: str) -> str:
        """Id of a queue's component."""
        found = self._components.get((queue, name))
        if found is None:
            found = self._components[queue, name] = str(len(self._components) + 1)
            self.world.components[found] = Component(found, name, queue)
        return found

    def version(self, queue: str, name: str) -> str:
        """Id of a queue's version."""
        found = self._versions.get((queue, name))
        if found is None:
            found = self._versions[queue, name] = str(len(self._versions) + 1)
            self.world.versions[found] = Version(found, name, queue)
        return found

    def field(self, name: str, kind: str = "string") -> str:
        """A field of the old tracker that has no counterpart: a global custom one."""
        if name not in self.world.fields:
            self.world.fields[name] = FieldDef(name, name, name, name, kind, category="custom")
        return name

    def open_queues(self, moves: Mapping[str, Mapping[str, Mapping[str, None]]]) -> None:
        """Queues for all projects met, led by the first author; `moves` are queue → status → the statuses after it."""
        world = self.world
        leads: dict[str, str] = {}
        for issue in world.issues.values():
            leads.setdefault(issue.key.rpartition("-")[0], issue.values.get("createdBy", world.me))
        for number, (key, lead) in enumerate(leads.items(), 1):
            types = tuple(self._types.get(key, {}))
            workflow = {
                old: tuple((f"to_{new}", new, new, new) for new in after) for old, after in moves.get(key, {}).items()
            }
            priority = next(iter(world.priorities), "normal")
            kind = types[0] if types else "task"
            world.queues[key] = Queue(str(number), key, key, lead, types, workflow, kind, priority, team=(lead,))

    def issue(self, key: str, at: datetime) -> Issue:
        """A new issue, not yet in the world."""
        return Issue(self.ids.object_id(at), key, {"queue": key.rpartition("-")[0], "createdAt": at, "votes": 0})


def of_length(count: int) -> str:
    """What stands where a text was dropped."""
    return f"[{count} characters]"


def put(values: dict[str, object], **given: object) -> None:
    """Set what is there; unset fields are absent, empty lists too."""
    values.update((name, value) for name, value in given.items() if value is not None and value != [])
