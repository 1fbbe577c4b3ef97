"""Tokens for codes, refresh and revocation, over real HTTP, as AUTH 1.6 to 1.9 describe them."""

import base64
import hashlib
import re
from typing import Any

import pytest

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_code_with_the_secret(service: Any) -> None:
    """A code and the secret, in the body or in a Basic header, give a token that works."""
    status, body = service.token("authorization_code", code=service.code(), **service.secret)
    assert status == 200
    assert (body["token_type"], body["expires_in"]) == ("bearer", 31_536_000)
    assert service.uid(body["access_token"]) == service.access.me
    assert "scope" not in body
    basic = (service.access.client_id, service.access.client_secret)
    wrong_body = {"client_id": "nobody", "client_secret": "x"}  # the header wins
    status, _ = service.post("/token", basic, grant_type="authorization_code", code=service.code(), **wrong_body)
    assert status == 200


@pytest.mark.parametrize(("method", "challenge"), [("S256", CHALLENGE), ("plain", VERIFIER), (None, VERIFIER)])
def test_a_challenge_replaces_the_secret(service: Any, method: str | None, challenge: str) -> None:
    """With PKCE the code needs no secret, nor does the refresh of its token; a wrong verifier is invalid_grant."""
    asked = {"code_challenge": challenge} | ({"code_challenge_method": method} if method else {})
    status, body = service.token(
        "authorization_code", code=service.code(**asked), code_verifier=VERIFIER, **service.public
    )
    assert status == 200
    assert service.token("refresh_token", refresh_token=body["refresh_token"], **service.public)[0] == 200
    for verifier in ({"code_verifier": VERIFIER[:-1]}, {}):
        code = service.code(**asked)
        status, body = service.token("authorization_code", code=code, **verifier, **service.public)
        assert (status, body["error"]) == (400, "invalid_grant")


def test_without_challenge_and_secret_there_is_nothing(service: Any) -> None:
    """No secret and no challenge: invalid_client; so too with a challenge when the switch is off."""
    status, body = service.token("authorization_code", code=service.code(), **service.public)
    assert (status, body["error"]) == (400, "invalid_client")
    service.access.switches.secretless = False
    code = service.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    status, body = service.token("authorization_code", code=code, code_verifier=VERIFIER, **service.public)
    assert (status, body["error"]) == (400, "invalid_client")


