"""What a magic must do, line by line; lines that other files test are listed in a comment."""

import threading
import tomllib
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

import tracker_magic
from tracker_magic.demo.behaviour import Fault

# Tested elsewhere, by the number of the line:
#   1: notebook/test_cold_load.py, test_loading_imports_nothing_heavy_opens_nothing_and_prints_nothing
#   4: notebook/form/test_secrets.py, test_a_notebook_saved_by_nbclient_holds_no_secret
#   5: notebook/test_magic.py, test_a_login_raises_at_once_if_nobody_can_answer
#   7: notebook/test_magic.py, test_the_query_reaches_the_service_byte_for_byte
#   8: notebook/test_magic.py, test_the_query_reaches_the_service_byte_for_byte
#   8: notebook/test_magic.py, test_every_form_of_asking_for_help_works
#   11: notebook/test_completion_in_kernel.py, test_every_form_of_the_magic_is_completed_without_a_request
#   11: notebook/test_completion_in_kernel.py, test_python_is_completed_as_without_the_extension
#   13: notebook/test_magic.py, test_a_dry_run_makes_one_count
#   14: test_notebooks.py, test_a_notebook_runs
#   14: browser/test_form.py, test_a_device_code_logs_in
#   14: browser/test_notebook7.py, test_the_magic_works_in_notebook_7
# Beside the five that every user of notebooks has: small, or wheels for every platform.
DEPENDENCIES = {"urllib3", "orjson", "platformdirs", "filelock", "tzdata"}


@pytest.fixture
def execute(demo, tmp_path, monkeypatch):
    """Runs cells as nbclient does, going on after errors, and returns the notebook."""
    for name, value in demo.names.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(Path(tracker_magic.__file__).parents[1]))

    def run(*cells):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        NotebookClient(notebook, timeout=60, kernel_name="python3", allow_errors=True).execute()
        return notebook

    return run


def parts(shell: InteractiveShell) -> list[int]:
    """How many magics, matchers and transformers of this extension a shell has."""
    inputs = shell.input_transformer_manager
    transformers = [*inputs.cleanup_transforms, *inputs.line_transforms, *inputs.token_transformers]
    matchers = [each for each in shell.Completer.custom_matchers if each.__module__.startswith("tracker_magic")]
    ours = [each for each in transformers if each.__module__.startswith("tracker_magic")]
    magics = [kind for kind, functions in shell.magics_manager.magics.items() if "tracker" in functions]
    return [len(magics), len(matchers), len(ours)]


def test_line_2_unloading_removes_everything(shell):
    """`%unload_ext` removes magic, matcher and transformers; `%reload_ext` twice leaves one of each."""
    shell.run_cell("%load_ext tracker_magic")
    loaded = parts(shell)
    assert loaded == [2, 1, 4]  # a line and a cell magic; transformers of cell, line, and two of tokens
    shell.run_cell("%reload_ext tracker_magic\n%reload_ext tracker_magic")
    assert parts(shell) == loaded
    shell.run_cell("%unload_ext tracker_magic")
    assert parts(shell) == [0, 0, 0]


def test_line_3_a_failure_is_an_error_output(execute):
    """A failed query is an `error` output of our class without a traceback, in red; `df` keeps its old object."""
    notebook = execute("%load_ext tracker_magic\ndf = old = object()", "df = %tracker Queue: DEV AND (", "df is old")
    (error,) = notebook.cells[1].outputs
    assert (error.output_type, error.ename) == ("error", "BadQuery")
    assert all(line.startswith("\x1b[31m") for line in error.traceback)
    assert not any("Traceback" in line or "File " in line for line in error.traceback)
    assert notebook.cells[2].outputs[0].data["text/plain"] == "True"


def test_line_4_ipywidgets_may_be_absent(execute, demo):
    """Without ipywidgets everything works, and the saved notebook holds no token after any login that asks nothing."""
    notebook = execute(
        "import sys\nsys.modules['ipywidgets'] = None\n%load_ext tracker_magic",
        "%tracker login --strategy env --save file",
        "%tracker login --strategy stored",
        "%tracker me",
        "%tracker -n 2 Queue: DEV",
        "%tracker doctor",
    )
    assert [output for cell in notebook.cells for output in cell.outputs if output.output_type == "error"] == []
    assert demo.access.token not in nbformat.writes(notebook)


def test_line_6_an_interrupt_keeps_pages(kernel, demo):
    """Interrupted in page 3 of 10: `Cancelled`, 2–3 pages in `_tracker_partial`, no open scroll, `df` unchanged."""
    kernel.run("df = old = object()\n%tracker me;")
    rows, is_in_page_3 = 4, threading.Event()
    demo.behaviour.max_per_scroll, demo.behaviour.over_max = rows, "cap"
    demo.behaviour.faults.append(Fault("slow", path="_search", skip=2, seconds=10, hook=is_in_page_3.set))
    try:
        cell = kernel.run('df = %tracker Queue: DEV "Sort By": Key ASC', interrupt_when=is_in_page_3.is_set)
    finally:
        demo.service.behaviour = type(demo.behaviour)()
    assert cell.error[0] == "Cancelled"
    assert "_tracker_partial" in cell.error[1]
    assert int(kernel.run("len(_tracker_partial)").result) in {2 * rows, 3 * rows}
    assert kernel.run("df is old").result == "True"
    assert demo.open_scrolls == 0


def test_line_9_a_reached_limit_is_said(kernel):
    """If the limit is reached, a line says "first N of TOTAL", and `attrs` says that the result is truncated."""
    cell = kernel.run("%tracker -n 3 --columns key Queue: DEV")
    assert "first 3 of" in cell.shown
    assert kernel.run("_.attrs['tracker']['truncated']").result == "True"


def test_line_10_types_are_declared(kernel):
    """Integers with gaps are `Int64`, times have the zone of `--tz`; an empty result has the same types."""
    kernel.run("df = %tracker --tz Europe/Moscow Queue: DEV")
    kernel.run("none = %tracker --tz Europe/Moscow Queue: DEV Summary: #nothing")
    assert kernel.run("str(df.votes.dtype), str(df.createdAt.dtype)").result == (
        "('Int64', 'datetime64[us, Europe/Moscow]')"
    )
    assert kernel.run("len(none), bool((none.dtypes == df[none.columns].dtypes).all())").result == "(0, True)"


def test_line_12_attributes_survive(kernel):
    """`pd.concat` of two results works, and a frame keeps its attributes in Parquet."""
    kernel.run("import io\nimport pandas as pd\ndf = %tracker -n 3 Queue: DEV\nops = %tracker -n 3 Queue: OPS")
    assert kernel.run("len(pd.concat([df, ops]))").result == "6"
    kernel.run("file = io.BytesIO()\ndf[['key', 'summary', 'createdAt']].to_parquet(file)")
    assert kernel.run("pd.read_parquet(file).attrs == df.attrs").result == "True"


def test_line_15_an_installation_is_small(root):
    """A plain installation pulls pandas, what notebooks have anyway, and five small packages; the rest are extras."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {dependency.split(">")[0] for dependency in project["dependencies"]}
    assert names - {"ipython", "ipywidgets", "traitlets", "requests", "pandas"} == DEPENDENCIES
    assert {"parquet", "keyring", "demo", "charts"} <= project["optional-dependencies"].keys()
