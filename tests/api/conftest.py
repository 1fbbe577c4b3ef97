"""A client of an embedded Tracker, operations whose waits take no time, and work that presses stop."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from tracker_magic.api import Client, Operation, PartialResult
from tracker_magic.api.execution import Clock
from tracker_magic.api.rate_limiter import RateLimiters
from tracker_magic.auth import Login, Organisation, Token
from tracker_magic.demo import start
from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.server import Demo
from tracker_magic.secret import Secret
from tracker_magic.transport.cancellation import CancellationToken, InFlightRequest
from tracker_magic.transport.transport import Transport

GENEROUS_S = 20.0  # for what takes milliseconds
LIMIT_S = 60.0


class FastClock(Clock):
    """A clock on which waiting takes no time; `waits` are the seconds that were waited."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def monotonic(self) -> float:
        """The real time, and all waits."""
        return super().monotonic() + sum(self.waits)

    def wait(self, cancellation: CancellationToken, seconds: float) -> None:  # noqa: ARG002 - the base class's signature
        """Return at once."""
        self.waits.append(seconds)


@pytest.fixture
def clock() -> FastClock:
    """A clock on which waiting takes no time."""
    return FastClock()


@pytest.fixture
def make_operation(clock: FastClock) -> Callable[..., Operation]:
    """Makes operations on that clock."""

    def make(timeout_s: float | None = None, **options: object) -> Operation:
        return Operation(timeout_s, clock=clock, **options)

    return make


@pytest.fixture(scope="session")
def served() -> Iterator[Demo]:
    """An embedded Tracker for all tests of this folder."""
    with start(issues=400, seed=1, evolve=False) as demo:
        yield demo


@pytest.fixture
def demo(served: Demo) -> Iterator[Demo]:
    """The embedded Tracker, well behaved at the beginning of each test; no test leaves a scroll open."""
    served.service.behaviour = Behaviour()
    served.journal.clear()
    yield served
    served.service.behaviour = Behaviour()
    open_scrolls = served.open_scrolls
    served.service.scrolls.forget()
    assert open_scrolls == 0


@pytest.fixture
def client(demo: Demo) -> Iterator[Client]:
    """A client of the embedded Tracker, without rate limits."""
    transport = Transport([demo.url])
    login = Login(Token(Secret(demo.names["TRACKER_TOKEN"])), "test")
    organisation = Organisation(demo.names["TRACKER_ORG_ID"], "360")
    yield Client(transport, login, organisation, demo.url, RateLimiters(None, None))
    transport.close()


class PartialRows:
    """Work whose rows so far are `rows`."""

    def __init__(self, *rows: object) -> None:
        self.rows = list(rows)

    def partial(self) -> PartialResult:
        """The rows fetched so far."""
        return PartialResult(f"stopped at {len(self.rows)} issues", self.rows)


@pytest.fixture
def partial_rows() -> type[PartialRows]:
    """Makes sources of partial rows."""
    return PartialRows


class PressingWork:
    """Work that presses stop `presses` times, each time after the calling thread has seen the one before.

    Then it waits until the operation is cancelled. `thread` is the worker; `ended` is set when the work has ended.
    """

    def __init__(self, operation: Operation, presses: int = 1) -> None:
        self.thread: threading.Thread | None = None
        self.ended = threading.Event()
        self._operation = operation
        self._presses = presses

    def work(self) -> None:
        """Press stop and wait."""
        self.thread = threading.current_thread()
        try:
            for _ in range(self._presses):
                os.kill(os.getpid(), signal.SIGINT)
                self._operation.cancellation.wait(LIMIT_S)
            self._operation.check()
        finally:
            self.ended.set()

    def has_ended(self) -> bool:
        """Whether its thread ends soon."""
        self.thread.join(GENEROUS_S)
        return not self.thread.is_alive()


@pytest.fixture
def pressing_work() -> type[PressingWork]:
    """Makes work that presses stop."""
    return PressingWork


@pytest.fixture
def hang() -> Callable[..., None]:
    """Work of a request whose answer does not come until it is broken off; sets `begun` when it has begun."""

    def wait_for_answer(operation: Operation, begun: threading.Event) -> None:
        here, there = socket.socketpair()
        with here, there, InFlightRequest(operation.cancellation, LIMIT_S) as request:
            request.use(here)
            begun.set()
            assert there.recv(1) == b""

    return wait_for_answer


def own_threads() -> list[threading.Thread]:
    """Threads of this package that are alive."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("tracker_magic")]


@pytest.fixture
def _no_thread_is_left() -> Iterator[None]:
    """Every thread of a call ends with it, or soon after."""
    yield
    for thread in own_threads():
        thread.join(GENEROUS_S)
    assert own_threads() == []
