"""Rows 5 to 7: requests, CPU and memory."""

from collections.abc import Iterator

from tests.benchmarks.bench import DECODER, OURS, THEIRS, Bench
from tests.benchmarks.table import Line

MAX_OTHER_REQUESTS = 12  # besides one for each changelog: issues, the caller, dictionaries
MAX_CPU_RATIO = 3.5
MAX_FRAMES, MAX_OTHER_MB = 2, 150  # the peak may be so many times the frame, and so much more
MAX_GROWTH_MB = 50.0  # about as much as the rest of the process varies


def measure_requests(bench: Bench) -> Iterator[Line]:
    """Count the requests for issues with names of statuses, logins of assignees and changelogs."""
    service = bench.service(bench.size(1000), prepared=False)
    ours = service.run(OURS, "fetch_everything", cold=True)
    theirs = service.run(THEIRS, "fetch_everything", per_page=1000, cold=True)
    yield Line(
        5,
        f"{ours['rows']:,} issues with {ours['names']:,} names, {ours['logins']:,} logins, histories",
        f"{ours['changes']:,} changes",
        f"{theirs['requests']:,} requests",
        ours["requests"],
        service.issues + MAX_OTHER_REQUESTS,
        "requests",
        requests=ours["requests"],
        throttled=ours["throttled"],
    )


def measure_cpu(bench: Bench) -> Iterator[Line]:
    """Compare the whole way to a frame with decoding the same JSON."""
    service = bench.service(bench.size(20_000))
    jobs = {
        "ours": {"client": OURS, "task": "fetch"},
        "decoder": {"client": DECODER, "task": "decode"},
        "theirs": {"client": THEIRS, "task": "fetch", "per_page": 1000},
    }
    ours, decoder, theirs = bench.run_in_turn(service, jobs, by="cpu_s")
    yield Line(
        6,
        f"CPU of {ours['rows']:,} issues; decoder alone {decoder['cpu_s']:.2f} s ({decoder['bytes'] / 1e6:.0f} MB)",
        f"{ours['cpu_s']:.2f} s",
        f"{theirs['cpu_s']:.2f} s for {theirs['rows']:,}",
        ours["cpu_s"] / decoder["cpu_s"],
        MAX_CPU_RATIO,
        requests=ours["requests"],
        throttled=ours["throttled"],
    )


def measure_memory(bench: Bench) -> Iterator[Line]:
    """Measure the peak while fetching, and compare it with that of a sorted search, which fetches page by page."""
    service = bench.service(bench.size(100_000), prepared=False)
    sequential = service.run(OURS, "fetch_and_measure", sort=True)
    ours = service.run(OURS, "fetch_and_measure")
    theirs = None if bench.quick else service.run(THEIRS, "fetch", per_page=1000)
    growth, frame = ours["grown_mb"], ours["frame_mb"]
    yield Line(
        7,
        f"memory of {ours['rows']:,} issues",
        f"peak +{_format_mb(growth)}, frame {_format_mb(frame)}",
        f"+{_format_mb(theirs['grown_mb'])} for {theirs['rows']:,}" if theirs else "",
        growth,
        MAX_FRAMES * frame + MAX_OTHER_MB,
        "MB",
        requests=ours["requests"],
        throttled=ours["throttled"],
    )
    if growth is not None:
        difference = max(0.0, growth - sequential["grown_mb"])
        shown = f"+{_format_mb(growth)}, +{_format_mb(sequential['grown_mb'])} by one scroll"
        work = "the same: several pages in flight against one"
        yield Line(7, work, shown, "", difference, MAX_GROWTH_MB, "MB")


def _format_mb(number: float | None) -> str:
    return "?" if number is None else f"{number:,.0f} MB"
