"""OAuth as pure steps: links, forms, replies, and what each documented error means."""

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
from tracker_magic.errors import LoginError, LoginExpired, LoginRefused, UnexpectedReply
from tracker_magic.secret import Secret
from tracker_magic.transport.transport import Reply

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOST = "https://oauth.yandex.ru"
PUBLIC, CONFIDENTIAL = App("id"), App("id", Secret("app-secret"))
DEVICE = Device("0123456789abcdef", "notebook")
PROOF = Pkce(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "the-state")


def reply(record: Any, status: int = 200) -> Reply:
    """A reply with that JSON (bytes: as they are)."""
    return Reply(status, {}, record if isinstance(record, bytes) else orjson.dumps(record), f"{HOST}/token")


def asked(link: str) -> dict[str, str]:
    """The parameters of a link."""
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def opened(form: Any) -> dict[str, str]:
    """A form as it travels."""
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in form.items()}


def test_the_challenge_is_that_of_the_standard() -> None:
    """The vector of RFC 7636, Appendix B."""
    assert PROOF.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_each_login_has_a_proof_of_its_own() -> None:
    """Verifiers of 43 to 128 signs, never the same; the state goes back unchanged within its length."""
    proofs = [Pkce.new() for _ in range(20)]
    assert all(re.fullmatch(r"[-A-Za-z0-9_]{43,128}", proof.verifier.reveal()) for proof in proofs)
    assert len({proof.verifier for proof in proofs} | {proof.state for proof in proofs}) == 40
    digest = hashlib.sha256(proofs[0].verifier.reveal().encode()).digest()
    assert proofs[0].challenge == urlsafe_b64encode(digest).decode().rstrip("=")
    assert all(16 <= len(proof.state) <= 1024 for proof in proofs)


def test_links_ask_for_no_scope_and_name_the_device() -> None:
    """An app's tokens with different rights replace each other, and only tokens with a device can be revoked."""
    token, code = oauth.token_link(HOST, CONFIDENTIAL, DEVICE), oauth.code_link(HOST, CONFIDENTIAL, DEVICE, PROOF)
    both = {"client_id": "id", "device_id": DEVICE.id, "device_name": "notebook"}
    assert token.startswith(f"{HOST}/authorize?")
    assert asked(token) == {**both, "response_type": "token"}
    assert asked(code) == {
        **both,
        "response_type": "code",
        "state": "the-state",
        "code_challenge": PROOF.challenge,
        "code_challenge_method": "S256",
    }
    assert "app-secret" not in token + code
    assert PROOF.verifier.reveal() not in code


@given(st.text(max_size=20))
def test_links_quote_what_they_are_given(client_id: str) -> None:
    """A ClientID with signs of its own stays one parameter."""
    try:
        client_id.encode()
    except UnicodeEncodeError:
        return
    assert asked(oauth.token_link(HOST, App(client_id), DEVICE)).get("client_id", "") == client_id


def test_a_device_stays_within_the_documented_lengths() -> None:
    """50 signs of id, 100 of name."""
    assert {name: len(value) for name, value in opened(Device("i" * 99, "n" * 200).form()).items()} == {
        "device_id": 50,
        "device_name": 100,
    }


def test_forms_are_those_of_the_documentation() -> None:
    """A secret only where the app has one; the device grant is not RFC 8628's."""
    code = DeviceCode(Secret("dc"), "abcd", "https://ya.ru/device", 5, NOW)
    app = {"client_id": "id", "client_secret": "app-secret"}
    assert opened(oauth.code_form(PUBLIC, DEVICE, PROOF, Secret("123"))) == {
        "grant_type": "authorization_code",
        "code": "123",
        "code_verifier": PROOF.verifier.reveal(),
        "client_id": "id",
        "device_id": DEVICE.id,
        "device_name": "notebook",
    }
    assert opened(oauth.refresh_form(CONFIDENTIAL, Secret("1:a:b"))) == {
        "grant_type": "refresh_token",
        "refresh_token": "1:a:b",
        **app,
    }
    assert opened(oauth.poll_form(CONFIDENTIAL, code)) == {"grant_type": "device_code", "code": "dc", **app}
    assert opened(oauth.revoke_form(CONFIDENTIAL, Secret("y0_x"))) == {"access_token": "y0_x", **app}
    assert "scope" not in opened(oauth.device_form(CONFIDENTIAL, DEVICE))
    assert "app-secret" not in str(oauth.code_form(CONFIDENTIAL, DEVICE, PROOF, Secret("123")))


