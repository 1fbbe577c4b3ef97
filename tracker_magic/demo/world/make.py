"""Makes the demo's own world: a company with a year of work behind it, drawn from a seed."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from random import Random

from tracker_magic.demo.model import Issue, World
from tracker_magic.demo.world.changelog import ChangelogWriter, IdGenerator
from tracker_magic.demo.world.life_cycle import IssueBuilder
from tracker_magic.demo.world.links import link_issues
from tracker_magic.demo.world.organisation import HIDDEN_QUEUE, YEAR, make_organisation
from tracker_magic.demo.world.planning import IssuePlan, QueueProfile, queue_profiles
from tracker_magic.demo.world.sampling import (
    DAY,
    MINUTE,
    arrival_time,
    chance,
    from_milliseconds,
    pick,
    to_milliseconds,
    working_time,
)
from tracker_magic.demo.world.seasons import BUG_WAVE_SHARE, bug_wave
from tracker_magic.demo.world.text_generator import TextGenerator

_ID_PREFIX = 0xA0A0A0
_QUEUE_SHARES = (("DEV", 0.55), ("OPS", 0.82), ("DESIGN", 1.0))  # cumulative
_HIDDEN_SHARE = 0.03  # issues of the hidden queue, on top of those asked for
_MOVED_SHARE = 0.03  # issues of OPS that turn out to be work for DEV
_OFF_HOURS = {"DEV": 0.06, "OPS": 0.35, "DESIGN": 0.04, HIDDEN_QUEUE: 0.05}  # share of issues created off hours


@dataclass(slots=True)
class _Arrival:
    """An issue to come: its queue, its times in milliseconds and its keys."""

    queue: str
    created_ms: int
    moved_ms: int | None = None  # from OPS to DEV
    type: str | None = None  # None: any of the queue
    key: str = ""
    former_key: str = ""


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """Pause garbage collection: among millions of objects that all stay, it would take most of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def make_world(seed: int = 1, issues: int = 600, now: datetime | None = None) -> World:
    """Make a company with `issues` visible issues from the year before `now`.

    The same seed and `now` always give the same world.
    """
    now = (now or datetime.now(UTC)).astimezone(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    rng, world = Random(seed), make_organisation(now)
    with garbage_collection_paused():
        _add_issues(world, rng, issues, to_milliseconds(now))
    return world


def _add_issues(world: World, rng: Random, count: int, now: int) -> None:
    changelog = ChangelogWriter(world, IdGenerator(_ID_PREFIX))
    names = [user.first_name for user in world.users.values() if not user.dismissed and user.login != "robot-tracker"]
    texts = TextGenerator(rng, names, [version.name for version in world.versions.values() if version.queue == "DEV"])
    builder, profiles = IssueBuilder(changelog, rng, texts, now), queue_profiles(world)
    for arrival in _arrivals(rng, count, now):
        world.add(builder.build(_plan(changelog.ids, rng, arrival, profiles, now)))
    link_issues(changelog, rng, texts, now)


def _arrivals(rng: Random, count: int, now: int) -> list[_Arrival]:
    """Draw the issues to come, in order of creation."""
    begin = now - int(YEAR.total_seconds() * 1000)
    queues = [_draw_queue(rng) for _ in range(count)]
    queues += [HIDDEN_QUEUE] * (3 + int(count * _HIDDEN_SHARE) if count else 0)
    arrivals = [_Arrival(queue, arrival_time(rng, begin, now - MINUTE, _OFF_HOURS[queue])) for queue in queues]
    wave = bug_wave(now)
    for arrival in arrivals:
        if arrival.queue == "DEV" and chance(rng, BUG_WAVE_SHARE):
            arrival.type, arrival.created_ms = "bug", arrival_time(rng, wave.start, wave.stop, _OFF_HOURS["DEV"])
        if arrival.queue == "OPS" and chance(rng, _MOVED_SHARE):
            moved_ms = working_time(rng, arrival.created_ms + int((0.2 + 3 * rng.random()) * DAY), 0.1)
            arrival.moved_ms = moved_ms if moved_ms < now else None
    _assign_keys(arrivals)
    return sorted(arrivals, key=attrgetter("created_ms"))


def _draw_queue(rng: Random) -> str:
    return next(key for key, up_to in _QUEUE_SHARES if rng.random() <= up_to or up_to == 1)


def _assign_keys(arrivals: list[_Arrival]) -> None:
    """Number the keys of each queue in order of time; a moved issue gets its second key when it moves."""
    entries = [(arrival.created_ms, number, arrival) for number, arrival in enumerate(arrivals)]
    entries += [
        (arrival.moved_ms, number, arrival) for number, arrival in enumerate(arrivals) if arrival.moved_ms is not None
    ]
    last_number = dict.fromkeys(_OFF_HOURS, 0)
    for ms, _, arrival in sorted(entries, key=lambda entry: entry[:2]):
        queue = "DEV" if ms == arrival.moved_ms else arrival.queue
        last_number[queue] += 1
        arrival.former_key, arrival.key = arrival.key, f"{queue}-{last_number[queue]}"


def _plan(ids: IdGenerator, rng: Random, arrival: _Arrival, profiles: dict[str, QueueProfile], now: int) -> IssuePlan:
    profile = profiles[arrival.queue]
    issue = Issue(ids.object_id(from_milliseconds(arrival.created_ms)), arrival.key, {})
    if arrival.former_key:
        issue.aliases.append(arrival.former_key)
    team = profile.all_people if chance(rng, 0.3) else profile.team_at(arrival.created_ms, now)
    target = profiles["DEV"] if arrival.moved_ms is not None else None
    return IssuePlan(issue, profile, pick(rng, team), arrival.created_ms, arrival.moved_ms, target, arrival.type)
