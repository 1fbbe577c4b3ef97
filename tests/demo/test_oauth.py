"""The embedded Tracker's OAuth service, over real HTTP, as AUTH 1 and 7 describe it."""

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from tracker_magic.demo.access import Access
from tracker_magic.demo.model import World
from tracker_magic.demo.server import Demo

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


class Service:
    """A served login service, a person before it, and a clock that a test turns."""

    def __init__(self, world: World) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.access = Access(world, clock=lambda: self.now)
        self.demo = Demo(world, self.access)
        self.session = requests.Session()
        self.session.trust_env = False
        self.secret = {"client_id": self.access.client_id, "client_secret": self.access.client_secret}
        self.public = {"client_id": self.access.client_id}

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    def post(self, path: str, auth: tuple[str, str] | None = None, **form: str) -> tuple[int, Any]:
        """A form sent: status and JSON body."""
        answer = self.session.post(self.demo.url + path, data=form, auth=auth, timeout=10)
        return answer.status_code, answer.json()

    def authorize(self, decision: str | None = "allow", **asked: str) -> requests.Response:
        """The person opens the link and decides; the answer as it came, redirects not followed."""
        params = {"response_type": "code", "client_id": self.access.client_id} | asked
        send = self.session.get if decision is None else self.session.post
        data = None if decision is None else {"decision": decision}
        address = f"{self.demo.url}/authorize"
        return send(address, params=params, data=data, allow_redirects=False, timeout=10)

    def code(self, **asked: str) -> str:
        """A screen code, as the person copies it."""
        return parse_qs(urlsplit(self.authorize(**asked).headers["Location"]).query)["code"][0]

    def token(self, grant: str, **form: str) -> tuple[int, Any]:
        """A request to /token."""
        return self.post("/token", grant_type=grant, **form)

    def uid(self, token: str) -> int | str:
        """Who the API says this token is; the status where it says no."""
        headers = {"Authorization": f"OAuth {token}", "X-Org-ID": self.access.org_id}
        answer = self.session.get(f"{self.demo.url}/v3/myself", headers=headers, timeout=10)
        return str(answer.json()["uid"]) if answer.ok else answer.status_code


@pytest.fixture
def service(world: World) -> Iterator[Service]:
    """A login service of its own for each test."""
    service = Service(world)
    with service.demo, service.session:
        yield service


# the page


def test_the_page_asks_and_escapes(service: Service) -> None:
    """Who is asked, for which rights, is shown; what comes from outside cannot become markup."""
    app = service.access.add_app("<script>alert(1)</script>")
    page = service.authorize(None, client_id=app.client_id, scope="tracker:read")
    assert page.status_code == 200
    assert "Разрешить" in page.text
    assert "Allow" in page.text
    assert "tracker:read" in page.text
    assert "<script>" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    shown = service.session.get(f"{service.demo.url}/verification_code?code=%3Cb%3E", timeout=10)
    assert "&lt;b&gt;" in shown.text


def test_a_code_comes_back_with_the_state(service: Service) -> None:
    """Allowed: 302 to /verification_code with code and state, and that page shows the code."""
    answer = service.authorize(state="a b&c")
    assert answer.status_code == 302
    address = urlsplit(answer.headers["Location"])
    given = parse_qs(address.query)
    assert address.path == "/verification_code"
    assert given["state"] == ["a b&c"]
    assert re.fullmatch(r"[a-z0-9]{16}", given["code"][0])
    assert given["code"][0] in service.session.get(answer.headers["Location"], timeout=10).text


def test_a_token_comes_back_in_the_fragment(service: Service) -> None:
    """The implicit flow: 302 with the token in the fragment, which works; there is no refresh token."""
    answer = service.authorize(response_type="token", state="s")
    given = dict(parse_qsl(urlsplit(answer.headers["Location"]).fragment))
    assert (given["token_type"], given["expires_in"], given["state"]) == ("bearer", "31536000", "s")
    assert service.uid(given["access_token"]) == service.access.me
    assert given["access_token"] not in answer.text
    assert "refresh_token" not in given


def test_a_person_may_refuse(service: Service) -> None:
    """Denied by the person or by a switch: access_denied; an app under moderation: unauthorized_client."""
    assert "error=access_denied" in service.authorize("deny").headers["Location"]
    service.access.switches.consent = "deny"
    assert "error=access_denied" in service.authorize(None).headers["Location"]
    service.access.switches.consent = "moderation"
    assert "#error=unauthorized_client" in service.authorize(None, response_type="token").headers["Location"]


