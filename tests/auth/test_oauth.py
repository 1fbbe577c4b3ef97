"""OAuth as pure steps: links, forms, replies, and the meaning of each documented error."""

import hashlib
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.auth import Token, oauth
from tracker_magic.auth.oauth import App, Device, DeviceCode, Pkce
from tracker_magic.errors import BadOption, LoginError, LoginExpired, LoginRefused, UnexpectedReply
from tracker_magic.secret import Secret
from tracker_magic.transport.transport import Reply

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOST = "https://oauth.yandex.ru"
PUBLIC, CONFIDENTIAL = App("id"), App("id", Secret("app-secret"))
DEVICE = Device("0123456789abcdef", "notebook")
PKCE = Pkce(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "the-state")


def reply(record: Any, status: int = 200) -> Reply:
    """A reply with this JSON as body; bytes are the body themselves."""
    return Reply(status, {}, record if isinstance(record, bytes) else orjson.dumps(record), f"{HOST}/token")


def query_of(link: str) -> dict[str, str]:
    """The query parameters of a link."""
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def revealed(form: Any) -> dict[str, str]:
    """A form with its secrets in plain text, as it is sent."""
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in form.items()}


def test_the_challenge_follows_rfc_7636() -> None:
    """The PKCE challenge matches the test vector of RFC 7636, Appendix B."""
    assert PKCE.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_each_login_has_its_own_verifier_and_state() -> None:
    """PKCE verifiers and states are random and have the documented lengths."""
    pkces = [Pkce.new() for _ in range(20)]
    assert all(re.fullmatch(r"[-A-Za-z0-9_]{43,128}", pkce.verifier.reveal()) for pkce in pkces)
    assert len({pkce.verifier for pkce in pkces} | {pkce.state for pkce in pkces}) == 40
    digest = hashlib.sha256(pkces[0].verifier.reveal().encode()).digest()
    assert pkces[0].challenge == urlsafe_b64encode(digest).decode().rstrip("=")
    assert all(16 <= len(pkce.state) <= 1024 for pkce in pkces)


def test_links_contain_the_device_and_no_scope() -> None:
    """Links contain the device, since only its tokens can be revoked, and neither a scope nor a secret."""
    token, code = oauth.token_link(HOST, CONFIDENTIAL, DEVICE), oauth.code_link(HOST, CONFIDENTIAL, DEVICE, PKCE)
    both = {"client_id": "id", "device_id": DEVICE.id, "device_name": "notebook"}
    assert token.startswith(f"{HOST}/authorize?")
    assert query_of(token) == {**both, "response_type": "token"}
    assert query_of(code) == {
        **both,
        "response_type": "code",
        "state": "the-state",
        "code_challenge": PKCE.challenge,
        "code_challenge_method": "S256",
    }
    assert "app-secret" not in token + code
    assert PKCE.verifier.reveal() not in code


@given(st.text(max_size=20))
def test_links_quote_their_parameters(client_id: str) -> None:
    """A ClientID with special characters stays one parameter; one with control characters is refused."""
    try:
        app = App(client_id.encode().decode())
    except (UnicodeEncodeError, BadOption):
        return
    assert query_of(oauth.token_link(HOST, app, DEVICE)).get("client_id", "") == client_id


def test_a_device_stays_within_the_documented_lengths() -> None:
    """A device id is cut to 50 characters, its name to 100."""
    assert {name: len(value) for name, value in revealed(Device("i" * 99, "n" * 200).form()).items()} == {
        "device_id": 50,
        "device_name": 100,
    }


def test_forms_have_the_documented_fields() -> None:
    """Forms contain the app's secret only where it has one, and the grant names of Yandex."""
    code = DeviceCode(Secret("dc"), "abcd", "https://ya.ru/device", 5, NOW)
    app = {"client_id": "id", "client_secret": "app-secret"}
    assert revealed(oauth.code_form(PUBLIC, DEVICE, PKCE, Secret("123"))) == {
        "grant_type": "authorization_code",
        "code": "123",
        "code_verifier": PKCE.verifier.reveal(),
        "client_id": "id",
        "device_id": DEVICE.id,
        "device_name": "notebook",
    }
    assert revealed(oauth.refresh_form(CONFIDENTIAL, Secret("1:a:b"))) == {
        "grant_type": "refresh_token",
        "refresh_token": "1:a:b",
        **app,
    }
    assert revealed(oauth.poll_form(CONFIDENTIAL, code)) == {"grant_type": "device_code", "code": "dc", **app}
    assert revealed(oauth.revoke_form(CONFIDENTIAL, Secret("y0_x"))) == {"access_token": "y0_x", **app}
    assert "scope" not in revealed(oauth.device_form(CONFIDENTIAL, DEVICE))
    assert "app-secret" not in str(oauth.code_form(CONFIDENTIAL, DEVICE, PKCE, Secret("123")))


