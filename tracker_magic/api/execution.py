"""Run one public call: a worker does the work, the calling thread waits, shows progress and handles interrupts."""

import contextvars
import random
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar, cast

from tracker_magic.auth import Clock as WallClock
from tracker_magic.callers import stacklevel_outside_package
from tracker_magic.errors import Cancelled, Incomplete, TimedOut, TrackerError, UnexpectedReply
from tracker_magic.interrupts import DeferredInterrupts, defer_interrupts, raise_interrupts
from tracker_magic.transport.cancellation import CancellationToken

THREADS: Final = 10
TICK_S: Final = 0.05  # how often the calling thread checks for interrupts and progress
_REDRAW_S: Final = 0.25  # how often progress is shown while nothing changes
_INTERRUPT_GRACE_S: Final = 0.25  # for requests in flight at an interrupt: an answer may name a scroll to release
_ERROR_GRACE_S: Final = 2.0  # the same if an error ends the call
_UNWIND_S: Final = 0.5  # for threads whose connections were shut down
_RELEASE_S: Final = 1.0  # for releasing scrolls afterwards
_OVERDUE_S: Final = 3.0  # how long to wait past the time limit for a request that cannot be broken off

WHERE_ROWS_ARE: Final = "the rows fetched so far are in .partial (in a notebook: _tracker_partial)"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a call has got, as `progress` callables receive it.

    `waiting_for`: the error after which a request is sent again (RateLimited: the service's limit), until there is an
    answer; `waiting_s`: seconds until it is sent.
    """

    what: str  # issues, changelog, …; empty until something has been fetched
    done: int
    total: int | None
    elapsed_s: float
    requests: int
    waiting_s: float = 0.0
    waiting_for: TrackerError | None = None
    finished: bool = False


class Clock(WallClock):
    """The time, passed in so that tests can replace it."""

    def monotonic(self) -> float:
        """Seconds of a clock that never goes backwards."""
        return time.monotonic()

    def jitter(self) -> float:
        """A random number from 0 to 1."""
        return random.random()  # noqa: S311 - spreads retries; not for security

    def wait(self, cancellation: CancellationToken, seconds: float) -> None:
        """Wait that long, or until the operation is cancelled."""
        cancellation.wait(seconds)


@dataclass(frozen=True, slots=True)
class PartialResult:
    """The result of a call that ended early: a clause for the message ("stopped at 1,200 issues") and the rows."""

    message: str
    rows: Any


class PartialSource(Protocol):
    """Work that can return what it has fetched so far."""

    def partial(self) -> PartialResult | None:
        """The rows fetched so far, assembled without a request; None: nothing was fetched yet."""


class Operation:
    """One public call: time limit, language and time zone of its result, its requests, progress and cancellation.

    `run` does the work. Raises Cancelled on an interrupt, TimedOut or Incomplete at the time limit.
    """

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
        self.cancellation = CancellationToken()
        self.requests = 0
        self.is_interrupted = False
        self.started_at = self.clock.now()
        self._started = self.clock.monotonic()
        self._timeout_s = timeout_s
        self._show = progress
        self._last = Progress("", 0, None, 0.0, 0)
        self._has_news = False
        self._shown_at = 0.0  # seconds since the start
        self._waiting: tuple[float, TrackerError | None] = (0.0, None)  # until when, and why
        self._memory_thread: ThreadPoolExecutor | None = None
        self._open_scrolls: dict[str, str] = {}
        self._warnings: list[Warning] = []
        self._lock = threading.Lock()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the call began."""
        return self.clock.monotonic() - self._started

    @property
    def remaining_s(self) -> float | None:
        """Seconds until the time limit; None: there is none."""
        return None if self._timeout_s is None else self._timeout_s - self.elapsed_s

    @property
    def is_over(self) -> bool:
        """Whether the time limit has passed."""
        return (remaining_s := self.remaining_s) is not None and remaining_s <= 0

    def run(self, work: Callable[..., T], *arguments: Any, partial: PartialSource | None = None) -> T:
        """Call `work(*arguments)` in a worker thread and return its result; may be used several times.

        Raises what `work` raises. An interrupt becomes Cancelled with the rows that `partial` returns.
        """
        result: T | None = None
        failure: BaseException | None = None
        try:
            with raise_interrupts(), defer_interrupts(at_end=False) as interrupts:
                future = _start(work, *arguments)
                try:
                    # SimpleQueue.get would not do: in CPython 3.11, a signal as its timeout ends makes it wait forever.
                    while not wait([future], TICK_S).done:
                        self._tick(interrupts)
                    self._tick(interrupts, is_last=True)
                    self._end_memory_thread()
                    if (failure := future.exception()) is None:
                        result = future.result()
                except BaseException as error:  # noqa: BLE001 - raised below
                    self._break_off(future, is_interrupt=isinstance(error, KeyboardInterrupt))
                    failure = _error_of_early_end(error, partial)
                del future  # which refers to the failure
                if isinstance(failure, RecursionError):
                    failure = UnexpectedReply("an answer of the service is nested too deeply")
                failure = self._show_warnings(failure)
            interrupts.deliver()
        except KeyboardInterrupt as interrupt:  # before the worker was started, or after the result was there
            failure = failure if isinstance(failure, Cancelled) else _error_of_early_end(interrupt, partial)
        try:
            if failure is not None:
                raise failure  # outside of the except block, so that it has no context
            return cast("T", result)
        finally:
            del failure  # it and its traceback, which refers to this frame, would keep each other alive

    def _tick(self, interrupts: DeferredInterrupts, *, is_last: bool = False) -> None:
        """Show progress. Raises KeyboardInterrupt for an interrupt, TimedOut if a request cannot be broken off."""
        self._show_progress(is_last=is_last)
        interrupts.deliver()
        remaining_s = self.remaining_s
        # The system looks up a host's name, and nothing can break that off.
        if remaining_s is not None and remaining_s < -_OVERDUE_S and self.cancellation.has_requests:
            raise self._timed_out()

    def _break_off(self, future: "Future[Any]", *, is_interrupt: bool) -> None:
        """End the work: no new request, a moment for those in flight, then their connections are shut down."""
        self.is_interrupted = is_interrupt
        self.cancellation.refuse()
        if not wait([future], _INTERRUPT_GRACE_S).done:
            self.cancellation.cancel()
            wait([future], _UNWIND_S + (_RELEASE_S if self._open_scrolls else 0.0))
        self._end_memory_thread(waits=False)

    def in_memory_thread(self, work: Callable[..., R], *arguments: Any) -> R:
        """Run what needs much memory in a single thread: the C library keeps freed memory for each thread.

        Raises Cancelled if the operation was broken off.
        """
        with self._lock:
            if self.cancellation.is_cancelled and self._memory_thread is None:
                raise Cancelled
            if self._memory_thread is None:
                self._memory_thread = ThreadPoolExecutor(1, thread_name_prefix="tracker_magic")
            future = self._memory_thread.submit(work, *arguments)
        return future.result()

    def _end_memory_thread(self, *, waits: bool = True) -> None:
        with self._lock:
            thread, self._memory_thread = self._memory_thread, None
        if thread is not None:
            thread.shutdown(wait=waits, cancel_futures=not waits)

    def count_request(self) -> None:
        """Count a request; raises TimedOut or Cancelled if the call must not go on."""
        self.check()
        with self._lock:
            self.requests += 1

    def count_requests(self, number: int) -> None:
        """Count requests that another operation sent for this one."""
        with self._lock:
            self.requests += number

    def check(self) -> None:
        """Raise TimedOut or Cancelled if the call must not go on."""
        if self.is_over:
            raise self._timed_out()
        if self.cancellation.is_cancelled:
            raise Cancelled

    def _timed_out(self) -> TimedOut:
        message = f"not finished within {self._timeout_s:g} s"
        return TimedOut(message, hint="Give a longer --timeout, or ask for less.", reason="time_limit", connected=True)

    def wait(self, seconds: float, *, because: TrackerError | None = None) -> None:
        """Wait, but not beyond the time limit; progress shows `because`, the error that causes the wait."""
        if seconds <= 0:
            return
        if because is not None:
            # Answers to other requests may still arrive; they do not end the wait.
            self._waiting = (max(self._waiting[0], self.clock.monotonic() + seconds), because)
            self._has_news = True
        remaining_s = self.remaining_s
        self.clock.wait(self.cancellation, seconds if remaining_s is None else min(seconds, max(remaining_s, 0)))
        self.check()

    def note_answer(self) -> None:
        """Note an answer: an error before it is no longer what the call waits for."""
        if self._waiting[0] <= self.clock.monotonic():
            self._waiting = (0.0, None)

    def note_scroll(self, scroll_id: str, token: str) -> None:
        """Note a scroll that the service keeps open, and the token that releases it."""
        with self._lock:
            self._open_scrolls[scroll_id] = token

    def forget_scrolls(self, scroll_ids: Iterable[str]) -> None:
        """Forget scrolls that ended by themselves."""
        with self._lock:
            for scroll_id in scroll_ids:
                self._open_scrolls.pop(scroll_id, None)

    def take_scrolls(self) -> dict[str, str]:
        """Return the open scrolls with their tokens, for their release, and forget them."""
        with self._lock:
            scrolls, self._open_scrolls = self._open_scrolls, {}
        return scrolls

    def report(self, what: str, done: int, total: int | None, *, finished: bool = False) -> None:
        """Note how far the call has got; the calling thread shows it."""
        self._last = Progress(what, done, total, 0.0, 0, finished=finished)
        self._has_news = True

    def warn(self, *messages: Warning | None) -> None:
        """Record warnings (None: nothing); the calling thread shows them, so that they point at the caller's line."""
        self._warnings.extend(filter(None, messages))

    def _show_warnings(self, failure: BaseException | None) -> BaseException | None:
        """Show the warnings; return the failure, or the first warning that a filter turns into an error."""
        while self._warnings:
            try:
                warnings.warn(self._warnings.pop(0), stacklevel=stacklevel_outside_package())
            except Warning as warning:
                failure = failure or warning
        return failure

    def _show_progress(self, *, is_last: bool = False) -> None:
        """Call `progress` if there is something new, and now and then if there is not."""
        if self._show is None or not (self._has_news or (not is_last and self.elapsed_s - self._shown_at >= _REDRAW_S)):
            return
        self._has_news = False
        self._shown_at = self.elapsed_s
        until, reason = self._waiting
        waiting_s = max(0.0, until - self.clock.monotonic())
        self._show(
            replace(
                self._last,
                elapsed_s=self.elapsed_s,
                requests=self.requests,
                waiting_s=waiting_s,
                waiting_for=reason,
            )
        )


def _start(work: Callable[..., T], *arguments: Any) -> Future[T]:
    """Call `work(*arguments)` in a thread of its own."""
    executor = ThreadPoolExecutor(1, thread_name_prefix="tracker_magic")
    # The context tells ipykernel which cell the output belongs to.
    future = executor.submit(contextvars.copy_context().run, work, *arguments)
    executor.shutdown(wait=False)
    return future


def _error_of_early_end(ending: BaseException, partial: PartialSource | None) -> BaseException:
    """The error of a call that ended by an interrupt or its time limit, with the rows fetched so far; else `ending`."""
    if not isinstance(ending, KeyboardInterrupt | TimedOut):
        return ending
    result = _partial_result(partial)
    has_rows = result.rows is not None and len(result.rows) > 0
    if isinstance(ending, KeyboardInterrupt):
        message = f"{result.message}; {WHERE_ROWS_ARE}" if has_rows else result.message
        return Cancelled(message, partial=result.rows)
    if not has_rows:
        return ending
    hint = f"{ending.hint} {WHERE_ROWS_ARE.capitalize()}."
    message = f"{result.message}: {ending.message}"
    return Incomplete(message, hint=hint, partial=result.rows, fetched=len(result.rows))


def _partial_result(partial: PartialSource | None) -> PartialResult:
    """What was fetched so far. No error is raised: it would take the place of the interrupt."""
    try:
        return (partial and partial.partial()) or PartialResult("stopped", None)
    except Exception as error:  # noqa: BLE001 - see above
        return PartialResult(f"stopped; no frame could be built from the rows ({type(error).__name__})", None)


class WorkerPool:
    """The threads of one operation; an error or an interrupt that leaves the block ends the operation's requests.

    `with WorkerPool(operation) as pool: pool.result(pool.submit(work, …))`
    """

    def __init__(self, operation: Operation, size: int = THREADS) -> None:
        self._operation = operation
        self._executor = ThreadPoolExecutor(size, thread_name_prefix="tracker_magic")
        self._futures: list[Future[Any]] = []

    def submit(self, work: Callable[..., R], *arguments: Any) -> Future[R]:
        """Schedule `work(*arguments)` for the next free thread."""
        future = self._executor.submit(work, *arguments)
        self._futures = [earlier for earlier in self._futures if not earlier.done()]
        self._futures.append(future)
        return future

    def result(self, future: Future[R]) -> R:
        """Wait for the result, and return or raise it. Raises TimedOut or Cancelled if the operation must not go on."""
        while not wait([future], TICK_S).done:
            self._operation.check()
        return future.result()

    def cancel_waiting(self) -> None:
        """Cancel what has not begun; the block still waits for what has."""
        for future in self._futures:
            future.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if kind is None:
            self._executor.shutdown()
            return
        cancellation = self._operation.cancellation
        cancellation.refuse()
        self._executor.shutdown(wait=False, cancel_futures=True)
        # A cancelled consumer closes the generator of results, which raises GeneratorExit here.
        grace_s = _ERROR_GRACE_S if issubclass(kind, Exception) else _INTERRUPT_GRACE_S
        running = [future for future in self._futures if not future.done()]
        if wait(running, grace_s).not_done:
            cancellation.cancel()
        if not wait(running, _UNWIND_S).not_done:
            self._executor.shutdown()


def map_in_order(work: Callable[[T], R], items: Iterable[T], operation: Operation) -> Iterator[R]:
    """Yield `work(item)` for every item in order, several at a time; an error or an interrupt ends the rest."""
    running: deque[Future[R]] = deque()
    with WorkerPool(operation) as pool:
        for item in items:
            running.append(pool.submit(work, item))
            if len(running) >= 2 * THREADS:
                yield pool.result(running.popleft())
        while running:
            yield pool.result(running.popleft())
