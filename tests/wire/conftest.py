"""Services on loopback that keep what they were asked, one with a certificate, and a signed request."""

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tracker_magic.auth import Organisation, Signature, Token
from tracker_magic.secret import Secret
from tracker_magic.wire import Wire

SIGN = Signature(Token(Secret("y0_" + "t" * 58)), Organisation("1", "360"))


class Echo(BaseHTTPRequestHandler):
    """Keeps what it was asked, and answers with the headers that the test wants."""

    def answer(self) -> None:
        """One request."""
        size = int(self.headers.get("Content-Length") or 0)
        self.server.seen.append((self.path, dict(self.headers), self.rfile.read(size).decode()))
        status, headers = self.server.says
        self.send_response(status)
        for name, value in {"Content-Length": str(len(self.server.body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = answer  # noqa: N815 - the base class looks methods up by these names

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class Server(HTTPServer):
    """A server on loopback, with TLS where it gets a context."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.seen: list[tuple[str, dict[str, str], str]] = []
        self.says: tuple[int, dict[str, str]] = (200, {})
        self.body = b"{}"
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """A client that does not trust it hangs up: nothing is printed."""


def served(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve for the length of a test."""
    with Server(context) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def plain() -> Iterator[Server]:
    """A service without TLS."""
    yield from served()


@pytest.fixture
def other() -> Iterator[Server]:
    """Another service, where nothing should arrive."""
    yield from served()


@pytest.fixture
def send() -> Callable[[Server], None]:
    """Sends a signed request."""

    def sent(server: Server) -> None:
        wire = Wire([server.url])
        try:
            wire.send("GET", server.url + "/v3/myself", sign=SIGN, timeout_s=5)
        finally:
            wire.close()

    return sent


@pytest.fixture(scope="session")
def serve() -> Callable[[ssl.SSLContext | None], Iterator[Server]]:
    """Serves for the length of a test."""
    return served
