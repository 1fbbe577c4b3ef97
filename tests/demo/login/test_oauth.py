"""Tokens for codes, refreshing and revoking, over HTTP."""

import base64
import hashlib
import re
from typing import Any

import pytest

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_code_with_the_secret(service: Any) -> None:
    """A code and the secret, in the body or in a Basic header, give a working token."""
    status, body = service.token("authorization_code", code=service.code(), **service.secret)
    assert status == 200
    assert (body["token_type"], body["expires_in"]) == ("bearer", 31_536_000)
    assert service.uid(body["access_token"]) == service.access.me
    assert "scope" not in body
    basic = (service.access.client_id, service.access.client_secret)
    wrong_body = {"client_id": "nobody", "client_secret": "x"}  # the header takes precedence
    status, _ = service.post("/token", basic, grant_type="authorization_code", code=service.code(), **wrong_body)
    assert status == 200


@pytest.mark.parametrize(("method", "challenge"), [("S256", CHALLENGE), ("plain", VERIFIER), (None, VERIFIER)])
def test_a_challenge_replaces_the_secret(service: Any, method: str | None, challenge: str) -> None:
    """With PKCE, neither the code nor refreshing its token needs the secret; a wrong verifier is invalid_grant."""
    challenge_parameters = {"code_challenge": challenge} | ({"code_challenge_method": method} if method else {})
    status, body = service.token(
        "authorization_code", code=service.code(**challenge_parameters), code_verifier=VERIFIER, **service.public
    )
    assert status == 200
    assert service.token("refresh_token", refresh_token=body["refresh_token"], **service.public)[0] == 200
    for verifier in ({"code_verifier": VERIFIER[:-1]}, {}):
        code = service.code(**challenge_parameters)
        status, body = service.token("authorization_code", code=code, **verifier, **service.public)
        assert (status, body["error"]) == (400, "invalid_grant")


def test_without_challenge_and_secret_no_token_is_issued(service: Any) -> None:
    """Without secret and challenge, or if a switch requires the secret, a code is invalid_client."""
    status, body = service.token("authorization_code", code=service.code(), **service.public)
    assert (status, body["error"]) == (400, "invalid_client")
    service.access.switches.secretless = False
    code = service.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    status, body = service.token("authorization_code", code=code, code_verifier=VERIFIER, **service.public)
    assert (status, body["error"]) == (400, "invalid_client")


def test_the_challenge_is_the_digest_of_the_verifier() -> None:
    """The challenge is the one of RFC 7636, appendix B."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == CHALLENGE


def test_a_code_expires_and_works_once(service: Any) -> None:
    """A used, expired or foreign code is invalid_grant; a malformed one is bad_verification_code."""
    used, old = service.code(), service.code()
    assert service.token("authorization_code", code=used, **service.secret)[0] == 200
    assert service.token("authorization_code", code=used, **service.secret)[1]["error"] == "invalid_grant"
    other = service.access.add_app("other")
    foreign = {"client_id": other.client_id, "client_secret": other.secret or ""}
    assert service.token("authorization_code", code=old, **foreign)[1]["error"] == "invalid_grant"
    service.advance(600)
    assert service.token("authorization_code", code=old, **service.secret)[1] == {
        "error": "invalid_grant",
        "error_description": "Code has expired",
    }
    assert service.token("authorization_code", code="?", **service.secret)[1]["error"] == "bad_verification_code"


def test_codes_of_seven_digits(service: Any) -> None:
    """By a switch, codes have seven digits, and they are accepted."""
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
    """Errors are 400 with `error` and `error_description`."""
    status, body = service.post("/token", **form)
    assert status == 400
    assert body["error"] == error
    assert body["error_description"]


def test_the_body_must_be_a_form(service: Any) -> None:
    """A JSON body and an Authorization header other than Basic are refused."""
    response = service.session.post(f"{service.demo.url}/token", json={"grant_type": "refresh_token"}, timeout=10)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    for header in ("Bearer x", "Basic ?"):
        data = {"grant_type": "refresh_token", "refresh_token": "1:a:b"}
        response = service.session.post(
            f"{service.demo.url}/token", data=data, headers={"Authorization": header}, timeout=10
        )
        assert response.json()["error"] == "invalid_request"


def test_a_wrong_secret_is_400_or_401(service: Any) -> None:
    """A wrong secret is invalid_client, with the status that a switch sets."""
    wrong = service.public | {"client_secret": "wrong"}
    assert service.token("authorization_code", code=service.code(), **wrong)[0] == 400
    service.access.switches.invalid_client_status = 401
    status, body = service.token("authorization_code", code=service.code(), **wrong)
    assert (status, body["error"]) == (401, "invalid_client")


def test_switches_of_the_reply(service: Any) -> None:
    """A narrower scope is part of the reply; a forced error is returned for every request."""
    service.access.switches.granted_scope = "tracker:read"
    assert service.token("authorization_code", code=service.code(), **service.secret)[1]["scope"] == "tracker:read"
    service.access.switches.token_error = "invalid_scope"
    assert service.token("authorization_code", code=service.code(), **service.secret) == (
        400,
        {"error": "invalid_scope", "error_description": "invalid_scope"},
    )


def test_a_refresh_gives_a_new_refresh_token(service: Any) -> None:
    """Refreshing renews an expired access token and replaces the refresh token; the old one is invalid_grant."""
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


def test_a_refresh_token_expires(service: Any) -> None:
    """After its lifetime, a refresh token is expired_token."""
    _, body = service.token("authorization_code", code=service.code(), **service.secret)
    service.advance(31_536_000)
    status, body = service.token("refresh_token", refresh_token=body["refresh_token"], **service.secret)
    assert (status, body["error"]) == (400, "expired_token")


def test_revocation(service: Any) -> None:
    """A token with a device id can be revoked, also twice; then the API returns 401."""
    _, body = service.token("authorization_code", code=service.code(device_id="my-notebook"), **service.secret)
    for _ in range(2):
        response = service.post("/revoke_token", access_token=body["access_token"], **service.secret)
        assert response == (200, {"status": "ok"})
    assert service.uid(body["access_token"]) == 401


def test_tokens_that_cannot_be_revoked(service: Any) -> None:
    """A token without device id, of another application, or without the secret cannot be revoked."""
    _, body = service.token("authorization_code", code=service.code(), **service.secret)
    token = body["access_token"]
    assert service.post("/revoke_token", access_token=token, **service.secret)[1]["error"] == "unsupported_token_type"
    other = service.access.add_app("other")
    foreign = {"client_id": other.client_id, "client_secret": other.secret or ""}
    assert service.post("/revoke_token", access_token=token, **foreign)[1]["error"] == "invalid_grant"
    assert service.post("/revoke_token", access_token=token, **service.public)[1]["error"] == "invalid_client"
    assert service.uid(token) == service.access.me
