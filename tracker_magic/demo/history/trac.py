"""Imports tickets of a Trac; every event of the file becomes a changelog entry (data/SOURCE.md, section 1)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from tracker_magic.demo.history.importer import Importer, placeholder, set_values
from tracker_magic.demo.issue_lists import Change, Comment, Event
from tracker_magic.demo.model import Issue

COLUMNS = frozenset({"key", "project", "status", "created", "changes"})
"""Keys by which a row of this format is recognized."""
_STATUS_TYPES = {
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


def import_tickets(rows: Iterable[Row]) -> Importer:
    """Import all tickets."""
    importer = Importer(names_are_keys=True)
    tickets = _TicketImporter(importer)
    for row in rows:
        importer.world.add(tickets.import_ticket(row))
    importer.add_queues(tickets.moves)
    return importer


class _TicketImporter:
    """Converts tickets to issues; `moves` collects the transitions of the history, by queue and status."""

    def __init__(self, importer: Importer) -> None:
        self.importer = importer
        self.moves: dict[str, dict[str, dict[str, None]]] = {}
        self._converters = self._make_converters()

    def import_ticket(self, row: Row) -> Issue:
        """Convert one ticket: its present values, then its events."""
        issue = self.importer.new_issue(row["key"], _parse_time(row["created"]))
        self._set_present_values(issue, row)
        self._add_creation(issue, row)
        for change in row["changes"]:
            self._add_event(issue, row["project"], change)
        issue.version = len(issue.events)
        self._set_derived_values(issue, row)
        self._set_custom_fields(issue)
        return issue

    def _set_present_values(self, issue: Issue, row: Row) -> None:
        importer, world, queue = self.importer, self.importer.world, row["project"]
        set_values(
            issue.values,
            summary=row["summary"],
            description=placeholder(row["description_chars"]) if row["description_chars"] else None,
            type=row["type"] and importer.type(queue, row["type"]),
            priority=row["priority"] and importer.entry(world.priorities, row["priority"]),
            status=importer.status(row["status"], _STATUS_TYPES),
            resolution=row["resolution"] and importer.entry(world.resolutions, row["resolution"]),
            createdBy=importer.user(row["author"]),
            assignee=row["assignee"] and importer.user(row["assignee"]),
            components=row["component"] and [importer.component(queue, row["component"])],
            affectedVersions=row["version"] and [importer.version(queue, row["version"])],
            fixVersions=row["milestone"] and [importer.version(queue, row["milestone"])],
            tags=row["keywords"],
        )

    def _add_creation(self, issue: Issue, row: Row) -> None:
        """Add the creation, which the file does not have.

        It sets the status that the first change of status replaces, or the present one if there is no such change.
        """
        fields = (field for change in row["changes"] for field in change.get("fields", ()))
        status = next((old for name, old, _ in fields if name == "status"), row["status"])
        changes = () if status is None else (Change("status", None, self.importer.status(status, _STATUS_TYPES)),)
        at, author = issue.values["createdAt"], issue.values["createdBy"]
        issue.events.append(Event(self.importer.ids.object_id(at), at, author, "IssueCreated", changes))

    def _add_event(self, issue: Issue, queue: str, change: Row) -> None:
        importer, at = self.importer, _parse_time(change["at"])
        author = importer.user(change["by"])
        changes = tuple(self._convert_change(queue, *field) for field in change.get("fields") or ())
        event_type = "IssueUpdated" if changes else "IssueCommentAdded"
        if any(each.field == "status" for each in changes):
            event_type = "IssueWorkflow"
        comments: tuple[int, ...] = ()
        if "comment_chars" in change:
            comment = Comment(importer.ids.number(), at, author, placeholder(change["comment_chars"]))
            issue.comments.append(comment)
            comments = (comment.id,)
        event_id = importer.ids.object_id(at)
        issue.events.append(Event(event_id, at, author, event_type, changes, comments_added=comments))

    def _convert_change(self, queue: str, name: str, old: str | None, new: str | None) -> Change:
        convert = self._converters.get(name)
        if convert is None:
            return Change(self.importer.custom_field(name), old, new)
        before = None if old is None else convert(queue, old)
        after = None if new is None else convert(queue, new)
        if name == "status" and before is not None and after is not None:
            self.moves.setdefault(queue, {}).setdefault(before, {})[after] = None
        return Change(_FIELDS.get(name, name), before, after)

    def _make_converters(self) -> dict[str, Callable[[str, str], Any]]:
        """Return functions of queue and text that convert the values of each field."""
        importer, world = self.importer, self.importer.world

        def unchanged(_: str, text: str) -> str:
            return text

        return {
            "summary": unchanged,
            "description": unchanged,
            "keywords": unchanged,  # only the present keywords are a list; the history has them as one text
            "cc": unchanged,
            "status": lambda _, name: importer.status(name, _STATUS_TYPES),
            "resolution": lambda _, name: importer.entry(world.resolutions, name),
            "priority": lambda _, name: importer.entry(world.priorities, name),
            "type": importer.type,
            "owner": lambda _, name: importer.user(name),
            "reporter": lambda _, name: importer.user(name),
            "component": lambda queue, name: [importer.component(queue, name)],
            "version": lambda queue, name: [importer.version(queue, name)],
            "milestone": lambda queue, name: [importer.version(queue, name)],
        }

    def _set_derived_values(self, issue: Issue, row: Row) -> None:
        """Set the values that follow from the history, which is not repaired."""
        values = issue.values
        moves = [event for event in issue.events[1:] if event.type == "IssueWorkflow"]
        values["statusStartTime"] = moves[-1].at if moves else values["createdAt"]
        if moves:
            previous = [change.old for change in moves[-1].changes if change.field == "status"][-1]
            set_values(values, previousStatus=previous)
        values["updatedAt"], values["updatedBy"] = _parse_time(row["updated"]), issue.events[-1].by
        if row["resolved"]:
            values["resolvedAt"] = _parse_time(row["resolved"])
            set_values(values, resolvedBy=moves[-1].by if moves else None)

    def _set_custom_fields(self, issue: Issue) -> None:
        """Set the custom fields, whose present values only the history has."""
        fields = self.importer.world.fields
        for event in issue.events:
            for change in event.changes:
                if fields[change.field].category == "custom":
                    issue.values.pop(change.field, None)
                    set_values(issue.values, **{change.field: change.new})


def _parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)
