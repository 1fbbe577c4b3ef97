"""Rows 6 and 7: CPU and memory."""

from collections.abc import Iterator

from tests.benchmarks.bench import Bench
from tests.benchmarks.ours import LANES
from tests.benchmarks.table import Line

TIMES_DECODER = 3.0
TIMES_FRAME, BESIDE_MB = 2, 150
FEW, MANY = 2, 16  # pages in flight
GROWTH_MB = 50.0  # "does not grow": less than what the rest of the process wavers by


def processor(bench: Bench) -> Iterator[Line]:
    """The whole path against the decoder alone, on the same bytes."""
    service = bench.service(bench.size(20_000))
    jobs = {
        "ours": {"who": "ours", "task": "fetch"},
        "decoder": {"who": "decoder", "task": "decode"},
        "theirs": {"who": "theirs", "task": "fetch", "per_page": 1000},
    }
    ours, decoder, theirs = bench.alternated(service, jobs, by="cpu_s")
    yield Line(
        6,
        f"CPU of {ours['rows']:,} issues; decoder alone {decoder['cpu_s']:.2f} s ({decoder['bytes'] / 1e6:.0f} MB)",
        f"{ours['cpu_s']:.2f} s",
        f"{theirs['cpu_s']:.2f} s for {theirs['rows']:,}",
        ours["cpu_s"] / decoder["cpu_s"],
        TIMES_DECODER,
        requests=ours["requests"],
        throttled=ours["throttled"],
    )


def memory(bench: Bench) -> Iterator[Line]:
    """The peak while fetching; and with few and with many pages in flight, where that can be set."""
    service = bench.service(bench.size(100_000), prepared=False)
    lanes = (FEW, MANY) if LANES else (None,)
    runs = [service.run("ours", "weigh", lanes=number) for number in lanes]
    theirs = None if bench.quick else service.run("theirs", "fetch", per_page=1000)
    last = runs[-1]
    grown, frame = last["grown_mb"], last["frame_mb"]
    yield Line(
        7,
        f"memory of {last['rows']:,} issues",
        f"peak +{_mb(grown)}, frame {_mb(frame)}",
        f"+{_mb(theirs['grown_mb'])} for {theirs['rows']:,}" if theirs else "",
        grown,
        TIMES_FRAME * frame + BESIDE_MB,
        "MB",
        requests=last["requests"],
        throttled=last["throttled"],
    )
    if LANES and grown is not None:
        more = max(0.0, grown - runs[0]["grown_mb"])
        yield Line(7, f"the same: growth from {FEW} to {MANY} pages in flight", "", "", more, GROWTH_MB, "MB")


def _mb(number: float | None) -> str:
    return "?" if number is None else f"{number:,.0f} MB"
