"""A proxy works as in requests; whatever is wrong with it is one typed error that names the cure."""

import time

import pytest

from tracker_magic import Tracker
from tracker_magic.errors import SettingsError, TimedOut, TrackerError, Unreachable
from tracker_magic.notebook.texts import error_text, ru_errors

HOST = "https://tracker.invalid"
PROXY_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
UNUSABLE = {
    "not a number": "http://127.0.0.1:abc",
    "too large": "http://127.0.0.1:99999",
    "no scheme": "127.0.0.1:abc",
    "no host": "http://",
    "an ftp proxy": "ftp://127.0.0.1:9",
    "an empty label": "http://proxy..example:9",
    "a slash in the password": "http://somebody:pass/word@127.0.0.1:9",
    "a Cyrillic password": "http://somebody:пароль@127.0.0.1:9",
}


@pytest.fixture
def send_through(make_transport, monkeypatch):
    """Sends a request to a service that only a proxy could reach, and returns the error."""
    for name in PROXY_NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def send(proxy, name="HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy)
        with pytest.raises(TrackerError) as caught:
            make_transport(HOST).send("GET", f"{HOST}/x", timeout_s=5)
        assert caught.value.__context__ is None
        return caught.value

    return send


def test_a_proxy_is_used_except_for_this_machine(plain, send, send_through, monkeypatch):
    """HTTPS_PROXY works as in requests, and its failure is named; a service on loopback is reached without it."""
    for name in ("HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    send(plain)
    error = send_through("http://127.0.0.1:9")
    assert isinstance(error, Unreachable)
    assert (error.reason, error.message) == ("proxy_unreachable", "the proxy cannot be reached: Connection refused")
    assert len(plain.requests) == 1


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_socks_proxy_without_its_package_is_named(send_through, name):
    """A SOCKS proxy needs PySocks; without it, the error names what to install."""
    error = send_through("socks5://127.0.0.1:1080", name)
    assert (type(error), error.reason) == (SettingsError, "socks_extra_missing")
    assert "pip install pysocks" in error.hint


@pytest.mark.parametrize("proxy", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_address_of_a_proxy_is_named(send_through, proxy):
    """An address that nothing can connect to is a mistake in HTTPS_PROXY; its password is not shown."""
    error = send_through(proxy)
    assert (type(error), error.reason) == (SettingsError, "bad_proxy_address")
    assert "HTTPS_PROXY" in error.hint
    assert "word" not in error.message


@pytest.mark.parametrize(
    ("status", "error_class", "reason"),
    [
        (b"407 Proxy Authentication Required", SettingsError, "proxy_needs_password"),
        (b"403 Forbidden", Unreachable, "proxy_refused"),
        (b"502 Bad Gateway", Unreachable, "proxy_refused"),
    ],
)
def test_the_refusal_of_a_proxy_is_named(hang, send_through, status, error_class, reason):
    """A proxy that wants a password, or refuses to connect, says so by its status."""
    proxy = hang(b"HTTP/1.1 " + status + b"\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
    error = send_through(f"http://somebody:secret-word@{proxy.host}")
    assert (type(error), error.reason) == (error_class, reason)
    assert "HTTPS_PROXY" in error.hint
    assert "secret-word" not in str(error)
    assert (error.reason == "proxy_refused") == (status[:3].decode() in error.message)


@pytest.mark.parametrize("reason", ["socks_extra_missing", "bad_proxy_address", "proxy_needs_password"])
def test_a_mistake_in_the_settings_of_a_proxy_is_explained_in_russian(reason):
    """The login form shows these errors in Russian, with the variable to set."""
    shown = error_text(SettingsError("x", hint="y", reason=reason), "ru")
    assert (shown.message, shown.hint) == ru_errors.ERRORS[reason]
    assert "HTTPS_PROXY" in shown.message + shown.hint


def test_a_mistake_in_the_settings_of_a_proxy_is_not_retried(send_through):
    """Nothing gets better by waiting: a call ends with the error of its first request."""
    send_through("http://127.0.0.1:abc")
    with Tracker(token="y0_made_up", org_id="1", base_url=HOST) as tracker:
        with pytest.raises(SettingsError, match="address of the proxy"):
            tracker.get("myself")
        assert tracker.connection.transport.sent == 1


@pytest.mark.usefixtures("send_through")
def test_a_silent_proxy_is_named_long_before_the_time_limit(hang, make_transport, monkeypatch):
    """A proxy that accepts a connection and says nothing has the time of connecting; its password is not shown."""
    proxy = hang()
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:secret-word@{proxy.host}")
    began = time.monotonic()
    with pytest.raises(TimedOut, match=f"through the proxy {proxy.host} within 0.3 s") as caught:
        make_transport(HOST, connect_s=0.3).send("GET", f"{HOST}/x", timeout_s=30)
    assert time.monotonic() - began < 10
    assert "HTTPS_PROXY" in caught.value.hint
    assert "timeout" not in str(caught.value)
    assert "secret-word" not in str(caught.value)


@pytest.mark.usefixtures("send_through")
def test_a_silent_address_is_named_long_before_the_time_limit(hang, make_transport):
    """An address that accepts a connection, but does not answer TLS, has the time of connecting."""
    address = f"https://{hang().host}"
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"no connection to 127\.0\.0\.1:\d+ within 0\.3 s") as caught:
        make_transport(address, connect_s=0.3).send("GET", f"{address}/x", timeout_s=30)
    assert time.monotonic() - began < 10
    assert "address" in caught.value.hint


@pytest.mark.parametrize(
    ("host", "proxy"),
    [("tracker..invalid", ""), ("*.invalid", ""), ("a" * 64 + ".invalid", ""), ("*.invalid", "http://127.0.0.1:9")],
)
@pytest.mark.usefixtures("send_through")
def test_a_name_that_no_host_can_have_is_named(make_transport, monkeypatch, host, proxy):
    """Such an address is a mistake in the address of the service, whether there is a proxy or not."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(SettingsError, match="cannot be the name of a host") as caught:
        make_transport(f"https://{host}").send("GET", f"https://{host}/x", timeout_s=5)
    assert "TRACKER_API_BASE_URL" in caught.value.hint


@pytest.mark.parametrize(
    ("proxy", "shown"),
    [
        ("http://somebody:pass/word@proxy.example:3128", "proxy.example:3128"),
        ("socks5://127.0.0.1:1080/", "127.0.0.1:1080"),
        ("proxy.example:3128", "proxy.example:3128"),
    ],
)
def test_the_proxy_that_applies_is_named_without_its_password(make_transport, monkeypatch, proxy, shown):
    """Host and port of the proxy are known for each address; this machine, and hosts in NO_PROXY, have none."""
    for name in PROXY_NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    local = "http://127.0.0.1:9"
    transport = make_transport(HOST, local)
    assert transport.proxy_of(HOST) is None
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("HTTP_PROXY", proxy)
    assert (transport.proxy_of(HOST), transport.proxy_of(local)) == (shown, None)
    monkeypatch.setenv("NO_PROXY", "tracker.invalid")
    assert transport.proxy_of(HOST) is None
