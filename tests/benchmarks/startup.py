"""Row 8: the time that an import and `%load_ext` take, compared with processes without them."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from statistics import median

from tests.benchmarks.bench import ROOT, Bench
from tests.benchmarks.table import Line

RUNS, QUICK_RUNS = 9, 2
MAX_IMPORT_S, MAX_LOAD_S = 0.05, 0.15
_IPYTHON = "from IPython.core.interactiveshell import InteractiveShell as S\nshell = S.instance()\n"
PROGRAMS = {
    "bare": "",
    "import": "import tracker_magic",
    "theirs": "import yandex_tracker_client",
    "ipython": _IPYTHON,
    "load_ext": f"{_IPYTHON}shell.run_line_magic('load_ext', 'tracker_magic')",
}


def measure_startup(bench: Bench) -> Iterator[Line]:
    """Take the medians of fresh processes in turn; the first of each is not measured, since it writes byte code."""
    seconds: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "IPYTHONDIR": home, "PYTHONPATH": str(ROOT)}
        for turn in range(1 + (QUICK_RUNS if bench.quick else RUNS)):
            for name, program in PROGRAMS.items():
                elapsed = _run(program, environment)
                if turn:
                    seconds[name].append(elapsed)
    medians = {name: median(each) for name, each in seconds.items()}
    ours, theirs = medians["import"] - medians["bare"], medians["theirs"] - medians["bare"]
    yield Line(8, "import", f"{ours:.3f} s", f"{theirs:.3f} s", ours, MAX_IMPORT_S, "s")
    loading = medians["load_ext"] - medians["ipython"]
    yield Line(8, "%load_ext over bare IPython", f"{loading:.3f} s", "", loading, MAX_LOAD_S, "s")


def _run(program: str, environment: Mapping[str, str]) -> float:
    """Run a program in a fresh process and return its seconds."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, check=True)
    return time.perf_counter() - start
