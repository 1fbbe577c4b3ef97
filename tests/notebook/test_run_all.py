"""Notebooks that nbclient runs, as nbconvert and papermill do, and scripts that nbconvert makes of them."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert.filters import ipython2python

import tracker_magic


def test_a_failure_stops_run_all_with_an_error_output(demo, tmp_path, monkeypatch):
    """A failing cell has an `error` output of our class, later cells do not run, and the file holds no token."""
    for name, value in demo.names.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(tracker_magic.__file__).parents[1]))
    cells = ["%load_ext tracker_magic\n%tracker login", "df = %tracker Queue: DEV AND (", "print('later')"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    with pytest.raises(CellExecutionError, match="BadQuery"):
        NotebookClient(
            notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
        ).execute()
    (error,) = notebook.cells[1].outputs
    assert (error.output_type, error.ename) == ("error", "BadQuery")
    assert notebook.cells[2].execution_count is None
    assert demo.access.token not in nbformat.writes(notebook)


def test_a_script_that_nbconvert_makes_runs_in_ipython(demo, tmp_path):
    """`nbconvert --to python` keeps lines, cells and assignments; `ipython SCRIPT` runs them and prints no token."""
    cells = [
        "%load_ext tracker_magic",
        "df = %tracker Queue: DEV",
        "%%tracker few <<\nQueue: DEV\nType: bug",
        "n = %tracker count Queue: DEV",
        "%tracker changelog -o changes $few",
        "print(len(df) == n, set(changes.key) <= set(few.key))",
    ]
    (tmp_path / "script.py").write_text("\n".join(map(ipython2python, cells)), encoding="utf-8")
    environment = (
        os.environ
        | demo.names
        | {
            "IPYTHONDIR": str(tmp_path),
            "PYTHONPATH": str(Path(tracker_magic.__file__).parents[1]),
        }
    )
    ran = subprocess.run(
        [sys.executable, "-m", "IPython", "script.py"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.stdout.strip().endswith("True True"), ran.stdout + ran.stderr
    assert demo.access.token not in ran.stdout + ran.stderr


def test_autoreload_changes_nothing(kernel):
    """With `%autoreload 2`, which looks at every module before each cell, commands, sessions and reloads work."""
    assert kernel.run("%load_ext autoreload\n%autoreload 2").error is None
    assert kernel.run("%tracker count Queue: DEV").error is None
    assert kernel.run("%reload_ext tracker_magic").error is None
    cell = kernel.run("df = %tracker -n 2 Queue: DEV\nlen(df)")
    kernel.run("%autoreload 0")
    assert (cell.error, cell.result) == (None, "2")