def test_consent_is_asked_once(service: Service) -> None:
    """After consent the redirect is immediate, unless the page is wanted or other rights are."""
    assert service.authorize(None).status_code == 200
    service.authorize("allow")
    assert service.authorize(None).status_code == 302
    assert service.authorize(None, force_confirm="yes").status_code == 200
    assert service.authorize(None, scope="tracker:read").status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"client_id": "nobody"},
        {"response_type": "id"},
        {"code_challenge_method": "S512"},
        {"device_id": "short"},
        {"device_id": "x" * 51},
        {"state": "s" * 1025},
        {"redirect_uri": "http://localhost:8899/"},
    ],
)
def test_a_wrong_question_is_a_page_and_no_redirect(service: Service, asked: dict[str, str]) -> None:
    """Unknown app, bad values, a redirect nobody registered: 400, and the browser stays here."""
    answer = service.authorize(None, **asked)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert asked.get("client_id") is None or "Unknown client with such client_id" in answer.text


def test_an_own_redirect_must_be_registered_exactly(service: Service) -> None:
    """An app with a redirect of its own gets the code there; another port is refused."""
    app = service.access.add_app("local", redirects=("http://127.0.0.1:8899/back",))
    right = service.authorize(client_id=app.client_id, redirect_uri="http://127.0.0.1:8899/back")
    assert right.headers["Location"].startswith("http://127.0.0.1:8899/back?code=")
    assert service.authorize(client_id=app.client_id, redirect_uri="http://127.0.0.1:8900/back").status_code == 400


def test_rights_beyond_the_apps_are_refused(service: Service) -> None:
    """The rights asked must be a subset of the app's."""
    assert "error=invalid_scope" in service.authorize(None, scope="tracker:read wiki:write").headers["Location"]


# the code


def test_a_code_with_the_secret(service: Service) -> None:
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
def test_a_challenge_replaces_the_secret(service: Service, method: str | None, challenge: str) -> None:
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


def test_without_challenge_and_secret_there_is_nothing(service: Service) -> None:
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


def test_a_code_lives_ten_minutes_and_once(service: Service) -> None:
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


def test_codes_of_seven_digits(service: Service) -> None:
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
def test_errors_have_oauths_body(service: Service, form: dict[str, str], error: str) -> None:
    """400 with `error` and `error_description`."""
    status, body = service.post("/token", **form)
    assert status == 400
    assert body["error"] == error
    assert body["error_description"]


