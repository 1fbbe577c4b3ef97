"""Services on loopback that keep what they were asked, one with a certificate, and a signed request."""

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tracker_magic.auth import Organisation, Token, TokenAuth
from tracker_magic.secret import Secret
from tracker_magic.transport.transport import Transport

GENEROUS_S = 5.0  # for what takes milliseconds
LONG_S = 60.0
SIGN = TokenAuth(Token(Secret("y0_" + "t" * 58)), Organisation("1", "360"))


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
        wire = Transport([server.url])
        try:
            wire.send("GET", server.url + "/v3/myself", sign=SIGN, timeout_s=5)
        finally:
            wire.close()

    return sent


@pytest.fixture(scope="session")
def serve() -> Callable[[ssl.SSLContext | None], Iterator[Server]]:
    """Serves for the length of a test."""
    return served


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *form)
    )
    return file


class Stuck:
    """A service that reads, says the next of `says`, again for each, and then waits for the connection's end.

    With `context` TLS begins after the first `plain` answers (None: never). `reached`: all is said; `ended`: it
    ended. Before answer number `hold` it sets `held` and waits for `go`. With `drips` drop follows drop in the end.
    """

    def __init__(
        self,
        *says: bytes,
        context: ssl.SSLContext | None,
        plain: int | None = 0,
        hold: int = -1,
        drips: bool = False,
    ) -> None:
        self.says, self.context, self.plain, self.hold, self.drips = says, context, plain, hold, drips
        self.reached, self.ended, self.held, self.go = (threading.Event() for _ in range(4))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http{'s' if context else ''}://{self.host}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        line, _ = self._listener.accept()
        with contextlib.suppress(OSError):
            line.settimeout(LONG_S)
            for number, said in enumerate(self.says):
                if self.context and number == self.plain:
                    line = self.context.wrap_socket(line, server_side=True)
                line.recv(1 << 16)
                if number == self.hold:
                    self.held.set()
                    self.go.wait(LONG_S)
                line.sendall(said)
            if not self.says:
                line.recv(1)
            self.reached.set()
            while self.drips and not select.select([line], [], [], 0.001)[0]:
                line.sendall(b"0")
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


@pytest.fixture
def stuck(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Stuck]]:
    """Makes such services; with `tls` their certificate is vouched for."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    made: list[Stuck] = []

    def make(*says: bytes, tls: bool = False, **rules: Any) -> Stuck:
        made.append(Stuck(*says, context=context if tls else None, **rules))
        return made[-1]

    yield make
    for each in made:
        each.close()
