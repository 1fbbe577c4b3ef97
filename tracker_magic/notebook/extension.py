"""Loading and unloading in an IPython shell. Loading costs next to nothing: the first call imports the rest."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, needs_local_scope, no_var_expand

from tracker_magic.errors import Cancelled, show_all_tracebacks
from tracker_magic.interrupts import defer_interrupts
from tracker_magic.notebook import transform
from tracker_magic.settings import TrackerMagic

if TYPE_CHECKING:
    from tracker_magic.notebook.magic import Engine


@magics_class
class TrackerMagics(Magics):
    """The magic as IPython registers it; it holds the engine, and the engine the sessions of this shell."""

    def __init__(self, shell: InteractiveShell, settings: TrackerMagic) -> None:
        super().__init__(shell=shell)
        self._shell = shell
        self._settings = settings
        self._engine: Engine | None = None

    @property
    def engine(self) -> "Engine":
        """What does the work; the first use imports it."""
        if self._engine is None:
            # Importing this at the top would make `%load_ext` load pandas and requests. What an interrupt left half
            # loaded, as numpy, could be imported by nobody in this process any more.
            with defer_interrupts():
                from tracker_magic.notebook.magic import Engine  # noqa: PLC0415

            self._engine = Engine(self._shell, self._settings)
        return self._engine

    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    def tracker(self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> Any:
        """Yandex Tracker: `%tracker Queue: DEV Status: open`, `%tracker DEV-1`; `%tracker help` tells the rest."""
        try:
            return self.engine.run(line, cell, local_ns or {})
        except KeyboardInterrupt as interrupt:
            stopped = _stopped(interrupt)
        raise stopped  # out here, so that no context with a traceback of its own comes along

    def close(self) -> None:
        """End sessions, threads and the demo."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magic, its settings and its input transformers; prints nothing, opens nothing."""
    unload_ipython_extension(shell)
    settings = TrackerMagic()
    settings.observe(lambda change: show_all_tracebacks(show=change["new"]), "debug")
    configurables: list[Any] = shell.configurables
    configurables.append(settings)
    shell.magics_manager.register(TrackerMagics(shell, settings))
    transform.install(shell.input_transformer_manager)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Leave the shell as it was before."""
    show_all_tracebacks(show=False)
    transform.remove(shell.input_transformer_manager)
    manager = shell.magics_manager
    magics = manager.registry.pop(TrackerMagics.__name__, None)
    if magics is None:
        return
    magics.close()
    for table in manager.magics.values():
        table.pop(transform.NAME, None)
    shell.configurables[:] = [
        each for each in shell.configurables if each is not magics and not isinstance(each, TrackerMagic)
    ]


def _stopped(interrupt: KeyboardInterrupt) -> Cancelled:
    """What any interrupt becomes: one line; with `--debug` also where it struck."""
    if not isinstance(interrupt, Cancelled):
        return Cancelled()
    return interrupt
