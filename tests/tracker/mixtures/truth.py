"""What a client may see of a world that changes while it is read."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.tracker.mixtures.questions import Matches
from tracker_magic.demo.issue_lists import ListChange
from tracker_magic.demo.model import Issue, World

SECONDS_PER_HOUR = 3600

LATE_RECORDS = timedelta(days=31)  # how long before a day worked its record may have been created, as documented

Rows = tuple[tuple[Any, ...], ...]
States = dict[str, list[dict[str, Any]]]


def changes(world: World, issue: Issue) -> Iterator[tuple[Any, ...]]:
    """One row for each changed field or list (id of the entry, its name); an entry without changes is one row."""
    for event in issue.events:
        names: list[str | None] = []
        for change in event.changes:
            local = world.local_fields.get(change.field)
            names.append(f"{local.queue}.{local.key}" if local and local.queue else change.field)
        names += ["comments"] * bool(event.comments_added)
        names += [change.list for change in event.list_changes if change.list != "links" or _is_visible(world, change)]
        for name in names or [None]:
            yield event.id, name


def _is_visible(world: World, change: ListChange) -> bool:
    """Whether the client may see the issue at the other end of a link."""
    other = world.find((change.new or change.old).issue)
    return other is not None and not world.queues[other.key.rpartition("-")[0]].hidden


def _links(world: World, issue: Issue) -> Iterator[tuple[Any, ...]]:
    hidden = {queue.key for queue in world.queues.values() if queue.hidden}
    for link in issue.links:
        other = world.find(link.issue)
        if other is not None and other.key.rpartition("-")[0] not in hidden:
            yield str(link.id), link.direction


# The rows of an issue's lists, in the columns below.
LISTS: dict[str, Callable[[World, Issue], Iterator[tuple[Any, ...]]]] = {
    "changelog": changes,
    "comments": lambda _, issue: ((str(each.id), each.text) for each in issue.comments),
    "worklog": lambda _, issue: ((str(each.id), each.seconds / SECONDS_PER_HOUR) for each in issue.worklog),
    "links": _links,
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "changelog": ("id", "field"),
    "comments": ("id", "text"),
    "worklog": ("id", "duration"),
    "links": ("id", "direction"),
}


def cells(issue: Issue) -> dict[str, Any]:
    """Some cells of an issue's row, as a frame should have them."""
    values = issue.values
    return {
        "key": issue.key,
        "id": issue.id,
        "summary": values.get("summary"),
        "status.key": values.get("status"),
        "priority.key": values.get("priority"),
        "type.key": values.get("type"),
        "createdAt": values.get("createdAt"),
        "updatedAt": values.get("updatedAt"),
        "resolution.key": values.get("resolution"),
        "assignee.id": values.get("assignee"),
        "queue": issue.key.rpartition("-")[0],
        "version": issue.version,
    }


class Witness:
    """Remembers every state of the issues of a world; `note` after each change.

    `always` and `ever`: ids of the issues that matched all the time, and at some time. `moments`: those that matched at
    each moment, and `sizes` their numbers. `rows` and `lists`: every state of an issue's row, and of its list.
    """

    def __init__(self, world: World, matches: Matches, list_name: str | None = None) -> None:
        self.world = world
        self.always: set[str] = set()
        self.ever: set[str] = set()
        self.sizes: list[int] = []
        self.moments: list[set[str]] = []
        self.rows: States = defaultdict(list)
        self.lists: dict[str, set[Rows]] = defaultdict(set)
        self._matches = matches
        self._list_name = list_name
        self._ids: dict[str, str] = {}  # by present or former key
        self._hidden = {queue.key for queue in world.queues.values() if queue.hidden}
        self.note()
        self.always = set(self.ever)

    def note(self, changed: Iterable[Issue] | None = None) -> None:
        """Look at these issues (None: at all) as they are now; hold the demo's lock."""
        issues = list(self.world.issues.values() if changed is None else changed)
        visible = [issue for issue in issues if issue.key.rpartition("-")[0] not in self._hidden]
        others = self.moments[-1] - {issue.id for issue in issues} if changed is not None else set()
        matching = others | {issue.id for issue in visible if self._matches(issue)}
        self.always &= matching
        self.ever |= matching
        self.sizes.append(len(matching))
        self.moments.append(matching)
        for issue in issues:
            self._ids |= dict.fromkeys((issue.key, *issue.aliases), issue.id)
        for issue in visible:
            if issue.id in self.ever:  # others cannot be in a result yet
                self._note_states(issue)

    def _note_states(self, issue: Issue) -> None:
        state = cells(issue)
        if state not in self.rows[issue.id]:
            self.rows[issue.id].append(state)
        if self._list_name:
            self.lists[issue.id].add(tuple(LISTS[self._list_name](self.world, issue)))

    def issue_id(self, key: str) -> str | None:
        """The id of the issue that has, or had, this key."""
        return self._ids.get(key)

    def times(self, issue_id: str, name: str) -> tuple[datetime, datetime]:
        """The earliest and the latest `createdAt` or `updatedAt` that an issue has had."""
        moments = [state[name] for state in self.rows[issue_id]]
        return min(moments), max(moments)


def _queues(world: World) -> Iterator[dict[str, Any]]:
    for queue in world.queues.values():
        if not queue.hidden:
            yield {"key": queue.key, "name": queue.name, "lead.id": queue.lead, "id": queue.id}


def _users(world: World) -> Iterator[dict[str, Any]]:
    for user in world.users.values():
        yield {"id": user.uid, "login": user.login, "display": user.display, "dismissed": user.dismissed}


def _all_worklog(world: World) -> Iterator[dict[str, Any]]:
    hidden = {queue.key for queue in world.queues.values() if queue.hidden}
    for issue in world.issues.values():
        for each in issue.worklog if issue.key.rpartition("-")[0] not in hidden else ():
            yield {
                "id": str(each.id),
                "key": issue.key,
                "duration": each.seconds / SECONDS_PER_HOUR,
                "start": each.start,
                "createdAt": each.created_at,
                "createdBy.id": each.by,
            }


# The rows of an organisation's lists, in some of their columns; the first identifies a row.
ORGANISATION: dict[str, Callable[[World], Iterator[dict[str, Any]]]] = {
    "queues": _queues,
    "users": _users,
    "all_worklog": _all_worklog,
}


class ListWitness:
    """Remembers every state of a list of the organisation: `always`, `rows` (as in Witness), and `identity`.

    With `since`, only work of that day or later counts.
    """

    def __init__(self, world: World, name: str, since: date | None = None) -> None:
        self.rows: States = defaultdict(list)
        self.always: set[str] = set()
        self.identity = ""  # the column that identifies a row
        self._world = world
        self._items = ORGANISATION[name]
        self._since = datetime(since.year, since.month, since.day, tzinfo=UTC) if since else None
        self.note()
        self.always = {identity for identity, states in self.rows.items() if self._must_be_found(states[0])}

    def _must_be_found(self, state: dict[str, Any]) -> bool:
        return self._since is None or state["createdAt"] >= self._since - LATE_RECORDS

    def note(self, _: Iterable[Issue] | None = None) -> None:
        """Look at the whole list as it is now; hold the demo's lock."""
        present = set()
        for state in self._items(self._world):
            if self._since is not None and state["start"] < self._since:
                continue
            self.identity = next(iter(state))
            identity = state[self.identity]
            present.add(identity)
            if state not in self.rows[identity]:
                self.rows[identity].append(state)
        self.always &= present
