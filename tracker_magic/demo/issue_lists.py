"""The lists of an issue: history, comments, worklog, links, attachments, checklist; values as in `model`."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(slots=True)
class Change:
    """One field's change; `old` and `new` are native values, None = unset."""

    field: str
    old: Any
    new: Any


@dataclass(slots=True)
class ListChange:
    """A change of one member of a list; `old` and `new` are the member before and after, None = not there.

    `list` is `comments`, `links`, `attachments` or `worklog`, with members as below; `reactions`, whose members are
    pairs of a comment and the reaction's name; or `relatedResolutions`: a link, and the key of the other issue's
    resolution.
    """

    list: str
    old: Any
    new: Any


@dataclass(slots=True)
class Event:
    """One changelog entry."""

    id: str
    at: datetime
    by: str
    type: str
    changes: tuple[Change, ...] = ()
    transport: str = "front"
    comments_added: tuple[int, ...] = ()
    list_changes: tuple[ListChange, ...] = ()


@dataclass(slots=True)
class Comment:
    """A comment of an issue."""

    id: int
    at: datetime
    by: str
    text: str
    type: str = "standard"
    transport: str = "internal"
    updated_at: datetime | None = None


@dataclass(slots=True)
class Work:
    """A worklog record; `seconds` are working seconds."""

    id: int
    by: str
    start: datetime
    seconds: int
    created_at: datetime
    updated_at: datetime
    comment: str = ""


@dataclass(slots=True)
class Link:
    """A link seen from its issue; `issue` is the other's id."""

    id: int
    type: str
    direction: str  # outward: this issue is the main one
    issue: str
    by: str
    at: datetime


@dataclass(slots=True)
class Attachment:
    """A file of an issue."""

    id: str
    name: str
    mimetype: str
    content: bytes
    by: str
    at: datetime


@dataclass(slots=True)
class ChecklistItem:
    """A line of a checklist."""

    id: str
    text: str
    checked: bool = False
    assignee: str | None = None
    deadline: date | None = None
