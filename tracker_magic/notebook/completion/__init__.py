"""What Tab and Shift-Tab show in the magic: pure functions of the cell, the cursor and the names known already."""

from tracker_magic.notebook.completion.candidates import Completions
from tracker_magic.notebook.completion.line import complete
from tracker_magic.notebook.completion.names import Names
from tracker_magic.notebook.completion.tooltip import tooltip

__all__ = ["Completions", "Names", "complete", "tooltip"]
