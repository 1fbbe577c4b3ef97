"""Tickets of a Trac with their full history (data/SOURCE.md 1): every event of the file becomes a changelog entry."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from tracker_magic.demo.history.archive import Archive, of_length, put
from tracker_magic.demo.issue_lists import Change, Comment, Event
from tracker_magic.demo.model import Issue

COLUMNS = frozenset({"key", "project", "status", "created", "changes"})
_KINDS = {
    "new": "new",
    "open": "inProgress",
    "reopened": "new",
    "assigned": "inProgress",
    "accepted": "inProgress",
    "pending": "paused",
    "closed": "done",
}
_FIELDS = {
    "owner": "assignee",
    "reporter": "createdBy",
    "keywords": "tags",
    "cc": "followers",
    "component": "components",
    "version": "affectedVersions",
    "milestone": "fixVersions",
}

Row = dict[str, Any]
_Moves = dict[str, dict[str, dict[str, None]]]


def read(rows: Iterable[Row]) -> Archive:
    """Take all tickets into a world."""
    archive = Archive(names_are_keys=True)
    reader = _Reader(archive)
    for row in rows:
        archive.world.add(reader.ticket(row))
    archive.open_queues(reader.moves)
    return archive


class _Reader:
    """Turns tickets into issues; `moves` gathers the workflow that the history shows."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.moves: _Moves = {}
        self._native = self._converters()

    def ticket(self, row: Row) -> Issue:
        """One ticket: its present values, then its events."""
        issue = self.archive.issue(row["key"], _moment(row["created"]))
        self._present(issue, row)
        self._begin(issue, row)
        for change in row["changes"]:
            self._event(issue, row["project"], change)
        issue.version = len(issue.events)
        self._stamps(issue, row)
        return issue

    def _present(self, issue: Issue, row: Row) -> None:
        archive, queue = self.archive, row["project"]
        world = archive.world
        put(
            issue.values,
            summary=row["summary"],
            description=of_length(row["description_chars"]) if row["description_chars"] else None,
            type=row["type"] and archive.type(queue, row["type"]),
            priority=row["priority"] and archive.entry(world.priorities, row["priority"]),
            status=archive.status(row["status"], _KINDS),
            resolution=row["resolution"] and archive.entry(world.resolutions, row["resolution"]),
            createdBy=archive.user(row["author"]),
            assignee=row["assignee"] and archive.user(row["assignee"]),
            components=row["component"] and [archive.component(queue, row["component"])],
            affectedVersions=row["version"] and [archive.version(queue, row["version"])],
            fixVersions=row["milestone"] and [archive.version(queue, row["milestone"])],
            tags=row["keywords"],
        )

    def _begin(self, issue: Issue, row: Row) -> None:
        """The creation, which the file does not tell, with the first status (the present one where nothing changed)."""
        told = (field for change in row["changes"] for field in change.get("fields", ()))
        first = next((old for name, old, _ in told if name == "status"), row["status"])
        made = () if first is None else (Change("status", None, self.archive.status(first, _KINDS)),)
        at = issue.values["createdAt"]
        issue.events.append(Event(self.archive.ids.object_id(at), at, issue.values["createdBy"], "IssueCreated", made))

    def _event(self, issue: Issue, queue: str, change: Row) -> None:
        archive, at, fields = self.archive, _moment(change["at"]), change.get("fields") or ()
        by = archive.user(change["by"])
        made = tuple(self._change(queue, *field) for field in fields)
        kind = "IssueCommentAdded" if not made else "IssueUpdated"
        if any(one.field == "status" for one in made):
            kind = "IssueWorkflow"
        comments: tuple[int, ...] = ()
        if "comment_chars" in change:
            comment = Comment(archive.ids.number(), at, by, of_length(change["comment_chars"]))
            issue.comments.append(comment)
            comments = (comment.id,)
        issue.events.append(Event(archive.ids.object_id(at), at, by, kind, made, comments_added=comments))

    def _change(self, queue: str, name: str, old: str | None, new: str | None) -> Change:
        convert = self._native.get(name)
        if convert is None:
            return Change(self.archive.field(name), old, new)
        made = Change(_FIELDS.get(name, name), *(None if text is None else convert(queue, text) for text in (old, new)))
        if name == "status" and made.old is not None and made.new is not None:
            self.moves.setdefault(queue, {}).setdefault(made.old, {})[made.new] = None
        return made

    def _converters(self) -> dict[str, Callable[[str, str], Any]]:
        archive, world = self.archive, self.archive.world

        def text(_: str, value: str) -> str:
            return value

        return {
            "summary": text,
            "description": text,
            "keywords": text,  # the history has them as one text, only the present ones are a list
            "cc": text,
            "status": lambda _, name: archive.status(name, _KINDS),
            "resolution": lambda _, name: archive.entry(world.resolutions, name),
            "priority": lambda _, name: archive.entry(world.priorities, name),
            "type": archive.type,
            "owner": lambda _, name: archive.user(name),
            "reporter": lambda _, name: archive.user(name),
            "component": lambda queue, name: [archive.component(queue, name)],
            "version": lambda queue, name: [archive.version(queue, name)],
            "milestone": lambda queue, name: [archive.version(queue, name)],
        }

    def _stamps(self, issue: Issue, row: Row) -> None:
        """What follows from the history; nothing in it is repaired."""
        values, custom = issue.values, self.archive.world.fields
        moves = [event for event in issue.events[1:] if event.type == "IssueWorkflow"]
        values["statusStartTime"] = moves[-1].at if moves else values["createdAt"]
        if moves:
            previous = [change.old for change in moves[-1].changes if change.field == "status"][-1]
            put(values, previousStatus=previous)
        values["updatedAt"], values["updatedBy"] = _moment(row["updated"]), issue.events[-1].by
        if row["resolved"]:
            values["resolvedAt"] = _moment(row["resolved"])
            put(values, resolvedBy=moves[-1].by if moves else None)
        for event in issue.events:
            for change in event.changes:
                if custom[change.field].category == "custom":
                    values.pop(change.field, None)
                    put(values, **{change.field: change.new})


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
