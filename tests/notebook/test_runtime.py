"""Where the extension cannot work, loading it says so; `%%tracker` below another line of its cell says what to do."""

import subprocess
import sys
from types import ModuleType

import pytest

from tracker_magic.errors import BadOption, SettingsError


def run(shell, code):
    """Run a cell; an error is raised."""
    shell.run_cell(code, silent=True).raise_error()


def test_an_older_pandas_in_memory_is_one_sentence_at_load(shell, monkeypatch):
    """If pandas was updated after an older one was imported, loading says to restart the kernel."""
    older = ModuleType("pandas")
    older.__version__ = "2.2.3"
    monkeypatch.setitem(sys.modules, "pandas", older)
    with pytest.raises(SettingsError, match=r"pandas 2\.2\.3 .* 2\.3 or newer. Restart the kernel"):
        run(shell, "%load_ext tracker_magic")
    assert "tracker" not in shell.magics_manager.magics["line"]
    older.__version__ = "2.10.0rc1"
    run(shell, "%load_ext tracker_magic")


def test_a_browser_without_threads_is_one_sentence_at_load():
    """In JupyterLite, whose Python has no threads, loading says that a kernel on a computer is needed."""
    lines = (
        "import sys, sysconfig",
        "from IPython.core.interactiveshell import InteractiveShell",
        "shell = InteractiveShell()",
        "sysconfig.get_config_vars()",
        "sys.platform = 'emscripten'",
        "shell.run_cell('%load_ext tracker_magic')",
        "print('tracker' in shell.magics_manager.magics['line'])",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert "JupyterLite" in done.stdout
    assert done.stdout.split()[-1] == "False"


@pytest.mark.parametrize("query", ["Queue: DEV", '-n 5\nQueue: DEV Status: "don\'t" (', "count Queue: DEV?"])
@pytest.mark.parametrize("target", ["", "df = "])
def test_a_cell_magic_below_another_line_is_refused(shell, query, target):
    """`%%tracker` below another line is an error that says to put what is above it into a cell of its own."""
    run(shell, "%load_ext tracker_magic")
    for above in ("%load_ext tracker_magic\n\n", "if True:\n    x = 1\n    "):
        with pytest.raises(BadOption, match=r"not at the beginning of its cell. .* a cell of its own"):
            run(shell, f"{above}{target}%%tracker {query}")


def test_the_first_cell_that_loads_and_asks_is_refused_too(shell):
    """If the same cell loads the extension for the first time, the error comes if the query is valid Python."""
    with pytest.raises(BadOption, match="`%load_ext tracker_magic`, into a cell of its own"):
        run(shell, "%load_ext tracker_magic\n%%tracker count\nQueue: DEV")


def test_a_text_that_mentions_the_cell_magic_stays(shell):
    """`%%tracker` in a string of several lines is text."""
    run(shell, "%load_ext tracker_magic\ntext = '''\n%%tracker\nx\n'''")
    assert shell.user_ns["text"] == "\n%%tracker\nx\n"
