"""A request under way ends when its call is stopped or its time is over, wherever it waits; no other does."""

import os
import signal
import socket
import sys
import threading
import time
from typing import Any

import pytest
import requests

from tracker_magic.errors import Cancelled, NoAnswer, TimedOut
from tracker_magic.transport.cancellation import CancellationToken, InFlightRequest
from tracker_magic.transport.connections import Adapter
from tracker_magic.transport.transport import Transport

GENEROUS_S = 5.0  # for what takes milliseconds; a request's own limit is far above it
LIMIT_S = 60.0
BRIEF_S = 0.5
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WAITS = {
    "for an answer": b"",
    "for headers": HEAD,
    "for the body": HEAD + b"Content-Length: 1000\r\n\r\n[1, 2",
    "for a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n",
    "for a body without a length": HEAD + b"Connection: close\r\n\r\n{}",
}
WHOLE = HEAD + b"Content-Length: 2\r\n\r\n{}"


class CommandContext:
    """One request in a thread of its own, and what came of it."""

    def __init__(self, wire: Transport, url: str, stop: CancellationToken | None, limit_s: float = LIMIT_S) -> None:
        self.reply: Any = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(wire, url, stop, limit_s))
        self._thread.start()

    def _run(self, wire: Transport, url: str, stop: CancellationToken | None, limit_s: float) -> None:
        try:
            self.reply = wire.send("GET", url, stop=stop, timeout_s=limit_s)
        except (Cancelled, NoAnswer) as error:
            self.error = error

    def over_within(self, seconds: float) -> bool:
        """Whether it has ended, or does so soon."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def came_of(self) -> BaseException | None:
        """The error that it ended with, soon."""
        assert self.over_within(GENEROUS_S), "the request still waits"
        return self.error


ENDS = pytest.mark.parametrize(("limit_s", "expected"), [(LIMIT_S, Cancelled), (BRIEF_S, TimedOut)])


def end_by(stop: CancellationToken, expected: type[BaseException]) -> None:
    """Stop the call, or leave it to end by itself."""
    if expected is Cancelled:
        stop.set()


@ENDS
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("said", WAITS.values(), ids=WAITS)
def test_a_request_ends_wherever_it_waits(stuck, said, tls, limit_s, expected):
    """At once, as what it is, and with its connection; a cut body is not taken for a whole one."""
    service, stop = stuck(said, tls=tls), CancellationToken()
    wire = Transport([service.url])
    asked = CommandContext(wire, service.url + "/x", stop, limit_s)
    assert service.reached.wait(GENEROUS_S)
    began = time.monotonic()
    end_by(stop, expected)
    assert type(asked.came_of()) is expected
    assert time.monotonic() - began < GENEROUS_S
    assert asked.error.__context__ is None
    assert service.ended.wait(GENEROUS_S)
    wire.close()


@ENDS
def test_a_handshake_ends(stuck, limit_s, expected):
    """A server that accepts and never speaks TLS."""
    service, stop = stuck(tls=True, plain=None), CancellationToken()
    wire = Transport([service.url])
    asked = CommandContext(wire, service.url, stop, limit_s)
    assert service.reached.wait(GENEROUS_S)
    end_by(stop, expected)
    assert type(asked.came_of()) is expected
    wire.close()


@pytest.mark.parametrize(
    "says", [[b""], [b"HTTP/1.1 200 OK\r\n\r\n", b""]], ids=["for the tunnel", "for TLS in the tunnel"]
)
@ENDS
def test_a_request_through_a_proxy_ends(stuck, monkeypatch, says, limit_s, expected):
    """Before the proxy has answered, and after."""
    proxy, stop = stuck(*says), CancellationToken()
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
    wire = Transport(["https://tracker.invalid"])
    asked = CommandContext(wire, "https://tracker.invalid/x", stop, limit_s)
    assert proxy.reached.wait(GENEROUS_S)
    end_by(stop, expected)
    assert type(asked.came_of()) is expected
    assert proxy.ended.wait(GENEROUS_S)
    wire.close()


def test_a_reused_connection_ends_too(stuck):
    """Kept alive over a first request; both go over one connection."""
    service, stop = stuck(WHOLE, b"", tls=True), CancellationToken()
    wire = Transport([service.url])
    assert wire.send("GET", service.url, stop=CancellationToken()).body == b"{}"
    asked = CommandContext(wire, service.url, stop)
    assert service.reached.wait(GENEROUS_S)
    stop.set()
    assert type(asked.came_of()) is Cancelled
    wire.close()


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_somebody_elses_stop_ends_nothing(stuck, tls):
    """Neither another request of the wire nor a later one on the same connection: that gets its whole answer."""
    service, other = stuck(WHOLE, WHOLE, tls=tls, hold=1), stuck(b"", tls=tls)
    wire, first, second = Transport([service.url, other.url]), CancellationToken(), CancellationToken()
    assert wire.send("GET", service.url, stop=first).body == b"{}"
    elsewhere, later = CommandContext(wire, other.url, first), CommandContext(wire, service.url, second)
    assert other.reached.wait(GENEROUS_S)
    assert service.held.wait(GENEROUS_S)
    first.set()
    assert type(elsewhere.came_of()) is Cancelled
    service.go.set()
    assert later.came_of() is None
    assert later.reply.body == b"{}"
    wire.close()


def test_a_connection_back_in_the_pool_is_out_of_reach(stuck):
    """From the moment on when another request may take it, not only when the first has been handed over."""
    service, stop = stuck(WHOLE, WHOLE), CancellationToken()
    with requests.Session() as session:
        session.mount("http://", Adapter())
        with InFlightRequest(stop, LIMIT_S) as first:
            session.get(service.url, timeout=GENEROUS_S)
            stop.set()
            assert not first.stopped
        with InFlightRequest(CancellationToken(), LIMIT_S):
            assert session.get(service.url, timeout=GENEROUS_S).content == b"{}"


def test_a_stopped_call_sends_nothing_more(stuck):
    """Cancelled, without a connection; others may go on."""
    service, stop = stuck(WHOLE), CancellationToken()
    stop.set()
    wire = Transport([service.url])
    with pytest.raises(Cancelled):
        wire.send("GET", service.url, stop=stop)
    assert (wire.sent, service.reached.is_set()) == (0, False)
    assert wire.send("GET", service.url).status == 200
    wire.close()


def test_close_leaves_no_connection(stuck):
    """The kept one ends with its wire, and not before; what ended is not held by the stop sign."""
    service, stop = stuck(WHOLE, tls=True), CancellationToken()
    wire = Transport([service.url])
    wire.send("GET", service.url, stop=stop)
    stop.set()
    assert not service.ended.is_set()
    wire.close()
    assert service.ended.wait(GENEROUS_S)


def test_a_kept_connection_has_the_next_requests_time(stuck):
    """What the first request left of its time is no limit of the second."""
    service = stuck(WHOLE, WHOLE, hold=1)
    wire = Transport([service.url])
    wire.send("GET", service.url, timeout_s=BRIEF_S)
    later = CommandContext(wire, service.url, None)
    assert service.held.wait(GENEROUS_S)
    assert not later.over_within(2 * BRIEF_S)
    service.go.set()
    assert later.came_of() is None
    wire.close()


def test_a_connection_that_comes_after_the_end_is_broken():
    """A call may be stopped while a name is looked up."""
    here, there = socket.socketpair()
    with here, there, InFlightRequest(stop := CancellationToken(), 1) as exchange:
        stop.set()
        exchange.use(here)
        assert there.recv(1) == b""
        with pytest.raises(ConnectionAbortedError):
            exchange.check()


def test_what_has_left_is_not_broken():
    """The connection is somebody else's by then, and the descriptor is closed."""
    here, there = socket.socketpair()
    with here, there:
        with InFlightRequest(stop := CancellationToken(), 1) as exchange:
            exchange.use(here)
            exchange.leave()
            stop.set()
            assert not exchange.stopped
        here.sendall(b"x")
        assert there.recv(1) == b"x"
        here.close()
        assert there.recv(1) == b""


