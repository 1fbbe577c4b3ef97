"""Flow metrics once more, in plain Python loops over the rows of frames: slow, short and independent."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd

DAY = timedelta(days=1)
FINISHED = {"done", "cancelled"}


@dataclass
class Stay:
    """A stay in a status, and the status that the change names as the one before."""

    status: str | None
    before: str | None
    entered: datetime
    left: datetime
    is_creation: bool = False

    @property
    def days(self) -> float:
        """Its length."""
        return (self.left - self.entered) / DAY


@dataclass
class Item:
    """What an issue's history says."""

    key: str
    created: datetime
    stays: list[Stay]
    types: Mapping[str, str | None]

    def kind(self, status: str | None) -> str | None:
        """The type of a status; one without a type is in progress."""
        return None if status is None else self.types[status] or "inProgress"

    def is_finish(self, stay: Stay) -> bool:
        """Whether a stay begins with a finish."""
        return not stay.is_creation and self.kind(stay.status) in FINISHED and self.kind(stay.before) not in FINISHED

    def finish(self, reopen: str = "last") -> int | None:
        """The position of the stay with which the issue finished."""
        found = [position for position, stay in enumerate(self.stays) if self.is_finish(stay)]
        if reopen == "first":
            return found[0] if found else None
        return found[-1] if found and self.kind(self.stays[-1].status) in FINISHED else None

    def start(self, rule: str, back: str, end: int | None) -> int | None:
        """The position of the stay with which work started, before the end."""
        known = self.stays if end is None else self.stays[: end + 1]
        first = 0
        if back == "restart":
            first = max((p + 1 for p, stay in enumerate(known[:end]) if self.kind(stay.status) == "new"), default=0)
        for position, stay in enumerate(known):
            kind, before = self.kind(stay.status), self.kind(stay.before)
            entered = kind not in FINISHED | {"new", None}
            left = not stay.is_creation and before == "new" and kind not in {"new", None}
            if position >= first and (entered if rule == "enter" else left):
                return position
        return None

    def lead(self, reopen: str = "last") -> float | None:
        """Days from creation to finish."""
        end = self.finish(reopen)
        if end is None:
            return None
        if reopen == "sum":
            return sum(stay.days for stay in self.stays[:end] if self.kind(stay.status) not in FINISHED)
        return (self.stays[end].entered - self.created) / DAY

    def cycle(self, rule: str = "enter", back: str = "keep") -> float | None:
        """Days from start to the last finish."""
        end = self.finish()
        start = None if end is None else self.start(rule, back, end)
        return None if end is None or start is None else (self.stays[end].entered - self.stays[start].entered) / DAY

    def efficiency(self) -> float | None:
        """The share of work in the time of work and waiting between start and finish."""
        end = self.finish()
        start = None if end is None else self.start("enter", "keep", end)
        if start is None:
            return None
        days = Counter[str | None]()
        for stay in self.stays[start:end]:
            days[self.types.get(stay.status or "")] += stay.days  # type: ignore[assignment]
        known = days["inProgress"] + days["new"] + days["paused"]
        return days["inProgress"] / known if known else None

    def age(self, now: datetime) -> float | None:
        """Days since the start, if it is in progress."""
        start = self.start("enter", "keep", self.finish())
        kind = self.kind(self.stays[-1].status)
        return None if start is None or kind in FINISHED | {"new", None} else (now - self.stays[start].entered) / DAY

    def status_at(self, at: datetime) -> str | None:
        """The status at a moment; None before the creation."""
        found = [stay.status for stay in self.stays if stay.entered < at]
        return found[-1] if found else None

    def is_in_progress(self, at: datetime) -> bool:
        """Whether the board had it in progress at a moment."""
        position = self.start("enter", "keep", self.finish())
        kind = self.kind(self.status_at(at))
        return position is not None and self.stays[position].entered < at and kind not in FINISHED | {"new", None}


def read_items(issues: pd.DataFrame, log: pd.DataFrame, now: datetime) -> list[Item]:
    """The items of the frames."""
    types = log.attrs["tracker"]["statuses"]
    rows: dict[str, list[Any]] = {}
    status_rows = log[log["field"] == "status"].drop_duplicates(["key", "id", "at", "from.key", "to.key"])
    columns = ("key", "at", "type", "id", "from.key", "to.key")
    for row in zip(*(status_rows[name].astype(object) for name in columns), strict=True):
        rows.setdefault(row[0], []).append(row)
    present = zip(*(issues[name].astype(object) for name in ("key", "createdAt", "status.key")), strict=True)
    return [
        Item(key, created, _stays(created, status, rows.get(key, []), now), types)
        for key, created, status in present
        if created <= now
    ]


def _stays(created: datetime, present: str, rows: list[Any], now: datetime) -> list[Stay]:
    creation = [row for row in rows if row[2] == "IssueCreated"]
    changes = sorted((row for row in rows if row[2] != "IssueCreated"), key=lambda row: (max(row[1], created), row[3]))
    initial = _value(changes[0][4]) if changes else present
    first = _value(creation[-1][5]) if creation else initial
    stays = [Stay(first, None, created, now, is_creation=True)]
    for _, at, _, _, old, new in changes:
        if at <= now:
            before = _value(old) or stays[-1].status
            stays.append(Stay(_value(new), before, max(at, created), now))
    for one, following in pairwise(stays):
        one.left = following.entered
    return stays


def _value(text: Any) -> str | None:
    return text if isinstance(text, str) else None


def time_in_status(items: Iterable[Item]) -> Counter[tuple[str, str | None]]:
    """Days by issue and status."""
    totals: Counter[tuple[str, str | None]] = Counter()
    for item in items:
        for stay in item.stays:
            totals[item.key, stay.status] += stay.days  # type: ignore[assignment]
    return totals


def board(items: Iterable[Item], at: datetime) -> dict[str, int]:
    """How many issues are new, in progress and finished at a moment."""
    counts = Counter[str]()
    for item in items:
        kind = item.kind(item.status_at(at))
        if kind is not None:
            counts["finished" if kind in FINISHED else "new" if kind == "new" else "in progress"] += 1
    return {name: counts[name] for name in ("new", "in progress", "finished")}


def weekly_throughput(items: Iterable[Item]) -> Counter[datetime]:
    """How many items finished in each week in UTC, by its Monday."""
    weeks: Counter[datetime] = Counter()
    for item in items:
        end = item.finish()
        if end is not None:
            day = (
                item.stays[end].entered.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            )
            weeks[day - timedelta(days=day.weekday())] += 1
    return weeks
