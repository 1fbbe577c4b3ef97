"""Run a line or a cell of `%tracker`: parse it, call `Tracker`, show the result. Imported on first use."""

import logging
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.demo import start
from tracker_magic.errors import (
    BadOption,
    BadQuery,
    Cancelled,
    FlowWarning,
    Incomplete,
    MissingIssues,
    SettingsError,
    TrackerError,
    ValueWarning,
    masked,
)
from tracker_magic.interrupts import defer_interrupts
from tracker_magic.notebook import show
from tracker_magic.notebook.addresses import check_addresses
from tracker_magic.notebook.arguments import fill_options, read_issues
from tracker_magic.notebook.commands import COMMANDS
from tracker_magic.notebook.configuration import SettingsReader
from tracker_magic.notebook.handlers import HANDLERS, CommandContext, Result
from tracker_magic.notebook.parser import ParsedCommand, parse
from tracker_magic.notebook.prefetch import Prefetch
from tracker_magic.notebook.progress import ProgressDisplay, ProgressLine, can_answer, ended, finished
from tracker_magic.notebook.readings import is_query, is_unsorted, keys_reading, text_reading
from tracker_magic.notebook.sessions import Sessions
from tracker_magic.notebook.texts import text
from tracker_magic.notebook.variables import Scope
from tracker_magic.settings import TrackerMagic

if TYPE_CHECKING:
    from tracker_magic.demo.server import Demo

PARTIAL: Final = "_tracker_partial"
_WARNINGS: Final = (MissingIssues, ValueWarning, FlowWarning)
# They say what is wrong with the settings; all other commands refuse to run.
_WITHOUT_SETTINGS: Final = frozenset({"help", "config", "doctor"})


class Engine:
    """The magic of one shell: its settings, its sessions, and its demo if there is one."""

    def __init__(self, shell: InteractiveShell, settings: TrackerMagic, config: Mapping[str, Any]) -> None:
        self.shell = shell
        self.settings = settings
        self._prefetch = Prefetch(settings, is_interactive=can_answer(shell))
        self.sessions = Sessions(settings, self._prefetch)
        self.settings_reader = SettingsReader(settings, config)
        self._demo: Demo | None = None
        self._resources = ExitStack()  # closed with the extension

    def run(self, line: str, cell: str | None, local: Mapping[str, Any]) -> Any:
        """Run one line or cell and return the result for Python."""
        scope = Scope(local, self.shell.user_ns, self.shell.user_ns_hidden)
        settings_error = self._settings_error()
        command = _read(line, cell, scope, settings_error)
        is_debug = bool(command.options.get("debug")) or self.settings.debug
        try:
            with (
                self._prefetch.paused(),
                _debug_log(is_on=is_debug),
                short_warnings(),
                ProgressLine(self._display(command)) as progress,
            ):
                issues = read_issues(command, scope, command.options.get("tz", self.settings.tz))
                context = CommandContext(
                    command, issues, scope, progress, self.shell, self.settings, self.sessions, self, settings_error
                )
                _check_reading(context)
                result = HANDLERS[command.command](context)
            note = _note_on_text(context, result.value)
        except (TrackerError, Cancelled) as error:
            self._keep_partial(error)
            if is_debug:
                error.show_traceback()
            raise
        delivered = self._deliver(command, result)
        with suppress(Exception):  # a note never costs a result
            self._summarize(context, result.value)
            _tell(note)
        for view in _views(command, result):  # after the progress line has ended, since a terminal goes on in its row
            show.display(self.shell, view)
        return delivered

    def demo(self) -> "Demo":
        """The embedded Tracker of this kernel, started on first use."""
        if self._demo is None:
            self._demo = self._resources.enter_context(start())
        return self._demo

    def close(self) -> None:
        """Close every session and the demo."""
        self.sessions.close()
        self._resources.close()
        self._demo = None

    def _settings_error(self) -> SettingsError | None:
        try:
            self.settings_reader.read()
        except SettingsError as error:
            return error
        return None

    def _display(self, command: ParsedCommand) -> ProgressDisplay | None:
        shows_progress = command.command in COMMANDS and COMMANDS[command.command].shows_progress
        if not shows_progress or command.quiet or not self.settings.progress or not can_answer(self.shell):
            return None
        return ProgressDisplay(self.shell)

    def _keep_partial(self, error: TrackerError | Cancelled) -> None:
        """Store the rows fetched so far in a variable, in place of those of an earlier command."""
        if isinstance(error, (Incomplete, Cancelled)):
            self.shell.user_ns.pop(PARTIAL, None)
            if error.partial is not None:
                self.shell.user_ns[PARTIAL] = error.partial

    def _summarize(self, context: CommandContext, value: Any) -> None:
        """Draw the last state of the progress line; a limited result is mentioned even if there was no line."""
        command, line = context.parsed, context.progress
        facts = value.attrs.get("tracker") if isinstance(value, pd.DataFrame) else None
        if not facts:
            matches = value if isinstance(value, int) else getattr(value, "matches", None)
            line.end(ended(matches, line.elapsed_s))
            return
        if command.quiet:
            return
        total = facts["total"] if facts["truncated"] else None  # there may be fewer rows because keys do not exist
        figures = facts["rows"], total, facts["elapsed_s"], facts["requests"]
        text = finished(line.what, *figures, is_unsorted=is_unsorted(context.issues, facts))
        if line.is_shown:
            line.end(text, always=facts["truncated"])
        elif facts["truncated"] and not (command.silent and "limit" in command.options):
            _tell(text)

    def _deliver(self, command: ParsedCommand, result: Result) -> Any:
        if command.destination:
            self.shell.user_ns[command.destination] = result.value
            return None
        if command.assigned:
            return result.value
        return result.value if result.view is None and not command.quiet else None