def test_the_body_must_be_a_form(service: Service) -> None:
    """JSON is refused, and so is a header that is not Basic."""
    answer = service.session.post(f"{service.demo.url}/token", json={"grant_type": "refresh_token"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    for header in ("Bearer x", "Basic ?"):
        data = {"grant_type": "refresh_token", "refresh_token": "1:a:b"}
        answer = service.session.post(
            f"{service.demo.url}/token", data=data, headers={"Authorization": header}, timeout=10
        )
        assert answer.json()["error"] == "invalid_request"


def test_a_wrong_secret_is_400_or_401(service: Service) -> None:
    """`invalid_client`, with the status that the switch says."""
    wrong = service.public | {"client_secret": "wrong"}
    assert service.token("authorization_code", code=service.code(), **wrong)[0] == 400
    service.access.switches.invalid_client_status = 401
    status, body = service.token("authorization_code", code=service.code(), **wrong)
    assert (status, body["error"]) == (401, "invalid_client")


def test_switches_of_the_answer(service: Service) -> None:
    """Narrower rights stand in `scope`; a forced error comes whatever is asked."""
    service.access.switches.granted_scope = "tracker:read"
    assert service.token("authorization_code", code=service.code(), **service.secret)[1]["scope"] == "tracker:read"
    service.access.switches.token_error = "invalid_scope"
    assert service.token("authorization_code", code=service.code(), **service.secret) == (
        400,
        {"error": "invalid_scope", "error_description": "invalid_scope"},
    )


# refresh and revocation


def test_a_refresh_gives_a_new_refresh_token(service: Service) -> None:
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


def test_a_refresh_token_ends_with_the_year(service: Service) -> None:
    """After its life a refresh token is out of date."""
    _, body = service.token("authorization_code", code=service.code(), **service.secret)
    service.later(31_536_000)
    status, body = service.token("refresh_token", refresh_token=body["refresh_token"], **service.secret)
    assert (status, body["error"]) == (400, "expired_token")


def test_revocation(service: Service) -> None:
    """A token with a device id can be revoked, twice; then the API says 401."""
    _, body = service.token("authorization_code", code=service.code(device_id="my-notebook"), **service.secret)
    for _ in range(2):
        answer = service.post("/revoke_token", access_token=body["access_token"], **service.secret)
        assert answer == (200, {"status": "ok"})
    assert service.uid(body["access_token"]) == 401


def test_what_cannot_be_revoked(service: Service) -> None:
    """Without a device id: unsupported_token_type; of another app: invalid_grant; without secret: invalid_client."""
    _, body = service.token("authorization_code", code=service.code(), **service.secret)
    token = body["access_token"]
    assert service.post("/revoke_token", access_token=token, **service.secret)[1]["error"] == "unsupported_token_type"
    other = service.access.add_app("other")
    foreign = {"client_id": other.client_id, "client_secret": other.secret or ""}
    assert service.post("/revoke_token", access_token=token, **foreign)[1]["error"] == "invalid_grant"
    assert service.post("/revoke_token", access_token=token, **service.public)[1]["error"] == "invalid_client"
    assert service.uid(token) == service.access.me


# the device flow


def begun(service: Service) -> dict[str, Any]:
    """A device login that has just begun."""
    return service.post("/device/code", client_id=service.access.client_id, device_id="my-notebook")[1]


def polled(service: Service, device: dict[str, Any], **form: str) -> str:
    """What one poll says: an error, or `ok`."""
    status, body = service.token("device_code", code=device["device_code"], **(form or service.secret))
    return "ok" if status == 200 else body["error"]


def typed(service: Service, code: str, decision: str = "allow") -> int:
    """The person types the code on the page; its status."""
    data = {"user_code": code, "decision": decision}
    return service.session.post(f"{service.demo.url}/device", data=data, timeout=10).status_code


def test_a_login_on_another_device(service: Service) -> None:
    """The shape of the answer, pending until the person allows, then a token, once."""
    device = begun(service)
    assert re.fullmatch(r"[0-9a-f]{32}", device["device_code"])
    assert re.fullmatch(r"[a-z0-9]{8}", device["user_code"])
    assert (device["expires_in"], device["interval"]) == (300, 5)
    assert device["verification_url"] == f"{service.demo.url}/device"
    assert "user_code" in service.session.get(device["verification_url"], timeout=10).text
    assert polled(service, device) == "authorization_pending"
    assert typed(service, f" {device['user_code'].upper()} ") == 200
    assert polled(service, device) == "ok"
    assert polled(service, device) == "invalid_grant"


def test_a_device_login_ends(service: Service) -> None:
    """Denied by the person or a switch: access_denied; run out: invalid_grant, and the page knows no such code."""
    device = begun(service)
    assert typed(service, device["user_code"], "deny") == 200
    assert polled(service, device) == "access_denied"
    late = begun(service)
    service.later(300)
    assert polled(service, late) == "invalid_grant"
    assert typed(service, late["user_code"]) == 400
    service.access.switches.device_deny = True
    assert polled(service, begun(service)) == "access_denied"


def test_a_device_login_wants_the_secret(service: Service) -> None:
    """Without it: invalid_client, unless a switch says otherwise."""
    device = begun(service)
    assert polled(service, device, **service.public) == "invalid_client"
    service.access.switches.device_secretless = True
    assert polled(service, device, **service.public) == "authorization_pending"


def test_switches_of_polling(service: Service) -> None:
    """Approved at the third poll; polled faster than the interval: slow_down."""
    service.access.switches.device_approve_after = 3
    device = begun(service)
    assert [polled(service, device) for _ in range(3)] == ["authorization_pending", "authorization_pending", "ok"]
    service.access.switches.device_slow_down = True
    device = begun(service)
    said = [polled(service, device), polled(service, device)]
    service.later(5)
    assert [*said, polled(service, device)] == ["authorization_pending", "slow_down", "ok"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": "", "device_id": "x"}, "invalid_request"),
    ],
)
def test_device_codes_are_not_for_everybody(service: Service, form: dict[str, str], error: str) -> None:
    """A known app has to ask, with a device id of the right form and rights of its own."""
    assert service.post("/device/code", **form)[1]["error"] == error
    assert service.post("/device/code", **service.public, device_id="x")[1]["error"] == "invalid_request"
    assert service.post("/device/code", **service.public, scope="wiki:read")[1]["error"] == "invalid_scope"
