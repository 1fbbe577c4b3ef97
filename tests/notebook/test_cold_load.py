"""Loading the extension is cheap, and an interrupt during the first use is harmless."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tracker_magic

PROBE = """
import sys
events = []
sys.addaudithook(lambda event, _: events.append(event) if event.startswith("socket.") else None)
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
events.clear()
shell.run_line_magic("load_ext", "tracker_magic")
new = set(sys.modules) - before
heavy = {"pandas", "numpy", "requests", "urllib3", "ipywidgets", "werkzeug", "orjson", "matplotlib"} & set(sys.modules)
parts = {name for name in new if name.startswith("tracker_magic.") and name.count(".") == 1}
import threading
sys.stderr.write(repr((sorted(heavy), events, sorted(parts), threading.active_count())))
"""


def run_in_new_process(code, tmp_path, **environ):
    """Run code in a fresh Python process."""
    environment = {
        "PYTHONPATH": str(Path(tracker_magic.__file__).parents[1]),
        "IPYTHONDIR": str(tmp_path),
        "HOME": str(tmp_path),
    }
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True, env={**environment, **environ}
    )


def test_loading_imports_nothing_heavy_opens_nothing_and_prints_nothing(tmp_path):
    """Loading imports no pandas, requests or ipywidgets, opens no socket, starts no thread and prints nothing."""
    process = run_in_new_process(PROBE, tmp_path)
    heavy, events, parts, threads = ast.literal_eval(process.stderr)
    assert process.stdout == ""
    assert heavy == []
    assert events == []
    assert threads <= 2  # IPython's own history thread
    assert set(parts) <= {
        f"tracker_magic.{name}"
        for name in ("notebook", "settings", "errors", "layout", "names", "printable", "secret", "interrupts")
    }


COMPLETING = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "tracker_magic")
shell.Completer.use_jedi = False
for line in ("", "log", "Queue: ", "-", "--tz Eur", "changelog --", "flow ", "flow --period ", "flow --back "):
    code = f"df = %tracker {line}"
    with __import__("IPython").core.completer.provisionalcompleter():
        offered = [each.text for each in shell.Completer.completions(code, len(code))]
    sys.stdout.write(f"{line}: {bool(offered)}\\n")
sys.stderr.write(repr(sorted({"pandas", "numpy", "ipywidgets"} & set(sys.modules))))
"""


def test_completion_before_any_command_imports_nothing_heavy(tmp_path):
    """The first Tab offers commands, options and their values without pandas, whose import takes long."""
    process = run_in_new_process(COMPLETING, tmp_path)
    assert "flow --period : True" in process.stdout
    assert process.stdout.count("True") == 9
    assert process.stderr == "[]"


INTERRUPTED = """
import importlib.abc, signal, sys
from IPython.core.interactiveshell import InteractiveShell

class Interrupt(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name == "numpy.dtypes":  # what numpy's C code asks for while it is loaded
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "tracker_magic")
sys.meta_path.insert(0, Interrupt())
try:
    FIRST_USE
except KeyboardInterrupt as stopped:
    import numpy, pandas
    print(type(stopped).__name__, shell.run_line_magic("tracker", "me"))
"""


@pytest.mark.parametrize(
    ("first_use", "stopped"),
    [
        ('shell.run_line_magic("tracker", "me")', "Cancelled"),
        ("from tracker_magic import Tracker", "KeyboardInterrupt"),
    ],
)
def test_a_kernel_works_after_an_interrupt_of_the_import(tmp_path, demo, first_use, stopped):
    """A half-imported numpy cannot be imported again, so an interrupt takes effect only after the import."""
    process = run_in_new_process(INTERRUPTED.replace("FIRST_USE", first_use), tmp_path, **demo.names)
    assert stopped in process.stdout
    assert demo.world.users[demo.world.me].login in process.stdout


WITHOUT_MATCHERS = """
from IPython.core import completer
vars(completer).pop("context_matcher", None)  # as in IPython before 8.6
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = list(shell.Completer.custom_matchers)
shell.run_line_magic("load_ext", "tracker_magic")
print(shell.run_line_magic("tracker", "= me")["login"][0], shell.Completer.custom_matchers == before)
shell.run_line_magic("unload_ext", "tracker_magic")
"""


def test_an_ipython_without_matchers_is_enough(tmp_path, demo):
    """If the completer has no matchers that see the cell, everything but completion works."""
    process = run_in_new_process(WITHOUT_MATCHERS, tmp_path, **demo.names)
    assert process.stdout.split() == [demo.world.users[demo.world.me].login, "True"]