@pytest.mark.parametrize(
    "extra",
    [{}, {"scope": "tracker:read"}, {"scope": "login:info tracker:write"}, {"scope": ""}, {"scope": None},
     {"token_type": "Bearer"}, {"token_type": None}, {"unknown": {"a": 1}}],
)  # fmt: skip
def test_a_token_reply_gives_a_token(extra: dict[str, Any]) -> None:
    """A token reply gives token, refresh token and expiry; other members are ignored."""
    record = {"access_token": "y0_abc", "refresh_token": "1:a:b", "expires_in": 60, "token_type": "bearer", **extra}
    token = oauth.read_token_reply(reply(record), NOW)
    assert token == Token(Secret("y0_abc"), "OAuth", NOW + timedelta(minutes=1), Secret("1:a:b"))


@pytest.mark.parametrize(
    ("extra", "error_class", "message"),
    [
        ({"token_type": "mac"}, UnexpectedReply, "unknown type"),
        ({"token_type": ["bearer"]}, UnexpectedReply, "unknown type"),
        ({"scope": "login:info"}, LoginRefused, "no permission to read Tracker"),
        ({"scope": "login:info mytracker:read"}, LoginRefused, "no permission to read Tracker"),
    ],
)
def test_a_token_that_cannot_read_tracker_is_refused(extra, error_class, message) -> None:
    """The type of a token must be bearer, and its scopes, if the reply has them, must include one of Tracker."""
    with pytest.raises(error_class, match=message):
        oauth.read_token_reply(reply({"access_token": "y0_abc", **extra}), NOW)


def test_the_former_refresh_token_is_kept_if_the_reply_has_none() -> None:
    """A refresh keeps the former refresh token unless the reply has a new one."""
    former = Token(Secret("y0_abc"), refresh=Secret("1:old:old"))
    for members, refresh in [
        ({}, "1:old:old"),
        ({"refresh_token": ""}, "1:old:old"),
        ({"refresh_token": "1:n:n"}, "1:n:n"),
    ]:
        token = oauth.read_token_reply(reply({"access_token": "y0_abc", **members}), NOW, former=former)
        assert (token.secret.reveal(), token.refresh.reveal()) == ("y0_abc", refresh)
    assert oauth.read_token_reply(reply({"access_token": "y0_abc"}), NOW).refresh is None


@pytest.mark.parametrize("expires_in", [None, "soon", -5, 1e300, float(10**18), [], {}, "9" * 400])
def test_an_invalid_expires_in_is_an_unknown_expiry(expires_in: Any) -> None:
    """A token with an unreadable expiry can be used."""
    assert oauth.read_token_reply(reply({"access_token": "y0_a", "expires_in": expires_in}), NOW).expires_at is None


@pytest.mark.parametrize("token", [None, "", "two words", ["y0_a"], {"y0_a": 1}, 5])
def test_a_reply_without_a_token_is_unexpected(token: Any) -> None:
    """A reply without a usable token is an UnexpectedReply."""
    for record in ({"access_token": token}, {}):
        with pytest.raises(UnexpectedReply, match="without a token"):
            oauth.read_token_reply(reply({**record, "refresh_token": "1:a:b"}), NOW)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"x"', b"\xff"])
@pytest.mark.parametrize("status", [200, 302, 404])
def test_a_reply_that_is_not_json_is_unexpected(body: bytes, status: int) -> None:
    """A reply that is not a JSON object is reported with its status."""
    with pytest.raises(UnexpectedReply, match=f"status {status}"):
        oauth.read_token_reply(reply(body, status), NOW)


DOCUMENTED = [
    ("bad_verification_code", LoginRefused, "not a confirmation code", "Copy the whole code"),
    ("invalid_grant", LoginExpired, "wrong, was used already, or has expired", "Open the link again"),
    ("invalid_client", LoginRefused, "unknown, or its secret is missing or wrong", "TRACKER_CLIENT_SECRET"),
    ("invalid_request", LoginRefused, "did not understand", "Check the ClientID"),
    ("invalid_scope", LoginRefused, "permissions have changed", "Log in again"),
    ("unauthorized_client", LoginRefused, "rejected or is waiting for moderation", "https://oauth.yandex.ru"),
    ("unsupported_grant_type", LoginRefused, "does not support this way to log in", "another way"),
    ("expired_token", LoginExpired, "login has expired", "Log in again"),
    ("access_denied", LoginRefused, "denied", "press Allow"),
    ("unsupported_token_type", LoginRefused, "cannot be revoked", "https://id.yandex.ru/personal/data-access"),
]


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(("code", "error_class", "message", "hint"), DOCUMENTED)
def test_each_documented_error_has_a_message_and_a_hint(
    code: str, error_class: type[LoginError], message: str, hint: str, status: int
) -> None:
    """The error code decides the error, whatever the status, and the service's description is its detail."""
    error_reply = reply({"error": code, "error_description": "Own words"}, status)
    with pytest.raises(error_class, match=message) as excinfo:
        oauth.read_token_reply(error_reply, NOW)
    assert type(excinfo.value) is error_class
    assert excinfo.value.message.endswith(": Own words")
    assert hint in excinfo.value.hint
    assert (excinfo.value.oauth_error, excinfo.value.reason) == (code, code)


