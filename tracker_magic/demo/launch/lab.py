"""`demo`: JupyterLab on copies of the notebooks, with kernels that use the demo."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import webbrowser
from typing import TYPE_CHECKING, Final, TextIO

from tracker_magic.demo.launch.notebook_folder import FIRST_NOTEBOOK, NotebookFolder, user_folder
from tracker_magic.demo.launch.serve import stop_on_signal

if TYPE_CHECKING:
    from tracker_magic.demo.server import Demo

_SHUTDOWN_TIMEOUT_S: Final = 20.0  # JupyterLab ends its kernels first


def open_lab(demo: "Demo", out: TextIO, *, browser: bool) -> int:
    """Run JupyterLab until it ends or a signal arrives; returns the exit code.

    Without a browser, JupyterLab prints its address. Raises ModuleNotFoundError if it is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise ModuleNotFoundError("No module named 'jupyterlab'", name="jupyterlab")
    with user_folder() as folder, stop_on_signal() as stop:
        out.write(
            f"The demo's Tracker answers at {demo.url}; JupyterLab is starting. Ctrl-C ends both.\n"
            f"The notebooks are in {folder.path}; what you save there stays.\n"
        )
        out.flush()
        # In a session of its own: on Ctrl-C, JupyterLab would ask for confirmation instead of ending.
        with subprocess.Popen(  # noqa: S603 - our own interpreter
            command(folder, browser=browser and has_browser()),
            cwd=folder.path,
            env=folder.environment(demo.names),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        ) as lab:
            try:
                while lab.poll() is None and not stop.wait(0.2):
                    pass
            finally:
                _end(lab)
    return 0 if stop.is_set() else lab.returncode


def command(folder: NotebookFolder, *, browser: bool) -> list[str]:
    """The command line of JupyterLab; it contains nothing secret."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={folder.path}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        "--Application.log_level=WARN",
        *(("--allow-root",) if as_root else ()),
        *(() if browser else ("--no-browser",)),
    ]


def has_browser() -> bool:
    """Whether this machine has a browser to open."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _end(lab: subprocess.Popen[bytes]) -> None:
    """End JupyterLab with SIGTERM, so that it ends its kernels, too; kill it if that takes too long."""
    if lab.poll() is not None:
        return
    lab.terminate()
    try:
        lab.wait(_SHUTDOWN_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(lab.pid, signal.SIGKILL)
