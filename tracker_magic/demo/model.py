"""The data of the embedded Tracker as native Python values, with references by key or id; `records` makes JSON of it.

In `Issue.values` (and in `Change.old` and `new`) the form of a value depends on the type of its field:
`status, type, priority, resolution, queue` → key · users → uid text · issues (parent, epic) → issue id ·
sprints, boards, components, versions, projects → id text · datetimes → aware UTC · dates → `date` ·
durations → int working seconds · numbers, booleans, texts unchanged · many-valued → list of these.
An unset field is missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tracker_magic.demo.issue_lists import Attachment, ChecklistItem, Comment, Event, Link, Work


@dataclass(slots=True)
class Entry:
    """One entry of a dictionary: a status, type, priority or resolution."""

    id: str
    key: str
    ru: str
    en: str
    order: int = 0
    type: str | None = None  # of a status: new, inProgress, paused, done, cancelled; None for some custom ones

    def name(self, lang: str) -> str:
        """Its name in `lang`."""
        return self.en if lang == "en" else self.ru


@dataclass(slots=True)
class LinkType:
    """A type of link, with its names as seen from both ends."""

    id: str
    inward_ru: str
    inward_en: str
    outward_ru: str
    outward_en: str


@dataclass(slots=True)
class User:
    """A person; `login` may be all digits."""

    uid: str
    login: str
    first_name: str
    last_name: str
    dismissed: bool = False
    groups: tuple[str, ...] = ()

    @property
    def display(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True)
class FieldDef:
    """A field: `type` is the type in its schema, of its items if `many`. Local fields have a `queue`."""

    id: str
    key: str
    ru: str
    en: str
    type: str
    many: bool = False
    readonly: bool = False
    required: bool = False
    options: tuple[str | int, ...] = ()
    queue: str | None = None
    category: str = "system"


@dataclass(slots=True)
class Queue:
    """A queue with its workflow: status key → the transitions that leave it, each (id, ru, en, target status)."""

    id: str
    key: str
    name: str
    lead: str
    types: tuple[str, ...]
    workflow: dict[str, tuple[tuple[str, str, str, str], ...]]
    default_type: str = "task"
    default_priority: str = "normal"
    description: str = ""
    team: tuple[str, ...] = ()
    hidden: bool = False  # it exists, but the user may not see it


@dataclass(slots=True)
class Board:
    """A board; `columns` are (id, name, status keys)."""

    id: str
    name: str
    queue: str
    columns: tuple[tuple[str, str, tuple[str, ...]], ...]
    created_by: str
    created_at: datetime
    has_sprints: bool = True


@dataclass(slots=True)
class Sprint:
    """A sprint of one board, with planned days and actual times."""

    id: str
    name: str
    board: str
    status: str  # draft, in_progress, released, archived
    start: date | None
    end: date | None
    started_at: datetime | None
    ended_at: datetime | None
    created_by: str
    created_at: datetime
    archived: bool = False


@dataclass(slots=True)
class Component:
    """A component of a queue."""

    id: str
    name: str
    queue: str
    lead: str | None = None
    description: str = ""


@dataclass(slots=True)
class Version:
    """A version of a queue."""

    id: str
    name: str
    queue: str
    start: date | None = None
    due: date | None = None
    released: bool = False
    archived: bool = False


@dataclass(slots=True)
class Entity:
    """A project, portfolio or goal; `fields` has native values under the names of the API, as in issues."""

    id: str
    short_id: int
    kind: str  # project, portfolio, goal
    created_by: str
    created_at: datetime
    updated_at: datetime
    fields: dict[str, Any]
    comments: list[Comment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)


@dataclass(slots=True)
class Filter:
    """A saved filter: a filter object or a query."""

    id: int
    name: str
    owner: str
    filter: dict[str, Any] | None = None
    query: str | None = None


@dataclass(slots=True)
class Issue:
    """An issue: its id and key, its field values, and its lists."""

    id: str
    key: str
    values: dict[str, Any]
    version: int = 1
    aliases: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    worklog: list[Work] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    checklist: list[ChecklistItem] = field(default_factory=list)
    favorite_of: set[str] = field(default_factory=set)


@dataclass(slots=True)
class World:
    """All data of the service. Dictionaries are in the order in which the service lists them."""

    me: str  # uid of the user whose token the demo prints
    users: dict[str, User] = field(default_factory=dict)  # by uid
    statuses: dict[str, Entry] = field(default_factory=dict)  # by key, as are the next three
    types: dict[str, Entry] = field(default_factory=dict)
    priorities: dict[str, Entry] = field(default_factory=dict)
    resolutions: dict[str, Entry] = field(default_factory=dict)
    link_types: dict[str, LinkType] = field(default_factory=dict)
    fields: dict[str, FieldDef] = field(default_factory=dict)  # by id, system and global
    local_fields: dict[str, FieldDef] = field(default_factory=dict)  # by full id `<24hex>--<key>`
    queues: dict[str, Queue] = field(default_factory=dict)  # by key
    boards: dict[str, Board] = field(default_factory=dict)  # by id, as is the rest
    sprints: dict[str, Sprint] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)
    filters: dict[int, Filter] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)  # id → name
    issues: dict[str, Issue] = field(default_factory=dict)  # by present key
    keys: dict[str, str] = field(default_factory=dict)  # every id, present and former key → present key

    def add(self, issue: Issue) -> None:
        """Add an issue, which is then found by id, key and aliases."""
        self.issues[issue.key] = issue
        for name in (issue.id, issue.key, *issue.aliases):
            self.keys[name] = issue.key

    def find(self, id_or_key: str) -> Issue | None:
        """The issue with that id, key or former key."""
        key = self.keys.get(id_or_key)
        return self.issues[key] if key else None

    def field_defs(self) -> Iterator[FieldDef]:
        """All fields, first the global, then the local ones."""
        yield from self.fields.values()
        yield from self.local_fields.values()
