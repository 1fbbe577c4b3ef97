"""What is asked in the tests of faults, and who belongs to the answer, told without the query language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from tracker_magic import Tracker
from tracker_magic.demo.model import Issue, World

Method = Literal["issues", "count", "changelog", "comments", "worklog", "links"]
Belongs = Callable[[Issue], bool]


@dataclass(frozen=True)
class Criterion:
    """One of the ways to say which issues, as `issues` takes it; `queue` and the like tell the same in plain words."""

    by: Literal["query", "filter", "queue", "keys"]
    value: Any
    queues: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def belongs(self, world: World) -> Belongs:
        """Who belongs to it, in this world."""
        if self.by == "keys":
            asked = {found.id for key in self.value if (found := world.find(key))}
            return lambda issue: issue.id in asked
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
    """The same issues asked for as a query, as a filter, or (queues alone) as `queue`."""
    named = {"queue": list(queues), "priority": list(priorities), "type": list(types)}
    given = {name: values for name, values in named.items() if values}
    value: Any = given
    if by == "query":
        value = " ".join(f"{name.capitalize()}: {', '.join(values)}" for name, values in given.items())
    elif by == "queue":
        value = list(queues)
    return Criterion(by, value, tuple(queues), tuple(priorities), tuple(types))


@dataclass(frozen=True)
class Question:
    """One call of a Tracker. `ascending` says which way `order` (by creation) goes; None: no order."""

    method: Method
    criterion: Criterion
    limit: int | None = None
    ascending: bool | None = None
    fields: tuple[str, ...] | None = None

    def put(self, tracker: Tracker, timeout: float) -> pd.DataFrame | int:
        """Ask it; raises what the Tracker raises."""
        given, value = self.criterion.by, self.criterion.value
        if self.method == "count":
            return tracker.count(**{given: value}, timeout=timeout)
        if self.method != "issues":
            fields = {"fields": list(self.fields)} if self.fields else {}
            return getattr(tracker, self.method)(value, timeout=timeout, **fields)
        order = None if self.ascending is None else "createdAt" if self.ascending else "-createdAt"
        fields = list(self.fields) if self.fields else None
        return tracker.issues(**{given: value}, order=order, limit=self.limit, fields=fields, timeout=timeout)
