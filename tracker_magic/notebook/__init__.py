"""The only part that knows IPython and ipywidgets: magics, sessions, progress, help, rendering."""

from tracker_magic.notebook.extension import load_ipython_extension, unload_ipython_extension

__all__ = ["load_ipython_extension", "unload_ipython_extension"]