@pytest.mark.parametrize("more", [{}, {"scope": "tracker:read"}, {"unknown": {"a": 1}}])
def test_a_token_reply(more: dict[str, Any]) -> None:
    """Token, refresh token and end; `scope` may stand there or not; the word for the header is OAuth."""
    record = {"access_token": "y0_abc", "refresh_token": "1:a:b", "expires_in": 60, "token_type": "bearer", **more}
    token = oauth.read_token_reply(reply(record), NOW)
    assert token == Token(Secret("y0_abc"), "OAuth", NOW + timedelta(minutes=1), Secret("1:a:b"))


def test_the_former_refresh_token_stays_where_none_comes() -> None:
    """Also with the same access token; a new one replaces it."""
    former = Token(Secret("y0_abc"), refresh=Secret("1:old:old"))
    for given_, kept in [
        ({}, "1:old:old"),
        ({"refresh_token": ""}, "1:old:old"),
        ({"refresh_token": "1:n:n"}, "1:n:n"),
    ]:
        token = oauth.read_token_reply(reply({"access_token": "y0_abc", **given_}), NOW, former=former)
        assert (token.secret.reveal(), token.refresh.reveal()) == ("y0_abc", kept)
    assert oauth.read_token_reply(reply({"access_token": "y0_abc"}), NOW).refresh is None


@pytest.mark.parametrize("ends", [None, "soon", -5, 1e300, float(10**18), [], {}, "9" * 400])
def test_an_end_that_is_none_is_unknown(ends: Any) -> None:
    """The token still serves."""
    assert oauth.read_token_reply(reply({"access_token": "y0_a", "expires_in": ends}), NOW).expires_at is None


@pytest.mark.parametrize("token", [None, "", "two words", ["y0_a"], {"y0_a": 1}, 5])
def test_an_answer_without_a_token_is_unexpected(token: Any) -> None:
    """Whatever stands in its place."""
    for record in ({"access_token": token}, {}):
        with pytest.raises(UnexpectedReply, match="without a token"):
            oauth.read_token_reply(reply({**record, "refresh_token": "1:a:b"}), NOW)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"x"', b"\xff"])
@pytest.mark.parametrize("status", [200, 302, 404])
def test_an_answer_that_is_no_json_is_unexpected(body: bytes, status: int) -> None:
    """A page of a proxy, most of all; its status is told."""
    with pytest.raises(UnexpectedReply, match=f"status {status}"):
        oauth.read_token_reply(reply(body, status), NOW)


DOCUMENTED = [
    ("bad_verification_code", LoginRefused, "not a confirmation code", "Copy the whole code"),
    ("invalid_grant", LoginExpired, "wrong, used already, or has run out", "Open the link again"),
    ("invalid_client", LoginRefused, "unknown, or its secret is missing or wrong", "TRACKER_CLIENT_SECRET"),
    ("invalid_request", LoginRefused, "did not understand", "Check the ClientID"),
    ("invalid_scope", LoginRefused, "rights have changed", "Log in again"),
    ("unauthorized_client", LoginRefused, "rejected or waits for moderation", "https://oauth.yandex.ru"),
    ("unsupported_grant_type", LoginRefused, "cannot log in this way", "another way"),
    ("expired_token", LoginExpired, "run out", "Log in again"),
    ("access_denied", LoginRefused, "denied", "press Allow"),
    ("unsupported_token_type", LoginRefused, "cannot be revoked", "https://id.yandex.ru/personal/data-access"),
]


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(("error", "kind", "said", "cure"), DOCUMENTED)
def test_each_documented_error_has_its_text_and_cure(
    error: str, kind: type[LoginError], said: str, cure: str, status: int
) -> None:
    """The status does not matter; the service's own description goes along, its word too."""
    answer = reply({"error": error, "error_description": "Own words"}, status)
    with pytest.raises(kind, match=said) as caught:
        oauth.read_token_reply(answer, NOW)
    assert type(caught.value) is kind
    assert "(Own words)" in caught.value.message
    assert cure in caught.value.hint
    assert caught.value.oauth_error == error


