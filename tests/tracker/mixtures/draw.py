"""A mixture drawn from a seed: question, behaviour, faults, changes of the world."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from random import Random
from typing import Any, Final, Literal

from tests.tracker.mixtures.play import Change, Mixture, still_world
from tests.tracker.mixtures.questions import Criterion, Method, Question, criterion
from tracker_magic.demo.behaviour import Behaviour, Fault, FaultKind
from tracker_magic.demo.model import World
from tracker_magic.demo.parts import Comment

QUEUES: Final = ("DEV", "OPS", "DESIGN")
PRIORITIES: Final = ("normal", "critical", "minor", "trivial", "blocker")
SHAPES: Final[tuple[Any, ...]] = ({}, {"issues": []}, 17, "text", None, [17], [[]], [None])
MOST_KEYS: Final = 120
SOME_KEYS: Final = 15
LISTS: Final = {"changelog", "comments", "worklog"}
TOO_MANY: Final = 429

# What the client cannot do yet; each is an xfail of test_faults_alone. Whoever mends one strikes it out here too.
NOT_YET: Final = frozenset(
    {
        "empty page",  # of a scroll: it stays open; of comments and history: rows are lost
        "row twice in a list",  # of comments, history, work
        "former key and order",  # issues that are asked for one by one stand last, whatever the order
        "former key counted",  # `count(keys=…)` leaves it out
    }
)

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
        changes=tuple(
            _change(rng, method, number, moves=_may_go_by_key(question))
            for number in range(rng.choice((0, 0, 1, 2, 3)))
        ),
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
        asked = _criterion(rng, former=ascending is None or "former key and order" not in NOT_YET)
        return Question(method, asked, limit, ascending, fields)
    if method == "count":
        return Question(method, _criterion(rng, former="former key counted" not in NOT_YET))
    return Question(method, _source(rng), fields=("status",) if method == "changelog" and rng.random() < 0.3 else None)


def _criterion(rng: Random, *, former: bool) -> Criterion:
    by = rng.choice(("query", "filter", "queue", "keys"))
    if by == "keys":
        return _keys(rng, MOST_KEYS, former=former)
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


def _keys(rng: Random, most: int, *, former: bool = True) -> Criterion:
    """Present keys in any order, now and then a former one; never two of one issue."""
    chosen = rng.sample(_names(), rng.randint(1, most))
    return Criterion("keys", tuple(rng.choice(names if former else names[:1]) for names in chosen))


@cache
def _names() -> list[list[str]]:
    """The present and former keys of each visible issue."""
    issues = still_world().issues.values()
    return [[issue.key, *issue.aliases] for issue in issues if not issue.key.startswith("SEC")]


def _behaviour(rng: Random) -> Behaviour:
    over_max: Literal["cap", "refuse"] = rng.choice(("cap", "cap", "refuse"))
    # A client that is refused tries a hundred: that much every service is known to give.
    ceilings = (100,) if over_max == "refuse" else (20, 33, 50, 100)
    return Behaviour(
        max_per_page=rng.choice(ceilings),
        max_per_scroll=rng.choice(ceilings),
        over_max=over_max,
        link_scheme=rng.random() < 0.5,
        scroll_window=rng.choice((None, None, 10, 60)),
        moved_status=rng.choice((301, 302, 307)),
    )


def _fault(rng: Random, question: Question) -> Fault:
    kind, path = rng.choice(KINDS), rng.choice(PATHS[question.method])
    times, skip = rng.choice((1, 1, 1, 2, 3)), rng.choice((0, 0, 1, 1, 2, 3, 5, 8))
    if kind == "empty_page" and "empty page" in NOT_YET:
        kind = "expire_scroll"
    if kind == "duplicate" and question.method in LISTS and "row twice in a list" in NOT_YET:
        path = "issues/_search"
    fault = Fault(kind, path, times, skip, seconds=0.03, body=rng.choice(SHAPES), by=rng.choice((-20, -1, 1, 3, 40)))
    if kind == "html":
        fault.status = rng.choice((200, 200, 502, 503))
    elif kind == "status":
        refused = 400 if "_search" in path and skip and _may_go_by_key(question) else 503
        fault.status = rng.choice((500, 502, 503, 429, 429, refused))
        fault.headers = _retry_after(rng) if fault.status == TOO_MANY else {}
    return fault


def _retry_after(rng: Random) -> dict[str, str]:
    """None, at once, one second, or a moment that is over."""
    past = format_datetime(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1), usegmt=True)
    given = rng.choice((None, None, "0", "0", "0.2", past))
    return {"Retry-After": given} if given else {}


def _may_go_by_key(question: Question) -> bool:
    """Whether the client may come to ask by keys one by one: an issue was moved meanwhile, or a search refused."""
    if question.criterion.by != "keys" or not NOT_YET & {"former key and order", "former key counted"}:
        return True
    return question.method != "count" and question.ascending is None


def _change(rng: Random, method: Method, number: int, *, moves: bool) -> tuple[Fault, Change]:
    """When something changes (before which request), and what."""
    when = Fault("hook", rng.choice(PATHS[method]), skip=rng.choice((0, 1, 1, 2, 4, 7)))
    pick = rng.random()
    kind = rng.choice(("leave", "leave", "move", "comment"))
    if kind == "leave":
        return when, lambda world: _reprioritise(world, pick, PRIORITIES[int(pick * 997) % len(PRIORITIES)])
    if kind == "move" and moves:
        return when, lambda world: _move(world, pick, QUEUES[int(pick * 997) % len(QUEUES)])
    return when, lambda world: _comment(world, pick, 900_000 + number)


def _picked(world: World, pick: float) -> str:
    """The key of a visible issue; DESIGN, the smallest queue, is picked often."""
    keys = [key for key in world.issues if not key.startswith("SEC")]
    small = [key for key in keys if key.startswith("DESIGN")]
    among = small if small and int(pick * 1009) % 3 == 0 else keys
    return among[int(pick * len(among))]


def _reprioritise(world: World, pick: float, priority: str) -> None:
    world.issues[_picked(world, pick)].values["priority"] = priority


def _move(world: World, pick: float, queue: str) -> None:
    """A new key, the old one leads to it."""
    old = _picked(world, pick)
    issue = world.issues.pop(old)
    last = max(int(key.rpartition("-")[2]) for key in world.keys if key.startswith(f"{queue}-"))
    issue.key, issue.values["queue"] = f"{queue}-{last + 1}", queue
    issue.aliases.append(old)
    world.add(issue)


def _comment(world: World, pick: float, number: int) -> None:
    at = datetime(2026, 11, 1, 13, tzinfo=UTC)
    world.issues[_picked(world, pick)].comments.append(Comment(number, at, world.me, "Меж двух страниц"))
