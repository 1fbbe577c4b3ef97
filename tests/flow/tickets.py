"""Frames of made-up tickets, built from records as the service sends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from tests.frames.builders import build_changelog, build_issues
from tracker_magic.frames import Schema

STATUSES = {
    "open": "new", "reopened": "new", "inProgress": "inProgress", "review": "inProgress", "rc": None,
    "onHold": "paused", "closed": "done", "resolved": "done", "cancelled": "cancelled",
}  # fmt: skip
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BASE = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
SCHEMA = Schema.from_records([], {})

Change = tuple[float, Sequence[tuple[str, Any, Any]]]  # days after BASE, (field, from, to) of one entry


@dataclass
class Ticket:
    """A ticket: when it was created (days after BASE), its present values, the creation entry's, and its changes."""

    key: str
    created: float = 0.0
    status: str = "open"
    changes: Sequence[Change] = ()
    creation: Sequence[tuple[str, Any, Any]] | None = (("status", None, "open"),)
    resolved: float | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def moment(days: float) -> datetime:
    """The moment so many days after BASE."""
    return BASE + timedelta(days=days)


def stamp(when: datetime) -> str:
    """A moment as the service writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}+0000"


def reference(name: str, value: Any) -> Any:
    """A value as the service sends it: references with key or id and display, others as they are."""
    if value is None:
        return None
    if isinstance(value, list):
        return [reference(name, member) for member in value] if name != "tags" else value
    if name in {"status", "priority", "resolution", "type", "statusType", "queue"}:
        return {"key": value, "display": f"{value} shown"}
    if name in {"assignee", "sprint", "fixVersions"}:
        return {"id": value, "display": f"{value} shown"}
    return value


def frames(tickets: Sequence[Ticket], now: datetime = NOW, tz: str = "UTC") -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frames of issues and of their changelog."""
    entries = [(ticket.key, entry) for ticket in tickets for entry in entries_of(ticket)]
    issues = build_issues([record(ticket) for ticket in tickets], SCHEMA.select(), tz)
    log = build_changelog(entries, tz, schema=SCHEMA)
    facts = {"fetched_at": now.isoformat(timespec="seconds"), "statuses": STATUSES}
    issues.attrs["tracker"], log.attrs["tracker"] = dict(facts), dict(facts)
    return issues, log


def record(ticket: Ticket) -> dict[str, Any]:
    """The ticket as the service sends it."""
    moves = [at for at, fields in ticket.changes if any(name == "status" for name, *_ in fields)]
    values = {
        "status": ticket.status,
        "statusType": STATUSES.get(ticket.status),
        "queue": ticket.key.split("-")[0],
        "type": "task",
        **ticket.values,
    }
    return {
        "id": f"id-{ticket.key}",
        "key": ticket.key,
        "summary": f"Ticket {ticket.key}",
        "createdAt": stamp(moment(ticket.created)),
        "statusStartTime": stamp(moment(max([ticket.created, *moves]))),
        **({} if ticket.resolved is None else {"resolvedAt": stamp(moment(ticket.resolved))}),
        **{name: reference(name, value) for name, value in values.items() if value is not None},
    }


def entries_of(ticket: Ticket) -> list[dict[str, Any]]:
    """The entries of the ticket's changelog; ids grow in the order of the changes."""
    entries = []
    if ticket.creation is not None:
        entries.append(entry(ticket, 0, ticket.created, "IssueCreated", ticket.creation))
    entries += [
        entry(ticket, number, at, "IssueWorkflow", fields) for number, (at, fields) in enumerate(ticket.changes, 1)
    ]
    return entries


def entry(ticket: Ticket, number: int, at: float, kind: str, fields: Sequence[tuple[str, Any, Any]]) -> dict[str, Any]:
    """One entry of a changelog."""
    return {
        "id": f"{ticket.key}-{number:05}",
        "updatedAt": stamp(moment(at)),
        "type": kind,
        "updatedBy": {"id": "7", "display": "Ann"},
        "fields": [
            {"field": {"id": name}, "from": reference(name, old), "to": reference(name, new)}
            for name, old, new in fields
        ],
    }


def moves(*steps: tuple[float, str], start: str = "open") -> list[Change]:
    """Changes of the status: (days after BASE, status)."""
    changes, current = [], start
    for at, status in steps:
        changes.append((at, [("status", current, status)]))
        current = status
    return changes
