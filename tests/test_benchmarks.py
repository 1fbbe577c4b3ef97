"""The benchmark runs and prints its table; no test checks how fast anything is."""

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
    """The module of the table."""
    spec = spec_from_file_location("benchmark_table", ROOT / "tests" / "benchmarks" / "table.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def run_benchmark(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the benchmark as from the command line."""
    command = [sys.executable, "-m", "tests.benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def test_the_table_has_figures():
    """In a quick run of rows 2, 5, 8, 12 and 13, every line has a figure and its target, and requests are counted."""
    done = run_benchmark("--quick", "--rows", "2,5,8,12,13")
    assert done.returncode == 0, done.stderr
    lines = [line.split("|")[1:-1] for line in done.stdout.splitlines() if re.match(r"\| [0-9]", line)]
    rows = [[cell.strip() for cell in line] for line in lines]
    assert [row[0] for row in rows] == ["2", "2", "5", "8", "8", "12", *["13"] * 6]
    for _, _, ours, _, measured, target, reached, *_ in rows:
        assert re.search(r"\d", ours)
        assert re.match(r"-?[\d.,]+", measured)
        assert re.match(r"[<>]= [\d.,]+", target)
        assert reached in {"yes", "NO"}
    assert all(int(row[7]) > 0 for row in rows[:3])


def test_an_unknown_row_is_refused():
    """A row that does not exist is refused before anything is measured."""
    refused = run_benchmark("--rows", "99")
    assert refused.returncode == 2
    assert "there is no row 99" in refused.stderr


def test_a_missed_target_is_described(table: ModuleType):
    """A target is an upper or a lower limit, and a miss says by how much; a line without target has none."""
    lower = table.Line(1, "work", value=8.0, target=10.0, at_least=True)
    upper = table.Line(8, "import", value=0.06, target=0.05, unit="s")
    assert (lower.reached, upper.reached) == (False, False)
    assert lower.describe_miss() == "Row 1 not reached (work): 8 x instead of 10 x, off by 2 x, 20% of the target."
    assert (
        upper.describe_miss()
        == "Row 8 not reached (import): 0.06 s instead of 0.05 s, off by 0.01 s, 20% of the target."
    )
    assert table.Line(1, "work", value=10.0, target=10.0, at_least=True).reached is True
    assert table.Line(3, "beside it", theirs="1 s").reached is None
