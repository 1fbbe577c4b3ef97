"""How a change gets into an issue: one event more, and the values, version and stamps that follow from it."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tracker_magic.demo.issue_lists import Change, Comment, Event, Link, Work
from tracker_magic.demo.model import Issue, World

FINISHED = frozenset({"done", "cancelled"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Changes = Iterable[tuple[str, Any]]  # (field, new value); None or [] unsets


def milliseconds(moment: datetime) -> int:
    """A moment as whole milliseconds of Unix time."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    """Back from `milliseconds`."""
    return datetime.fromtimestamp(ms / 1000, UTC)  # exact: a double holds Unix time to a quarter of a microsecond


class Ids:
    """Makes ids nobody else has: 24 hex digits that begin with the time, and numbers. Each maker has its own digits."""

    def __init__(self, maker: int, first: int = 1) -> None:
        self._middle = f"{maker:06x}"
        self._next = first

    def number(self) -> int:
        """The next number."""
        self._next += 1
        return self._next - 1

    def object(self, at: datetime) -> str:
        """A new 24-hex id."""
        return f"{int(at.timestamp()):08x}{self._middle}{self.number():010x}"


class Chronicle:
    """Writes events into a world's issues and keeps what follows from them true."""

    def __init__(self, world: World, ids: Ids) -> None:
        self.world, self.ids = world, ids
        self.finished = frozenset(key for key, status in world.statuses.items() if status.type in FINISHED)

    def record(
        self,
        issue: Issue,
        kind: str,
        at: datetime,
        by: str,
        changes: Changes = (),
        *,
        comments: tuple[int, ...] = (),
        transport: str = "front",
    ) -> Event:
        """Append an event with these changes; what does not change anything is left out of it."""
        values, made, entered = issue.values, [], False
        for name, new in changes:
            old = values.get(name)
            if new == old:
                continue
            if name == "status":
                entered = True
                _remember(values)
            elif name == "resolution":
                _resolve(values, new, at, by)
            made.append(Change(name, old, new))
            if new is None or new == []:
                values.pop(name, None)
            else:
                values[name] = new
        if entered:
            values["statusStartTime"] = at  # whether or not the event tells it
        event = Event(self.ids.object(at), at, by, kind, tuple(made), transport, comments)
        issue.version += bool(issue.events)  # a new issue has version 1 with its creation
        issue.events.append(event)
        values["updatedAt"], values["updatedBy"] = at, by
        return event

    def comment(self, issue: Issue, at: datetime, by: str, text: str, kind: str = "standard") -> Comment:
        """Say something."""
        transport = "internal" if kind == "standard" else "email"
        comment = Comment(self.ids.number(), at, by, text, kind, transport)
        issue.comments.append(comment)
        self.record(issue, "IssueCommentAdded", at, by, comments=(comment.id,))
        return comment

    def log_work(
        self, issue: Issue, at: datetime, by: str, start: datetime, seconds: int, *, comment: str = ""
    ) -> Work:
        """Log working seconds; time spent grows, the estimate that is left shrinks."""
        work = Work(self.ids.number(), by, start, seconds, at, at, comment)
        issue.worklog.append(work)
        changes: list[tuple[str, Any]] = [("spent", issue.values.get("spent", 0) + seconds)]
        if "estimation" in issue.values:
            changes.append(("estimation", max(0, issue.values["estimation"] - seconds)))
        self.record(issue, "IssueWorklogAdded", at, by, changes)
        return work

    def link(self, main: Issue, other: Issue, kind: str, at: datetime, by: str) -> None:
        """Link two issues, seen from both ends; `main` is the parent, epic, original or blocker."""
        number = self.ids.number()
        main.links.append(Link(number, kind, "outward", other.id, by, at))
        other.links.append(Link(number, kind, "inward", main.id, by, at))
        for issue in (main, other):
            self.insert(issue, Event(self.ids.object(at), at, by, "IssueLinked"))

    def insert(self, issue: Issue, event: Event) -> None:
        """Put an event without changes where its time is, after creation."""
        place = bisect_right(issue.events, event.at, lo=1, key=lambda known: known.at)
        issue.events.insert(place, event)
        issue.version += 1
        if place == len(issue.events) - 1:
            issue.values["updatedAt"], issue.values["updatedBy"] = event.at, event.by


def _remember(values: dict[str, Any]) -> None:
    """Keep what a new status pushes out; a new issue has nothing to keep."""
    if "status" not in values:
        return
    values["previousStatus"] = values["status"]
    if "assignee" in values:
        values["previousStatusLastAssignee"] = values["assignee"]
    else:
        values.pop("previousStatusLastAssignee", None)


def _resolve(values: dict[str, Any], resolution: str | None, at: datetime, by: str) -> None:
    """An issue is resolved while it has a resolution."""
    if resolution is None:
        values.pop("resolvedAt", None)
        values.pop("resolvedBy", None)
    else:
        values["resolvedAt"], values["resolvedBy"] = at, by
