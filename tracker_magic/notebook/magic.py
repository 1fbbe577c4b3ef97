"""What `%tracker` does with a line or a cell: parse, act, deliver. Loaded by the first call."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.demo import start
from tracker_magic.errors import Cancelled, Incomplete, TrackerError, masked
from tracker_magic.interrupts import defer_interrupts
from tracker_magic.notebook import progress, show
from tracker_magic.notebook.commands import COMMANDS
from tracker_magic.notebook.context import CommandContext, Result
from tracker_magic.notebook.handlers import ACTIONS
from tracker_magic.notebook.parser import ParsedCommand, parse
from tracker_magic.notebook.progress import ProgressDisplay, ProgressLine, can_answer
from tracker_magic.notebook.sessions import Sessions
from tracker_magic.notebook.variables import Scope
from tracker_magic.settings import TrackerMagic, read_settings

if TYPE_CHECKING:
    from tracker_magic.demo.server import Demo

PARTIAL: Final = "_tracker_partial"


class Engine:
    """The magic of one shell: its settings, its sessions, and its demo if it has one."""

    def __init__(self, shell: InteractiveShell, settings: TrackerMagic) -> None:
        self.shell = shell
        self.settings = settings
        self.sessions = Sessions(settings)
        self._read = False
        self._demo: Demo | None = None
        self._open = ExitStack()  # what ends with the extension

    def run(self, line: str, cell: str | None, local: Mapping[str, Any]) -> Any:
        """Carry out one line or cell; returns what Python gets."""
        self.read_settings()
        call = parse(line, cell)
        with ExitStack() as around:
            around.enter_context(self._told(call))
            around.enter_context(show.told_warnings())
            tells = around.enter_context(ProgressLine(self._screen(call)))
            tells.start()
            scope = Scope(local, self.shell.user_ns)
            asked = CommandContext(call, scope, tells, self.shell, self.settings, self.sessions, self.demo)
            result = ACTIONS[call.command](asked)
        self._summary(call, result.value, tells)
        return self._deliver(call, result)

    def demo(self) -> "Demo":
        """The embedded Tracker of this kernel; the first use starts it."""
        if self._demo is None:
            self._demo = self._open.enter_context(start())
        return self._demo

    def close(self) -> None:
        """Close every session and the demo."""
        self.sessions.close()
        self._open.close()
        self._demo = None

    def read_settings(self) -> None:
        """Read the settings of files and environment, at the first use."""
        if not self._read:
            self._read = True
            read_settings(self.settings, self.shell.config, Path.cwd())

    def _screen(self, call: ParsedCommand) -> ProgressDisplay | None:
        fetches = call.command in COMMANDS and COMMANDS[call.command].group in {"issues", "lists"}
        if not fetches or call.quiet or not self.settings.progress or not can_answer(self.shell):
            return None
        rich = getattr(self.shell, "kernel", None) is not None
        return ProgressDisplay(self.shell.display_pub.publish if rich else None)

    @contextmanager
    def _told(self, call: ParsedCommand) -> Iterator[None]:
        """Keep what came before a failure, and with `--debug` say how it came to it."""
        debug = bool(call.options.get("debug")) or self.settings.debug
        handler = logging.StreamHandler(sys.stderr) if debug else logging.NullHandler()
        handler.setFormatter(_Masked("%(asctime)s %(message)s"))
        logger = logging.getLogger("tracker_magic")
        level = logger.level
        try:
            with defer_interrupts():
                logger.addHandler(handler)
                logger.setLevel(logging.DEBUG if debug else level)
            yield
        except (TrackerError, Cancelled) as error:
            if isinstance(error, (Incomplete, Cancelled)):
                self._keep(error)
            if debug:
                error.show_traceback()
            raise
        finally:
            with defer_interrupts():
                logger.removeHandler(handler)
                logger.setLevel(level)

    def _keep(self, error: Incomplete | Cancelled) -> None:
        """Put the rows that came where a person finds them; those of an earlier command are none of this one."""
        self.shell.user_ns.pop(PARTIAL, None)
        if error.partial is not None:
            self.shell.user_ns[PARTIAL] = error.partial
            error.message += f" (the rows that came are in {PARTIAL})"

    def _summary(self, call: ParsedCommand, value: Any, line: ProgressLine) -> None:
        """The line's last state; a limited result says so even where there was no line."""
        facts = value.attrs.get("tracker") if isinstance(value, pd.DataFrame) else None
        if not facts:
            matches = value if isinstance(value, int) else getattr(value, "matches", None)
            line.end(progress.answered(matches, line.elapsed_s))
        if not facts or call.quiet:
            return
        what = line.last.what if line.last else "rows"
        total = facts["total"] if facts["truncated"] else None  # keys that do not exist are no limit
        text = progress.ended(what, facts["rows"], total, facts["elapsed_s"], facts["requests"])
        if line.screen is not None:
            line.end(text, always=facts["truncated"])
        elif facts["truncated"] and not (call.silent and "limit" in call.options):
            sys.stderr.write(f"{text}\n")

    def _deliver(self, call: ParsedCommand, result: Result) -> Any:
        if call.destination:
            self.shell.user_ns[call.destination] = result.value
            return None
        if call.assigned:
            return result.value
        if call.quiet:
            return None
        if result.view is not None:
            show.display(self.shell, result.view)
            return None
        return result.value


class _Masked(logging.Formatter):
    """A formatter that leaves no secret in a line."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
