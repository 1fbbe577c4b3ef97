"""Row 9: issues at the service's default limits, against the shortest possible time and the official client."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from tests.benchmarks.bench import OURS, REALISTIC, THEIRS, Bench, Result
from tests.benchmarks.table import Line, format_rows
from tests.benchmarks.throttling import LIMITS, SEARCH_RPS

SIZES = (1500, 3000, 6000, 9000, 20_000, 50_000)
MAX_FLOOR_RATIO = 1.2
SMALL = (100, 900)
MAX_FIRST_RATIO, MAX_SECOND_RATIO = 1.3, 1.1
PAGE = 1000
BEHAVIOUR = {**REALISTIC, **LIMITS}
SLOW_PAGES = {**REALISTIC, "issue_ms": 0.85}  # a page of 1,000 takes a second


def measure_small_questions(bench: Bench) -> Iterator[Line]:
    """Compare a first and a second small question with the official client."""
    for issues in SMALL:
        service = bench.service(bench.size(issues))
        for name, is_cold, target in (("first", True, MAX_FIRST_RATIO), ("second", False, MAX_SECOND_RATIO)):
            ours, theirs = bench.run_in_turn(
                service, {"ours": _ours(BEHAVIOUR, cold=is_cold), "theirs": _theirs(cold=is_cold)}
            )
            ratio = ours["seconds"] / theirs["seconds"]
            work = f"{name} question, {service.issues:,} issues"
            yield Line(9, work, format_rows(ours), format_rows(theirs), ratio, target, requests=ours["requests"])


def measure_floor(bench: Bench) -> Iterator[Line]:
    """Compare a first question of many issues with as many requests as pages and one more, at 5 searches a second."""
    for issues in SIZES:
        service = bench.service(bench.size(issues))
        ours, theirs = bench.run_in_turn(service, {"ours": _ours(BEHAVIOUR, cold=True), "theirs": _theirs(cold=True)})
        requests = math.ceil(service.issues / PAGE) + 1
        floor_s = requests / SEARCH_RPS + BEHAVIOUR["latency_ms"] / 1000
        work = f"{service.issues:,} issues at 5/s: seconds / {floor_s:.2f}"
        shown, ratio = format_rows(ours), ours["seconds"] / floor_s
        yield Line(10, work, shown, format_rows(theirs), ratio, MAX_FLOOR_RATIO, **_counts(ours))


def measure_unlimited(bench: Bench) -> Iterator[Line]:
    """Measure the same with pages that take a second, and without limits."""
    for issues in SIZES:
        service = bench.service(bench.size(issues))
        for name, behaviour in (("1 s a page, at 5/s", {**SLOW_PAGES, **LIMITS}), ("1 s a page", SLOW_PAGES)):
            ours = service.run(**_ours(behaviour, cold=True))
            yield Line(11, f"{service.issues:,} issues, {name}", format_rows(ours), **_counts(ours))


def _ours(behaviour: Mapping[str, float | None], *, cold: bool) -> dict[str, Any]:
    limits = {name: behaviour[name] for name in LIMITS}
    return {"client": OURS, "task": "fetch", "behaviour": behaviour, "cold": cold, **limits}


def _theirs(*, cold: bool) -> dict[str, Any]:
    return {"client": THEIRS, "task": "fetch", "behaviour": BEHAVIOUR, "cold": cold, "per_page": PAGE}


def _counts(result: Result) -> dict[str, int]:
    return {"requests": result["requests"], "throttled": result["throttled"]}
