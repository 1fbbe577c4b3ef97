"""Writes events into issues, and keeps the values, version and timestamps that follow from them consistent."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tracker_magic.demo.issue_lists import Change, Comment, Event, Link, ListChange, Work
from tracker_magic.demo.model import Issue, World

FINISHED_TYPES = frozenset({"done", "cancelled"})
"""Types of the statuses in which an issue is finished."""

FieldChanges = Iterable[tuple[str, Any]]
"""Pairs of field and new value; None or [] unsets the field."""


def transition_order(change: tuple[str, Any]) -> int:
    """The key by which the changes of a transition are sorted: first `status`, then `statusStartTime`, then others."""
    return {"status": 0, "statusStartTime": 1}.get(change[0], 2)


class IdGenerator:
    """Generates ids: numbers, and 24 hex digits that begin with the time.

    Generators with different `prefix` numbers never produce the same 24-digit id.
    """

    def __init__(self, prefix: int, first: int = 1) -> None:
        self._prefix = f"{prefix:06x}"
        self._next = first

    def number(self) -> int:
        """Return the next number."""
        self._next += 1
        return self._next - 1

    def object_id(self, at: datetime) -> str:
        """Return a new id of 24 hex digits."""
        return f"{int(at.timestamp()):08x}{self._prefix}{self.number():010x}"


class ChangelogWriter:
    """Appends events to the issues of a world and updates what follows from them."""

    def __init__(self, world: World, ids: IdGenerator) -> None:
        self.world, self.ids = world, ids
        self.finished_statuses = frozenset(
            key for key, status in world.statuses.items() if status.type in FINISHED_TYPES
        )

    def add_event(
        self,
        issue: Issue,
        event_type: str,
        at: datetime,
        author: str,
        changes: FieldChanges = (),
        *,
        comments: tuple[int, ...] = (),
        list_changes: tuple[ListChange, ...] = (),
    ) -> Event:
        """Append an event and apply its changes; a change to the present value is left out."""
        values, applied = issue.values, []
        for name, new in changes:
            if new != values.get(name):
                applied.append(Change(name, values.get(name), new))
                _set_value(values, name, new, at, author)
        if any(change.field == "status" for change in applied):
            values["statusStartTime"] = at  # even where the event does not list that field
        event = Event(self.ids.object_id(at), at, author, event_type, tuple(applied), "front", comments, list_changes)
        issue.version += bool(issue.events)  # the creation itself is version 1
        issue.events.append(event)
        values["updatedAt"], values["updatedBy"] = at, author
        return event

    def add_comment(
        self, issue: Issue, at: datetime, author: str, text: str, comment_type: str = "standard"
    ) -> Comment:
        """Add a comment with its event; every type but `standard` came by e-mail."""
        transport = "internal" if comment_type == "standard" else "email"
        comment = Comment(self.ids.number(), at, author, text, comment_type, transport)
        issue.comments.append(comment)
        self.add_event(issue, "IssueCommentAdded", at, author, comments=(comment.id,))
        return comment

    def log_work(
        self, issue: Issue, at: datetime, author: str, start: datetime, seconds: int, *, comment: str = ""
    ) -> Work:
        """Log working seconds: the time spent grows, the remaining estimate shrinks."""
        work = Work(self.ids.number(), author, start, seconds, at, at, comment)
        issue.worklog.append(work)
        changes: list[tuple[str, Any]] = [("spent", issue.values.get("spent", 0) + seconds)]
        if "estimation" in issue.values:
            changes.append(("estimation", max(0, issue.values["estimation"] - seconds)))
        self.add_event(issue, "IssueWorklogAdded", at, author, changes)
        return work

    def link(self, main: Issue, other: Issue, link_type: str, at: datetime, author: str) -> None:
        """Link two issues at both ends; `main` is the parent, epic, original or blocker."""
        number = self.ids.number()
        for issue, direction, end in ((main, "outward", other), (other, "inward", main)):
            link = Link(number, link_type, direction, end.id, author, at)
            issue.links.append(link)
            changes = (ListChange("links", None, link),)
            event_id = self.ids.object_id(at)
            self.insert_event(issue, Event(event_id, at, author, "IssueLinked", list_changes=changes))

    def insert_event(self, issue: Issue, event: Event) -> None:
        """Insert an event without changes in order of time, after the creation."""
        position = bisect_right(issue.events, event.at, lo=1, key=lambda known: known.at)
        issue.events.insert(position, event)
        issue.version += 1
        if position == len(issue.events) - 1:
            issue.values["updatedAt"], issue.values["updatedBy"] = event.at, event.by


def _set_value(values: dict[str, Any], name: str, new: Any, at: datetime, author: str) -> None:
    """Set or unset one value, and those that a status or a resolution brings with it."""
    if name == "status":
        _save_previous_status(values)
    elif name == "resolution":
        _set_resolved(values, new, at, author)
    if new is None or new == []:
        values.pop(name, None)
    else:
        values[name] = new


def _save_previous_status(values: dict[str, Any]) -> None:
    """Save the status that is left and its assignee; a new issue has none."""
    if "status" not in values:
        return
    values["previousStatus"] = values["status"]
    if "assignee" in values:
        values["previousStatusLastAssignee"] = values["assignee"]
    else:
        values.pop("previousStatusLastAssignee", None)


def _set_resolved(values: dict[str, Any], resolution: str | None, at: datetime, author: str) -> None:
    """Set or unset when and by whom the issue was resolved: it is resolved while it has a resolution."""
    if resolution is None:
        values.pop("resolvedAt", None)
        values.pop("resolvedBy", None)
    else:
        values["resolvedAt"], values["resolvedBy"] = at, author
