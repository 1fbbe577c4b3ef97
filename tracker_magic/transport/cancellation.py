"""Cancel requests in flight: a token shared by the threads of an operation, and the requests that it breaks off."""

import contextlib
import socket
import threading
import time
from contextvars import ContextVar, Token
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

from tracker_magic.errors import Cancelled

_current: ContextVar["InFlightRequest | None"] = ContextVar("tracker_magic_request", default=None)


class CancellationToken:
    """Whether an operation was cancelled; cancelling breaks off its requests. Thread-safe."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._in_flight: set[InFlightRequest] = set()
        self._lock = threading.Lock()

    @property
    def is_cancelled(self) -> bool:
        """Whether new requests are refused."""
        return self._cancelled.is_set()

    @property
    def has_requests(self) -> bool:
        """Whether a request is in flight."""
        return bool(self._in_flight)

    def refuse(self) -> None:
        """Refuse new requests; those in flight continue."""
        self._cancelled.set()

    def cancel(self) -> None:
        """Refuse new requests, and break off those in flight."""
        with self._lock:
            self._cancelled.set()
            for request in tuple(self._in_flight):
                request.break_off()

    def check(self) -> None:
        """Raise Cancelled if the operation was cancelled."""
        if self._cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until the operation is cancelled; return whether it is."""
        return self._cancelled.wait(seconds)

    def add(self, request: "InFlightRequest") -> None:
        """Register a request before it is sent. Raises Cancelled if new requests are refused."""
        with self._lock:
            if self._cancelled.is_set():
                raise Cancelled
            self._in_flight.add(request)

    def discard(self, request: "InFlightRequest") -> None:
        """Forget a request, so that cancelling no longer breaks it off."""
        with self._lock:
            self._in_flight.discard(request)


class InFlightRequest:
    """One request and its answer, within `limit_s` seconds; in its `with` block the thread's connections belong to it.

    `connect_limit_s`: the part of the limit until a connection is established, proxy and TLS included.
    `is_broken_off`: it was cancelled. `is_connected`: a connection was established, after `connect_s` seconds (0 for a
    pooled one). `certificate_until`: when the certificate of a new connection expires. `tunnel_status`: the status with
    which a proxy refused to connect, or 0. `has_answered`: part of the answer has arrived. `has_surplus`: bytes
    followed the end of the answer. Entering raises Cancelled if new requests are refused.
    """

    def __init__(self, cancellation: CancellationToken, limit_s: float, connect_limit_s: float | None = None) -> None:
        self.limit_s = limit_s
        self.connect_limit_s = limit_s if connect_limit_s is None else min(connect_limit_s, limit_s)
        self.is_broken_off = False
        self.is_connected = False
        self.connect_s = 0.0
        self.certificate_until: datetime | None = None
        self.tunnel_status = 0
        self.has_answered = False
        self.has_surplus = False
        self._began_at = time.monotonic()
        self._cancellation = cancellation
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._outer: Token[InFlightRequest | None] | None = None

    def __enter__(self) -> Self:
        self._cancellation.add(self)
        self._outer = _current.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._outer is not None:
            _current.reset(self._outer)
        self.release()

    @property
    def remaining_s(self) -> float:
        """Seconds until the time limit, 0 or less once it has passed; no wait on the connection takes longer."""
        limit_s = self.limit_s if self.is_connected else self.connect_limit_s
        return self._began_at + limit_s - time.monotonic()

    def note_connection(self, certificate_until: datetime | None) -> None:
        """Record that a new connection was established, and when its certificate expires (None: it has none)."""
        self.is_connected, self.connect_s = True, time.monotonic() - self._began_at
        self.certificate_until = certificate_until

    def note_tunnel(self, status: int) -> None:
        """Record a proxy's answer to the request for a connection."""
        self.tunnel_status = 0 if status == HTTPStatus.OK else status

    def note_reuse(self, connection: socket.socket) -> None:
        """Record that a pooled connection is used."""
        self.use(connection)
        self.is_connected = True

    def note_answer(self) -> None:
        """Record that part of the answer has arrived."""
        self.has_answered = True

    def note_surplus(self) -> None:
        """Record that bytes followed the end of the answer."""
        self.has_surplus = True

    def use(self, connection: socket.socket) -> None:
        """Assign this connection to the request; if the request is already broken off, shut the connection down."""
        # A duplicate, since the original's file descriptor may be reused once it is closed. It also bypasses TLS, whose
        # own shutdown is not thread-safe.
        with contextlib.suppress(OSError):
            duplicate = socket.socket(fileno=socket.dup(connection.fileno()))
            with self._lock:
                self._close_socket()
                self._socket = duplicate
                if self.is_broken_off:
                    _shut_down(duplicate)

    def release(self) -> None:
        """Give the connection up: another request may use it, and cancelling this one no longer affects it."""
        self._cancellation.discard(self)
        with self._lock:
            self._close_socket()

    def break_off(self) -> None:
        """Shut the connection down; may be called from any thread."""
        with self._lock:
            self.is_broken_off = True
            if self._socket is not None:
                _shut_down(self._socket)

    def check(self) -> None:
        """Raise ConnectionAbortedError if it was broken off, TimeoutError if its time is over.

        Without a length, a truncated body looks complete.
        """
        if self.is_broken_off:
            raise ConnectionAbortedError
        if self.remaining_s <= 0:
            raise TimeoutError

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def current_request() -> InFlightRequest | None:
    """The request that this thread is sending or reading."""
    return _current.get()


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be closed already
        connection.shutdown(socket.SHUT_RDWR)
