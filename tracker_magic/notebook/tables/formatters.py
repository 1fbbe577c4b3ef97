"""The display of frames in IPython: this package's as `view` chooses, every other frame as pandas displays it."""

import html as html_texts
from typing import Any

import pandas as pd
from IPython.utils.dir2 import get_real_method

from tracker_magic.layout import wrapped
from tracker_magic.notebook.tables import markup, terminal
from tracker_magic.notebook.tables.view import view
from tracker_magic.printable import printable


def html(frame: pd.DataFrame) -> Any:
    """Return a frame as HTML; None if pandas has none for it."""
    if shown := view(frame):
        return markup.html(shown)
    method = get_real_method(frame, "_repr_html_")
    table, definition = method() if method else None, _definition(frame)
    return f"{table}<small>{html_texts.escape(definition)}</small>" if table and definition else table


def print_text(frame: pd.DataFrame, printer: Any) -> None:
    """Print a frame as text with IPython's printer."""
    shown = view(frame)
    text = terminal.text(shown) if shown else repr(frame)
    text = "\n".join(filter(None, (text, wrapped(_definition(frame)))))
    with printer.group():  # as IPython prints any `repr`
        for number, line in enumerate(text.splitlines()):
            if number:
                printer.break_()
            printer.text(line)


def _definition(frame: pd.DataFrame) -> str:
    """What a result of flow says about itself; empty for other frames."""
    definition = frame.attrs.get("definition")
    return printable(definition) if isinstance(definition, str) else ""
