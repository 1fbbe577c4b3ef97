"""HTTP/1.1 on loopback: keeps connections alive, a thread each, and closes without leaving one behind."""

import contextlib
import io
import select
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from itertools import count
from socketserver import ThreadingTCPServer
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from werkzeug import Response

from tracker_magic.demo.faults import End

Respond = Callable[[dict[str, Any]], tuple[Response, End]]
HOST = "127.0.0.1"
JOIN_S = 5.0
DROP = 8  # bytes
ENDLESS = 1 << 40  # the length of a body that drips


class Listener(ThreadingTCPServer):
    """Listens on 127.0.0.1; `respond` turns a WSGI environ into an answer and tells how the connection ends."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, respond: Respond) -> None:
        self.respond = respond
        self._open: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()
        super().__init__((HOST, port), Connection)
        self._accepting = threading.Thread(target=self.serve_forever, args=(0.02,), name="demo-accept", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Answer from now on."""
        self._accepting.start()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer one connection in a thread that `close` can end."""
        thread = threading.Thread(target=self._serve, args=(request, client_address), name="demo", daemon=True)
        with self._guard:  # one that has not begun can be waited for by nobody
            thread.start()
            self._open[request] = thread

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.process_request_thread(request, client_address)
        finally:
            with self._guard:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is the other side's matter: nothing is printed."""

    def close(self) -> None:
        """Stop, end every connection, wait for its thread."""
        if self._accepting.ident is not None:
            self.shutdown()
            self._accepting.join(JOIN_S)
        self.server_close()
        with self._guard:
            left = list(self._open.items())
        for connection, thread in left:
            with contextlib.suppress(OSError):  # it may have ended by itself meanwhile
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(JOIN_S)


class Connection(BaseHTTPRequestHandler):
    """One client's connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # header and body are two writes: with Nagle the second waits 40 ms
    wbufsize = 1 << 16

    def answer(self) -> None:
        """Answer one request of any method."""
        answer, how = cast("Listener", self.server).respond(self._environ())
        body = b"" if self.command == "HEAD" else answer.get_data()
        if how == "drop":
            self.close_connection = True
            return
        self.send_response(answer.status_code)
        for name, value in answer.headers:
            if name != "Content-Length":
                self.send_header(name, value)
        if answer.status_code not in {204, 304}:
            size = ENDLESS if isinstance(how, float) else len(answer.get_data())
            self.send_header("Content-Length", str(size))
        if how == "cut":
            body, self.close_connection = body[: len(body) // 2], True
        self.end_headers()
        if isinstance(how, float) and self.command != "HEAD":
            self._drip(body, how)
        else:
            self.wfile.write(body)

    def _drip(self, body: bytes, seconds: float) -> None:
        """The body in drops, then blanks, until the other side or `close` ends the connection."""
        self.close_connection = True
        for start in count(0, DROP):
            self.wfile.write(body[start : start + DROP] or b" " * DROP)
            self.wfile.flush()
            if select.select([self.connection], [], [], seconds)[0]:
                return

    def _environ(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin1"),
            "QUERY_STRING": query,
            "SERVER_NAME": HOST,
            "SERVER_PORT": str(cast("Listener", self.server).port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self._body()),
            "wsgi.input_terminated": True,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _body(self) -> bytes:
        """The whole body: what stays unread would be taken for the next request."""
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Print nothing: the journal has every request."""


for _method in ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"):
    setattr(Connection, f"do_{_method}", Connection.answer)  # the base class looks methods up by these names
