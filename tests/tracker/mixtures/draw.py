"""Draw a mixture from a seed: a question, a behaviour of the service, faults, and changes of the world."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from random import Random
from typing import Any, Final, Literal

from tests.tracker.mixtures.play import Change, Mixture, shared_world
from tests.tracker.mixtures.questions import Criterion, Method, Question, criterion
from tracker_magic.demo.behaviour import Behaviour, Fault, FaultKind
from tracker_magic.demo.issue_lists import Change as FieldChange
from tracker_magic.demo.issue_lists import Comment, Event
from tracker_magic.demo.model import World

QUEUES: Final = ("DEV", "OPS", "DESIGN")
PRIORITIES: Final = ("normal", "critical", "minor", "trivial", "blocker")
NUMBER: Final = 17
SHAPES: Final[tuple[Any, ...]] = ({}, {"issues": []}, NUMBER, "text", None, [17], [[]], [None])
MAX_KEYS: Final = 120
MAX_KEYS_OF_LISTS: Final = 15  # each costs a request
TOO_MANY_REQUESTS: Final = 429
REFUSED: Final = (400, 400, 403, 404, 409, 410)  # the status of an expired scroll is not documented
ROUND_SIZES: Final = (50, 100)
EXACT_SHARE: Final = 0.3
CROWD: Final = (20, 60)  # issues that change at once
LATER: Final = datetime(2026, 11, 1, 13, tzinfo=UTC)
FOREIGN: Final = [{"id": "foreign", "key": "FOREIGN-1", "summary": "x"}]

# Kinds of faults, as often as they are drawn.
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


def draw_mixture(seed: int) -> Mixture:
    """The mixture of a seed, always the same."""
    rng = Random(seed)
    method = rng.choice(METHODS)
    question = _question(rng, method)
    return Mixture(
        question,
        faults=tuple(_fault(rng, question) for _ in range(rng.randint(1, 4))),
        changes=tuple(_change(rng, method, number) for number in range(rng.choice((0, 0, 1, 2, 3)))),
        behaviour=_behaviour(rng),
    )


def describe(seed: int, mixture: Mixture) -> str:
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
        return _keys(rng, MAX_KEYS)
    if by == "queue":
        return criterion(by, rng.sample(QUEUES, rng.randint(1, 3)))
    if rng.random() < 0.5:
        return criterion(by, rng.sample(QUEUES, rng.randint(1, 3)))
    queues = rng.sample(QUEUES, rng.randint(0, 2))
    return criterion(by, queues, rng.sample(PRIORITIES, rng.randint(1, 3)))


def _source(rng: Random) -> Criterion:
    """A criterion of few issues."""
    if rng.random() < 0.5:
        return _keys(rng, MAX_KEYS_OF_LISTS)
    return rng.choice(
        (
            criterion("query", ["DESIGN"]),
            criterion("query", ["OPS"], ["minor"]),
            criterion("query", ["DEV"], ["blocker"]),
        )
    )


def _keys(rng: Random, maximum: int) -> Criterion:
    """Keys in any order, present ones and some former ones; never two of one issue."""
    chosen = rng.sample(_keys_of_issues(), rng.randint(1, maximum))
    return Criterion("keys", tuple(rng.choice(keys) for keys in chosen))


@cache
def _keys_of_issues() -> list[list[str]]:
    """The present and former keys of each visible issue."""
    issues = shared_world().issues.values()
    return [[issue.key, *issue.aliases] for issue in issues if not issue.key.startswith("SEC")]


def _behaviour(rng: Random) -> Behaviour:
    over_max: Literal["cap", "refuse"] = rng.choice(("cap", "cap", "refuse"))
    # A client whose page is refused requests a hundred, which every service is documented to give.
    sizes = (100,) if over_max == "refuse" else (20, 33, 50, 100)
    page, scroll = rng.choice(sizes), rng.choice(sizes)
    # Totals that equal the rows fetched so far: a client can suspect that only where the size is a round number.
    is_exact = rng.random() < EXACT_SHARE
    return Behaviour(
        max_per_page=page,
        max_per_scroll=scroll,
        over_max=over_max,
        link_scheme=rng.random() < 0.5,
        page_window=page if is_exact and page in ROUND_SIZES else 10_000,
        scroll_window=scroll if is_exact and scroll in ROUND_SIZES else rng.choice((None, None, None, None, 10, 60)),
        moved_status=rng.choice((301, 302, 307)),
    )


def _fault(rng: Random, question: Question) -> Fault:
    kind, path = rng.choice(KINDS), rng.choice(PATHS[question.method])
    times, skip = rng.choice((1, 1, 1, 2, 3)), rng.choice((0, 0, 1, 1, 2, 3, 5, 8))
    # Only searches have a total: in other lists nothing shows that a record is foreign.
    shapes = (*SHAPES, FOREIGN, FOREIGN, FOREIGN) if "_search" in path else SHAPES
    fault = Fault(kind, path, times, skip, seconds=0.03, body=rng.choice(shapes), by=rng.choice((-20, -1, 1, 3, 40)))
    if question.method == "count" and fault.body == NUMBER:  # nothing shows that a number is wrong
        fault.body = str(NUMBER)
    if kind == "html":
        fault.status = rng.choice((200, 200, 502, 503))
    elif kind == "status":
        refused = rng.choice(REFUSED) if "_search" in path and skip else 503
        fault.status = rng.choice((500, 502, 503, 429, 429, refused))
        fault.headers = _retry_after(rng) if fault.status == TOO_MANY_REQUESTS else {}
    return fault


def _retry_after(rng: Random) -> dict[str, str]:
    """No header, at once, a fifth of a second, or a moment in the past."""
    past = format_datetime(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1), usegmt=True)
    value = rng.choice((None, None, "0", "0", "0.2", past))
    return {"Retry-After": value} if value else {}


def _change(rng: Random, method: Method, number: int) -> tuple[Fault, Change]:
    """Before which request something changes, and what: one issue, or many at once."""
    when = Fault("hook", rng.choice(PATHS[method]), skip=rng.choice((0, 1, 1, 2, 4, 7)))
    pick = rng.random()
    priority, queue = PRIORITIES[int(pick * 997) % len(PRIORITIES)], QUEUES[int(pick * 997) % len(QUEUES)]
    changes: dict[str, Change] = {
        "priority": lambda world: _set_priority(world, _picked(world, pick), priority),
        "many priorities": lambda world: [_set_priority(world, key, priority) for key in _crowd(world, pick)] and None,
        "move": lambda world: move(world, _picked(world, pick), queue),
        "move many": lambda world: [move(world, key, queue) for key in _crowd(world, pick)[: CROWD[0]]] and None,
        "comment": lambda world: _comment(world, _picked(world, pick), 900_000 + number),
    }
    return when, changes[rng.choice(("priority", "many priorities", "many priorities", "move many", "move", "comment"))]


def _picked(world: World, pick: float) -> str:
    """The key of a visible issue, often of DESIGN, the smallest queue."""
    keys = [key for key in world.issues if not key.startswith("SEC")]
    design = [key for key in keys if key.startswith("DESIGN")]
    candidates = design if design and int(pick * 1009) % 3 == 0 else keys
    return candidates[int(pick * len(candidates))]


def _crowd(world: World, pick: float) -> list[str]:
    """The keys of many visible issues."""
    rng, keys = Random(pick), [key for key in world.issues if not key.startswith("SEC")]
    return rng.sample(keys, rng.randint(*CROWD))


def _set_priority(world: World, key: str, priority: str) -> None:
    world.issues[key].values["priority"] = priority


def move(world: World, old: str, queue: str) -> None:
    """Move an issue: it gets a new key, to which the old one leads, and an entry in its changelog."""
    issue = world.issues.pop(old)
    last = max(int(key.rpartition("-")[2]) for key in world.keys if key.startswith(f"{queue}-"))
    change = FieldChange("queue", issue.values["queue"], queue)
    issue.events.append(Event(f"7f{len(world.keys):022x}", LATER, world.me, "IssueMoved", (change,)))
    issue.key, issue.values["queue"] = f"{queue}-{last + 1}", queue
    issue.aliases.append(old)
    world.add(issue)


def _comment(world: World, key: str, number: int) -> None:
    world.issues[key].comments.append(Comment(number, LATER, world.me, "Между двух страниц"))
