"""Yandex Tracker in a Jupyter notebook: log in, query issues, get typed pandas DataFrames.

`%load_ext tracker_magic` in a notebook; `from tracker_magic import Tracker, connect` in a script.
"""

from typing import TYPE_CHECKING, Any

from tracker_magic.interrupts import import_public

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tracker_magic import charts, errors, flow
    from tracker_magic.frames import has
    from tracker_magic.notebook import load_ipython_extension, unload_ipython_extension
    from tracker_magic.notebook.sessions import current
    from tracker_magic.tracker import Tracker, connect

__all__ = [
    "Tracker",
    "charts",
    "connect",
    "current",
    "errors",
    "flow",
    "has",
    "load_ipython_extension",
    "unload_ipython_extension",
]

# The module of each public name; it is imported on first use, so that importing the package costs nothing.
_MODULES = {
    "Tracker": "tracker",
    "charts": "charts",
    "connect": "tracker",
    "current": "notebook.sessions",
    "errors": "errors",
    "flow": "flow",
    "has": "frames",
    "load_ipython_extension": "notebook",
    "unload_ipython_extension": "notebook",
}


def __getattr__(name: str) -> Any:
    globals()[name] = value = import_public(__name__, _MODULES, name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