def test_an_unknown_error_is_told_as_it_is() -> None:
    """Shortened; without a word for programs, as it may be anything."""
    with pytest.raises(LoginRefused, match="the service answered 'brand_new'") as caught:
        oauth.read_answer(reply({"error": "brand_new"}, 400))
    assert caught.value.oauth_error == ""
    with pytest.raises(LoginRefused, match="status 418"):
        oauth.read_answer(reply({}, 418))
    with pytest.raises(LoginRefused) as caught:
        oauth.read_answer(reply({"error": "e" * 9000, "error_description": "d" * 9000}, 400))
    assert len(str(caught.value)) < 400


def device(**changed: Any) -> Reply:
    """The documented answer of /device/code, with changes."""
    record = {
        "device_code": "0123456789abcdef0123456789abcdef",
        "expires_in": 300,
        "interval": 5,
        "user_code": "qfcgcip7",
        "verification_url": "https://ya.ru/device",
    }
    return reply({name: value for name, value in (record | changed).items() if value is not None})


def test_a_device_code() -> None:
    """The documented shape, with the field that Yandex names in its own way; RFC 8628's name is taken too."""
    code = oauth.read_device_reply(device(), NOW)
    assert (code.user_code, code.url, code.interval_s) == ("qfcgcip7", "https://ya.ru/device", 5.0)
    assert code.expires_at == NOW + timedelta(minutes=5)
    other = oauth.read_device_reply(device(verification_url=None, verification_uri="https://x.ru/d"), NOW)
    assert other.url == "https://x.ru/d"


@pytest.mark.parametrize(("interval", "taken"), [(None, 5), (0, 5), (-1, 5), (7, 7), ("x", 5), (1e9, 5), (2.5, 2.5)])
def test_the_pace_of_polling_is_the_services_where_it_makes_sense(interval: Any, taken: float) -> None:
    """Never without a pause, never for ever."""
    assert oauth.read_device_reply(device(interval=interval), NOW).interval_s == taken


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/device", "http://localhost/device", "https://ya.ru/device?x=1"])
def test_a_safe_address_is_shown(url: str) -> None:
    """Anywhere with https, on this machine with http."""
    assert oauth.read_device_reply(device(verification_url=url), NOW).url == url


@pytest.mark.parametrize(
    "url",
    [None, "", 5, "http://ya.ru/device", "javascript:alert(1)", "ya.ru/device", "//ya.ru", "https://me:pw@ya.ru/device",
     "http://127.0.0.1.evil.ru/", "http://[::1", "data:text/html,x", "https://", "https://ya.ru:x/"],
)  # fmt: skip
def test_an_unsafe_address_is_not_shown(url: Any) -> None:
    """Nobody is sent to plain http, to a script, or to an address with a password."""
    with pytest.raises(UnexpectedReply, match="no safe address"):
        oauth.read_device_reply(device(verification_url=url), NOW)


@pytest.mark.parametrize(
    "changed", [{"device_code": None}, {"user_code": None}, {"user_code": "a\nb"}, {"user_code": 5}]
)
def test_a_device_answer_without_a_code_is_unexpected(changed: dict[str, Any]) -> None:
    """Both codes are needed, the shown one as one line."""
    with pytest.raises(UnexpectedReply, match="without a code"):
        oauth.read_device_reply(device(**changed), NOW)


def test_a_poll_is_pending_slower_or_done() -> None:
    """429 is read as slow_down; anything else ends the wait."""
    assert oauth.read_poll_reply(reply({"error": "authorization_pending"}, 400), NOW) == "authorization_pending"
    assert oauth.read_poll_reply(reply({"error": "slow_down"}, 400), NOW) == "slow_down"
    assert oauth.read_poll_reply(reply(b"", 429), NOW) == "slow_down"
    assert isinstance(oauth.read_poll_reply(reply({"access_token": "y0_a"}), NOW), Token)
    with pytest.raises(LoginRefused):
        oauth.read_poll_reply(reply({"error": "access_denied"}, 400), NOW)
