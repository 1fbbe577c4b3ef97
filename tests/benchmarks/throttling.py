"""Rows 3 and 4: a service that throttles. The rate bounds the time, so one run tells as much as three."""

from collections.abc import Iterator
from typing import Any

from tests.benchmarks.bench import REAL, Bench
from tests.benchmarks.table import Line, rows_in, seconds

SEARCH_RPS, OTHER_RPS = 5.0, 10.0
THEIRS: dict[str, dict[str, Any]] = {
    "per_page=100": {"per_page": 100},
    "per_page=100, retries_initial_delay=1": {"per_page": 100, "client": {"retries_initial_delay": 1}},
    "per_page=1000": {"per_page": 1000},
    "per_page=100, get_page in 8 threads": {"per_page": 100, "threads": 8},
    "the same, retries_initial_delay=1": {"per_page": 100, "threads": 8, "client": {"retries_initial_delay": 1}},
}
SAMPLE = 10  # the official client's histories are measured on one in so many issues: it takes them one by one


def throttled_search(bench: Bench) -> Iterator[Line]:
    """Issues at 5 searches a second: how near the floor, and how often the service had to refuse."""
    service = bench.service(bench.size(20_000))
    behaviour = {**REAL, "search_rps": SEARCH_RPS, "other_rps": OTHER_RPS}
    rates = {"search_rps": SEARCH_RPS, "other_rps": OTHER_RPS}
    ours = service.run("ours", "fetch", behaviour, **rates)
    counted = {"requests": ours["requests"], "throttled": ours["throttled"]}
    work, answered = f"{service.issues:,} issues at 5/s", ours["searches"] - ours["searches_throttled"]
    floor = answered / SEARCH_RPS
    yield Line(3, f"{work}: seconds / ({answered} / 5)", rows_in(ours), "", ours["seconds"] / floor, 1.25, **counted)
    share = 100 * ours["throttled"] / ours["requests"]
    yield Line(3, f"{work}: answered 429", f"{ours['throttled']} of {ours['requests']}", "", share, 2, "%", **counted)
    for name, job in list(THEIRS.items())[-1 if bench.quick else 0 :]:
        theirs = service.run("theirs", "fetch", behaviour, **job)
        counted = {"requests": theirs["requests"], "throttled": theirs["throttled"]}
        yield Line(3, f"beside it: {name}", "", rows_in(theirs), **counted)


def throttled_history(bench: Bench) -> Iterator[Line]:
    """Histories at 10 requests a second, one request an issue."""
    service = bench.service(bench.size(1000), prepared=False)
    issues = bench.size(500)
    behaviour = {**REAL, "search_rps": SEARCH_RPS, "other_rps": OTHER_RPS}
    rates = {"search_rps": SEARCH_RPS, "other_rps": OTHER_RPS}
    ours = service.run("ours", "history", behaviour, issues=issues, **rates)
    theirs = service.run("theirs", "history", behaviour, issues=issues // SAMPLE)
    yield Line(
        4,
        f"history of {ours['rows']} issues at 10/s: seconds / {issues / OTHER_RPS:.0f}",
        f"{ours['changes']:,} changes in {seconds(ours)}",
        f"{seconds(theirs)} for {theirs['rows']}",
        ours["seconds"] / (issues / OTHER_RPS),
        1.15,
        requests=ours["requests"],
        throttled=ours["throttled"],
    )
