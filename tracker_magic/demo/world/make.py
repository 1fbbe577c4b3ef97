"""The demo's own world: a company with a year of work behind it, made from a seed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from random import Random

from tracker_magic.demo.model import Issue, World
from tracker_magic.demo.world.biography import Biographer
from tracker_magic.demo.world.casting import Cast, casts
from tracker_magic.demo.world.chronicle import Chronicle, Ids, milliseconds, moment
from tracker_magic.demo.world.draft import Draft
from tracker_magic.demo.world.memory import no_collection
from tracker_magic.demo.world.organisation import HIDDEN_QUEUE, YEAR, found
from tracker_magic.demo.world.relations import relate
from tracker_magic.demo.world.texts import Writer, chance, pick
from tracker_magic.demo.world.timing import DAY, arrival, at_work

_MAKER = 0xA0A0A0  # the middle digits of this world's ids
_SHARES = (("DEV", 0.55), ("OPS", 0.82), ("DESIGN", 1.0))
_HIDDEN_SHARE = 0.03  # issues that nobody may see, on top of those asked for
_MOVED_SHARE = 0.03  # issues of OPS that turn out to be work for DEV
_QUIET = {"DEV": 0.06, "OPS": 0.35, "DESIGN": 0.04, HIDDEN_QUEUE: 0.05}


@dataclass(slots=True)
class _Birth:
    """An issue to be: its queue and time, when it moves to DEV, and the keys it gets."""

    queue: str
    at: int
    moved_at: int | None = None
    key: str = ""
    former: str = ""


def make_world(seed: int = 1, issues: int = 600, now: datetime | None = None) -> World:
    """A company with `issues` visible issues of the year before `now`; the same seed and `now` give the same world."""
    now = (now or datetime.now(UTC)).astimezone(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    rng, world = Random(seed), found(now)
    with no_collection():
        _fill(world, rng, issues, milliseconds(now))
    return world


def _fill(world: World, rng: Random, issues: int, now: int) -> None:
    chronicle = Chronicle(world, Ids(_MAKER))
    names = [user.first_name for user in world.users.values() if not user.dismissed and user.login != "robot-tracker"]
    writer = Writer(rng, names, [version.name for version in world.versions.values() if version.queue == "DEV"])
    biographer, cast = Biographer(chronicle, rng, writer, now), casts(world)
    for birth in _births(rng, issues, now):
        world.add(biographer.live(_draft(chronicle, rng, birth, cast, now)))
    relate(chronicle, rng, writer, now)


def _births(rng: Random, issues: int, now: int) -> list[_Birth]:
    """Who comes when, in order of time, with keys numbered as they come; a moved one gets its last key as it moves."""
    begin = now - int(YEAR.total_seconds() * 1000)
    queues = [next(key for key, up_to in _SHARES if rng.random() <= up_to or up_to == 1) for _ in range(issues)]
    queues += [HIDDEN_QUEUE] * (3 + int(issues * _HIDDEN_SHARE) if issues else 0)
    births = [_Birth(queue, arrival(rng, begin, now - 60_000, _QUIET[queue])) for queue in queues]
    arrivals = [(birth.at, number, birth) for number, birth in enumerate(births)]
    for number, birth in enumerate(births):
        if birth.queue == "OPS" and chance(rng, _MOVED_SHARE):
            moved_at = at_work(rng, birth.at + int((0.2 + 3 * rng.random()) * DAY), 0.1)
            if moved_at < now:
                birth.moved_at = moved_at
                arrivals.append((moved_at, number, birth))
    _number(sorted(arrivals, key=lambda arrival: arrival[:2]))
    return sorted(births, key=attrgetter("at"))


def _number(arrivals: list[tuple[int, int, _Birth]]) -> None:
    last = dict.fromkeys(_QUIET, 0)
    for at, _, birth in arrivals:
        queue = "DEV" if at == birth.moved_at else birth.queue
        last[queue] += 1
        birth.former, birth.key = birth.key, f"{queue}-{last[queue]}"


def _draft(chronicle: Chronicle, rng: Random, birth: _Birth, cast: dict[str, Cast], now: int) -> Draft:
    own = cast[birth.queue]
    issue = Issue(chronicle.ids.object(moment(birth.at)), birth.key, {})
    if birth.former:
        issue.aliases.append(birth.former)
    author = pick(rng, own.everybody if chance(rng, 0.3) else own.people(birth.at, now))
    target = cast["DEV"] if birth.moved_at is not None else None
    return Draft(issue, own, author, birth.at, birth.moved_at, target)
