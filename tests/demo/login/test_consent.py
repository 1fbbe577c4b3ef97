"""The pages of the embedded Tracker's OAuth service, over real HTTP, as AUTH 1.3 to 1.5 describe them."""

import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest


def test_the_page_asks_and_escapes(service: Any) -> None:
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


def test_a_code_comes_back_with_the_state(service: Any) -> None:
    """Allowed: 302 to /verification_code with code and state, and that page shows the code."""
    answer = service.authorize(state="a b&c")
    assert answer.status_code == 302
    address = urlsplit(answer.headers["Location"])
    given = parse_qs(address.query)
    assert address.path == "/verification_code"
    assert given["state"] == ["a b&c"]
    assert re.fullmatch(r"[a-z0-9]{16}", given["code"][0])
    assert given["code"][0] in service.session.get(answer.headers["Location"], timeout=10).text


def test_a_token_comes_back_in_the_fragment(service: Any) -> None:
    """The implicit flow: 302 with the token in the fragment, which works; there is no refresh token."""
    answer = service.authorize(response_type="token", state="s")
    given = dict(parse_qsl(urlsplit(answer.headers["Location"]).fragment))
    assert (given["token_type"], given["expires_in"], given["state"]) == ("bearer", "31536000", "s")
    assert service.uid(given["access_token"]) == service.access.me
    assert given["access_token"] not in answer.text
    assert "refresh_token" not in given


def test_a_person_may_refuse(service: Any) -> None:
    """Denied by the person or by a switch: access_denied; an app under moderation: unauthorized_client."""
    assert "error=access_denied" in service.authorize("deny").headers["Location"]
    service.access.switches.consent = "deny"
    assert "error=access_denied" in service.authorize(None).headers["Location"]
    service.access.switches.consent = "moderation"
    assert "#error=unauthorized_client" in service.authorize(None, response_type="token").headers["Location"]


def test_consent_is_asked_once(service: Any) -> None:
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
def test_a_wrong_question_is_a_page_and_no_redirect(service: Any, asked: dict[str, str]) -> None:
    """Unknown app, bad values, a redirect nobody registered: 400, and the browser stays here."""
    answer = service.authorize(None, **asked)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert asked.get("client_id") is None or "Unknown client with such client_id" in answer.text


def test_an_own_redirect_must_be_registered_exactly(service: Any) -> None:
    """An app with a redirect of its own gets the code there; another port is refused."""
    app = service.access.add_app("local", redirects=("http://127.0.0.1:8899/back",))
    right = service.authorize(client_id=app.client_id, redirect_uri="http://127.0.0.1:8899/back")
    assert right.headers["Location"].startswith("http://127.0.0.1:8899/back?code=")
    assert service.authorize(client_id=app.client_id, redirect_uri="http://127.0.0.1:8900/back").status_code == 400


def test_rights_beyond_the_apps_are_refused(service: Any) -> None:
    """The rights asked must be a subset of the app's."""
    assert "error=invalid_scope" in service.authorize(None, scope="tracker:read wiki:write").headers["Location"]
