"""Load and unload the IPython extension. Loading is cheap: the first call imports the rest."""

import traceback
from collections.abc import Mapping
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from IPython.core import completer
from IPython.core.extensions import ExtensionManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, needs_local_scope, no_var_expand
from traitlets import Bunch
from traitlets.config import Config

from tracker_magic.errors import Cancelled, show_all_tracebacks
from tracker_magic.interrupts import import_uninterrupted, raise_interrupts
from tracker_magic.notebook import transform
from tracker_magic.notebook.runtime import check_runtime
from tracker_magic.settings import TrackerMagic

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.completer import CompletionContext, SimpleMatcherResult

    from tracker_magic.notebook.magic import Engine

# `DataFrame.__module__` in pandas 3 and in pandas 2; by name, so that registering does not import pandas.
_PANDAS: Final = ("pandas", "pandas.core.frame")
# IPython before 8.6 has no matchers that see the whole cell.
_context_matcher: Any = getattr(completer, "context_matcher", None)


def _as_matcher(method: Any) -> Any:
    """Mark a method as a matcher of IPython's completer."""
    return _context_matcher()(method) if _context_matcher else method


def _part(name: str) -> Any:
    """A module of the magic, imported with its first use: loading the extension imports no pandas and no requests."""
    return import_uninterrupted(f"tracker_magic.notebook.{name}")


@magics_class
class TrackerMagics(Magics):
    """The magic as IPython registers it; it holds the engine, and the engine the sessions of this shell."""

    def __init__(self, shell: InteractiveShell, settings: TrackerMagic) -> None:
        super().__init__(shell=shell)
        self._shell = shell
        self.settings = settings
        self._config = deepcopy(shell.config.get(TrackerMagic.__name__, Config()))  # without what `%config` will add
        self._engine: Engine | None = None

    @property
    def engine(self) -> "Engine":
        """The engine that does the work; the first use imports it, and with it pandas and requests."""
        if self._engine is None:
            self._engine = _part("magic").Engine(self._shell, self.settings, self._config)
        return self._engine

    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    def tracker(self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> Any:
        """Yandex Tracker: `%tracker Queue: DEV Status: open`, `%tracker DEV-1`; `%tracker help` shows more."""
        try:
            with raise_interrupts():
                return self.engine.run(line, cell, local_ns or {})
        except Cancelled:
            raise
        except KeyboardInterrupt:
            pass
        raise Cancelled  # outside the except block, so that it has no context with a traceback

    @_as_matcher
    def complete(self, context: "CompletionContext") -> "SimpleMatcherResult":
        """What Tab offers: names in the magic; nothing in other code."""
        if f"%{transform.NAME}" not in context.full_text:
            return {"completions": []}
        sessions = self._engine and self._engine.sessions
        result: SimpleMatcherResult = _part("completion.matcher").match(context, self._shell, sessions)
        return result

    def close(self) -> None:
        """Close all sessions and the demo; remove from the shell's configuration what `%config` wrote there."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._shell.config.pop(TrackerMagic.__name__, None)
        if self._config:
            self._shell.config[TrackerMagic.__name__] = self._config


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magic, its settings, transformers and display of frames; prints nothing, opens no connection.

    Raises SettingsError if it cannot work in this process.
    """
    check_runtime()
    magics = _remove(shell) or _reloading.pop(shell, None) or TrackerMagics(shell, TrackerMagic())
    configurables: list[Any] = shell.configurables
    configurables[:] = [*(each for each in configurables if each is not magics), magics.settings, magics]
    show_all_tracebacks(show=magics.settings.debug)
    magics.settings.observe(_debug_changed, "debug")
    shell.magics_manager.register(magics)
    shell.magics_manager.register_function(transform.refuse_cell_magic, "line", transform.MISPLACED_CELL)
    if _context_matcher:
        shell.Completer.custom_matchers.append(magics.complete)
    _install_in_kernel(shell)
    transform.install(shell.input_transformer_manager)
    _install_display(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Restore the shell to its state before loading; a reload keeps the sessions, the demo and the settings."""
    magics = _remove(shell)
    if magics is None:
        return
    if _is_reload():
        _reloading[shell] = magics
    else:
        magics.close()


_reloading: Final[WeakKeyDictionary[InteractiveShell, TrackerMagics]] = WeakKeyDictionary()


def _is_reload() -> bool:
    """Whether IPython unloads the extension only to load it again: nothing but its stack of calls says so."""
    code = ExtensionManager.reload_extension.__code__
    return any(frame.f_code is code for frame, _ in traceback.walk_stack(None))


def _remove(shell: InteractiveShell) -> TrackerMagics | None:
    """Remove the extension from the shell and return its magic; None if it is not loaded."""
    show_all_tracebacks(show=False)
    transform.remove(shell.input_transformer_manager)
    _remove_display(shell)
    _remove_from_kernel(shell)
    manager = shell.magics_manager
    magics: TrackerMagics | None = manager.registry.pop(TrackerMagics.__name__, None)
    if magics is None:
        return None
    if _context_matcher:
        matchers = shell.Completer.custom_matchers
        matchers[:] = [each for each in matchers if each != magics.complete]
    for functions in manager.magics.values():
        for name in (transform.NAME, transform.MISPLACED_CELL):
            functions.pop(name, None)
    configurables: list[Any] = shell.configurables
    configurables[:] = [each for each in configurables if each is not magics and not isinstance(each, TrackerMagic)]
    return magics


def _inspect(inspect: Any, code: str, cursor: int, *arguments: Any) -> Any:
    """Show the help of the command at the cursor, else nothing; what is not the magic's is left to the kernel."""
    if f"%{transform.NAME}" in code:
        text = _part("completion").tooltip(code, cursor)
        if text is not None:
            data = {"text/plain": text} if text else {}
            return {"status": "ok", "found": bool(text), "data": data, "metadata": {}}
    return inspect(code, cursor, *arguments)


def _install_in_kernel(shell: InteractiveShell) -> None:
    """Answer Shift-Tab in the magic. Only the kernel knows the cell, and it offers no other way in than its method."""
    if kernel := getattr(shell, "kernel", None):
        kernel.do_inspect = partial(_inspect, kernel.do_inspect)


def _remove_from_kernel(shell: InteractiveShell) -> None:
    kernel = getattr(shell, "kernel", None)
    method = getattr(kernel, "do_inspect", None)
    if kernel is not None and isinstance(method, partial) and method.func is _inspect:
        kernel.do_inspect = method.args[0]


def _html(frame: "pd.DataFrame") -> Any:
    return _part("tables.formatters").html(frame)


def _text(frame: "pd.DataFrame", printer: Any, _cycle: object) -> None:
    _part("tables.formatters").print_text(frame, printer)


def _install_display(shell: InteractiveShell) -> None:
    """Register the display of frames. A formatter that the user registers for all frames takes precedence."""
    for formatter, function in _formatters(shell):
        for module in _PANDAS:
            formatter.for_type_by_name(module, "DataFrame", function)


def _remove_display(shell: InteractiveShell) -> None:
    for formatter, function in _formatters(shell):
        for printers in (formatter.deferred_printers, formatter.type_printers):
            for name in [name for name, printer in printers.items() if printer is function]:
                del printers[name]


def _formatters(shell: InteractiveShell) -> list[tuple[Any, Any]]:
    display: Any = shell.display_formatter
    return [(display.formatters["text/html"], _html), (display.formatters["text/plain"], _text)]


def _debug_changed(change: Bunch) -> None:
    show_all_tracebacks(show=change["new"])
