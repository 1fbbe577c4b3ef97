"""Rows 1 and 2: issues into a frame, nothing throttled."""

from collections.abc import Iterator

from tests.benchmarks.bench import REAL, Bench
from tests.benchmarks.table import Line, rows_in, seconds

OURS = {"who": "ours", "task": "fetch", "behaviour": REAL}
THEIRS = {"who": "theirs", "task": "fetch", "behaviour": REAL}
THREADS = 8
FASTER = {100: 10.0, 1000: 4.0}  # per_page of the official client -> how many times faster
WAITING_S = 3.0


def nine_thousand(bench: Bench) -> Iterator[Line]:
    """Against the official client with small and with large pages."""
    service = bench.service(bench.size(9000))
    jobs = {"ours": OURS, **{str(per): {**THEIRS, "per_page": per} for per in FASTER}}
    if not bench.quick:
        jobs["threads"] = {**THEIRS, "per_page": 1000, "threads": THREADS}
    ours, *others = bench.alternated(service, jobs)
    for (per, target), theirs in zip(FASTER.items(), others, strict=False):
        yield Line(
            1,
            f"{ours['rows']:,} issues, official client: per_page={per}",
            seconds(ours),
            rows_in(theirs),
            theirs["seconds"] / ours["seconds"],
            target,
            at_least=True,
            requests=ours["requests"],
            throttled=ours["throttled"],
        )
    for threaded in others[len(FASTER) :]:
        beside = threaded["seconds"] / ours["seconds"]
        yield Line(1, f"beside it: per_page=1000, get_page in {THREADS} threads", "", rows_in(threaded), beside)


def twenty_thousand(bench: Bench) -> Iterator[Line]:
    """All rows, where the official client stops at 10,000; and the seconds that were not CPU."""
    service = bench.service(bench.size(20_000))
    ours, theirs = bench.alternated(service, {"ours": OURS, "theirs": {**THEIRS, "per_page": 1000}})
    counted = {"requests": ours["requests"], "throttled": ours["throttled"]}
    work = f"{service.issues:,} issues"
    rows = ours["rows"] / service.issues
    yield Line(2, f"{work}: share that came", rows_in(ours), rows_in(theirs), rows, 1, at_least=True, **counted)
    waited = ours["seconds"] - ours["cpu_s"]
    told = f"{seconds(ours)}, CPU {ours['cpu_s']:.2f} s"
    yield Line(2, f"{work}: seconds less CPU", told, seconds(theirs), waited, WAITING_S, "s", **counted)
