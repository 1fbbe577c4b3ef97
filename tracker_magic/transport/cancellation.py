"""What ends requests that are under way: a stop sign that several threads share, and the exchanges it can break off."""

import contextlib
import math
import socket
import threading
import time
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Final, Self

from tracker_magic.errors import Cancelled
from tracker_magic.interrupts import defer_interrupts

_LOOK_S: Final = 0.1  # how long an interrupt may have to wait

_current: ContextVar["InFlightRequest | None"] = ContextVar("tracker_magic_exchange", default=None)


class CancellationToken:
    """The stop sign of one call; `set`, `is_set` and `wait` are those of an Event. Serves any number of threads.

    It knows the exchanges that are under way for the call, and breaks their connections off: whoever waits for an
    answer comes back at once.
    """

    def __init__(self) -> None:
        self._sign = threading.Event()
        self._under_way: set[InFlightRequest] = set()
        # One that may be taken twice: an interrupt may strike a thread between taking it and letting it go.
        self._lock = threading.RLock()

    def refuse(self) -> None:
        """Let no other exchange begin; those under way go on."""
        with defer_interrupts():
            self._sign.set()

    def set(self) -> None:
        """End the call: every exchange under way is broken off, and no other begins."""
        with defer_interrupts(), self._lock:
            self._sign.set()
            for exchange in tuple(self._under_way):
                exchange.end()

    def is_set(self) -> bool:
        """Whether the call has been stopped."""
        return self._sign.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait that long, or until the call is stopped; whether it is."""
        ends_at = math.inf if seconds is None else time.monotonic() + seconds
        while not self.is_set() and (left_s := ends_at - time.monotonic()) > 0:
            with defer_interrupts():
                self._sign.wait(min(left_s, _LOOK_S))
        return self.is_set()

    def begin(self, exchange: "InFlightRequest") -> None:
        """Take an exchange in; raises Cancelled where the call has been stopped."""
        with self._lock:
            if self._sign.is_set():
                raise Cancelled
            self._under_way.add(exchange)

    def leave(self, exchange: "InFlightRequest") -> None:
        """Let an exchange go: what happens here is nothing to it any more."""
        with self._lock:
            self._under_way.discard(exchange)


class InFlightRequest:
    """One request and its answer, under `stop` and for `limit_s` at most: `with` it, the thread's requests are it.

    `stopped` tells whether it was broken off, `connected` whether its connection stood, `connect_s` how many seconds
    until a new one did, `answered` whether anything came over it. Raises Cancelled on entering where the call has been
    stopped.
    """

    def __init__(self, stop: CancellationToken, limit_s: float) -> None:
        self.limit_s = limit_s
        self.stopped = False
        self.connected = False
        self.connect_s = 0.0
        self.answered = False
        self._ends_at = time.monotonic() + limit_s
        self._stop = stop
        self._lock = threading.RLock()
        self._line: socket.socket | None = None
        self._outer: Token[InFlightRequest | None] | None = None

    def __enter__(self) -> Self:
        self._stop.begin(self)
        self._outer = _current.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._outer is not None:
            _current.reset(self._outer)
        self.leave()

    @property
    def left_s(self) -> float:
        """Seconds until its time is over; none or fewer: it is. Each wait on its connection takes no longer."""
        return self._ends_at - time.monotonic()

    def connects(self) -> None:
        """A new connection stands."""
        self.connected, self.connect_s = True, self.limit_s - self.left_s

    def use(self, line: socket.socket) -> None:
        """From now on the exchange goes over this connection; one that was broken off meanwhile breaks it."""
        # A descriptor of its own: the number of one that another thread has closed may belong to somebody else by
        # now. It also goes around TLS, whose own shutdown is not meant for two threads, and outlives the handshake.
        with contextlib.suppress(OSError):
            own = socket.socket(fileno=socket.dup(line.fileno()))
            with self._lock:
                self._let_go()
                self._line = own
                if self.stopped:
                    _break(own)

    def leave(self) -> None:
        """The connection is used no longer: it may be somebody else's, and nothing breaks it any more."""
        self._stop.leave(self)
        with self._lock:
            self._let_go()

    def end(self) -> None:
        """Break the connection off; from any thread."""
        with self._lock:
            self.stopped = True
            if self._line is not None:
                _break(self._line)

    def check(self) -> None:
        """Raise ConnectionAbortedError where it was broken off: a body without a length only seems to end."""
        if self.stopped:
            raise ConnectionAbortedError

    def _let_go(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def current_request() -> InFlightRequest | None:
    """The exchange that this thread is in."""
    return _current.get()


def _break(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended by itself
        line.shutdown(socket.SHUT_RDWR)
