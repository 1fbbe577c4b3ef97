"""Links that say which issue of another team work waits for."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tracker_magic.demo.model import Issue
from tracker_magic.demo.world.changelog import ChangelogWriter
from tracker_magic.demo.world.sampling import pick

_MAX_BLOCKERS = 20  # issues of the other team that may be the reason, counted back from the wait
_MAX_DELAY = timedelta(days=2)  # of a request to the other team


def link_waits(changelog: ChangelogWriter, rng: Random, by_queue: dict[str, list[Issue]]) -> None:
    """Link OPS with the work of DEV that it waits for, and blocked work of DEV with the request to OPS that follows.

    `by_queue` has the issues of each queue in order of creation.
    """
    dev, ops = by_queue.get("DEV", []), by_queue.get("OPS", [])
    for issue in ops:
        for at, author in _waits(issue, "status", "waiting"):
            open_then = [each for each in _created_before(dev, at) if not _was_resolved(each, at)]
            if open_then:
                changelog.link(pick(rng, open_then), issue, "depends", at, author)
    for issue in dev:
        for at, author in _waits(issue, "tags", "blocked"):
            request = _first_created_after(ops, at)
            if request is not None and request.values["createdAt"] - at < _MAX_DELAY:
                changelog.link(request, issue, "depends", request.values["createdAt"], author)


def _waits(issue: Issue, field: str, value: str) -> Iterator[tuple[datetime, str]]:
    """When a field of the issue came to be, or to contain, this value, and by whom."""
    for event in tuple(issue.events):
        for change in event.changes:
            if change.field == field and value in _members(change.new) and value not in _members(change.old):
                yield event.at, event.by


def _members(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _created_before(issues: list[Issue], at: datetime) -> list[Issue]:
    end = bisect_left(issues, at, key=_created_at)
    return issues[max(0, end - _MAX_BLOCKERS) : end]


def _first_created_after(issues: list[Issue], at: datetime) -> Issue | None:
    return next(iter(issues[bisect_left(issues, at, key=_created_at) :][:1]), None)


def _created_at(issue: Issue) -> datetime:
    created_at: datetime = issue.values["createdAt"]
    return created_at


def _was_resolved(issue: Issue, at: datetime) -> bool:
    return "resolvedAt" in issue.values and issue.values["resolvedAt"] <= at
