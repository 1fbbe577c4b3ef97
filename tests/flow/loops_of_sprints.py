"""Sprints and burn-up once more, in plain Python loops: slow, short and independent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd

from tests.flow.loops import FINISHED, Item

AROUND_END = timedelta(hours=1)
MOSCOW = "Europe/Moscow"  # the zone of the days


@dataclass
class Membership:
    """How long an issue had a value among those of a field; `left` is None while it still has it."""

    value: str
    entered: datetime
    left: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it had the value just before a moment, that is at the end of a day."""
        return self.entered < at and (self.left is None or self.left >= at)


def memberships(issues: pd.DataFrame, log: pd.DataFrame, field: str, now: datetime) -> dict[str, list[Membership]]:
    """By issue, when it had which values of a many-valued field."""
    rows: dict[str, list[Any]] = {}
    columns = ("key", "at", "type", "id", "from.key", "to.key")
    for row in zip(*(log.loc[log["field"] == field, name].astype(object) for name in columns), strict=True):
        rows.setdefault(row[0], []).append(row)
    present = zip(issues["key"], issues["createdAt"], issues[f"{field}.id"], strict=True)
    return {key: list(_spans(created, value, rows.get(key, []), now)) for key, created, value in present}


def _spans(created: datetime, present: Any, rows: list[Any], now: datetime) -> Iterator[Membership]:
    creation = [row for row in rows if row[2] == "IssueCreated"]
    changes = sorted((row for row in rows if row[2] != "IssueCreated"), key=lambda row: (max(row[1], created), row[3]))
    initial = _values(changes[0][4]) if changes else list(present or [])
    values = _values(creation[-1][5]) if creation else initial
    open_since = dict.fromkeys(values, created)
    for _, moment, _, _, _, new in changes:
        at = max(moment, created)
        if at > now:
            break
        after = _values(new)
        for value in [each for each in open_since if each not in after]:
            yield Membership(value, open_since.pop(value), at)
        for value in after:
            open_since.setdefault(value, at)
    yield from (Membership(value, since, None) for value, since in open_since.items())


def _values(text: Any) -> list[str]:
    return text.split(", ") if isinstance(text, str) else []


def sprint_report(items: list[Item], sprints: pd.DataFrame, members: dict[str, list[Membership]], now: datetime) -> Any:
    """By sprint and issue: committed, whether it was removed, and the outcome."""
    starts = {row["id"]: row["startDateTime"] for _, row in sprints.iterrows()}
    result: dict[tuple[str, str], Any] = {}
    for _, sprint in sprints.iterrows():
        planned = (sprint["endDate"] + timedelta(days=1)).tz_localize(MOSCOW)
        last = planned if pd.isna(sprint["endDateTime"]) else sprint["endDateTime"]
        start, end, is_complete = sprint["startDateTime"], min(last, now), last <= now
        for item in items:
            spans = [each for each in members[item.key] if each.value == sprint["id"]]
            spans = [each for each in spans if each.entered < end and (each.left is None or each.left > start)]
            if not spans or start >= end:
                continue
            added, left = min(each.entered for each in spans), max(spans, key=lambda each: each.entered).left
            is_removed = left is not None and left < (end - AROUND_END if is_complete else end)
            others = [each for each in members[item.key] if each.value != sprint["id"]]
            outcome = _outcome(item, max(start, added), end)
            if is_removed:
                outcome = "removed"
            elif outcome is None and is_complete:
                later = (each for each in others if starts.get(each.value, start) > start)
                goes_on = any(each.left is None or each.left > end - AROUND_END for each in later)
                outcome = "carried" if goes_on else "returned"
            result[sprint["id"], item.key] = (added <= start, is_removed, outcome)
    return result


def _outcome(item: Item, begin: datetime, end: datetime) -> str | None:
    """What became of an issue whose time in the sprint began then; None if it is not finished at the end."""
    stays = [stay for stay in item.stays if stay.entered <= end]
    if item.kind(stays[-1].status) not in FINISHED:
        return None
    since = stays[-1].entered
    for earlier, stay in pairwise(reversed(stays)):
        if item.kind(stay.status) not in FINISHED:
            since = earlier.entered
            break
        since = stay.entered
    if since <= begin:
        return "finished_before"
    return "cancelled" if item.kind(stays[-1].status) == "cancelled" else "done"


def burnup(items: list[Item], members: dict[str, list[Membership]] | None, value: str, end: datetime) -> Any:
    """How many issues were in scope at the end of a day, and how many of these were finished."""
    in_scope = [
        item
        for item in items
        if item.created < end
        and (members is None or any(each.value == value and each.holds(end) for each in members[item.key]))
    ]
    return len(in_scope), sum(item.kind(item.status_at(end)) in FINISHED for item in in_scope)