def test_the_challenge_is_the_digest_of_the_verifier() -> None:
    """The test vector of RFC 7636 is right."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == CHALLENGE


def test_a_code_lives_ten_minutes_and_once(service: Any) -> None:
    """Used or old: invalid_grant; of another app too; of no known shape: bad_verification_code."""
    used, old = service.code(), service.code()
    assert service.token("authorization_code", code=used, **service.secret)[0] == 200
    assert service.token("authorization_code", code=used, **service.secret)[1]["error"] == "invalid_grant"
    other = service.access.add_app("other")
    foreign = {"client_id": other.client_id, "client_secret": other.secret or ""}
    assert service.token("authorization_code", code=old, **foreign)[1]["error"] == "invalid_grant"
    service.later(600)
    assert service.token("authorization_code", code=old, **service.secret)[1] == {
        "error": "invalid_grant",
        "error_description": "Code has expired",
    }
    assert service.token("authorization_code", code="?", **service.secret)[1]["error"] == "bad_verification_code"


def test_codes_of_seven_digits(service: Any) -> None:
    """The other form of the code is given by a switch and accepted."""
    service.access.switches.code_form = "digits"
    code = service.code()
    assert re.fullmatch(r"\d{7}", code)
    assert service.token("authorization_code", code=code, **service.secret)[0] == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password", "client_id": "?"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "client_id": "nobody", "code": "1234567"}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "?"}, "invalid_client"),
    ],
)
def test_errors_have_oauths_body(service: Any, form: dict[str, str], error: str) -> None:
    """400 with `error` and `error_description`."""
    status, body = service.post("/token", **form)
    assert status == 400
    assert body["error"] == error
    assert body["error_description"]


def test_the_body_must_be_a_form(service: Any) -> None:
    """JSON is refused, and so is a header that is not Basic."""
    answer = service.session.post(f"{service.demo.url}/token", json={"grant_type": "refresh_token"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    for header in ("Bearer x", "Basic ?"):
        data = {"grant_type": "refresh_token", "refresh_token": "1:a:b"}
        answer = service.session.post(
            f"{service.demo.url}/token", data=data, headers={"Authorization": header}, timeout=10
        )
        assert answer.json()["error"] == "invalid_request"


def test_a_wrong_secret_is_400_or_401(service: Any) -> None:
    """`invalid_client`, with the status that the switch says."""
    wrong = service.public | {"client_secret": "wrong"}
    assert service.token("authorization_code", code=service.code(), **wrong)[0] == 400
    service.access.switches.invalid_client_status = 401
    status, body = service.token("authorization_code", code=service.code(), **wrong)
    assert (status, body["error"]) == (401, "invalid_client")


def test_switches_of_the_answer(service: Any) -> None:
    """Narrower rights stand in `scope`; a forced error comes whatever is asked."""
    service.access.switches.granted_scope = "tracker:read"
    assert service.token("authorization_code", code=service.code(), **service.secret)[1]["scope"] == "tracker:read"
    service.access.switches.token_error = "invalid_scope"
    assert service.token("authorization_code", code=service.code(), **service.secret) == (
        400,
        {"error": "invalid_scope", "error_description": "invalid_scope"},
    )


# refresh and revocation


def test_a_refresh_gives_a_new_refresh_token(service: Any) -> None:
    """The old refresh token ends with it; an expired access token lives again; a foreign one is invalid_grant."""
    _, first = service.token("authorization_code", code=service.code(), **service.secret)
    service.access.expire(first["access_token"])
    assert service.uid(first["access_token"]) == 401
    status, second = service.token("refresh_token", refresh_token=first["refresh_token"], **service.secret)
    assert status == 200
    assert second["access_token"] == first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert service.uid(second["access_token"]) == service.access.me
    again = service.token("refresh_token", refresh_token=first["refresh_token"], **service.secret)
    assert again[1]["error"] == "invalid_grant"
    without = service.token("refresh_token", refresh_token=second["refresh_token"], **service.public)
    assert without[1]["error"] == "invalid_client"


def test_a_refresh_token_ends_with_the_year(service: Any) -> None:
    """After its life a refresh token is out of date."""
    _, body = service.token("authorization_code", code=service.code(), **service.secret)
    service.later(31_536_000)
    status, body = service.token("refresh_token", refresh_token=body["refresh_token"], **service.secret)
    assert (status, body["error"]) == (400, "expired_token")


def test_revocation(service: Any) -> None:
    """A token with a device id can be revoked, twice; then the API says 401."""
    _, body = service.token("authorization_code", code=service.code(device_id="my-notebook"), **service.secret)
    for _ in range(2):
        answer = service.post("/revoke_token", access_token=body["access_token"], **service.secret)
        assert answer == (200, {"status": "ok"})
    assert service.uid(body["access_token"]) == 401


def test_what_cannot_be_revoked(service: Any) -> None:
    """Without a device id: unsupported_token_type; of another app: invalid_grant; without secret: invalid_client."""
    _, body = service.token("authorization_code", code=service.code(), **service.secret)
    token = body["access_token"]
    assert service.post("/revoke_token", access_token=token, **service.secret)[1]["error"] == "unsupported_token_type"
    other = service.access.add_app("other")
    foreign = {"client_id": other.client_id, "client_secret": other.secret or ""}
    assert service.post("/revoke_token", access_token=token, **foreign)[1]["error"] == "invalid_grant"
    assert service.post("/revoke_token", access_token=token, **service.public)[1]["error"] == "invalid_client"
    assert service.uid(token) == service.access.me
