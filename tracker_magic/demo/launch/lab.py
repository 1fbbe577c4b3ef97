"""`demo`: JupyterLab on a copy of the first notebook, its kernels led to the demo."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import webbrowser
from typing import TYPE_CHECKING, Final, TextIO

from tracker_magic.demo.launch.stop import stop_asked
from tracker_magic.demo.launch.workplace import FIRST, Workplace, workplace

if TYPE_CHECKING:
    from tracker_magic.demo.server import Demo

_PATIENCE_S: Final = 20.0  # for JupyterLab to end its kernels and itself


def open_lab(demo: "Demo", out: TextIO, *, browser: bool) -> int:
    """Run JupyterLab until it ends or the person ends it; gives the exit code.

    Without a browser JupyterLab prints its address. Raises ModuleNotFoundError where it is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise ModuleNotFoundError("No module named 'jupyterlab'", name="jupyterlab")
    with workplace() as place, stop_asked() as stop:
        out.write(f"The demo's Tracker answers at {demo.url}; JupyterLab is starting. Ctrl-C ends both.\n")
        out.flush()
        # A session of its own: Ctrl-C would make JupyterLab ask back, while it has to end when told.
        with subprocess.Popen(  # noqa: S603 - our own interpreter
            command(place, browser=browser and has_browser()),
            cwd=place.folder,
            env=place.environment(demo.names),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        ) as lab:
            try:
                while lab.poll() is None and not stop.wait(0.2):
                    pass
            finally:
                _end(lab)
        if place.is_touched:
            out.write(f"What you saved is in {place.folder}\n")
    return 0 if stop.is_set() else lab.returncode


def command(place: Workplace, *, browser: bool) -> list[str]:
    """How JupyterLab is started; nothing secret stands in it."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={place.folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
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
    """End JupyterLab; told politely, it ends its kernels first."""
    if lab.poll() is not None:
        return
    lab.terminate()
    try:
        lab.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(lab.pid, signal.SIGKILL)