def test_an_unknown_error_is_reported_in_the_services_words() -> None:
    """An unknown error is shortened, and its code does not become oauth_error."""
    with pytest.raises(LoginRefused, match="unknown error: 'brand_new'") as excinfo:
        oauth.read_oauth_reply(reply({"error": "brand_new"}, 400))
    assert (excinfo.value.oauth_error, excinfo.value.reason) == ("", "unknown_oauth_error")
    with pytest.raises(LoginRefused, match="status 418"):
        oauth.read_oauth_reply(reply({}, 418))
    with pytest.raises(LoginRefused) as excinfo:
        oauth.read_oauth_reply(reply({"error": "e" * 9000, "error_description": "d" * 9000}, 400))
    assert len(str(excinfo.value)) < 400


def device_reply(**changed: Any) -> Reply:
    """The documented reply of /device/code, with changes."""
    record = {
        "device_code": "0123456789abcdef0123456789abcdef",
        "expires_in": 300,
        "interval": 5,
        "user_code": "qfcgcip7",
        "verification_url": "https://ya.ru/device",
    }
    return reply({name: value for name, value in (record | changed).items() if value is not None})


def test_a_device_reply_gives_a_device_code() -> None:
    """A device code is read from Yandex's field names and from those of RFC 8628; it lives for an hour at most."""
    code = oauth.read_device_reply(device_reply(), NOW)
    assert (code.user_code, code.url, code.interval_s) == ("qfcgcip7", "https://ya.ru/device", 5.0)
    assert code.expires_at == NOW + timedelta(minutes=5)
    late = oauth.read_device_reply(device_reply(expires_in=3_000_000_000), NOW)
    assert late.expires_at == NOW + timedelta(hours=1)
    other = oauth.read_device_reply(device_reply(verification_url=None, verification_uri="https://x.ru/d"), NOW)
    assert other.url == "https://x.ru/d"


@pytest.mark.parametrize(("interval", "used"), [(None, 5), (0, 5), (-1, 5), (7, 7), ("x", 5), (1e9, 5), (2.5, 2.5)])
def test_a_plausible_polling_interval_is_used(interval: Any, used: float) -> None:
    """An implausible polling interval is replaced by five seconds."""
    assert oauth.read_device_reply(device_reply(interval=interval), NOW).interval_s == used


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/device", "http://localhost/device", "https://ya.ru/device?x=1"])
def test_a_safe_verification_url_is_accepted(url: str) -> None:
    """A verification address may be https anywhere, or http on this machine."""
    assert oauth.read_device_reply(device_reply(verification_url=url), NOW).url == url


@pytest.mark.parametrize(
    "url",
    [None, "", 5, "http://ya.ru/device", "javascript:alert(1)", "ya.ru/device", "//ya.ru", "https://me:pw@ya.ru/device",
     "http://127.0.0.1.evil.ru/", "http://[::1", "data:text/html,x", "https://", "https://ya.ru:x/"],
)  # fmt: skip
def test_an_unsafe_verification_url_is_refused(url: Any) -> None:
    """No person is sent to plain http, to a script, or to an address with a password."""
    with pytest.raises(UnexpectedReply, match="no safe address"):
        oauth.read_device_reply(device_reply(verification_url=url), NOW)


@pytest.mark.parametrize(
    "changed", [{"device_code": None}, {"user_code": None}, {"user_code": "a\nb"}, {"user_code": 5}]
)
def test_a_device_reply_without_a_code_is_unexpected(changed: dict[str, Any]) -> None:
    """Both codes are required, and the one to show must be a single line."""
    with pytest.raises(UnexpectedReply, match="without a code"):
        oauth.read_device_reply(device_reply(**changed), NOW)


def test_a_poll_is_pending_slow_down_or_done() -> None:
    """A poll gives a token or the reason to continue; any other error ends the polling."""
    assert oauth.read_poll_reply(reply({"error": "authorization_pending"}, 400), NOW) == "authorization_pending"
    assert oauth.read_poll_reply(reply({"error": "slow_down"}, 400), NOW) == "slow_down"
    assert oauth.read_poll_reply(reply(b"", 429), NOW) == "slow_down"
    assert isinstance(oauth.read_poll_reply(reply({"access_token": "y0_a"}), NOW), Token)
    with pytest.raises(LoginRefused):
        oauth.read_poll_reply(reply({"error": "access_denied"}, 400), NOW)
