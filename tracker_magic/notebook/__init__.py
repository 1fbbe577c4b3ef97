"""The only part that knows IPython and ipywidgets: magics, sessions, progress, help, rendering."""

from typing import TYPE_CHECKING, Any

from tracker_magic.notebook.extension import load_ipython_extension, unload_ipython_extension

if TYPE_CHECKING:
    from tracker_magic.notebook.sessions import current

__all__ = ["current", "load_ipython_extension", "unload_ipython_extension"]


def __getattr__(name: str) -> Any:
    if name != "current":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tracker_magic.notebook.sessions import current  # noqa: PLC0415 - `%load_ext` must not load what this needs

    return current
