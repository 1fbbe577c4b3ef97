"""Fetch the lists that completion offers after a login, in the background and only while no command runs."""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tracker_magic.api import Operation
from tracker_magic.errors import Cancelled
from tracker_magic.interrupts import locked
from tracker_magic.settings import TrackerMagic
from tracker_magic.tracker import Tracker

LISTS: Final = ("fields", "queues", "statuses", "types", "priorities", "resolutions", "components", "boards", "users")
_LIMIT_S: Final = 30.0  # in all; an organisation may have very many users
_PAUSE_S: Final = 0.1  # leaves most of the rate limit to the user's own calls
_END_S: Final = 1.0  # for the thread, whose connection was shut down


class Prefetch:
    """Fetches the lists of one Tracker at a time; a list that fails is left out. Thread-safe."""

    def __init__(self, settings: TrackerMagic, *, is_interactive: bool) -> None:
        self._settings = settings
        self._is_interactive = is_interactive  # nobody completes anything in a notebook that is only executed
        self._tracker: Tracker | None = None
        self._missing: list[str] = []
        self._left_s = 0.0
        self._running: tuple[threading.Thread, Operation] | None = None
        self._is_paused = False
        self._lock = threading.Lock()

    def follow(self, tracker: Tracker | None) -> None:
        """Fetch the lists of this Tracker from now on; None ends the thread."""
        with locked(self._lock):
            if thread := self._cancel():
                thread.join(_END_S)
            self._tracker, self._missing, self._left_s = tracker, list(LISTS), _LIMIT_S
            self._start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Send nothing in this block, and go on after it."""
        with locked(self._lock):
            self._is_paused = True
            self._cancel()
        try:
            yield
        finally:
            with locked(self._lock):
                self._is_paused = False
                self._start()

    def _start(self) -> None:
        is_on = self._is_interactive and self._settings.prefetch and not self._is_paused
        if not is_on or self._tracker is None or not self._missing or self._left_s <= 0:
            return
        operation = Operation(self._left_s, lang=self._tracker.lang)
        arguments = (self._tracker, operation, self._missing)
        thread = threading.Thread(target=_fetch, args=arguments, name="tracker_magic prefetch", daemon=True)
        with contextlib.suppress(RuntimeError):  # there can be no more threads
            thread.start()
            self._running = thread, operation

    def _cancel(self) -> threading.Thread | None:
        """Break off the request under way, and return the thread, which then ends."""
        if self._running is None:
            return None
        (thread, operation), self._running = self._running, None
        operation.cancellation.cancel()
        self._left_s -= operation.elapsed_s
        return thread


def _fetch(tracker: Tracker, operation: Operation, missing: list[str]) -> None:
    """Fetch the missing lists one after the other; nobody waits for them, so errors are ignored."""
    for name in tuple(missing):
        try:
            tracker.connection.dictionaries.get(operation, name)
        except Cancelled:
            return  # it is fetched after the pause
        except Exception:  # noqa: BLE001, S110 - see above
            pass
        with contextlib.suppress(ValueError):
            missing.remove(name)
        if operation.cancellation.wait(_PAUSE_S):
            return
