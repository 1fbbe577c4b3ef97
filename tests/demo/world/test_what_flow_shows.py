"""A made-up world has what flow analytics are about: waits, blocked work, changed sprints, better and worse weeks."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import pytest

from tracker_magic.demo.model import Issue, World
from tracker_magic.demo.world import make_world
from tracker_magic.demo.world.sampling import from_milliseconds, to_milliseconds
from tracker_magic.demo.world.seasons import bug_wave, slow_quarter

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
DATES = [
    NOW,
    datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    datetime(2027, 1, 1, tzinfo=UTC),
    datetime(2028, 2, 29, 6, tzinfo=UTC),
]


@pytest.fixture(scope="module")
def world() -> World:
    """A world of the size that the demo starts with."""
    return make_world(seed=1, issues=600, now=NOW)


@pytest.fixture(scope="module")
def large() -> World:
    """A world large enough for statistics."""
    return make_world(seed=2, issues=3000, now=NOW)


def changes_of(issue: Issue, field: str) -> Iterator[tuple[datetime, Any, Any]]:
    """When a field changed, and its values before and after; an unset list is empty."""
    for event in issue.events:
        for change in event.changes:
            if change.field == field:
                yield event.at, change.old or [], change.new or []


def moments(issue: Issue, status: str) -> list[datetime]:
    """When the issue entered a status."""
    return [at for at, _, new in changes_of(issue, "status") if new == status]


def test_issues_are_removed_from_running_sprints(world: World) -> None:
    """Some unfinished issues leave a sprint between its start and its end, and go into no other one."""
    removed = []
    for issue in world.issues.values():
        for at, old, new in changes_of(issue, "sprint"):
            if old and not new:
                sprint = world.sprints[old[-1]]
                assert sprint.started_at is not None
                assert at < (sprint.ended_at or NOW)
                removed.append(issue.key)
    assert len(removed) >= 5


def test_blocked_work_has_a_tag_until_it_goes_on(world: World) -> None:
    """The tag `blocked` is put on many issues and removed again; few have it now, and none is finished by then."""
    put = taken = 0
    for issue in world.issues.values():
        for _, old, new in changes_of(issue, "tags"):
            put += "blocked" in new and "blocked" not in old
            taken += "blocked" in old and "blocked" not in new
    blocked_now = [issue for issue in world.issues.values() if "blocked" in issue.values.get("tags", ())]
    assert put - taken == len(blocked_now)
    assert taken >= 20
    assert not any(issue.values.get("resolution") for issue in blocked_now)


def test_ops_wait_for_dev(world: World) -> None:
    """When work of OPS has to wait, it is linked with an issue of DEV that existed and was not resolved."""
    waits = 0
    for issue in world.issues.values():
        for link in issue.links:
            other = world.find(link.issue)
            assert other is not None
            waiting = link.type == "depends" and link.direction == "inward" and issue.values["queue"] == "OPS"
            if waiting and other.values["queue"] == "DEV":
                waits += 1
                assert link.at in moments(issue, "waiting")
                assert other.values["createdAt"] < link.at
                assert other.values.get("resolvedAt", NOW) > link.at or len(moments(other, "reopened"))
    assert waits >= 10


def test_blocked_work_of_dev_waits_for_requests_to_ops(world: World) -> None:
    """Blocked work of DEV is linked with the issue of OPS that was created for it."""
    pairs = [
        (link.at, other.values["createdAt"])
        for issue in world.issues.values()
        for link in issue.links
        if link.type == "depends" and link.direction == "inward" and issue.values["queue"] == "DEV"
        if (other := world.find(link.issue)) is not None and other.values["queue"] == "OPS"
    ]
    assert len(pairs) >= 10
    assert all(linked_at == created_at for linked_at, created_at in pairs)


def test_entities_have_a_progress(world: World) -> None:
    """Each project, portfolio and goal says how far it is, and only what is launched is complete."""
    progress = {entity.id: entity.fields["progressPercentage"] for entity in world.entities.values()}
    complete = {entity.id for entity in world.entities.values() if entity.fields["entityStatus"] == "launched"}
    assert all(0 < percent <= 100 for percent in progress.values())
    assert {name for name, percent in progress.items() if percent == 100} == complete


def test_bugs_come_in_a_wave(world: World) -> None:
    """In the weeks after a release, bugs are at least three times as frequent as in the other weeks."""
    wave = bug_wave(to_milliseconds(NOW))
    bugs = [issue.values["createdAt"] for issue in world.issues.values() if issue.values["type"] == "bug"]
    inside = sum(to_milliseconds(created_at) in wave for created_at in bugs)
    weeks = (wave.stop - wave.start) / (7 * 24 * 3_600_000)
    assert inside / weeks > 3 * (len(bugs) - inside) / (52 - weeks)
    begin = from_milliseconds(wave.start).date()
    assert begin in {version.due for version in world.versions.values()}


def test_work_is_slow_in_one_quarter(large: World) -> None:
    """Statuses entered in the slow quarter last at least twice as long as others."""
    slow, durations = slow_quarter(to_milliseconds(NOW)), {True: [], False: []}
    for issue in large.issues.values():
        for (entered, _, status), (left, *_) in pairwise(changes_of(issue, "status")):
            if status == "inProgress" and issue.values["queue"] == "DEV":
                durations[to_milliseconds(entered) in slow].append(left - entered)
    assert median(durations[True]) > 2 * median(durations[False])


@pytest.mark.parametrize("now", DATES, ids=str)
def test_the_slow_quarter_is_whole_and_over_before_the_wave(now: datetime) -> None:
    """On any date, the slow quarter is a calendar quarter within the year, and ends before the wave begins."""
    slow, wave = slow_quarter(to_milliseconds(now)), bug_wave(to_milliseconds(now))
    begin, end = from_milliseconds(slow.start), from_milliseconds(slow.stop)
    assert (begin.day, end.day, begin.month % 3, end.month % 3) == (1, 1, 1, 1)
    assert timedelta(days=89) < end - begin < timedelta(days=93)
    assert now - timedelta(weeks=52) < begin
    assert slow.stop < wave.start < wave.stop < to_milliseconds(now)


@pytest.mark.parametrize("now", DATES, ids=str)
def test_every_date_has_such_a_world(now: datetime) -> None:
    """A world made on another date has a wave, blocked issues, waits and removals, too."""
    world = make_world(seed=3, issues=300, now=now)
    kinds: Counter[str] = Counter()
    for issue in world.issues.values():
        kinds["blocked"] += any("blocked" in new for _, _, new in changes_of(issue, "tags"))
        kinds["removed"] += any(not new for _, _, new in changes_of(issue, "sprint"))
        kinds["waits"] += bool(moments(issue, "waiting"))
        kinds["wave"] += to_milliseconds(issue.values["createdAt"]) in bug_wave(to_milliseconds(now))
    assert min(kinds[name] for name in ("blocked", "removed", "waits", "wave")) > 0