def test_a_sign_is_an_event():
    """Whoever waits on it comes back at once."""
    stop = CancellationToken()
    assert (stop.is_set(), stop.wait(0)) == (False, False)
    waiter = threading.Thread(target=stop.wait, args=(LIMIT_S,))
    waiter.start()
    stop.set()
    waiter.join(GENEROUS_S)
    assert not waiter.is_alive()
    assert (stop.is_set(), stop.wait(LIMIT_S)) == (True, True)


@pytest.mark.presses
def test_an_interrupt_of_what_is_sent_ends_at_once():
    """A service that accepts and reads nothing: what does not fit on the way is not waited for."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Transport([url := f"http://127.0.0.1:{listener.getsockname()[1]}"])
        threading.Timer(BRIEF_S, os.kill, [os.getpid(), signal.SIGINT]).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            wire.send("POST", url, data=bytes(2**25))
        assert time.monotonic() - began < GENEROUS_S
        wire.close()


@pytest.mark.presses
def test_an_interrupt_just_before_a_wait_is_seen(stuck):
    """The system's call does not come back for it: what another thread raised is seen a step later all the same."""
    service = stuck(b"")
    wire = Transport([service.url])
    presses = threading.Thread(target=lambda: service.reached.wait(GENEROUS_S) and signal.raise_signal(signal.SIGINT))
    presses.start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        wire.send("GET", service.url)
    assert time.monotonic() - began < GENEROUS_S
    presses.join()
    wire.close()


@pytest.mark.parametrize(
    "use",
    [lambda stop: stop.wait(LIMIT_S), CancellationToken.set, CancellationToken.refuse],
    ids=["wait", "set", "refuse"],
)
def test_an_interrupt_leaves_the_sign_to_others(use):
    """Struck as the sign's lock is taken, it can still be set and waited for."""
    stop = CancellationToken()

    def press(frame, event, _):
        if event == "c_return" and frame.f_code is threading.Condition.__enter__.__code__:
            sys.setprofile(None)
            os.kill(os.getpid(), signal.SIGINT)

    sys.setprofile(press)
    try:
        with pytest.raises(KeyboardInterrupt):
            use(stop)
    finally:
        sys.setprofile(None)
    other = threading.Thread(target=lambda: (stop.set(), stop.wait(LIMIT_S)), daemon=True)
    other.start()
    other.join(GENEROUS_S)
    assert not other.is_alive()
