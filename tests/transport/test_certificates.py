"""Certificates are always verified; a CA bundle is honoured."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tracker_magic.errors import SettingsError, Unreachable

CA_NAMES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


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
