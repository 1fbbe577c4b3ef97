"""Where a token may travel: allowed hosts, https, no redirects, no ~/.netrc."""

import gzip
import tracemalloc

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


def test_netrc_never_replaces_the_token(plain, send, tmp_path, monkeypatch):
    """Neither of a signed request, nor does it sign one that has no token."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    send(plain)
    wire = Transport([plain.url])
    wire.send("GET", plain.url + "/unsigned")
    wire.close()
    assert [headers.get("Authorization") for _, headers, _ in plain.seen] == [f"OAuth {TOKEN.secret.reveal()}", None]


def test_a_token_goes_to_the_allowed_hosts_only(plain, other):
    """Scheme, host and port have to be the same; what two parsers read in two ways is refused."""
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
        "http://[x",
        "",
    ]
    wire = Transport([plain.url])
    for url in elsewhere:
        assert not wire.allows(url)
        with pytest.raises(BadOption, match="not the configured service"):
            wire.send("GET", url, sign=SIGN)
    wire.close()
    assert plain.seen == other.seen == []


@pytest.mark.parametrize(
    "address",
    ["http://api.tracker.yandex.net", "http://127.0.0.1.example.com", "http://10.0.0.1", "ftp://127.0.0.1", "api.host"],
)
def test_plain_http_is_for_this_machine_only(address):
    """Wherever an address can be given."""
    with pytest.raises(BadOption):
        Transport([address])
    with pytest.raises(BadOption):
        Tracker(token="y0_a", org_id="1", base_url=address)
    if address.startswith("http:"):
        with pytest.raises(SettingsError, match="plain http"):
            Addresses.from_environment({"TRACKER_OAUTH_BASE_URL": address, "TRACKER_IAM_BASE_URL": address})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_of_the_api_carries_the_token_elsewhere(plain, other, status):
    """Another host is told; the token does not arrive there."""
    plain.says = (status, {"Location": other.url + "/v3/myself"})
    tracker = Tracker(token=TOKEN.secret, org_id="1", base_url=plain.url)
    with tracker, pytest.raises(Refused, match="redirects to another host"):
        tracker.me
    assert (len(plain.seen), other.seen) == (1, [])


def test_a_redirect_that_is_no_address_is_told(plain):
    """Brackets, and hosts that two parsers read in two ways."""
    for location in ("http://[x", "http://127.0.0.1:1\\@" + plain.url[7:], "https://tracker.example.com/"):
        plain.says = (302, {"Location": location})
        tracker = Tracker(token=TOKEN.secret, org_id="1", base_url=plain.url)
        with tracker, pytest.raises(Refused, match="another host"):
            tracker.get("myself")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("same", [True, False], ids=["same host", "another host"])
def test_no_redirect_of_a_login_service_is_followed(plain, other, status, same):
    """Neither elsewhere nor back to itself: a form with secrets is sent once."""
    plain.says = (status, {"Location": (plain if same else other).url + "/token"})
    services = Services(Addresses(oauth=plain.url, iam=plain.url, metadata=plain.url))
    app, device = App("id", Secret("app-secret")), Device("a-device", "notebook")
    held = Token(Secret("y0_a"), refresh=Secret("1:a:b"))
    steps = [
        lambda: services.refreshed(app, held),
        lambda: services.request_device_code(app, device),
        lambda: services.revoke(app, held),
        lambda: services.exchange_oauth_token(held.secret),
        services.metadata_token,
    ]
    for number, step in enumerate(steps, 1):
        with pytest.raises((LoginRefused, UnexpectedReply)):
            step()
        assert (len(plain.seen), other.seen) == (number, [])


def test_a_secret_travels_in_the_body_never_in_the_address(plain):
    """Of login services as of the API; cookies are not kept."""
    plain.says = (200, {"Set-Cookie": "session=1"})
    services = Services(Addresses(oauth=plain.url, iam=plain.url))
    held = Token(Secret("y0_" + "a" * 58), refresh=Secret("1:abcdefgh:ijklmnop"))
    app = App("id", Secret("app-secret"))
    for step in (
        lambda: services.refreshed(app, held),
        lambda: services.exchange_oauth_token(held.secret),
    ):
        with pytest.raises(UnexpectedReply, match="without a token"):
            step()
    assert [path for path, _, _ in plain.seen] == ["/token", "/iam/v1/tokens"]
    assert "1%3Aabcdefgh%3Aijklmnop" in plain.seen[0][2]
    assert held.secret.reveal() in plain.seen[1][2]
    assert not any("Cookie" in headers or "Authorization" in headers for _, headers, _ in plain.seen)


def test_what_a_login_service_repeats_of_our_secrets_is_masked(plain):
    """Its words go into messages, and a client secret has no form to be told by."""
    plain.says = (400, {})
    secret = Secret("0123456789abcdef")
    services = Services(Addresses(oauth=plain.url))
    answer = b'{"error": "invalid_client", "error_description": "bad secret 0123456789abcdef"}'
    plain.body = answer
    with pytest.raises(LoginRefused, match="bad secret •••"):
        services.refreshed(App("id", secret), Token(Secret("y0_a"), refresh=Secret("1:a:b")))


def test_a_proxy_is_not_used_on_loopback_and_told_where_it_fails(plain, send, monkeypatch):
    """HTTPS_PROXY works as users of requests know it."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    send(plain)
    wire = Transport(["https://tracker.invalid"])
    with pytest.raises(Unreachable, match=r"proxy does not let tracker\.invalid be reached"):
        wire.send("GET", "https://tracker.invalid/", timeout_s=5)
    wire.close()
    assert len(plain.seen) == 1


def test_silence_and_refused_connections_are_told_apart(plain):
    """Nobody listens; somebody listens and says nothing."""
    with type(plain)() as silent:
        wire = Transport([silent.url])
        with pytest.raises(TimedOut, match=r"within 0\.2 s"):
            wire.send("GET", silent.url, timeout_s=0.2)
        assert wire.sent == 1
    wire.close()
    with pytest.raises(Unreachable, match="cannot be reached") as caught:
        wire.send("GET", silent.url, timeout_s=5)
    assert caught.value.__context__ is None
    wire.close()


def test_half_a_body_is_no_answer():
    """Whatever the version of urllib3: old ones do not count."""
    with start(issues=5, seed=1, evolve=False) as demo:
        demo.behaviour.faults.append(Fault("cut", "/myself"))
        wire = Transport([demo.url])
        with pytest.raises(UnexpectedReply, match="was cut"):
            wire.send("GET", demo.url + "/v3/myself")
        wire.close()


@pytest.mark.parametrize("told", [{}, {"Content-Encoding": "gzip"}, {"Content-Length": ""}])
@pytest.mark.parametrize("size", [0, 2, 3 * 2**20])
def test_a_body_comes_whole(plain, told, size):
    """With a length and without one, packed or not, none and megabytes."""
    body = bytes(range(1, 256)) * (size // 255) + b"x" * (size % 255)
    plain.body, plain.says = gzip.compress(body) if "Content-Encoding" in told else body, (200, told)
    wire = Transport([plain.url])
    assert wire.send("GET", plain.url + "/v3/myself").body == body
    wire.close()


@pytest.mark.parametrize("told", [2**24, 2**40])
def test_what_a_length_only_tells_is_not_allocated(plain, told):
    """A length that lies is a cut answer; nothing as large as it says is ever made."""
    plain.says = (200, {"Content-Length": str(told)})
    wire = Transport([plain.url])
    tracemalloc.start()
    try:
        with pytest.raises(UnexpectedReply, match="was cut"):
            wire.send("GET", plain.url + "/v3/myself")
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()
        wire.close()
