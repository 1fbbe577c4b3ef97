"""What a client may see of a world that changes while it is read."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tests.tracker.mixtures.questions import Matches
from tracker_magic.demo.issue_lists import ListChange
from tracker_magic.demo.model import Issue, World

SECONDS_PER_HOUR = 3600

Rows = tuple[tuple[Any, ...], ...]


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
        "assignee.id": values.get("assignee"),
    }


class Witness:
    """Remembers every state of a world; `note` after each change.

    `always` and `ever`: ids of the issues that matched all the time, and at some time. `moments`: those that matched at
    each moment, and `sizes` their numbers. `rows` and `lists`: every state of an issue's row, and of its list.
    """

    def __init__(self, world: World, matches: Matches, list_name: str | None = None) -> None:
        self.world = world
        self.always: set[str] = set()
        self.ever: set[str] = set()
        self.sizes: list[int] = []
        self.moments: list[set[str]] = []
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.lists: dict[str, set[Rows]] = defaultdict(set)
        self._matches = matches
        self._list_name = list_name
        self.note()

    def note(self) -> None:
        """Look at the world as it is now; hold the demo's lock."""
        hidden = {queue.key for queue in self.world.queues.values() if queue.hidden}
        visible = [issue for issue in self.world.issues.values() if issue.key.rpartition("-")[0] not in hidden]
        matching = {issue.id for issue in visible if self._matches(issue)}
        self.always = self.always & matching if self.sizes else matching
        self.ever |= matching
        self.sizes.append(len(matching))
        self.moments.append(matching)
        for issue in visible:
            if issue.id not in self.ever:  # it cannot be in a result yet
                continue
            state = cells(issue)
            if state not in self.rows[issue.id]:
                self.rows[issue.id].append(state)
            if self._list_name:
                self.lists[issue.id].add(tuple(LISTS[self._list_name](self.world, issue)))

    def issue_id(self, key: str) -> str | None:
        """The id of the issue that has, or had, this key."""
        issue = self.world.find(key)
        return issue.id if issue else None

    def created(self, issue_id: str) -> datetime:
        """When an issue was created, which never changes."""
        return self.rows[issue_id][0]["createdAt"]
