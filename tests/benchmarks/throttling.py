"""Rows 3 and 4: a service with rate limits. The limit determines the time, so one run is as good as three."""

from collections.abc import Iterator
from typing import Any

from tests.benchmarks.bench import OURS, REALISTIC, THEIRS, Bench
from tests.benchmarks.table import Line, format_rows, format_seconds

SEARCH_RPS, OTHER_RPS = 5.0, 10.0
LIMITS = {"search_rps": SEARCH_RPS, "other_rps": OTHER_RPS}
MAX_SEARCH_RATIO, MAX_THROTTLED_PERCENT, MAX_CHANGELOG_RATIO = 1.25, 2, 1.15
THEIR_OPTIONS: dict[str, dict[str, Any]] = {
    "per_page=100": {"per_page": 100},
    "per_page=100, retries_initial_delay=1": {"per_page": 100, "client_options": {"retries_initial_delay": 1}},
    "per_page=1000": {"per_page": 1000},
    "per_page=100, get_page in 8 threads": {"per_page": 100, "threads": 8},
    "the same, retries_initial_delay=1": {
        "per_page": 100,
        "threads": 8,
        "client_options": {"retries_initial_delay": 1},
    },
}
SAMPLE_INTERVAL = 10  # the official client, which fetches changelogs one by one, gets every tenth issue


def measure_search(bench: Bench) -> Iterator[Line]:
    """Fetch issues at 5 searches per second: compare with the shortest possible time, and count the 429s."""
    service = bench.service(bench.size(20_000))
    behaviour = {**REALISTIC, **LIMITS}
    ours = service.run(OURS, "fetch", behaviour, **LIMITS)
    counts = {"requests": ours["requests"], "throttled": ours["throttled"]}
    work, answered = f"{service.issues:,} issues at 5/s", ours["searches"] - ours["searches_throttled"]
    ratio = ours["seconds"] / (answered / SEARCH_RPS)
    yield Line(3, f"{work}: seconds / ({answered} / 5)", format_rows(ours), "", ratio, MAX_SEARCH_RATIO, **counts)
    percent, shown = 100 * ours["throttled"] / ours["requests"], f"{ours['throttled']} of {ours['requests']}"
    yield Line(3, f"{work}: answered 429", shown, "", percent, MAX_THROTTLED_PERCENT, "%", **counts)
    for name, options in list(THEIR_OPTIONS.items())[-1 if bench.quick else 0 :]:
        theirs = service.run(THEIRS, "fetch", behaviour, **options)
        counts = {"requests": theirs["requests"], "throttled": theirs["throttled"]}
        yield Line(3, f"beside it: {name}", "", format_rows(theirs), **counts)


def measure_changelog(bench: Bench) -> Iterator[Line]:
    """Fetch changelogs, one request for each issue, at 10 requests per second."""
    service = bench.service(bench.size(1000), prepared=False)
    issues = bench.size(500)
    behaviour, min_seconds = {**REALISTIC, **LIMITS}, issues / OTHER_RPS
    ours = service.run(OURS, "fetch_changelogs", behaviour, issues=issues, **LIMITS)
    theirs = service.run(THEIRS, "fetch_changelogs", behaviour, issues=issues // SAMPLE_INTERVAL)
    yield Line(
        4,
        f"history of {ours['rows']} issues at 10/s: seconds / {min_seconds:.0f}",
        f"{ours['changes']:,} changes in {format_seconds(ours)}",
        f"{format_seconds(theirs)} for {theirs['rows']}",
        ours["seconds"] / min_seconds,
        MAX_CHANGELOG_RATIO,
        requests=ours["requests"],
        throttled=ours["throttled"],
    )