def _read(line: str, cell: str | None, scope: Scope, settings_error: SettingsError | None) -> ParsedCommand:
    """Return the parsed command; wrong settings are the first thing to mend."""
    try:
        command = fill_options(parse(line, cell, scope.names()), scope)
    except BadOption as error:
        raise settings_error or error from None
    if settings_error is not None and command.command not in _WITHOUT_SETTINGS:
        raise settings_error
    return command


def _views(command: ParsedCommand, result: Result) -> list[Any]:
    """What is displayed at once: a picture, and a view that stands for the value if that goes nowhere."""
    view = None if command.destination or command.assigned else result.view
    return [] if command.quiet else [each for each in (result.picture, view) if each is not None]


def _check_reading(context: CommandContext) -> None:
    """Refuse addresses of another service, and say how keys were read."""
    command = context.parsed
    if command.addresses:
        tracker = context.tracker
        takes = COMMANDS[command.command].takes
        check_addresses(command.addresses, takes, (tracker.connection.web_url, tracker.base_url))
    if command.typed:
        _tell(keys_reading(command, context.lang))


def _note_on_text(context: CommandContext, value: Any) -> str | None:
    """Return a note about text that was searched for, or None. Raises BadQuery if a variable would get a wrong result.

    That is the result of a text that may have been meant as something else.
    """
    command, reading = context.parsed, None
    with suppress(Exception):  # a note never costs a result
        if is_query(context.issues):
            reading = text_reading(command, context.issues, value, context.lang, context.tracker.connection)
    if reading is not None and reading.is_doubtful and (command.assigned or command.destination):
        raise BadQuery(reading.note, hint=text("reading.not_stored", context.lang))
    return reading.note if reading is not None else None


def _tell(message: str | None) -> None:
    if message:
        with suppress(OSError, ValueError):  # nobody reads it: a broken pipe, a closed file
            sys.stderr.write(f"{show.note(message)}\n")


@contextmanager
def short_warnings() -> Iterator[None]:
    """Print this package's warnings as one line each, at once and every time; leave all others as they were."""
    with warnings.catch_warnings():
        for kind in _WARNINGS:
            warnings.simplefilter("always", kind)
        warnings.showwarning = partial(_show_warning, warnings.showwarning)
        yield


def _show_warning(others: Callable[..., None], message: Any, category: type[Warning], *place: Any) -> None:
    if issubclass(category, _WARNINGS):
        _tell(f"{category.__name__}: {message}")
    else:
        others(message, category, *place)


@contextmanager
def _debug_log(*, is_on: bool) -> Iterator[None]:
    """Write the package's log messages to stderr in this block, if it is on; secrets are masked."""
    if not is_on:
        yield
        return
    logger, handler = logging.getLogger("tracker_magic"), logging.StreamHandler(sys.stderr)
    level = logger.level
    handler.setFormatter(_MaskingFormatter("%(asctime)s %(message)s"))
    try:
        with defer_interrupts():  # logging takes Python-level locks
            logger.addHandler(handler)
            logger.setLevel(logging.DEBUG)
        yield
    finally:
        with defer_interrupts():
            logger.removeHandler(handler)
            logger.setLevel(level)


class _MaskingFormatter(logging.Formatter):
    """A formatter that masks secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
