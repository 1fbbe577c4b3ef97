"""Yandex Tracker in a Jupyter notebook: log in, query issues, get typed pandas DataFrames.

`%load_ext tracker_magic` in a notebook; `from tracker_magic import Tracker, connect` in a script.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tracker_magic import errors
    from tracker_magic.frames import has
    from tracker_magic.notebook import current, load_ipython_extension, unload_ipython_extension
    from tracker_magic.tracker import Tracker, connect

__all__ = ["Tracker", "connect", "current", "errors", "has", "load_ipython_extension", "unload_ipython_extension"]

# Where each public name lives; asked for late, so that importing the package costs nothing.
_HOMES = {
    "Tracker": "tracker",
    "connect": "tracker",
    "current": "notebook",
    "errors": "errors",
    "has": "frames",
    "load_ipython_extension": "notebook",
    "unload_ipython_extension": "notebook",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - nothing is imported before it is asked for

    from tracker_magic.interrupts import defer_interrupts  # noqa: PLC0415

    with defer_interrupts():  # numpy half loaded could be imported by nobody in this process any more
        module = import_module(f"{__name__}.{_HOMES[name]}")
        found = module if name == "errors" else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
