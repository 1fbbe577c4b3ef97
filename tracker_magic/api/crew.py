"""A few threads that work for one call, while the caller waits, shows how far it is, and can be interrupted."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from tracker_magic.api.execution import Operation
from tracker_magic.interrupts import allow_interrupts, defer_interrupts

THREADS: Final = 10
TICK_S: Final = 0.1  # how often the waiting caller looks at time limits and progress
_LAST_S: Final = 0.5  # how long it waits for threads whose connections it has broken
_PERSON_S: Final = 0.25  # what is under way may end by itself, where a person pressed stop
_ERROR_S: Final = 1.75  # and so much longer where an error ends the call

T = TypeVar("T")
R = TypeVar("R")


class WorkerPool:
    """`with WorkerPool(call) as crew: crew.result(crew.submit(work, …))`; an error or interrupt ends the call."""

    def __init__(self, call: Operation, size: int = THREADS) -> None:
        self._call = call
        self._pool = ThreadPoolExecutor(max_workers=size, thread_name_prefix="tracker_magic")
        self._alone = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tracker_magic")
        self._given: list[Future[Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        with defer_interrupts():  # an interrupt meanwhile leaves no thread that waits for work
            if kind is None:
                self._pool.shutdown()
                self._alone.shutdown()
                return
            self._call.stop.refuse()
            self._pool.shutdown(wait=False, cancel_futures=True)  # first: nobody ever says of these that they are done
            under_way = [each for each in self._given if not each.done()]
            try:
                # An interrupt of who takes the results of a generator reaches it as GeneratorExit.
                if issubclass(kind, Exception):
                    _await_end(under_way)
            finally:
                self._break_off(under_way)

    def _break_off(self, under_way: list[Future[Any]]) -> None:
        """End what does not end by itself now."""
        # An answer that still comes may open a scroll: only one whose name is known can be given back.
        if wait(under_way, _PERSON_S).not_done:
            self._call.stop.set()
            self._alone.shutdown(wait=False, cancel_futures=True)
        if not wait(under_way, _LAST_S).not_done:
            self._pool.shutdown()
        self._alone.shutdown()  # it never waits for the service: its present page is a matter of milliseconds

    def submit(self, work: Callable[..., R], *arguments: Any) -> Future[R]:
        """Let a thread do this as soon as one is free."""
        with defer_interrupts():
            future = self._pool.submit(work, *arguments)
            self._given = [each for each in self._given if not each.done()]
            self._given.append(future)
            return future

    def in_turn(self, work: Callable[..., R], *arguments: Any) -> R:
        """Do this in the one thread that is for such work: what it needs in memory is there only once."""
        return self._alone.submit(work, *arguments).result()

    def result(self, future: Future[R]) -> R:
        """Wait for what a thread gives; its error is raised here. Raises TimedOut where the call may take no longer."""
        while True:
            with defer_interrupts():
                if wait([future], TICK_S).done:
                    return future.result()
            self._call.tick()


def _await_end(under_way: list[Future[Any]]) -> None:
    """Leave what is under way some time to end; an interrupt takes that time away."""
    ends_at = time.monotonic() + _ERROR_S
    while wait(under_way, TICK_S).not_done and time.monotonic() < ends_at:
        with allow_interrupts():
            pass


def map_in_order(work: Callable[[T], R], items: Iterable[T], call: Operation) -> Iterator[R]:
    """`work` on every item, a few at a time, results in order; an error or an interrupt stops the rest."""
    waiting: deque[Future[R]] = deque()
    with WorkerPool(call) as crew:
        for item in items:
            waiting.append(crew.submit(work, item))
            if len(waiting) >= 2 * THREADS:
                yield crew.result(waiting.popleft())
        while waiting:
            yield crew.result(waiting.popleft())
