"""Register the display of this package's frames with IPython; every other frame is displayed as pandas does it."""

import html
from typing import TYPE_CHECKING, Any, Final

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.dir2 import get_real_method

from tracker_magic.interrupts import import_uninterrupted
from tracker_magic.printable import printable

if TYPE_CHECKING:
    import pandas as pd

# `DataFrame.__module__` in pandas 3 and in pandas 2; by name, so that registering does not import pandas.
_MODULES: Final = ("pandas", "pandas.core.frame")


def install(shell: InteractiveShell) -> None:
    """Register the display. A formatter that the user registers for all frames takes precedence."""
    for formatter, function in _formatters(shell):
        for module in _MODULES:
            formatter.for_type_by_name(module, "DataFrame", function)


def remove(shell: InteractiveShell) -> None:
    """Undo `install`."""
    for formatter, function in _formatters(shell):
        for printers in (formatter.deferred_printers, formatter.type_printers):
            for name in [name for name, printer in printers.items() if printer is function]:
                del printers[name]


def _formatters(shell: InteractiveShell) -> list[tuple[Any, Any]]:
    display: Any = shell.display_formatter
    return [(display.formatters["text/html"], _html), (display.formatters["text/plain"], _text)]


def _html(frame: "pd.DataFrame") -> Any:
    if view := _view(frame):
        return import_uninterrupted("tracker_magic.notebook.tables.markup").html(view)
    method = get_real_method(frame, "_repr_html_")
    table, definition = method() if method else None, _definition(frame)
    return f"{table}<small>{html.escape(definition)}</small>" if table and definition else table


def _text(frame: "pd.DataFrame", printer: Any, _cycle: object) -> None:
    view = _view(frame)
    text = import_uninterrupted("tracker_magic.notebook.tables.terminal").text(view) if view else repr(frame)
    text = "\n".join(filter(None, (text, _definition(frame))))
    with printer.group():  # as IPython prints any `repr`
        for number, line in enumerate(text.splitlines()):
            if number:
                printer.break_()
            printer.text(line)


def _definition(frame: "pd.DataFrame") -> str:
    """What a result of flow says about itself; empty for other frames."""
    definition = frame.attrs.get("definition")
    return printable(definition) if isinstance(definition, str) else ""


def _view(frame: "pd.DataFrame") -> Any:
    if "tracker" not in frame.attrs:
        return None
    return import_uninterrupted("tracker_magic.notebook.tables.view").view(frame)
