"""A mixture drawn from a seed: question, behaviour, faults, changes of the world."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from random import Random
from typing import Any, Final, Literal

from tests.tracker.mixtures.play import Change, Mixture, still_world
from tests.tracker.mixtures.questions import Criterion, Method, Question, criterion
from tracker_magic.demo.behaviour import Behaviour, Fault, FaultKind
from tracker_magic.demo.issue_lists import Change as FieldChange
from tracker_magic.demo.issue_lists import Comment, Event
from tracker_magic.demo.model import World

QUEUES: Final = ("DEV", "OPS", "DESIGN")
PRIORITIES: Final = ("normal", "critical", "minor", "trivial", "blocker")
COUNT: Final = 17
SHAPES: Final[tuple[Any, ...]] = ({}, {"issues": []}, COUNT, "text", None, [17], [[]], [None])
MOST_KEYS: Final = 120
SOME_KEYS: Final = 15
TOO_MANY: Final = 429
REFUSED: Final = (400, 400, 403, 404, 409, 410)  # what an expired scroll may be answered
ROUND_CEILINGS: Final = (50, 100)

EXACT: Final = 0.3
CROWD: Final = (20, 60)  # issues that change at once
LATER: Final = datetime(2026, 11, 1, 13, tzinfo=UTC)
ALIEN: Final = [{"id": "alien", "key": "ALIEN-1", "summary": "x"}]

# What one issue's list, or a page of a search, may suffer; how often.
KINDS: Final[tuple[FaultKind, ...]] = (
    "status", "status", "html", "empty", "shape", "cut", "drop", "drop", "reset", "slow", "expire_scroll",
    "empty_page", "repeat", "duplicate", "end_early", "miscount",
)  # fmt: skip
PATHS: Final[dict[Method, tuple[str, ...]]] = {
    "issues": ("issues/_search", "issues/_search", "issues/_search", "issues/_count", "/myself", "/issues/"),
    "count": ("issues/_count", "issues/_count", "/issues/"),
    "changelog": ("/changelog", "issues/_search", "/issues/"),
    "comments": ("/comments", "issues/_search", "/issues/"),
    "worklog": ("/worklog", "issues/_search", "/issues/"),
    "links": ("/links", "issues/_search", "/issues/"),
}
METHODS: Final[tuple[Method, ...]] = (
    "issues", "issues", "issues", "issues", "issues", "count", "changelog", "comments", "worklog", "links",
)  # fmt: skip


def drawn(seed: int) -> Mixture:
    """The mixture of this seed, always the same."""
    rng = Random(seed)
    method = rng.choice(METHODS)
    question = _question(rng, method)
    return Mixture(
        question,
        faults=tuple(_fault(rng, question) for _ in range(rng.randint(1, 4))),
        changes=tuple(_change(rng, method, number) for number in range(rng.choice((0, 0, 1, 2, 3)))),
        behaviour=_behaviour(rng),
    )


def told(seed: int, mixture: Mixture) -> str:
    """What to print of a mixture, so that it can be played again."""
    when = ", ".join(f"before {fault.path} #{fault.skip}" for fault, _ in mixture.changes)
    faults = "; ".join(
        f"{each.kind} {each.path} skip={each.skip} times={each.times} status={each.status} by={each.by}"
        for each in mixture.faults
    )
    behaviour = mixture.behaviour
    pages = f"pages of {behaviour.max_per_page}/{behaviour.max_per_scroll} ({behaviour.over_max})"
    return f"seed {seed}: {mixture.question}\n  faults: {faults}\n  changes: {when or 'none'}\n  {pages}"


def _question(rng: Random, method: Method) -> Question:
    limit = rng.choice((None, None, None, 1, 10, 45, 130))
    ascending = rng.choice((None, None, True, False))
    fields = rng.choice((None, ("summary", "status", "createdAt"), ("priority", "createdAt")))
    if method == "issues":
        return Question(method, _criterion(rng), limit, ascending, fields)
    if method == "count":
        return Question(method, _criterion(rng))
    return Question(method, _source(rng), fields=("status",) if method == "changelog" and rng.random() < 0.3 else None)


def _criterion(rng: Random) -> Criterion:
    by = rng.choice(("query", "filter", "queue", "keys"))
    if by == "keys":
        return _keys(rng, MOST_KEYS)
    if by == "queue":
        return criterion(by, rng.sample(QUEUES, rng.randint(1, 3)))
    if rng.random() < 0.5:
        return criterion(by, rng.sample(QUEUES, rng.randint(1, 3)))
    queues = rng.sample(QUEUES, rng.randint(0, 2))
    return criterion(by, queues, rng.sample(PRIORITIES, rng.randint(1, 3)))


def _source(rng: Random) -> Criterion:
    """Not too many issues: each costs a request."""
    if rng.random() < 0.5:
        return _keys(rng, SOME_KEYS)
    return rng.choice(
        (
            criterion("query", ["DESIGN"]),
            criterion("query", ["OPS"], ["minor"]),
            criterion("query", ["DEV"], ["blocker"]),
        )
    )


def _keys(rng: Random, most: int) -> Criterion:
    """Present keys in any order, now and then a former one; never two of one issue."""
    chosen = rng.sample(_names(), rng.randint(1, most))
    return Criterion("keys", tuple(rng.choice(names) for names in chosen))


@cache
def _names() -> list[list[str]]:
    """The present and former keys of each visible issue."""
    issues = still_world().issues.values()
    return [[issue.key, *issue.aliases] for issue in issues if not issue.key.startswith("SEC")]


def _behaviour(rng: Random) -> Behaviour:
    over_max: Literal["cap", "refuse"] = rng.choice(("cap", "cap", "refuse"))
    # A client that is refused tries a hundred: that much every service is known to give.
    ceilings = (100,) if over_max == "refuse" else (20, 33, 50, 100)
    page, scroll = rng.choice(ceilings), rng.choice(ceilings)
    # Totals that tell exactly what came: of a ceiling that is a round number a client may suspect it.
    exact = rng.random() < EXACT
    return Behaviour(
        max_per_page=page,
        max_per_scroll=scroll,
        over_max=over_max,
        link_scheme=rng.random() < 0.5,
        page_window=page if exact and page in ROUND_CEILINGS else 10_000,
        scroll_window=scroll if exact and scroll in ROUND_CEILINGS else rng.choice((None, None, None, None, 10, 60)),
        moved_status=rng.choice((301, 302, 307)),
    )


def _fault(rng: Random, question: Question) -> Fault:
    kind, path = rng.choice(KINDS), rng.choice(PATHS[question.method])
    times, skip = rng.choice((1, 1, 1, 2, 3)), rng.choice((0, 0, 1, 1, 2, 3, 5, 8))
    # What no list has a number to tell by stays out: a record of another list is no flaw that can be seen.
    shapes = (*SHAPES, ALIEN, ALIEN, ALIEN) if "_search" in path else SHAPES
    fault = Fault(kind, path, times, skip, seconds=0.03, body=rng.choice(shapes), by=rng.choice((-20, -1, 1, 3, 40)))
    if question.method == "count" and fault.body == COUNT:  # a wrong number is still a number
        fault.body = str(COUNT)
    if kind == "html":
        fault.status = rng.choice((200, 200, 502, 503))
    elif kind == "status":
        refused = rng.choice(REFUSED) if "_search" in path and skip else 503
        fault.status = rng.choice((500, 502, 503, 429, 429, refused))
        fault.headers = _retry_after(rng) if fault.status == TOO_MANY else {}
    return fault


def _retry_after(rng: Random) -> dict[str, str]:
    """None, at once, one second, or a moment that is over."""
    past = format_datetime(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1), usegmt=True)
    given = rng.choice((None, None, "0", "0", "0.2", past))
    return {"Retry-After": given} if given else {}


def _change(rng: Random, method: Method, number: int) -> tuple[Fault, Change]:
    """When something changes (before which request), and what: one issue, or a crowd that comes or goes at once."""
    when = Fault("hook", rng.choice(PATHS[method]), skip=rng.choice((0, 1, 1, 2, 4, 7)))
    pick = rng.random()
    priority, queue = PRIORITIES[int(pick * 997) % len(PRIORITIES)], QUEUES[int(pick * 997) % len(QUEUES)]
    changes: dict[str, Change] = {
        "priority": lambda world: _reprioritise(world, _picked(world, pick), priority),
        "crowd": lambda world: [_reprioritise(world, key, priority) for key in _crowd(world, pick)] and None,
        "move": lambda world: move(world, _picked(world, pick), queue),
        "trek": lambda world: [move(world, key, queue) for key in _crowd(world, pick)[: CROWD[0]]] and None,
        "comment": lambda world: _comment(world, _picked(world, pick), 900_000 + number),
    }
    return when, changes[rng.choice(("priority", "crowd", "crowd", "trek", "move", "comment"))]


def _picked(world: World, pick: float) -> str:
    """The key of a visible issue; DESIGN, the smallest queue, is picked often."""
    keys = [key for key in world.issues if not key.startswith("SEC")]
    small = [key for key in keys if key.startswith("DESIGN")]
    among = small if small and int(pick * 1009) % 3 == 0 else keys
    return among[int(pick * len(among))]


def _crowd(world: World, pick: float) -> list[str]:
    """The keys of many visible issues."""
    rng, keys = Random(pick), [key for key in world.issues if not key.startswith("SEC")]
    return rng.sample(keys, rng.randint(*CROWD))


def _reprioritise(world: World, key: str, priority: str) -> None:
    world.issues[key].values["priority"] = priority


def move(world: World, old: str, queue: str) -> None:
    """A new key, the old one leads to it, the history tells of it."""
    issue = world.issues.pop(old)
    last = max(int(key.rpartition("-")[2]) for key in world.keys if key.startswith(f"{queue}-"))
    change = FieldChange("queue", issue.values["queue"], queue)
    issue.events.append(Event(f"7f{len(world.keys):022x}", LATER, world.me, "IssueMoved", (change,)))
    issue.key, issue.values["queue"] = f"{queue}-{last + 1}", queue
    issue.aliases.append(old)
    world.add(issue)


def _comment(world: World, key: str, number: int) -> None:
    world.issues[key].comments.append(Comment(number, LATER, world.me, "Меж двух страниц"))
