"""A request under way ends when its call is stopped or its time is over, wherever it waits; no other does."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tracker_magic.connections import Adapter
from tracker_magic.demo import start
from tracker_magic.demo.behaviour import Fault
from tracker_magic.errors import Cancelled, NoAnswer, TimedOut
from tracker_magic.stop import Exchange, Stop
from tracker_magic.wire import Wire

GENEROUS_S = 5.0  # for what takes milliseconds; a request's own limit is far above it
LIMIT_S = 60.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WAITS = {
    "for an answer": b"",
    "for headers": HEAD,
    "for the body": HEAD + b"Content-Length: 1000\r\n\r\n[1, 2",
    "for a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n",
    "for a body without a length": HEAD + b"Connection: close\r\n\r\n{}",
}
WHOLE = HEAD + b"Content-Length: 2\r\n\r\n{}"


class Stuck:
    """A service that reads, says the next of `says`, again for each, and then waits for the connection's end.

    With `context` TLS begins after the first `plain` answers (None: never). `reached`: all is said; `ended`: it
    ended. Before answer number `hold` it sets `held` and waits for `go`.
    """

    def __init__(self, *says: bytes, context: ssl.SSLContext | None, plain: int | None = 0, hold: int = -1) -> None:
        self.says, self.context, self.plain, self.hold = says, context, plain, hold
        self.reached, self.ended, self.held, self.go = (threading.Event() for _ in range(4))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http{'s' if context else ''}://{self.host}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        line, _ = self._listener.accept()
        with contextlib.suppress(OSError):
            line.settimeout(LIMIT_S)
            for number, said in enumerate(self.says):
                if self.context and number == self.plain:
                    line = self.context.wrap_socket(line, server_side=True)
                line.recv(1 << 16)
                if number == self.hold:
                    self.held.set()
                    self.go.wait(LIMIT_S)
                line.sendall(said)
            if not self.says:
                line.recv(1)
            self.reached.set()
            while line.recv(1 << 16):
                pass
        line.close()
        self.ended.set()

    def close(self) -> None:
        """Wait for its thread; nobody came: come."""
        with contextlib.suppress(OSError), socket.create_connection(self._listener.getsockname()[:2], 1):
            self._listener.close()
        self._thread.join(GENEROUS_S)
        assert not self._thread.is_alive()


class Asked:
    """One request in a thread of its own, and what came of it."""

    def __init__(self, wire: Wire, url: str, stop: Stop | None) -> None:
        self.reply: Any = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(wire, url, stop))
        self._thread.start()

    def _run(self, wire: Wire, url: str, stop: Stop | None) -> None:
        try:
            self.reply = wire.send("GET", url, stop=stop, timeout_s=LIMIT_S)
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


@pytest.fixture
def stuck(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Stuck]]:
    """Makes such services; with `tls` their certificate is vouched for."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    made: list[Stuck] = []

    def make(*says: bytes, tls: bool = False, **rules: int | None) -> Stuck:
        made.append(Stuck(*says, context=context if tls else None, **rules))
        return made[-1]

    yield make
    for each in made:
        each.close()


def end_by(stop: Stop, how: str) -> type[BaseException]:
    """Stop the call, or let the time of its requests be over; the error that a request then ends with."""
    if how == "set":
        stop.set()
        return Cancelled
    stop.end_overdue()
    stop.end_overdue(time.monotonic() + LIMIT_S + 1)
    return TimedOut


@pytest.mark.parametrize("how", ["set", "end_overdue"])
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("said", WAITS.values(), ids=WAITS)
def test_a_request_ends_wherever_it_waits(stuck, said, tls, how):
    """Within a second, as what it is, and with its connection; a cut body is not taken for a whole one."""
    service, stop = stuck(said, tls=tls), Stop()
    wire = Wire([service.url])
    asked = Asked(wire, service.url + "/x", stop)
    assert service.reached.wait(GENEROUS_S)
    began = time.monotonic()
    expected = end_by(stop, how)
    assert type(asked.came_of()) is expected
    assert time.monotonic() - began < 1
    assert asked.error.__context__ is None
    assert service.ended.wait(GENEROUS_S)
    wire.close()


@pytest.mark.parametrize("how", ["set", "end_overdue"])
def test_a_handshake_ends(stuck, how):
    """A server that accepts and never speaks TLS."""
    service, stop = stuck(tls=True, plain=None), Stop()
    wire = Wire([service.url])
    asked = Asked(wire, service.url, stop)
    assert service.reached.wait(GENEROUS_S)
    expected = end_by(stop, how)
    assert type(asked.came_of()) is expected
    wire.close()


@pytest.mark.parametrize(
    "says", [[b""], [b"HTTP/1.1 200 OK\r\n\r\n", b""]], ids=["for the tunnel", "for TLS in the tunnel"]
)
@pytest.mark.parametrize("how", ["set", "end_overdue"])
def test_a_request_through_a_proxy_ends(stuck, monkeypatch, says, how):
    """Before the proxy has answered, and after."""
    proxy, stop = stuck(*says), Stop()
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
    wire = Wire(["https://tracker.invalid"])
    asked = Asked(wire, "https://tracker.invalid/x", stop)
    assert proxy.reached.wait(GENEROUS_S)
    expected = end_by(stop, how)
    assert type(asked.came_of()) is expected
    assert proxy.ended.wait(GENEROUS_S)
    wire.close()


