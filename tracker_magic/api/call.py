"""One public call under way: its time limit, its count of requests, its progress and its stop sign."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tracker_magic.errors import Cancelled, TimedOut


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a call has got, as `progress` callables get it."""

    what: str  # issues, changelog, …
    done: int
    total: int | None
    elapsed_s: float
    requests: int
    waiting_s: float = 0.0  # the service asked to wait that long
    finished: bool = False


class Clock:
    """Time as something that is passed in."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def now(self) -> datetime:
        """The moment, aware, UTC."""
        return datetime.now(UTC)

    def jitter(self) -> float:
        """A number from 0 to 1."""
        return random.random()  # noqa: S311 - spreads retries, guards nothing

    def wait(self, seconds: float, *, told: bool = False) -> None:
        """Wait, but no longer than the call may take; `told`: show it as the service's wish."""
        if seconds <= 0:
            return
        if told:
            self._tell(replace(self._last, waiting_s=seconds))
        left = self.left_s
        self.clock.wait(self.stop, seconds if left is None else min(seconds, max(left, 0)))
        self.check()

    def report(self, what: str, done: int, total: int | None, *, finished: bool = False) -> None:
        """Tell `progress` how far the call has got."""
        self._tell(Progress(what, done, total, 0.0, 0, finished=finished))

    def tick(self) -> None:
        """Look after the threads that work for this call: raises where its time is over, tells what they reported."""
        self.stop.end_overdue()
        self.check()
        if self._untold:
            self._untold = False
            self._tell(self._last)

    def _tell(self, progress: Progress) -> None:
        """Pass it on in the caller's own thread; what another one reports waits for the next tick."""
        self._last = replace(progress, elapsed_s=self.elapsed_s, requests=self.requests)
        if threading.get_ident() != self._owner:
            self._untold = True
        elif self._progress:
            self._progress(self._last)
