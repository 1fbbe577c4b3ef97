"""Row 8: what an import and `%load_ext` cost, whole processes against bare ones."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from statistics import median

from tests.benchmarks.bench import Bench
from tests.benchmarks.process import ROOT
from tests.benchmarks.table import Line

RUNS, QUICK_RUNS = 9, 2
_IPYTHON = "from IPython.core.interactiveshell import InteractiveShell as S\nshell = S.instance()\n"
PROGRAMS = {
    "bare": "",
    "import": "import tracker_magic",
    "theirs": "import yandex_tracker_client",
    "ipython": _IPYTHON,
    "load_ext": f"{_IPYTHON}shell.run_line_magic('load_ext', 'tracker_magic')",
}


def start(bench: Bench) -> Iterator[Line]:
    """Medians over fresh processes in turn; one of each, unmeasured, writes the byte code."""
    taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "IPYTHONDIR": home, "PYTHONPATH": str(ROOT)}
        for turn in range(1 + (QUICK_RUNS if bench.quick else RUNS)):
            for name, program in PROGRAMS.items():
                seconds = _seconds(program, environment)
                if turn:
                    taken[name].append(seconds)
    middle = {name: median(each) for name, each in taken.items()}
    imported, beside = middle["import"] - middle["bare"], middle["theirs"] - middle["bare"]
    yield Line(8, "import", f"{imported:.3f} s", f"{beside:.3f} s", imported, 0.05, "s")
    loaded = middle["load_ext"] - middle["ipython"]
    yield Line(8, "%load_ext over bare IPython", f"{loaded:.3f} s", "", loaded, 0.15, "s")


def _seconds(program: str, environment: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, check=True)
    return time.perf_counter() - began
