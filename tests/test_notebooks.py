"""Each notebook is stored without outputs and runs on a small demo from the first cell to the last."""

import io
import json
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tracker_magic.demo import start
from tracker_magic.demo.launch.notebook_folder import NotebookFolder
from tracker_magic.demo.launch.run import run_notebook
from tracker_magic.errors import masked

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MAX_KB = 100
# Only flow says how much history it fetches.
WARNING = re.compile(r"\b(?!Flow)\w+Warning: .*")
ONE_CELL = {
    "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": "", "outputs": [], "execution_count": None}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path) -> list[dict[str, Any]]:
    """The cells of a notebook."""
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_the_quickstart_is_the_first_notebook():
    """There is at least one notebook, and the first one is the quickstart."""
    assert [path.name for path in NOTEBOOKS][:1] == ["01_quickstart.ipynb"]


@each_notebook
def test_a_notebook_is_stored_without_outputs(path):
    """A notebook has no outputs, no execution counts and no metadata of a machine, and it stays small."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert [cell["execution_count"] for cell in code] == [None] * len(code)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert path.stat().st_size < MAX_KB * 1000


@each_notebook
def test_cell_ids_are_words(path):
    """Cell ids are unique words that somebody chose, so that a changed cell is one change in a diff."""
    ids = [cell["id"] for cell in cells(path)]
    assert len(set(ids)) == len(ids)
    assert [each for each in ids if not re.fullmatch(r"[a-z]+(-[a-z]+)*", each)] == []


@each_notebook
def test_a_notebook_contains_no_token(path):
    """Nothing in a notebook looks like a secret."""
    text = path.read_text(encoding="utf-8")
    assert masked(text) == text


@each_notebook
def test_a_notebook_names_no_queue(path):
    """A notebook names no queue of the demo or of the real data, so that it runs on either."""
    text = "\n".join("".join(cell["source"]) for cell in cells(path))
    assert re.findall(r"\b(?:DEV|OPS|DESIGN|JQ|JQUI|TIMOB|AC|ALOY|MOD|DAEMON)\b", text) == []


def execute(path: Path, environment: dict[str, str], folder: Path) -> tuple[int, str]:
    """Run a copy of a notebook; return the exit code and what was printed."""
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    out = io.StringIO()
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    code = run_notebook(copy, {**inherited, **NotebookFolder(folder, folder / "logins").environment(environment)}, out)
    return code, out.getvalue()


@pytest.fixture(scope="module")
def demo_names() -> Iterator[dict[str, str]]:
    """The environment variables of a demo that is large enough for sprints and forecasts."""
    with start(issues=300, seed=5, evolve=False) as demo:
        yield demo.names


@each_notebook
def test_a_notebook_runs(path, demo_names, tmp_path):
    """Every cell of a notebook runs on the demo from the first to the last, and shows no token."""
    code, printed = execute(path, demo_names, tmp_path)
    assert code == 0, printed
    assert f"[{sum(cell['cell_type'] == 'code' for cell in cells(path))}]" in printed
    assert demo_names["TRACKER_TOKEN"] not in printed
    assert WARNING.findall(printed) == []


def test_the_quickstart_runs_on_a_small_world(demo_environment, tmp_path):
    """The first notebook runs on a few issues too; the columns of frames are printed in full."""
    code, printed = execute(NOTEBOOKS[0], demo_environment, tmp_path)
    assert code == 0, printed
    assert all(name in printed for name in ("queue.display", "status.key", "datetime64[us, UTC]", "image/png"))


def test_a_cell_that_fails_is_announced():
    """A cell may fail on purpose to show a mistake; the text before it says so."""
    for path in NOTEBOOKS:
        for before, cell in pairwise(cells(path)):
            if "raises-exception" in cell["metadata"].get("tags", ()):
                assert "fails on purpose" in "".join(before["source"]).replace("\n", " ")


@pytest.mark.parametrize(
    ("source", "message"),
    [("1/0", "ZeroDivisionError"), ("%load_ext nothing_here", "Error"), ("import os; os._exit(3)", "DeadKernelError")],
)
def test_a_failing_cell_ends_the_run(source, message, tmp_path):
    """After a cell fails, its error is printed, later cells do not run, and the exit code is 1."""
    notebook = json.loads(json.dumps(ONE_CELL))
    notebook["cells"][0]["source"] = source
    notebook["cells"].append({**ONE_CELL["cells"][0], "id": "b", "source": "print('went on')"})
    failing = tmp_path / "original" / "failing.ipynb"
    failing.parent.mkdir()
    failing.write_text(json.dumps(notebook), encoding="utf-8")
    code, printed = execute(failing, {}, tmp_path)
    assert code == 1
    assert message in printed
    assert "went on" not in printed.replace("print('went on')", "")
