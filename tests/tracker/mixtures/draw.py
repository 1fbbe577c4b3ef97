"""Draw a mixture from a seed: a question, a behaviour of the service, faults, and changes of the world."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from random import Random
from typing import Any, Final, Literal

from tests.tracker.mixtures.changes import AT_A_MOMENT, OF_LISTS, PRIORITIES, QUEUES, Change
from tests.tracker.mixtures.play import ISSUES, TIMEOUT_S, Mixture, shared_world
from tests.tracker.mixtures.questions import OF_ORGANISATION, Criterion, Method, Question, criterion
from tracker_magic.demo.behaviour import Behaviour, Fault, FaultKind

STATUSES: Final = ("closed", "open", "inProgress", "cancelled")
NUMBER: Final = 17
SHAPES: Final[tuple[Any, ...]] = ({}, {"issues": []}, NUMBER, "text", None, [17], [[]], [None])
MAX_KEYS: Final = 120
MAX_KEYS_OF_LISTS: Final = 15  # each costs a request
UNKNOWN_KEYS: Final = ("DEV-88001", "OPS-88002")
TOO_MANY_REQUESTS: Final = 429
REFUSED: Final = (400, 400, 403, 404, 409, 410)  # the status of an expired scroll is not documented
ROUND_SIZES: Final = (50, 100)
EXACT_SHARE: Final = 0.3
LARGE_SHARE: Final = 0.04  # of the questions for issues: a world in which pages of 1,000 are not everything
LARGE_WORLD: Final = 1500
INDEX_LAG_S: Final = 5.0  # of questions for comments, which rely on counters of the index
LATENCIES_MS: Final = (0, 0, 0, 15)
PAUSES_S: Final = (0.005, 0.015, 0.04)  # between changes in the background
DRIP_TIMEOUT_S: Final = 3.0  # an answer that never ends costs the call its whole time
SINCE: Final = (date(2020, 1, 1), date(2026, 9, 15))
FOREIGN: Final = [{"id": "foreign", "key": "FOREIGN-1", "summary": "x"}]

# Kinds of faults, as often as they are drawn.
KINDS: Final[tuple[FaultKind, ...]] = (
    "status", "status", "status", "html", "empty", "shape", "cut", "cut", "garble", "damage", "drop", "drop", "reset",
    "reset", "slow", "trickle", "trickle", "expire_scroll", "expire_scroll", "empty_page", "repeat", "duplicate",
    "end_early", "short_page", "short_length", "lose_rows", "lose_rows", "miscount", "no_total",
)  # fmt: skip
DRIP_SHARE: Final = 0.004
PATHS: Final[dict[Method, tuple[str, ...]]] = {
    "issues": (
        *(["issues/_search"] * 7), "issues/_count", "/myself", "/issues/", "/localFields",
    ),
    "count": ("issues/_count", "issues/_count", "/issues/"),
    "changelog": ("/changelog", "issues/_search", "/issues/"),
    "comments": ("/comments", "issues/_search", "/issues/"),
    "worklog": ("/worklog", "issues/_search", "/issues/"),
    "links": ("/links", "issues/_search", "/issues/"),
    "queues": ("/queues",),
    "users": ("/users",),
    "all_worklog": ("/worklog/_search",),
}  # fmt: skip
METHODS: Final[tuple[Method, ...]] = (
    *(["issues"] * 12), "count", "count", "changelog", "changelog", "comments", "comments", "worklog", "links",
    "queues", "users", "all_worklog",
)  # fmt: skip
# Only searches and the list of queues have a total: in other lists nothing shows that rows are lost or foreign.
HAVE_TOTALS: Final = ("_search", "/queues")


def draw_mixture(seed: int) -> Mixture:
    """The mixture of a seed, always the same. With odd seeds, the world changes in the background all the time."""
    rng = Random(seed)
    method = rng.choice(METHODS)
    issues = LARGE_WORLD if method == "issues" and rng.random() < LARGE_SHARE else ISSUES
    question = _question(rng, method, issues)
    faults = _noticeable([_fault(rng, question) for _ in range(rng.randint(1, 5))], question)
    moments = 0 if seed % 2 else rng.choice((0, 0, 1, 2, 3))
    return Mixture(
        question,
        faults=tuple(faults),
        changes=tuple(_change(rng, method) for _ in range(moments)),
        behaviour=replace(_behaviour(rng, faults, issues), index_lag_s=INDEX_LAG_S if method == "comments" else 0.0),
        timeout_s=DRIP_TIMEOUT_S if any(fault.kind == "drip" for fault in faults) else TIMEOUT_S,
        pause_s=_pause_s(rng, method) if seed % 2 else None,
        issues=issues,
        commented=rng.choice((0, 8)) if method == "comments" else 0,
        seed=seed,
    )


def _pause_s(rng: Random, method: Method) -> float:
    """The mean pause between changes; a list that is not a snapshot can only be read in a pause."""
    return max(PAUSES_S) if method == "queues" else rng.choice(PAUSES_S)


def describe(seed: int, mixture: Mixture) -> str:
    """What to print of a mixture, so that it can be played again."""
    changes = ", ".join(f"{change.__name__} before {fault.path} #{fault.skip}" for fault, change in mixture.changes)
    if mixture.pause_s is not None:
        changes = f"every {1000 * mixture.pause_s:.0f} ms"
    faults = "; ".join(
        f"{each.kind} {each.path} skip={each.skip} times={each.times} status={each.status} by={each.by}"
        for each in mixture.faults
    )
    behaviour = mixture.behaviour
    pages = f"pages of {behaviour.max_per_page}/{behaviour.max_per_scroll} ({behaviour.over_max})"
    windows = f"totals end at {behaviour.page_window}/{behaviour.scroll_window}"
    world = f"{mixture.issues} issues, {pages}, {windows}"
    return f"seed {seed}: {mixture.question}\n  faults: {faults}\n  changes: {changes or 'none'}\n  {world}"


def _question(rng: Random, method: Method, issues: int) -> Question:
    if method in OF_ORGANISATION:
        since = rng.choice(SINCE) if method == "all_worklog" else None
        return Question(method, criterion("queue"), since=since)
    if method not in {"issues", "count"}:
        fields = ("status",) if method == "changelog" and rng.random() < 0.3 else None
        return Question(method, _source(rng), fields=fields)
    if method == "count":
        return Question(method, _criterion(rng, issues))
    limits = (None, None, None, 1, 10, 45, 130, 220) if issues == ISSUES else (None, 1000, 1200, 1300)
    return Question(
        method,
        _criterion(rng, issues),
        limit=rng.choice(limits),
        ascending=rng.choice((None, None, True, False)),
        fields=rng.choice((None, ("summary", "status", "createdAt"), ("priority", "createdAt"))),
        ordered_by=rng.choice(("createdAt", "createdAt", "updatedAt")),
    )


def _criterion(rng: Random, issues: int) -> Criterion:
    if issues > ISSUES:
        return criterion(rng.choice(("query", "filter")), QUEUES)
    by = rng.choice(("query", "query", "filter", "filter", "queue", "keys"))
    if by == "keys":
        return _keys(rng, MAX_KEYS)
    if by == "queue":
        return criterion(by, rng.sample(QUEUES, rng.randint(1, 3)))
    kind = rng.choice(("queues", "priorities", "statuses"))
    if kind == "queues":
        return criterion(by, rng.sample(QUEUES, rng.randint(1, 3)))
    queues = rng.sample(QUEUES, rng.randint(0, 2))
    if kind == "statuses":
        return criterion(by, queues, statuses=rng.sample(STATUSES, rng.randint(1, 2)))
    return criterion(by, queues, rng.sample(PRIORITIES, rng.randint(1, 3)))


def _source(rng: Random) -> Criterion:
    """A criterion of few issues."""
    if rng.random() < 0.5:
        return _keys(rng, MAX_KEYS_OF_LISTS, unknown=False)
    return rng.choice(
        (
            criterion("query", ["DESIGN"]),
            criterion("query", ["OPS"], ["minor"]),
            criterion("query", ["DEV"], ["blocker"]),
            criterion("query", statuses=["open"]),
        )
    )


def _keys(rng: Random, maximum: int, *, unknown: bool = True) -> Criterion:
    """Keys in any order, present ones, some former ones and a few unknown ones; never two of one issue."""
    chosen = rng.sample(_keys_of_issues(), rng.randint(1, maximum))
    keys = [rng.choice(keys) for keys in chosen]
    for key in UNKNOWN_KEYS if unknown and rng.random() < 0.15 else ():
        keys.insert(rng.randint(0, len(keys)), key)
    return Criterion("keys", tuple(keys))


@cache
def _keys_of_issues() -> list[list[str]]:
    """The present and former keys of each visible issue."""
    issues = shared_world().issues.values()
    return [[issue.key, *issue.aliases] for issue in issues if not issue.key.startswith("SEC")]


def _behaviour(rng: Random, faults: list[Fault], issues: int) -> Behaviour:
    if issues > ISSUES:
        return Behaviour(link_scheme=rng.random() < 0.5)
    over_max: Literal["cap", "refuse"] = rng.choice(("cap", "cap", "refuse"))
    # A client whose page is refused requests a hundred, which every service is documented to give.
    sizes = (100,) if over_max == "refuse" else (20, 33, 50, 100)
    page, scroll = rng.choice(sizes), rng.choice(sizes)
    # Totals that equal the rows fetched so far: a client can suspect that only where the size is a round number.
    is_exact = rng.random() < EXACT_SHARE
    scroll_window = scroll if is_exact and scroll in ROUND_SIZES else rng.choice((None, None, None, None, 10, 60))
    are_totals_needed = any(fault.kind == "lose_rows" for fault in faults)
    return Behaviour(
        latency_ms=rng.choice(LATENCIES_MS),
        max_per_page=page,
        max_per_scroll=scroll,
        over_max=over_max,
        link_scheme=rng.random() < 0.5,
        page_window=page if is_exact and page in ROUND_SIZES and not are_totals_needed else 10_000,
        scroll_window=None if are_totals_needed else scroll_window,
        moved_status=rng.choice((301, 302, 307)),
    )


def _noticeable(faults: list[Fault], question: Question) -> list[Fault]:
    """The faults without those that would hide lost rows from every client.

    Nothing but the total shows that rows are missing; up to a limit, only a page that is shorter than another one.
    """
    losses = [fault for fault in faults if fault.kind == "lose_rows"]
    if losses or question.method == "queues":
        faults = [fault for fault in faults if fault.kind not in {"miscount", "no_total"}]
    if losses and question.limit is not None:
        losses[0].times = 1
        faults = [fault for fault in faults if fault.kind not in {"lose_rows", "short_page"}] + losses[:1]
    return faults


def _fault(rng: Random, question: Question) -> Fault:
    kind, path = rng.choice(KINDS), rng.choice(PATHS[question.method])
    if rng.random() < DRIP_SHARE:
        kind = "drip"
    times, skip = rng.choice((1, 1, 1, 2, 3)), rng.choice((0, 0, 0, 1, 1, 1, 2, 2, 3, 5))
    has_total = any(each in path for each in HAVE_TOTALS) and question.method != "all_worklog"
    if kind in {"lose_rows", "end_early"} and not has_total:
        kind = "drop"
    is_search = has_total and question.method != "queues"
    # Up to a limit, no total shows that a record is foreign.
    shapes = (*SHAPES, FOREIGN, FOREIGN, FOREIGN) if is_search and question.limit is None else SHAPES
    fault = Fault(kind, path, times, skip, seconds=0.03, body=rng.choice(shapes), by=rng.choice((-20, -2, 1, 3, 40)))
    may_be_count = path in {"issues/_count", "/issues/"}
    if may_be_count and fault.body == NUMBER:  # nothing shows that a number is wrong
        fault.body = str(NUMBER)
    if kind == "html":
        fault.status = rng.choice((200, 200, 502, 503))
    elif kind == "status":
        refused = rng.choice(REFUSED) if is_search and skip else 503
        fault.status = rng.choice((500, 502, 503, 429, 429, refused))
        fault.headers = _retry_after(rng) if fault.status == TOO_MANY_REQUESTS else {}
    elif kind == "lose_rows":
        fault.by = rng.choice((1, 2, 7))
    elif kind == "garble" and may_be_count:  # half a number, with its length, is a number
        fault.kind = "cut"
    return fault


def _retry_after(rng: Random) -> dict[str, str]:
    """No header, at once, a fifth of a second, or a moment in the past."""
    past = format_datetime(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1), usegmt=True)
    value = rng.choice((None, None, "0", "0", "0.2", past))
    return {"Retry-After": value} if value else {}


def _change(rng: Random, method: Method) -> tuple[Fault, Change]:
    """Before which request something changes, and what: one issue, or many at once."""
    when = Fault("hook", rng.choice(PATHS[method]), skip=rng.choice((0, 1, 1, 2, 4, 7)))
    return when, rng.choice(OF_LISTS.get(method, AT_A_MOMENT))
