"""The OAuth pages of the embedded Tracker, over HTTP."""

import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest


def test_the_consent_page_escapes_its_texts(service: Any) -> None:
    """The page names the person, the application and the scopes; texts from outside are escaped."""
    app = service.access.add_app("<script>alert(1)</script>")
    page = service.authorize(None, client_id=app.client_id, scope="tracker:read")
    assert page.status_code == 200
    assert "Разрешить" in page.text
    assert "Allow" in page.text
    assert "tracker:read" in page.text
    assert "<script>" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    page = service.session.get(f"{service.demo.url}/verification_code?code=%3Cb%3E", timeout=10)
    assert "&lt;b&gt;" in page.text


def test_a_code_comes_back_with_the_state(service: Any) -> None:
    """Consent redirects to /verification_code with code and state, and that page shows the code."""
    response = service.authorize(state="a b&c")
    assert response.status_code == 302
    address = urlsplit(response.headers["Location"])
    parameters = parse_qs(address.query)
    assert address.path == "/verification_code"
    assert parameters["state"] == ["a b&c"]
    assert re.fullmatch(r"[a-z0-9]{16}", parameters["code"][0])
    assert parameters["code"][0] in service.session.get(response.headers["Location"], timeout=10).text


def test_a_token_comes_back_in_the_fragment(service: Any) -> None:
    """The implicit flow redirects with a working token in the fragment and without a refresh token."""
    response = service.authorize(response_type="token", state="s")
    parameters = dict(parse_qsl(urlsplit(response.headers["Location"]).fragment))
    assert (parameters["token_type"], parameters["expires_in"], parameters["state"]) == ("bearer", "31536000", "s")
    assert service.uid(parameters["access_token"]) == service.access.me
    assert parameters["access_token"] not in response.text
    assert "refresh_token" not in parameters


def test_a_person_may_refuse(service: Any) -> None:
    """A refusal is access_denied; an application under moderation gets unauthorized_client."""
    assert "error=access_denied" in service.authorize("deny").headers["Location"]
    service.access.switches.consent = "deny"
    assert "error=access_denied" in service.authorize(None).headers["Location"]
    service.access.switches.consent = "moderation"
    assert "#error=unauthorized_client" in service.authorize(None, response_type="token").headers["Location"]


@pytest.mark.parametrize("confirmation", [None, "", "guess"])
def test_a_decision_needs_the_confirmation_of_the_page(service: Any, confirmation: str | None) -> None:
    """A decision without the confirmation that the form holds, as another site would send it, grants nothing."""
    page = service.authorize(None)
    assert f'name="confirmation" value="{service.access.confirmation}"' in page.text
    forged = {"decision": "allow"} | ({} if confirmation is None else {"confirmation": confirmation})
    response = service.session.post(page.url, data=forged, allow_redirects=False, timeout=10)
    assert (response.status_code, "Location" in response.headers) == (400, False)
    assert (service.access.codes, service.access.consents) == ({}, set())


def test_consent_is_asked_once(service: Any) -> None:
    """After consent the redirect is immediate, unless force_confirm is set or other scopes are requested."""
    app = service.access.add_app("Other", scopes=("tracker:read", "tracker:write")).client_id
    assert service.authorize(None, client_id=app).status_code == 200
    service.authorize("allow", client_id=app)
    assert service.authorize(None, client_id=app).status_code == 302
    assert service.authorize(None, client_id=app, force_confirm="yes").status_code == 200
    assert service.authorize(None, client_id=app, scope="tracker:read").status_code == 200


def test_the_demos_app_asks_for_no_more_than_is_needed(service: Any) -> None:
    """The login form says that nothing is changed, so the page does not ask to allow changes."""
    page = service.authorize(None).text
    assert "tracker:read" in page
    assert "tracker:write" not in page


@pytest.mark.parametrize(
    "parameters",
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
def test_an_invalid_request_is_a_page_and_no_redirect(service: Any, parameters: dict[str, str]) -> None:
    """An unknown application, a bad value or an unregistered redirect URI gets a page with 400 and no redirect."""
    response = service.authorize(None, **parameters)
    assert response.status_code == 400
    assert "Location" not in response.headers
    assert parameters.get("client_id") is None or "Unknown client with such client_id" in response.text


def test_a_redirect_uri_must_be_registered_exactly(service: Any) -> None:
    """A code is redirected to a registered URI; one with another port is refused."""
    app = service.access.add_app("local", redirects=("http://127.0.0.1:8899/back",))
    response = service.authorize(client_id=app.client_id, redirect_uri="http://127.0.0.1:8899/back")
    assert response.headers["Location"].startswith("http://127.0.0.1:8899/back?code=")
    assert service.authorize(client_id=app.client_id, redirect_uri="http://127.0.0.1:8900/back").status_code == 400


def test_the_page_of_the_code_is_found_through_a_proxy(service: Any) -> None:
    """Behind a proxy that serves the demo below a path, the redirect leads to a page beside the present one."""
    service.session.headers["X-Forwarded-Prefix"] = "/user/visitor/proxy/8000"
    assert service.authorize().headers["Location"].startswith("verification_code?code=")


def test_scopes_beyond_the_application_are_refused(service: Any) -> None:
    """The requested scopes must be a subset of those of the application."""
    assert "error=invalid_scope" in service.authorize(None, scope="tracker:read wiki:write").headers["Location"]
