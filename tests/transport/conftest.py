"""Services on loopback that record requests, one with a certificate, one that hangs; and a signed request."""

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

GENEROUS_S = 20.0  # for what takes milliseconds
LONG_S = 60.0
SIGN = TokenAuth(Token(Secret("y0_" + "t" * 58)), Organisation("1", "360"))


class RecordingHandler(BaseHTTPRequestHandler):
    """Records each request, and answers as the server's `status`, `headers` and `body` say."""

    def answer(self) -> None:
        """Record one request and answer it."""
        size = int(self.headers.get("Content-Length") or 0)
        self.server.requests.append((self.path, dict(self.headers), self.rfile.read(size).decode()))
        self.send_response(self.server.status)
        for name, value in {"Content-Length": str(len(self.server.body)), **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = answer  # noqa: N815 - the base class looks methods up by these names

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class RecordingServer(HTTPServer):
    """A server on loopback, with TLS if it gets a context; `requests` are (path, headers, body)."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), RecordingHandler)
        self.requests: list[tuple[str, dict[str, str], str]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"{}"
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.server_port}"

    def answer_with(self, status: int = 200, headers: dict[str, str] | None = None, body: bytes = b"{}") -> None:
        """Answer every request with these."""
        self.status, self.headers, self.body = status, headers or {}, body

    def handle_error(self, *_: object) -> None:
        """Print nothing if a client that does not trust the certificate hangs up."""


def run_server(context: ssl.SSLContext | None = None) -> Iterator[RecordingServer]:
    """Serve for the length of a test."""
    with RecordingServer(context) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def plain() -> Iterator[RecordingServer]:
    """A service without TLS."""
    yield from run_server()


@pytest.fixture
def other() -> Iterator[RecordingServer]:
    """Another service, where nothing should arrive."""
    yield from run_server()


@pytest.fixture
def send() -> Callable[[RecordingServer], None]:
    """Sends a signed request."""

    def send_signed(server: RecordingServer) -> None:
        transport = Transport([server.url])
        try:
            transport.send("GET", server.url + "/v3/myself", sign=SIGN, timeout_s=5)
        finally:
            transport.close()

    return send_signed


@pytest.fixture(scope="session")
def serve() -> Callable[[ssl.SSLContext | None], Iterator[RecordingServer]]:
    """Serves for the length of a test."""
    return run_server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    signed = (
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
    private_form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *private_form)
    )
    return file


class HangingService:
    """A service that gives `answers`, one for each request, and then waits until the connection ends.

    With `context` TLS begins after the first `plain_answers` (None: never). `has_answered` is set when all answers were
    sent, `has_ended` when the connection ended. Before answer number `held_answer` it sets `is_held` and waits for
    `go_on`. With `drips` it sends a byte every millisecond in the end.
    """

    def __init__(
        self,
        *answers: bytes,
        context: ssl.SSLContext | None,
        plain_answers: int | None = 0,
        held_answer: int = -1,
        drips: bool = False,
    ) -> None:
        self.has_answered, self.has_ended, self.is_held, self.go_on = (threading.Event() for _ in range(4))
        self._answers = answers
        self._context = context
        self._plain_answers = plain_answers
        self._held_answer = held_answer
        self._drips = drips
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http{'s' if context else ''}://{self.host}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with contextlib.suppress(OSError):
            connection.settimeout(LONG_S)
            for number, answer in enumerate(self._answers):
                if self._context and number == self._plain_answers:
                    connection = self._context.wrap_socket(connection, server_side=True)
                connection.recv(1 << 16)
                if number == self._held_answer:
                    self.is_held.set()
                    self.go_on.wait(LONG_S)
                connection.sendall(answer)
            if not self._answers:
                connection.recv(1)
            self.has_answered.set()
            while self._drips and not select.select([connection], [], [], 0.001)[0]:
                connection.sendall(b"0")
            while connection.recv(1 << 16):
                pass
        connection.close()
        self.has_ended.set()

    def close(self) -> None:
        """Wait for its thread; connect first, in case nobody did."""
        with contextlib.suppress(OSError), socket.create_connection(self._listener.getsockname()[:2], 1):
            self._listener.close()
        self._thread.join(GENEROUS_S)
        assert not self._thread.is_alive()


@pytest.fixture
def hang(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., HangingService]]:
    """Starts services that hang; with `tls` they have a certificate that this process trusts."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    services: list[HangingService] = []

    def start(*answers: bytes, tls: bool = False, **options: Any) -> HangingService:
        services.append(HangingService(*answers, context=context if tls else None, **options))
        return services[-1]

    yield start
    for service in services:
        service.close()


@pytest.fixture
def make_transport() -> Iterator[Callable[..., Transport]]:
    """Makes transports, and closes them at the end of the test."""
    transports: list[Transport] = []

    def make(*addresses: str, **options: Any) -> Transport:
        transports.append(Transport(addresses, **options))
        return transports[-1]

    yield make
    for transport in transports:
        transport.close()