def test_a_reused_connection_ends_too(stuck):
    """Kept alive over a first request; both go over one connection."""
    service, stop = stuck(WHOLE, b"", tls=True), Stop()
    wire = Wire([service.url])
    assert wire.send("GET", service.url, stop=Stop()).body == b"{}"
    asked = Asked(wire, service.url, stop)
    assert service.reached.wait(GENEROUS_S)
    stop.set()
    assert type(asked.came_of()) is Cancelled
    wire.close()


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_somebody_elses_stop_ends_nothing(stuck, tls):
    """Neither another request of the wire nor a later one on the same connection: that gets its whole answer."""
    service, other = stuck(WHOLE, WHOLE, tls=tls, hold=1), stuck(b"", tls=tls)
    wire, first, second = Wire([service.url, other.url]), Stop(), Stop()
    assert wire.send("GET", service.url, stop=first).body == b"{}"
    elsewhere, later = Asked(wire, other.url, first), Asked(wire, service.url, second)
    assert other.reached.wait(GENEROUS_S)
    assert service.held.wait(GENEROUS_S)
    first.end_overdue(time.monotonic() + LIMIT_S + 1)
    first.set()
    assert type(elsewhere.came_of()) is TimedOut
    second.end_overdue()
    service.go.set()
    assert later.came_of() is None
    assert later.reply.body == b"{}"
    wire.close()


def test_a_connection_back_in_the_pool_is_out_of_reach(stuck):
    """From the moment on when another request may take it, not only when the first has been handed over."""
    service, stop = stuck(WHOLE, WHOLE), Stop()
    with requests.Session() as session:
        session.mount("http://", Adapter())
        with Exchange(stop, LIMIT_S) as first:
            session.get(service.url, timeout=GENEROUS_S)
            stop.set()
            assert first.ended is None
        with Exchange(Stop(), LIMIT_S):
            assert session.get(service.url, timeout=GENEROUS_S).content == b"{}"


def test_a_stopped_call_sends_nothing_more(stuck):
    """Cancelled, without a connection; others may go on."""
    service, stop = stuck(WHOLE), Stop()
    stop.set()
    wire = Wire([service.url])
    with pytest.raises(Cancelled):
        wire.send("GET", service.url, stop=stop)
    assert (wire.sent, service.reached.is_set()) == (0, False)
    assert wire.send("GET", service.url).status == 200
    wire.close()


def test_close_leaves_no_connection(stuck):
    """The kept one ends with its wire, and not before; what ended is not held by the stop sign."""
    service, stop = stuck(WHOLE, tls=True), Stop()
    wire = Wire([service.url])
    wire.send("GET", service.url, stop=stop)
    stop.set()
    assert not service.ended.is_set()
    wire.close()
    assert service.ended.wait(GENEROUS_S)


def test_a_dripping_body_is_ended(stuck):  # noqa: ARG001 - as the others, without the machine's own CA bundle
    """Each drop comes in time, so that only the limit of the whole request can end it; the next request is well."""
    with start(issues=5, seed=1, lives=False) as demo:
        demo.behaviour.faults.append(Fault("drip", "/myself", seconds=0.001))
        wire, stop = Wire([demo.url]), Stop()
        asked = Asked(wire, demo.url + "/v3/myself", stop)
        while not asked.over_within(0.01):
            if demo.journal:
                stop.end_overdue(time.monotonic() + LIMIT_S + 1)
        assert type(asked.came_of()) is TimedOut
        assert "not whole within 60 s" in str(asked.error)
        assert wire.send("GET", demo.url + "/v3/queues", stop=stop).status == 401
        wire.close()


def test_a_connection_that_comes_after_the_end_is_broken():
    """A call may be stopped while a name is looked up."""
    here, there = socket.socketpair()
    with here, there, Exchange(stop := Stop(), 1) as exchange:
        stop.set()
        exchange.use(here)
        assert there.recv(1) == b""
        with pytest.raises(ConnectionAbortedError):
            exchange.check()


def test_what_has_left_is_not_broken():
    """The connection is somebody else's by then, and the descriptor is closed."""
    here, there = socket.socketpair()
    with here, there:
        with Exchange(stop := Stop(), 1) as exchange:
            exchange.use(here)
            exchange.leave()
            stop.set()
            assert exchange.ended is None
        here.sendall(b"x")
        assert there.recv(1) == b"x"
        here.close()
        assert there.recv(1) == b""


def test_a_sign_is_an_event():
    """Whoever waits on it comes back at once."""
    stop = Stop()
    assert (stop.is_set(), stop.wait(0)) == (False, False)
    waiter = threading.Thread(target=stop.wait, args=(LIMIT_S,))
    waiter.start()
    stop.set()
    waiter.join(GENEROUS_S)
    assert not waiter.is_alive()
    assert (stop.is_set(), stop.wait(LIMIT_S)) == (True, True)
