"""`python -m tests.benchmarks`: measures against an embedded Tracker in another process, and prints one table."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version

from tests.benchmarks import cost, fetching, requests_needed, starting, throttling
from tests.benchmarks.bench import Bench
from tests.benchmarks.table import Line, drawn

ROWS: dict[int, Callable[[Bench], Iterator[Line]]] = {
    1: fetching.nine_thousand,
    2: fetching.twenty_thousand,
    3: throttling.throttled_search,
    4: throttling.throttled_history,
    5: requests_needed.everything,
    6: cost.processor,
    7: cost.memory,
    8: starting.start,
}
HOW = """Service: 150 ms a request + 0.2 ms an issue (rows 5 to 7: none), its own work included. Every run is a process
of its own; before it is measured its imports are done and, but for row 5, one small question was asked. Rows 1, 2:
ours and theirs in turn, the median of {runs} by seconds; row 6: of {runs} by CPU; row 8: of {starts}; rows 3, 4, 5, 7:
one run (bound by a rate, or a number). The official client asks the same fields and makes a DataFrame of plain dicts;
`requests` and `429` are ours, beside it theirs."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the rows that are asked for; 0, or with `--check` 1 where a target is missed."""
    asked = _parser().parse_args(arguments)
    lines: list[Line] = []
    with Bench(runs=asked.runs, quick=asked.quick) as bench:
        for row in asked.rows:
            for line in ROWS[row](bench):
                lines.append(line)
                _say(" · ".join(filter(None, line.cells())), sys.stderr)
        how = HOW.format(runs=bench.runs, starts=starting.QUICK_RUNS if asked.quick else starting.RUNS)
    _say(f"{drawn(lines)}\n\n{how}\n{_where()}")
    missed = [line for line in lines if line.reached is False]
    for line in missed:
        _say(line.missed())
    return 1 if asked.check and missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rows", type=_rows, default=list(ROWS), metavar="1,3", help="only these rows")
    parser.add_argument("--runs", type=int, default=3, help="runs of each client in rows 1, 2, 6 (default: 3)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes, one run: to see that it works")
    parser.add_argument("--check", action="store_true", help="end with 1 where a target is missed")
    return parser


def _rows(text: str) -> list[int]:
    rows = [int(part) for part in text.split(",")]
    if unknown := set(rows) - set(ROWS):
        raise argparse.ArgumentTypeError(f"there is no row {min(unknown)}")
    return rows


def _where() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("pandas", "orjson", "yandex_tracker_client"))
    load = f", load {os.getloadavg()[2]:.1f} (15 minutes)" if hasattr(os, "getloadavg") else ""
    return f"Python {platform.python_version()}, {libraries}, {os.cpu_count()} cores{load}."


def _say(text: str, stream: object = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())
