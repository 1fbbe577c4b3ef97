"""A token is sent to allowed hosts only: over https, without redirects or ~/.netrc; and every body comes whole."""

import gzip
import tracemalloc
from http.client import HTTPConnection

import pytest

from tracker_magic import Tracker
from tracker_magic.auth import Organisation, Token, TokenAuth
from tracker_magic.auth.oauth import App, Device
from tracker_magic.auth.services import Services
from tracker_magic.demo import start
from tracker_magic.demo.behaviour import Fault
from tracker_magic.errors import (
    BadOption,
    LoginRefused,
    Refused,
    SettingsError,
    TimedOut,
    UnexpectedReply,
    Unreachable,
)
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses
from tracker_magic.transport.transport import Transport

TOKEN = Token(Secret("y0_" + "t" * 58))
SIGN = TokenAuth(TOKEN, Organisation("1", "360"))


def test_netrc_is_never_used(plain, send, make_transport, tmp_path, monkeypatch):
    """A ~/.netrc neither replaces the token of a signed request nor signs a request without one."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    send(plain)
    make_transport(plain.url).send("GET", plain.url + "/unsigned")
    authorizations = [headers.get("Authorization") for _, headers, _ in plain.requests]
    assert authorizations == [f"OAuth {TOKEN.secret.reveal()}", None]


@pytest.fixture
def http_debugging():
    """Let http.client print what it sends, the usual way to debug requests."""
    HTTPConnection.debuglevel = 1
    yield
    HTTPConnection.debuglevel = 0


@pytest.mark.usefixtures("http_debugging")
def test_debugging_http_client_prints_no_secret(plain, send, capfd):
    """With `HTTPConnection.debuglevel = 1` no header or body is printed."""
    send(plain)
    Services(Addresses(oauth=plain.url)).revoke(App("id", Secret("app-secret")), TOKEN)
    assert len(plain.requests) == 2
    assert capfd.readouterr() == ("", "")


def test_a_token_goes_to_allowed_hosts_only(plain, other, make_transport):
    """Scheme, host and port must be allowed; an address that parsers read in different ways is refused."""
    here = plain.url.removeprefix("http://")
    elsewhere = [
        other.url,
        f"http://localhost:{plain.server_port}",
        f"https://{here}",
        f"{plain.url}0/x",
        f"http://{here}@{other.url[7:]}/",
        f"{other.url}\\@{here}/",
        f"http://somebody@{here}/",
        f"{plain.url}/a b",
        f"{plain.url}/\n",
        f"http://{here}:1/",
        "http://[x",
        "",
    ]
    transport = make_transport(plain.url)
    for url in elsewhere:
        assert not transport.allows(url)
        with pytest.raises(BadOption, match="not the configured service"):
            transport.send("GET", url, sign=SIGN)
    assert plain.requests == other.requests == []


@pytest.mark.parametrize(
    "address",
    ["http://api.tracker.yandex.net", "http://127.0.0.1.example.com", "http://10.0.0.1", "ftp://127.0.0.1", "api.host"],
)
def test_plain_http_is_for_this_machine_only(address):
    """An http address of another machine is refused by Transport, by Tracker and in the environment."""
    with pytest.raises(BadOption):
        Transport([address])
    with pytest.raises(BadOption):
        Tracker(token="y0_a", org_id="1", base_url=address)
    if address.startswith("http:"):
        with pytest.raises(SettingsError, match="plain http"):
            Addresses.from_environment({"TRACKER_OAUTH_BASE_URL": address, "TRACKER_IAM_BASE_URL": address})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_of_the_api_carries_the_token_elsewhere(plain, other, status):
    """A redirect to another host is an error; nothing is sent there."""
    plain.answer_with(status, {"Location": other.url + "/v3/myself"})
    tracker = Tracker(token=TOKEN.secret, org_id="1", base_url=plain.url)
    with tracker, pytest.raises(Refused, match="redirects to another host"):
        tracker.me
    assert (len(plain.requests), other.requests) == (1, [])


def test_a_redirect_to_an_ambiguous_address_is_refused(plain):
    """An address that is invalid, or that parsers read in different ways, counts as another host."""
    for location in ("http://[x", "http://127.0.0.1:1\\@" + plain.url[7:], "https://tracker.example.com/"):
        plain.answer_with(302, {"Location": location})
        tracker = Tracker(token=TOKEN.secret, org_id="1", base_url=plain.url)
        with tracker, pytest.raises(Refused, match="another host"):
            tracker.get("myself")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("is_same_host", [True, False], ids=["same host", "another host"])
def test_no_redirect_of_a_login_service_is_followed(plain, other, status, is_same_host):
    """A form with secrets is sent once: neither to another host nor back to the same one."""
    plain.answer_with(status, {"Location": (plain if is_same_host else other).url + "/token"})
    services = Services(Addresses(oauth=plain.url, iam=plain.url, metadata=plain.url))
    app, device = App("id", Secret("app-secret")), Device("a-device", "notebook")
    token = Token(Secret("y0_a"), refresh=Secret("1:a:b"))
    steps = [
        lambda: services.refreshed(app, token),
        lambda: services.request_device_code(app, device),
        lambda: services.revoke(app, token),
        lambda: services.exchange_oauth_token(token.secret),
        services.metadata_token,
    ]
    for number, step in enumerate(steps, 1):
        with pytest.raises((LoginRefused, UnexpectedReply)):
            step()
        assert (len(plain.requests), other.requests) == (number, [])


def test_secrets_of_a_login_are_sent_in_the_body(plain):
    """No secret is in an address or a header of a login request, and cookies are not kept."""
    plain.answer_with(200, {"Set-Cookie": "session=1"})
    services = Services(Addresses(oauth=plain.url, iam=plain.url))
    token = Token(Secret("y0_" + "a" * 58), refresh=Secret("1:abcdefgh:ijklmnop"))
    app = App("id", Secret("app-secret"))
    for step in (
        lambda: services.refreshed(app, token),
        lambda: services.exchange_oauth_token(token.secret),
    ):
        with pytest.raises(UnexpectedReply, match="without a token"):
            step()
    assert [path for path, _, _ in plain.requests] == ["/token", "/iam/v1/tokens"]
    assert "1%3Aabcdefgh%3Aijklmnop" in plain.requests[0][2]
    assert token.secret.reveal() in plain.requests[1][2]
    assert not any("Cookie" in headers or "Authorization" in headers for _, headers, _ in plain.requests)


@pytest.mark.parametrize(
    "url", ["http://[::1]evil:1/", "http://[::1]evil:1?x", "http://[::1]:1:1/", "http://x[::1]:1/"]
)
def test_brackets_with_something_beside_them_are_no_host(make_transport, url):
    """Something beside the brackets of an IPv6 address, which `urlsplit` ignores, is not part of an allowed address."""
    transport = make_transport("http://[::1]:1")
    assert transport.allows("http://[::1]:1/path?x=1")
    assert not transport.allows(url)


def test_a_secret_in_the_error_of_a_login_service_is_masked(plain):
    """A client secret has no recognisable form: it is masked because it was sent."""
    secret = Secret("0123456789abcdef")
    services = Services(Addresses(oauth=plain.url))
    body = b'{"error": "invalid_client", "error_description": "bad secret 0123456789abcdef"}'
    plain.answer_with(400, body=body)
    with pytest.raises(LoginRefused, match="bad secret •••"):
        services.refreshed(App("id", secret), Token(Secret("y0_a"), refresh=Secret("1:a:b")))


def test_silence_is_told_from_a_refused_connection(plain, make_transport):
    """A server that says nothing is TimedOut, an address without a server is Unreachable."""
    with type(plain)() as silent:
        transport = make_transport(silent.url)
        with pytest.raises(TimedOut, match=r"within 0\.2 s") as timed_out:
            transport.send("GET", silent.url, timeout_s=0.2)
        assert timed_out.value.connected
        assert transport.sent == 1
    transport.close()
    with pytest.raises(Unreachable, match=r"cannot be reached: .*refused") as unreachable:
        transport.send("GET", silent.url, timeout_s=5)
    assert not unreachable.value.connected
    assert unreachable.value.__context__ is None


def test_a_body_that_is_cut_is_an_error(make_transport):
    """A body that is shorter than its Content-Length is UnexpectedReply with every version of urllib3."""
    with start(issues=5, seed=1, evolve=False) as demo:
        demo.behaviour.faults.append(Fault("cut", "/myself"))
        with pytest.raises(UnexpectedReply, match="was cut off"):
            make_transport(demo.url).send("GET", demo.url + "/v3/myself")


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}, {"Content-Length": ""}])
@pytest.mark.parametrize("size", [0, 2, 3 * 2**20])
def test_a_body_comes_whole(plain, make_transport, headers, size):
    """A body of any size comes as it was sent, with and without a length, compressed or not."""
    body = bytes(range(1, 256)) * (size // 255) + b"x" * (size % 255)
    plain.answer_with(headers=headers, body=gzip.compress(body) if "Content-Encoding" in headers else body)
    assert make_transport(plain.url).send("GET", plain.url + "/v3/myself").body == body


@pytest.mark.parametrize("length", [2**24, 2**40])
def test_a_wrong_length_allocates_no_memory(plain, make_transport, length):
    """A Content-Length far beyond the body is an answer that was cut; no memory of that size is allocated."""
    plain.answer_with(headers={"Content-Length": str(length)})
    transport = make_transport(plain.url)
    tracemalloc.start()
    try:
        with pytest.raises(UnexpectedReply, match="was cut off"):
            transport.send("GET", plain.url + "/v3/myself")
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()
