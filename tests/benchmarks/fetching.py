"""Rows 1 and 2: issues as a frame, without throttling."""

from collections.abc import Iterator

from tests.benchmarks.bench import OURS, REALISTIC, THEIRS, Bench
from tests.benchmarks.table import Line, format_rows, format_seconds

OUR_JOB = {"client": OURS, "task": "fetch", "behaviour": REALISTIC}
THEIR_JOB = {"client": THEIRS, "task": "fetch", "behaviour": REALISTIC}
THREADS = 8
MIN_SPEEDUPS = {100: 10.0, 1000: 4.0}  # by per_page of the official client
MAX_WAIT_S = 3.0


def measure_9000_issues(bench: Bench) -> Iterator[Line]:
    """Compare with the official client, with small pages, large pages and threads."""
    service = bench.service(bench.size(9000))
    jobs = {"ours": OUR_JOB, **{str(per_page): {**THEIR_JOB, "per_page": per_page} for per_page in MIN_SPEEDUPS}}
    if not bench.quick:
        jobs["threads"] = {**THEIR_JOB, "per_page": 1000, "threads": THREADS}
    ours, *others = bench.run_in_turn(service, jobs)
    for (per_page, target), theirs in zip(MIN_SPEEDUPS.items(), others, strict=False):
        yield Line(
            1,
            f"{ours['rows']:,} issues, official client: per_page={per_page}",
            format_seconds(ours),
            format_rows(theirs),
            theirs["seconds"] / ours["seconds"],
            target,
            at_least=True,
            requests=ours["requests"],
            throttled=ours["throttled"],
        )
    for threaded in others[len(MIN_SPEEDUPS) :]:
        work = f"beside it: per_page=1000, get_page in {THREADS} threads"
        yield Line(1, work, "", format_rows(threaded), threaded["seconds"] / ours["seconds"])


def measure_20000_issues(bench: Bench) -> Iterator[Line]:
    """Count the rows, where the official client stops at 10,000, and measure the seconds that were not CPU."""
    service = bench.service(bench.size(20_000))
    ours, theirs = bench.run_in_turn(service, {"ours": OUR_JOB, "theirs": {**THEIR_JOB, "per_page": 1000}})
    counts = {"requests": ours["requests"], "throttled": ours["throttled"]}
    work, share = f"{service.issues:,} issues", ours["rows"] / service.issues
    yield Line(2, f"{work}: share fetched", format_rows(ours), format_rows(theirs), share, 1, at_least=True, **counts)
    wait = ours["seconds"] - ours["cpu_s"]
    shown = f"{format_seconds(ours)}, CPU {ours['cpu_s']:.2f} s"
    yield Line(2, f"{work}: seconds less CPU", shown, format_seconds(theirs), wait, MAX_WAIT_S, "s", **counts)
