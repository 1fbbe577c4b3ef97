"""Certificates are always verified; a CA bundle of the environment is used."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tracker_magic import Tracker
from tracker_magic.errors import SettingsError, Unreachable
from tracker_magic.transport.transport import Transport

CA_NAMES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture
def secure(certificate: Path, monkeypatch: pytest.MonkeyPatch, serve: Any) -> Iterator[Any]:
    """A service with a certificate that this process does not trust."""
    for name in CA_NAMES:
        monkeypatch.delenv(name, raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from serve(context)


@pytest.mark.parametrize(
    "variables", [{}, {"REQUESTS_CA_BUNDLE": ""}, {"CURL_CA_BUNDLE": ""}, {"PYTHONHTTPSVERIFY": "0"}]
)
def test_an_unknown_certificate_is_refused(secure, send, monkeypatch, variables):
    """Nothing is sent to a service whose certificate is not trusted, whatever stands in the environment by accident."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Unreachable, match=r"certificate of 127.0.0.1:.* could not be verified: self-signed") as caught:
        send(secure)
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint
    assert secure.requests == []


@pytest.mark.parametrize("name", CA_NAMES)
def test_the_ca_bundle_of_the_environment_is_used(secure, send, certificate, monkeypatch, name):
    """REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE work as in requests; a file that is missing is a SettingsError."""
    monkeypatch.setenv(name, str(certificate))
    send(secure)
    assert secure.requests[0][1]["Authorization"] == "OAuth y0_" + "t" * 58
    monkeypatch.setenv(name, str(certificate) + ".missing")
    with pytest.raises(SettingsError, match="CA bundle cannot be read"):
        send(secure)


def test_a_failure_that_is_not_about_the_certificate_is_named(plain, send, secure, monkeypatch, tmp_path):
    """A server without TLS, and a CA bundle without certificates, are not called an unknown certificate."""
    transport = Transport([f"https://{plain.url[7:]}"])
    with pytest.raises(Unreachable, match=r"no secure connection to 127.0.0.1:.*WRONG_VERSION") as caught:
        transport.send("GET", f"https://{plain.url[7:]}/", timeout_s=5)
    transport.close()
    assert caught.value.reason == "tls_failed"
    (tmp_path / "empty.pem").write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "empty.pem"))
    with pytest.raises(Unreachable, match="no secure connection") as caught:
        send(secure)
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint


def test_the_end_of_a_certificate_is_known(secure, certificate, monkeypatch, make_transport):
    """A new connection says until when its certificate is valid; a pooled one and one without TLS do not."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    transport = make_transport(secure.url)
    first = transport.send("GET", f"{secure.url}/", timeout_s=5)
    assert first.certificate_until is not None
    assert timedelta(0) < first.certificate_until - datetime.now(UTC) <= timedelta(days=1)


def test_a_doctor_examines_the_certificate(secure, certificate, monkeypatch):
    """An unknown certificate is a failed check that names the CA bundle, one that ends soon is a warning."""
    with Tracker("y0_" + "t" * 58, base_url=secure.url) as tracker:
        rows = tracker.doctor(timeout=30).set_index("check")
        assert rows.result[["network", "certificate"]].tolist() == ["ok", "failed"]
        assert "REQUESTS_CA_BUNDLE" in rows.cure["certificate"]
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        rows = tracker.doctor(timeout=30).set_index("check")
    assert rows.result["certificate"] == "warning"
    assert f"verified against {certificate} (REQUESTS_CA_BUNDLE), valid until" in rows.found["certificate"]
