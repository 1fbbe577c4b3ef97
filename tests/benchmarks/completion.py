"""Row 12: the time that completion takes in a large organisation and a notebook with a large frame."""

import time
from collections.abc import Iterator

import pandas as pd

from tests.benchmarks.bench import Bench
from tests.benchmarks.table import Line
from tracker_magic.notebook.completion import Names, complete

PEOPLE, FIELDS, ROWS, LINES = 20_000, 500, 100_000, 100
RUNS, QUICK_RUNS = 20, 2
MAX_COMPLETION_S = 0.05
QUERY_LINE = 'Queue: DEV, OPS Status: open, "In Progress" Assignee: me()\n'
PYTHON_LINE = "x = [call(each) for each in range(10)]  # a comment\n"
CELLS = (
    "%tracker ",
    "%tracker Assignee: ",
    "%tracker Assignee: nobody",
    "%tracker Tags: ",
    "%tracker Summary: five words and then Stat",
    "%tracker Queue: {{frame.s",
    f"%%tracker\n{QUERY_LINE * LINES}Stat",
    f"{PYTHON_LINE * LINES}frame = %tracker Stat",
)


def measure_completion(bench: Bench) -> Iterator[Line]:
    """Take the slowest of all completions; nothing is sent."""
    names = _names()
    slowest = max(_seconds(cell, names) for cell in CELLS for _ in range(QUICK_RUNS if bench.quick else RUNS))
    work = f"Tab, the slowest of {len(CELLS)} places, with {PEOPLE:,} people"
    yield Line(12, work, f"{slowest:.3f} s", "", slowest, MAX_COMPLETION_S, "s")


def _seconds(cell: str, names: Names) -> float:
    start = time.perf_counter()
    complete(cell, len(cell), names)
    return time.perf_counter() - start


def _names() -> Names:
    frame = pd.DataFrame({"key": [f"DEV-{row}" for row in range(ROWS)], "tags": [[f"tag{row}"] for row in range(ROWS)]})
    frame.attrs["tracker"] = {}
    people = [{"login": f"login{number}", "display": f"First{number} Last{number}"} for number in range(PEOPLE)]
    fields = [{"id": f"f{number}", "name": f"Field {number}", "schema": {"type": "string"}} for number in range(FIELDS)]
    return Names(records={"users": people, "fields": fields}, variables={"frame": frame})
