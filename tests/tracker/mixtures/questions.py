"""Questions to a Tracker in the tests of faults, and which issues match them, without using the query language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import pandas as pd

from tracker_magic import Tracker
from tracker_magic.demo.model import Issue, World

Method = Literal[
    "issues", "count", "changelog", "comments", "worklog", "links", "queues", "users", "all_worklog"
]  # fmt: skip
OF_ORGANISATION: Final = {"queues", "users", "all_worklog"}  # methods that need no issues
Matches = Callable[[Issue], bool]


@dataclass(frozen=True)
class Criterion:
    """A criterion of `issues` (`by` and `value`); the other fields say the same in plain data."""

    by: Literal["query", "filter", "queue", "keys"]
    value: Any
    queues: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def matches(self, world: World) -> Matches:
        """A function that says whether an issue of this world matches."""
        if self.by == "keys":
            ids = {issue.id for key in self.value if (issue := world.find(key))}
            return lambda issue: issue.id in ids
        return lambda issue: (
            (not self.queues or issue.key.rpartition("-")[0] in self.queues)
            and (not self.priorities or issue.values.get("priority") in self.priorities)
            and (not self.types or issue.values.get("type") in self.types)
            and (not self.statuses or issue.values.get("status") in self.statuses)
        )


def criterion(
    by: Literal["query", "filter", "queue"],
    queues: Sequence[str] = (),
    priorities: Sequence[str] = (),
    types: Sequence[str] = (),
    statuses: Sequence[str] = (),
) -> Criterion:
    """The same issues as a query, as a filter, or (queues alone) as `queue`."""
    fields = {"queue": list(queues), "priority": list(priorities), "type": list(types), "status": list(statuses)}
    values = {name: members for name, members in fields.items() if members}
    value: Any = values
    if by == "query":
        value = " ".join(f"{name.capitalize()}: {', '.join(members)}" for name, members in values.items())
    elif by == "queue":
        value = list(queues)
    return Criterion(by, value, tuple(queues), tuple(priorities), tuple(types), tuple(statuses))


@dataclass(frozen=True)
class Question:
    """One call of a Tracker. `ascending`: the direction of the order by `ordered_by`; None: no order.

    `since`: the first day of everybody's work.
    """

    method: Method
    criterion: Criterion
    limit: int | None = None
    ascending: bool | None = None
    fields: tuple[str, ...] | None = None
    ordered_by: Literal["createdAt", "updatedAt"] = "createdAt"
    since: date | None = None

    def ask(self, tracker: Tracker, timeout: float) -> pd.DataFrame | int:
        """Make the call; raises what the Tracker raises."""
        by, value = self.criterion.by, self.criterion.value
        if self.method == "all_worklog":
            return tracker.worklog(since=self.since, timeout=timeout)
        if self.method in OF_ORGANISATION:
            return getattr(tracker, self.method)(timeout=timeout)
        if self.method == "count":
            return tracker.count(**{by: value}, timeout=timeout)
        if self.method != "issues":
            fields = {"fields": list(self.fields)} if self.fields else {}
            return getattr(tracker, self.method)(value, timeout=timeout, **fields)
        order = None if self.ascending is None else self.ordered_by if self.ascending else f"-{self.ordered_by}"
        fields = list(self.fields) if self.fields else None
        return tracker.issues(**{by: value}, order=order, limit=self.limit, fields=fields, timeout=timeout)
