"""Questions to a Tracker in the tests of faults, and which issues match them, without using the query language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from tracker_magic import Tracker
from tracker_magic.demo.model import Issue, World

Method = Literal["issues", "count", "changelog", "comments", "worklog", "links"]
Matches = Callable[[Issue], bool]


@dataclass(frozen=True)
class Criterion:
    """A criterion of `issues` (`by` and `value`); `queues`, `priorities` and `types` say the same in plain data."""

    by: Literal["query", "filter", "queue", "keys"]
    value: Any
    queues: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def matches(self, world: World) -> Matches:
        """A function that says whether an issue of this world matches."""
        if self.by == "keys":
            ids = {issue.id for key in self.value if (issue := world.find(key))}
            return lambda issue: issue.id in ids
        return lambda issue: (
            (not self.queues or issue.key.rpartition("-")[0] in self.queues)
            and (not self.priorities or issue.values.get("priority") in self.priorities)
            and (not self.types or issue.values.get("type") in self.types)
        )


def criterion(
    by: Literal["query", "filter", "queue"],
    queues: Sequence[str] = (),
    priorities: Sequence[str] = (),
    types: Sequence[str] = (),
) -> Criterion:
    """The same issues as a query, as a filter, or (queues alone) as `queue`."""
    fields = {"queue": list(queues), "priority": list(priorities), "type": list(types)}
    values = {name: members for name, members in fields.items() if members}
    value: Any = values
    if by == "query":
        value = " ".join(f"{name.capitalize()}: {', '.join(members)}" for name, members in values.items())
    elif by == "queue":
        value = list(queues)
    return Criterion(by, value, tuple(queues), tuple(priorities), tuple(types))


@dataclass(frozen=True)
class Question:
    """One call of a Tracker. `ascending`: the direction of the order by creation; None: no order."""

    method: Method
    criterion: Criterion
    limit: int | None = None
    ascending: bool | None = None
    fields: tuple[str, ...] | None = None

    def ask(self, tracker: Tracker, timeout: float) -> pd.DataFrame | int:
        """Make the call; raises what the Tracker raises."""
        by, value = self.criterion.by, self.criterion.value
        if self.method == "count":
            return tracker.count(**{by: value}, timeout=timeout)
        if self.method != "issues":
            fields = {"fields": list(self.fields)} if self.fields else {}
            return getattr(tracker, self.method)(value, timeout=timeout, **fields)
        order = None if self.ascending is None else "createdAt" if self.ascending else "-createdAt"
        fields = list(self.fields) if self.fields else None
        return tracker.issues(**{by: value}, order=order, limit=self.limit, fields=fields, timeout=timeout)
