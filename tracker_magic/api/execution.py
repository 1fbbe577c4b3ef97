"""One public call under way: its time limit, its count of requests, its progress and its stop sign."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tracker_magic.errors import Cancelled, TimedOut
from tracker_magic.transport.cancellation import CancellationToken


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a call has got, as `progress` callables get it."""

    what: str  # issues, changelog, …
    done: int
    total: int | None
    elapsed_s: float
    requests: int
    waiting_s: float = 0.0  # nothing is sent for that long
    waiting_for: str = ""  # why: the service's limit, or what failed and is tried again
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

    def wait(self, stop: CancellationToken, seconds: float) -> None:
        """Wait that long, or until `stop`."""
        stop.wait(seconds)


class Operation:
    """One public call: `timeout_s` for all of it, its language and zone, its count of requests; `stop` ends it."""

    def __init__(
        self,
        timeout_s: float | None = None,
        progress: Callable[[Progress], object] | None = None,
        *,
        lang: str | None = None,
        tz: str = "UTC",
        clock: Clock | None = None,
    ) -> None:
        self.lang = lang
        self.tz = tz
        self.clock = clock or Clock()
        self.started = self.clock.monotonic()
        self.requests = 0
        self.stop = CancellationToken()
        self._timeout_s = timeout_s
        self._progress = progress
        self._last = Progress("requests", 0, None, 0.0, 0)
        self._owner = threading.get_ident()
        self._untold = False
        self._waits = (0.0, "")  # until when, and why
        self._lock = threading.Lock()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the call began."""
        return self.clock.monotonic() - self.started

    @property
    def left_s(self) -> float | None:
        """Seconds until the time limit; None: there is none."""
        return None if self._timeout_s is None else self._timeout_s - self.elapsed_s

    @property
    def is_over(self) -> bool:
        """Whether the time limit has passed."""
        return (left := self.left_s) is not None and left <= 0

    def begin_request(self) -> None:
        """Count a request; raises where the call has been stopped or its time is over."""
        self.check()
        with self._lock:
            self.requests += 1

    def check(self) -> None:
        """Raise TimedOut or Cancelled where the call must not go on."""
        if self.is_over:
            raise TimedOut(
                f"not finished within {self._timeout_s:g} s", hint="Give a longer --timeout, or ask for less."
            )
        if self.stop.is_set():
            raise Cancelled

    def wait(self, seconds: float, *, told: str = "") -> None:
        """Wait, but no longer than the call may take; `told`: show that, and why."""
        if seconds <= 0:
            return
        if told:
            # Answers to other requests still come: they do not end the wait.
            self._waits = (max(self._waits[0], self.clock.monotonic() + seconds), told)
            self._tell(self._last)
        left = self.left_s
        try:
            self.clock.wait(self.stop, seconds if left is None else min(seconds, max(left, 0)))
        except KeyboardInterrupt:  # as on the wire, and whatever the method is
            raise Cancelled from None
        self.check()

    def report(self, what: str, done: int, total: int | None, *, finished: bool = False) -> None:
        """Tell `progress` how far the call has got."""
        self._tell(Progress(what, done, total, 0.0, 0, finished=finished))

    def tick(self) -> None:
        """Look after the threads that work for this call: raises where its time is over, tells what they reported."""
        self.check()
        if self._untold:
            self._untold = False
            self._tell(self._last)

    def _tell(self, progress: Progress) -> None:
        """Pass it on in the caller's own thread; what another one reports waits for the next tick."""
        until, why = self._waits
        waiting_s = max(0.0, until - self.clock.monotonic())
        progress = replace(progress, waiting_s=waiting_s, waiting_for=why if waiting_s else "")
        self._last = replace(progress, elapsed_s=self.elapsed_s, requests=self.requests)
        if threading.get_ident() != self._owner:
            self._untold = True
        elif self._progress:
            self._progress(self._last)
