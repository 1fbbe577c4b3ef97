"""Notebooks that nbclient runs, as nbconvert and papermill do."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

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
