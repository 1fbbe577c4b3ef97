"""A request ends when its operation is cancelled or its time is over, whatever it waits for; no other request does."""

import os
import signal
import socket
import threading
import time
from typing import Any

import pytest
import requests

from tracker_magic.api import Operation
from tracker_magic.errors import Cancelled, NoAnswer, TimedOut
from tracker_magic.transport.cancellation import CancellationToken, InFlightRequest, current_request
from tracker_magic.transport.connections import Adapter
from tracker_magic.transport.transport import Transport

GENEROUS_S = 20.0  # for what takes milliseconds; the time limit of a request is far above it
LIMIT_S = 60.0
BRIEF_S = 0.5
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CUT_ANSWERS = {
    "before an answer": b"",
    "in the headers": HEAD,
    "in the body": HEAD + b"Content-Length: 1000\r\n\r\n[1, 2",
    "in a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n",
    "in a body without a length": HEAD + b"Connection: close\r\n\r\n{}",
}
WHOLE_ANSWER = HEAD + b"Content-Length: 2\r\n\r\n{}"


class RequestThread:
    """One request in a thread of its own, with its reply or its error."""

    def __init__(
        self, transport: Transport, url: str, cancellation: CancellationToken | None, limit_s: float = LIMIT_S
    ) -> None:
        self.reply: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._send, args=(transport, url, cancellation, limit_s))
        self._thread.start()

    def _send(self, transport: Transport, url: str, cancellation: CancellationToken | None, limit_s: float) -> None:
        try:
            self.reply = transport.send("GET", url, cancellation=cancellation, timeout_s=limit_s)
        except (Cancelled, NoAnswer) as error:
            self._error = error

    def ends_within(self, seconds: float) -> bool:
        """Whether the request has ended, or ends soon."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def error(self) -> BaseException | None:
        """Wait for the end of the request; the error, if it failed."""
        assert self.ends_within(GENEROUS_S), "the request still waits"
        return self._error


LIMITS_S = {Cancelled: LIMIT_S, TimedOut: BRIEF_S}  # how a request ends → its time limit
both_ends = pytest.mark.parametrize("expected", LIMITS_S)
http_and_https = pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])


def end_by(cancellation: CancellationToken, expected: type[BaseException]) -> None:
    """Cancel the operation, or leave the request to its time limit."""
    if expected is Cancelled:
        cancellation.cancel()


@both_ends
@http_and_https
@pytest.mark.parametrize("answer", CUT_ANSWERS.values(), ids=CUT_ANSWERS)
def test_a_request_ends_wherever_its_answer_stops(hang, make_transport, answer, tls, expected):
    """A request ends at once, as Cancelled or TimedOut, with its connection; no cut body is taken for a whole one."""
    service, cancellation = hang(answer, tls=tls), CancellationToken()
    request = RequestThread(make_transport(service.url), service.url + "/x", cancellation, LIMITS_S[expected])
    assert service.has_answered.wait(GENEROUS_S)
    began = time.monotonic()
    end_by(cancellation, expected)
    error = request.error()
    assert type(error) is expected
    assert time.monotonic() - began < GENEROUS_S
    assert error.__context__ is None
    assert service.has_ended.wait(GENEROUS_S)


@both_ends
def test_a_tls_handshake_ends(hang, make_transport, expected):
    """A request ends also if the server accepts the connection and never speaks TLS."""
    service, cancellation = hang(tls=True, plain_answers=None), CancellationToken()
    request = RequestThread(make_transport(service.url), service.url, cancellation, LIMITS_S[expected])
    assert service.has_answered.wait(GENEROUS_S)
    end_by(cancellation, expected)
    assert type(request.error()) is expected


@pytest.mark.parametrize(
    "answers", [[b""], [b"HTTP/1.1 200 OK\r\n\r\n", b""]], ids=["before the tunnel", "before TLS in the tunnel"]
)
@both_ends
def test_a_request_through_a_proxy_ends(hang, make_transport, monkeypatch, answers, expected):
    """A request through a proxy ends before and after the proxy has answered."""
    proxy, cancellation = hang(*answers), CancellationToken()
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
    transport = make_transport("https://tracker.invalid")
    request = RequestThread(transport, "https://tracker.invalid/x", cancellation, LIMITS_S[expected])
    assert proxy.has_answered.wait(GENEROUS_S)
    end_by(cancellation, expected)
    assert type(request.error()) is expected
    assert proxy.has_ended.wait(GENEROUS_S)


def test_a_request_over_a_pooled_connection_ends(hang, make_transport):
    """The second request over a connection can be cancelled as the first one can."""
    service, cancellation = hang(WHOLE_ANSWER, b"", tls=True), CancellationToken()
    transport = make_transport(service.url)
    assert transport.send("GET", service.url, cancellation=CancellationToken()).body == b"{}"
    request = RequestThread(transport, service.url, cancellation)
    assert service.has_answered.wait(GENEROUS_S)
    cancellation.cancel()
    assert type(request.error()) is Cancelled


@http_and_https
def test_cancelling_one_operation_ends_no_request_of_another(hang, make_transport, tls):
    """Neither another request of the transport ends, nor a later one on a connection that was used before."""
    service, other = hang(WHOLE_ANSWER, WHOLE_ANSWER, tls=tls, held_answer=1), hang(b"", tls=tls)
    transport = make_transport(service.url, other.url)
    first, second = CancellationToken(), CancellationToken()
    assert transport.send("GET", service.url, cancellation=first).body == b"{}"
    cancelled = RequestThread(transport, other.url, first)
    later = RequestThread(transport, service.url, second)
    assert other.has_answered.wait(GENEROUS_S)
    assert service.is_held.wait(GENEROUS_S)
    first.cancel()
    assert type(cancelled.error()) is Cancelled
    service.go_on.set()
    assert later.error() is None
    assert later.reply.body == b"{}"


def test_a_connection_in_the_pool_is_not_broken(hang):
    """From the moment another request may take the connection, cancelling the first request does not break it."""
    service, cancellation = hang(WHOLE_ANSWER, WHOLE_ANSWER), CancellationToken()
    with requests.Session() as session:
        session.mount("http://", Adapter())
        with InFlightRequest(cancellation, LIMIT_S) as first:
            session.get(service.url, timeout=GENEROUS_S)
            cancellation.cancel()
            assert not first.is_broken_off
        with InFlightRequest(CancellationToken(), LIMIT_S):
            assert session.get(service.url, timeout=GENEROUS_S).content == b"{}"


def test_a_cancelled_operation_sends_nothing_more(hang, make_transport):
    """A request of a cancelled operation is Cancelled without a connection; other requests go on."""
    service, cancellation = hang(WHOLE_ANSWER), CancellationToken()
    cancellation.cancel()
    transport = make_transport(service.url)
    with pytest.raises(Cancelled):
        transport.send("GET", service.url, cancellation=cancellation)
    assert (transport.sent, service.has_answered.is_set()) == (0, False)
    assert transport.send("GET", service.url).status == 200


def test_close_ends_pooled_connections(hang):
    """A pooled connection ends when its transport is closed, and not when a finished request is cancelled."""
    service, cancellation = hang(WHOLE_ANSWER, tls=True), CancellationToken()
    transport = Transport([service.url])
    transport.send("GET", service.url, cancellation=cancellation)
    cancellation.cancel()
    assert not service.has_ended.is_set()
    transport.close()
    assert service.has_ended.wait(GENEROUS_S)


def test_each_request_over_a_connection_has_its_own_time_limit(hang, make_transport):
    """The time limit of the first request over a connection does not hold for the second one."""
    service = hang(WHOLE_ANSWER, WHOLE_ANSWER, held_answer=1)
    transport = make_transport(service.url)
    transport.send("GET", service.url, timeout_s=BRIEF_S)
    later = RequestThread(transport, service.url, None)
    assert service.is_held.wait(GENEROUS_S)
    assert not later.ends_within(2 * BRIEF_S)
    service.go_on.set()
    assert later.error() is None


def test_a_connection_that_opens_after_the_cancellation_is_broken():
    """An operation may be cancelled while a name is looked up: the connection that comes of it is broken at once."""
    here, there = socket.socketpair()
    with here, there, InFlightRequest(cancellation := CancellationToken(), 1) as request:
        cancellation.cancel()
        request.use(here)
        assert there.recv(1) == b""
        with pytest.raises(ConnectionAbortedError):
            request.check()


def test_a_released_connection_is_not_broken():
    """After `release` the connection works, whatever happens to its former request, and no copy of it is left open."""
    here, there = socket.socketpair()
    with here, there:
        with InFlightRequest(cancellation := CancellationToken(), 1) as request:
            request.use(here)
            request.release()
            cancellation.cancel()
            assert not request.is_broken_off
        here.sendall(b"x")
        assert there.recv(1) == b"x"
        here.close()
        assert there.recv(1) == b""


def test_the_request_of_a_thread_is_known_in_its_block():
    """`current_request` is the innermost request of this thread; a token knows whether one is under way."""
    cancellation = CancellationToken()
    assert (current_request(), cancellation.has_requests) == (None, False)
    with InFlightRequest(cancellation, LIMIT_S) as outer:
        with InFlightRequest(cancellation, LIMIT_S) as inner:
            assert current_request() is inner
        assert current_request() is outer
        assert cancellation.has_requests
    assert (current_request(), cancellation.has_requests) == (None, False)


def test_refusing_requests_breaks_none_off():
    """After `refuse` no request begins, but the ones under way go on until `cancel`."""
    cancellation = CancellationToken()
    with InFlightRequest(cancellation, LIMIT_S) as request:
        cancellation.refuse()
        assert cancellation.is_cancelled
        request.check()
        with pytest.raises(Cancelled), InFlightRequest(cancellation, LIMIT_S):
            pass
        cancellation.cancel()
        assert request.is_broken_off


def test_waiting_for_a_cancellation_ends_with_it():
    """`wait` returns as soon as the operation is cancelled, and says whether it is."""
    cancellation = CancellationToken()
    assert (cancellation.is_cancelled, cancellation.wait(0)) == (False, False)
    waiting = threading.Thread(target=cancellation.wait, args=(LIMIT_S,))
    waiting.start()
    cancellation.cancel()
    waiting.join(GENEROUS_S)
    assert not waiting.is_alive()
    assert (cancellation.is_cancelled, cancellation.wait(LIMIT_S)) == (True, True)


def press_stop() -> None:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_breaks_off_what_is_being_sent(make_transport):
    """If the service reads nothing, an interrupt ends the request, although its body is not sent yet."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = make_transport(url := f"http://127.0.0.1:{listener.getsockname()[1]}")
        operation = Operation()
        threading.Timer(BRIEF_S, press_stop).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            operation.run(lambda: transport.send("POST", url, data=bytes(2**25), cancellation=operation.cancellation))
        assert time.monotonic() - began < GENEROUS_S


def test_an_interrupt_breaks_off_a_wait_for_an_answer(hang, make_transport):
    """If the service does not answer, an interrupt ends the request and its connection."""
    service = hang(b"")
    transport, operation = make_transport(service.url), Operation()
    presses = threading.Thread(target=lambda: service.has_answered.wait(GENEROUS_S) and press_stop())
    presses.start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        operation.run(lambda: transport.send("GET", service.url, cancellation=operation.cancellation))
    assert time.monotonic() - began < GENEROUS_S
    assert service.has_ended.wait(GENEROUS_S)
    presses.join()
