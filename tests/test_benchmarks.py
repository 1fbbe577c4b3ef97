"""The benchmark runs and draws its table; how fast anything is, no test asserts."""

import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def table() -> ModuleType:
    """The module that draws the table."""
    spec = spec_from_file_location("benchmark_table", ROOT / "tests" / "benchmarks" / "table.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def benchmark(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The benchmark as it is started by hand."""
    command = [sys.executable, "-m", "tests.benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def test_the_table_comes_out_with_numbers():
    """Rows 2, 5 and 8 in small: every line has a figure beside its target, and requests were counted."""
    done = benchmark("--quick", "--rows", "2,5,8")
    assert done.returncode == 0, done.stderr
    lines = [line.split("|")[1:-1] for line in done.stdout.splitlines() if re.match(r"\| [0-9]", line)]
    rows = [[cell.strip() for cell in line] for line in lines]
    assert [row[0] for row in rows] == ["2", "2", "5", "8", "8"]
    for _, _, ours, _, measured, target, reached, *_ in rows:
        assert re.search(r"\d", ours)
        assert re.match(r"-?[\d.,]+", measured)
        assert re.match(r"[<>]= [\d.,]+", target)
        assert reached in {"yes", "NO"}
    assert all(int(row[7]) > 0 for row in rows[:3])


def test_a_row_that_does_not_exist():
    """It is refused before anything is started."""
    refused = benchmark("--rows", "9")
    assert refused.returncode == 2
    assert "there is no row 9" in refused.stderr


def test_what_is_missed_says_by_how_much(table: ModuleType):
    """A target is a most or a least; a line without one is neither reached nor missed."""
    least = table.Line(1, "work", value=8.0, target=10.0, at_least=True)
    most = table.Line(8, "import", value=0.06, target=0.05, unit="s")
    assert (least.reached, most.reached) == (False, False)
    assert least.missed() == "Row 1 not reached (work): 8 x instead of 10 x, off by 2 x, 20% of the target."
    assert most.missed() == "Row 8 not reached (import): 0.06 s instead of 0.05 s, off by 0.01 s, 20% of the target."
    assert table.Line(1, "work", value=10.0, target=10.0, at_least=True).reached is True
    assert table.Line(3, "beside it", theirs="1 s").reached is None
