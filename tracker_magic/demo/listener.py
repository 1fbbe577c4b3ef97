"""The HTTP server: werkzeug's, with connections that stay open, break on demand and end with the server."""

import contextlib
import os
import select
import socket
import threading
import time
from itertools import count
from typing import Any
from wsgiref.types import WSGIApplication

from werkzeug import Response
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.faults import MEGABYTE

HOST = "127.0.0.1"
FAULTS_KEY = "tracker_magic.demo.faults"  # in the environ: a list to which the application adds the request's fault
JOIN_TIMEOUT_S = 5.0
BACKLOG = 128
TRICKLE_PARTS = 10
DRIP_BYTES = 8
ENDLESS = 1 << 40  # the announced length of a dripping body
NO_FAULT = Fault("hook")  # which calls no hook
CLOSING = frozenset({"drop", "reset", "cut"})  # faults that end the connection


class RequestHandler(WSGIRequestHandler):
    """Handles the requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: with Nagle the second would wait 40 ms

    def run_wsgi(self) -> None:
        """Answer one request of any method.

        Werkzeug's own method closes the connection after each request; clients of the service rely on keep-alive.
        """
        faults: list[Fault] = []
        environ = self.make_environ() | {FAULTS_KEY: faults}
        response = Response.from_app(self.server.app, environ, buffered=True)
        fault = faults[0] if faults else NO_FAULT
        if fault.kind in CLOSING or fault.without_length:
            self.close_connection = True
        if fault.kind in {"drop", "reset"}:
            return
        body = _body(fault, response)
        self.send_response_only(response.status_code)
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        self._send_body(fault, body)

    def _send_body(self, fault: Fault, body: bytes) -> None:
        if fault.kind == "drip" and self.command != "HEAD":
            self._drip(body, fault.seconds)
        elif fault.kind == "endless" and self.command != "HEAD":
            self._send_endlessly(body)
        elif fault.kind == "trickle":
            self._trickle(body, fault.seconds)
        else:
            self.wfile.write(body)

    def _trickle(self, body: bytes, interval_s: float) -> None:
        """Send the body in parts, with waits between them."""
        size = len(body) // TRICKLE_PARTS + 1
        for start in range(0, len(body), size):
            self.wfile.write(body[start : start + size])
            time.sleep(interval_s)

    def _drip(self, body: bytes, interval_s: float) -> None:
        """Send the body a few bytes at a time, then blanks, until the client or `close` ends the connection."""
        self.close_connection = True
        for start in count(0, DRIP_BYTES):
            self.wfile.write(body[start : start + DRIP_BYTES] or b" " * DRIP_BYTES)
            if select.select([self.connection], [], [], interval_s)[0]:
                return

    def _send_endlessly(self, body: bytes) -> None:
        """Send the body in a chunk, then chunks of blanks, until the client or `close` ends the connection."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(body), body))
                body = MEGABYTE

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Print nothing: the journal has every request."""


def _body(fault: Fault, response: Response) -> bytes:
    """The body that is sent with this fault, whose length is set in the headers."""
    body = response.get_data()
    if fault.kind == "drip":
        response.headers["Content-Length"] = str(ENDLESS)
    if fault.kind == "short_length":
        response.headers["Content-Length"] = str(len(body) // 2)
    if fault.kind == "endless":
        response.headers["Transfer-Encoding"] = "chunked"
    if fault.without_length or fault.kind == "endless":
        del response.headers["Content-Length"]
    return body[: len(body) // 2] if fault.kind == "cut" else body


class Listener(ThreadedWSGIServer):
    """Serves a WSGI application on 127.0.0.1, with one thread per connection."""

    def __init__(self, port: int, application: WSGIApplication) -> None:
        self._process = os.getpid()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        # Werkzeug would end the process if it could not bind the port, so it gets a socket that is bound already.
        with socket.create_server((HOST, port), backlog=BACKLOG) as bound:
            super().__init__(HOST, port, application, RequestHandler, fd=bound.fileno())
        self._accepting = threading.Thread(target=self.serve_forever, args=(0.02,), name="demo-accept", daemon=True)

    @property
    def open_connections(self) -> int:
        """The number of connections that have not ended."""
        with self._lock:
            return len(self._connections)

    def wait_until_unused(self, timeout_s: float) -> bool:
        """Wait until no client is connected; False if one still is after that time."""
        ends_at = time.monotonic() + timeout_s
        with self._lock:
            threads = list(self._connections.values())
        for thread in threads:
            thread.join(max(0.0, ends_at - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def start(self) -> None:
        """Start accepting connections."""
        self._accepting.start()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle one connection in a thread that `close` can end."""
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), name="demo", daemon=True
        )
        with self._lock:  # `close` can join a thread only once it has started
            thread.start()
            self._connections[request] = thread

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle one connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing when a client breaks its connection."""

    def close(self) -> None:
        """Stop accepting, end every connection and wait for its thread. A child process only closes its socket."""
        if os.getpid() != self._process:  # after a fork, the threads and their connections are the parent's
            self.server_close()
            return
        if self._accepting.ident is not None:
            self.shutdown()
            self._accepting.join(JOIN_TIMEOUT_S)
        self.server_close()
        with self._lock:
            remaining = list(self._connections.items())
        for connection, thread in remaining:
            with contextlib.suppress(OSError):  # the connection may have ended meanwhile
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(JOIN_TIMEOUT_S)
