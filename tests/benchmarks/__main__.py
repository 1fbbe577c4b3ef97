"""`python -m tests.benchmarks`: measures against an embedded Tracker in another process, and prints one table."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import TextIO

from tests.benchmarks import completion, cost, fetching, floor, flow, histories, startup, throttling
from tests.benchmarks.bench import Bench
from tests.benchmarks.table import Line, format_table

ROWS: dict[int, Callable[[Bench], Iterator[Line]]] = {
    1: fetching.measure_9000_issues,
    2: fetching.measure_20000_issues,
    3: throttling.measure_search,
    4: throttling.measure_changelog,
    5: cost.measure_requests,
    6: cost.measure_cpu,
    7: cost.measure_memory,
    8: startup.measure_startup,
    9: floor.measure_small_questions,
    10: floor.measure_floor,
    11: floor.measure_unlimited,
    12: completion.measure_completion,
    13: flow.measure_flow,
    14: histories.measure_histories,
}
METHOD = """The service takes 150 ms for a request and 0.2 ms for each issue, its own work included; in rows 5 to 7
there is no such delay, and in row 11 a page of 1,000 takes a second. Each run has its own process, which before it is
measured imports everything and, except in row 5 and for first questions, sends one small request. Rows 1, 2, 9 and 10:
both clients in turn, the median of {runs} runs by seconds; row 6: of {runs} by CPU; row 8: of {startups}; row 12: the
slowest; rows 13 and 14: of {runs} by CPU; the others: one run, since a rate limit or a count decides. Row 14 compares
with the JSON decoder of Python's library. The official client requests the same fields and builds a DataFrame of plain
dicts; the columns `requests` and `429` are ours, in lines of the official client its own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the chosen rows; return 0, or with `--check` 1 if a target is missed."""
    options = _parser().parse_args(arguments)
    lines: list[Line] = []
    with Bench(runs=options.runs, quick=options.quick) as bench:
        for row in options.rows:
            for line in ROWS[row](bench):
                lines.append(line)
                _print(" · ".join(filter(None, line.cells())), sys.stderr)
        method = METHOD.format(runs=bench.runs, startups=startup.QUICK_RUNS if options.quick else startup.RUNS)
    _print(f"{format_table(lines)}\n\n{method}\n{_environment()}")
    missed = [line for line in lines if line.reached is False]
    for line in missed:
        _print(line.describe_miss())
    return 1 if options.check and missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rows", type=_parse_rows, default=list(ROWS), metavar="1,3", help="only these rows")
    parser.add_argument("--runs", type=int, default=3, help="runs of each client in rows 1, 2, 6 (default: 3)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes, one run: to see that it works")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    return parser


def _parse_rows(text: str) -> list[int]:
    rows = [int(part) for part in text.split(",")]
    if unknown := set(rows) - set(ROWS):
        raise argparse.ArgumentTypeError(f"there is no row {min(unknown)}")
    return rows


def _environment() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("pandas", "orjson", "yandex_tracker_client"))
    load = f", load {os.getloadavg()[2]:.1f} (15 minutes)" if hasattr(os, "getloadavg") else ""
    return f"Python {platform.python_version()}, {libraries}, {os.cpu_count()} cores{load}."


def _print(text: str, stream: TextIO | None = None) -> None:
    """Print at once, so that the lines appear while the benchmark runs."""
    print(text, file=stream or sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())
