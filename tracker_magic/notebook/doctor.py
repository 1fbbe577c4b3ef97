"""`%tracker doctor`: the checks of `Tracker.doctor`, then of the front end, its widgets and the settings."""

import json
import os
import sys
from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.errors import SettingsError, TrackerError
from tracker_magic.notebook.progress import can_answer
from tracker_magic.notebook.sessions import Sessions
from tracker_magic.settings import DEFAULT, TrackerMagic
from tracker_magic.tracker.doctor import STEP_S, Finding, examine

# A variable that each of them sets for its kernels.
_FRONT_ENDS: Final = {
    "COLAB_RELEASE_TAG": "Colab",
    "VSCODE_PID": "VS Code",
    "VSCODE_CWD": "VS Code",
    "JUPYTERHUB_USER": "JupyterHub",
    "JPY_SESSION_NAME": "JupyterLab or Notebook",
}
_MANAGER: Final = ("labextensions", "@jupyter-widgets", "jupyterlab-manager", "package.json")
_MANAGERS: Final = {"7": "3", "8": "5"}  # major version of ipywidgets → that of its JupyterLab extension


def examine_login(sessions: Sessions, name: str | None, timeout: float | None) -> list[Finding]:
    """Check the session with this name, or the current one; without a login, what needs none."""
    step_s = timeout or STEP_S
    try:
        return examine(sessions.tracker(name).connection, step_s=step_s)
    except TrackerError as problem:
        return examine(None, problem, step_s=step_s)


def examine_notebook(
    shell: InteractiveShell, settings: TrackerMagic, settings_error: SettingsError | None
) -> list[Finding]:
    """Check what only a notebook has: a front end, widgets and settings."""
    return [_front_end(shell, os.environ), _widgets(shell), _settings(settings, settings_error)]


def _front_end(shell: InteractiveShell, environ: Mapping[str, str]) -> Finding:
    if getattr(shell, "kernel", None) is None:
        encoding = sys.stdout.encoding or "unknown"
        found = f"IPython in a terminal, encoding {encoding}"
        if "utf" in encoding.lower():
            return Finding("front end", "ok", found)
        return Finding("front end", "warning", found, "Set PYTHONIOENCODING=utf-8, so that every text can be shown.")
    name = next((name for variable, name in _FRONT_ENDS.items() if environ.get(variable)), "a front end of Jupyter")
    answers = "questions can be answered" if can_answer(shell) else "nobody can answer questions"
    return Finding("front end", "ok", f"{name}; {answers}")


def _widgets(shell: InteractiveShell) -> Finding:
    if find_spec("ipywidgets") is None:
        cure = "The login asks questions instead of showing a form; for the form: pip install ipywidgets."
        return Finding("widgets", "warning", "ipywidgets is not installed", cure)
    version = metadata.version("ipywidgets")
    if getattr(shell, "kernel", None) is None:
        return Finding("widgets", "ok", f"ipywidgets {version}, not used in a terminal")
    manager = _manager_version()
    if manager is None:
        return Finding("widgets", "ok", f"ipywidgets {version}; its JupyterLab extension is not in this environment")
    found = f"ipywidgets {version}, its JupyterLab extension {manager}"
    if _MANAGERS.get(_major(version), _major(manager)) == _major(manager):
        return Finding("widgets", "ok", found)
    cure = "Their versions do not fit: pip install -U ipywidgets jupyterlab_widgets, then reload the page."
    return Finding("widgets", "warning", found, cure)


def _major(version: str) -> str:
    return version.partition(".")[0]


def _manager_version() -> str | None:
    """Return the version of the extension that draws widgets in JupyterLab, if it is in this environment."""
    if find_spec("jupyter_core") is None:
        return None
    from jupyter_core.paths import jupyter_path  # noqa: PLC0415 - only a kernel's environment has it

    for path in jupyter_path(*_MANAGER):
        try:
            return str(json.loads(Path(path).read_text(encoding="utf-8"))["version"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _settings(settings: TrackerMagic, error: SettingsError | None) -> Finding:
    if error is not None:
        return Finding("settings", "failed", error.message, error.hint)
    names: dict[str, list[str]] = {}
    for name in settings.setting_names():
        names.setdefault(settings.source(name), []).append(name)
    found = [f"{source}: {', '.join(members)}" for source, members in names.items() if source != DEFAULT]
    return Finding("settings", "ok", "; ".join(found) or "all have their defaults")
