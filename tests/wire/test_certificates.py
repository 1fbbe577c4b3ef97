"""Certificates are always verified; a CA bundle is honoured."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tracker_magic.errors import SettingsError, Unreachable

CA_NAMES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


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


@pytest.fixture
def secure(certificate: Path, monkeypatch: pytest.MonkeyPatch, serve: Any) -> Iterator[Any]:
    """A service with a certificate that nobody has vouched for."""
    for name in CA_NAMES:
        monkeypatch.delenv(name, raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from serve(context)


@pytest.mark.parametrize(
    "accident", [{}, {"REQUESTS_CA_BUNDLE": ""}, {"CURL_CA_BUNDLE": ""}, {"PYTHONHTTPSVERIFY": "0"}]
)
def test_a_certificate_that_nobody_vouches_for_is_refused(secure, send, monkeypatch, accident):
    """Whatever the environment says by accident; nothing is sent."""
    for name, value in accident.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Unreachable, match=r"certificate of 127.0.0.1:.* could not be verified") as caught:
        send(secure)
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint
    assert secure.seen == []


@pytest.mark.parametrize("name", CA_NAMES)
def test_a_ca_bundle_is_honoured(secure, send, certificate, monkeypatch, name):
    """As users of requests know it; one that is not there is told."""
    monkeypatch.setenv(name, str(certificate))
    send(secure)
    assert secure.seen[0][1]["Authorization"] == "OAuth y0_" + "t" * 58
    monkeypatch.setenv(name, str(certificate) + ".gone")
    with pytest.raises(SettingsError, match="CA bundle cannot be read"):
        send(secure)
