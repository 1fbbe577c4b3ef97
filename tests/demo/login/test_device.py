"""The login with a device code, over HTTP."""

import re
from typing import Any

import pytest


def begin(service: Any) -> dict[str, Any]:
    """Begin a login with a device code."""
    return service.post("/device/code", client_id=service.access.client_id, device_id="my-notebook")[1]


def poll(service: Any, device: dict[str, Any], **form: str) -> str:
    """Poll once; returns the error, or `ok`."""
    status, body = service.token("device_code", code=device["device_code"], **(form or service.secret))
    return "ok" if status == 200 else body["error"]


def confirm(service: Any, code: str, decision: str = "allow") -> int:
    """Type the code on the page, as the person does; returns the status."""
    data = {"user_code": code, "decision": decision, "confirmation": service.access.confirmation}
    return service.session.post(f"{service.demo.url}/device", data=data, timeout=10).status_code


def test_a_login_on_another_device(service: Any) -> None:
    """A device code is pending until the person confirms it, and then gives a token once."""
    device = begin(service)
    assert re.fullmatch(r"[0-9a-f]{32}", device["device_code"])
    assert re.fullmatch(r"[a-z0-9]{8}", device["user_code"])
    assert (device["expires_in"], device["interval"]) == (300, 5)
    assert device["verification_url"] == f"{service.demo.url}/device"
    assert "user_code" in service.session.get(device["verification_url"], timeout=10).text
    assert poll(service, device) == "authorization_pending"
    assert confirm(service, f" {device['user_code'].upper()} ") == 200
    assert poll(service, device) == "ok"
    assert poll(service, device) == "invalid_grant"


def test_a_device_code_needs_the_confirmation_of_the_page(service: Any) -> None:
    """A device code that another site sends, without the confirmation that the form holds, is not confirmed."""
    device = begin(service)
    forged = {"user_code": device["user_code"], "decision": "allow"}
    response = service.session.post(f"{service.demo.url}/device", data=forged, timeout=10)
    assert response.status_code == 400
    assert poll(service, device) == "authorization_pending"
    assert service.access.confirmation in service.session.get(f"{service.demo.url}/device", timeout=10).text


def test_a_device_login_ends(service: Any) -> None:
    """A refused login is access_denied; an expired one is invalid_grant, and its code is unknown to the page."""
    device = begin(service)
    assert confirm(service, device["user_code"], "deny") == 200
    assert poll(service, device) == "access_denied"
    late = begin(service)
    service.advance(300)
    assert poll(service, late) == "invalid_grant"
    assert confirm(service, late["user_code"]) == 400
    service.access.switches.device_deny = True
    assert poll(service, begin(service)) == "access_denied"


def test_a_device_login_needs_the_secret(service: Any) -> None:
    """Without the secret, a poll is invalid_client, unless a switch allows it."""
    device = begin(service)
    assert poll(service, device, **service.public) == "invalid_client"
    service.access.switches.device_secretless = True
    assert poll(service, device, **service.public) == "authorization_pending"


def test_switches_of_polling(service: Any) -> None:
    """By switches, a login is approved at the third poll, and polling too fast is slow_down."""
    service.access.switches.device_approve_after = 3
    device = begin(service)
    assert [poll(service, device) for _ in range(3)] == ["authorization_pending", "authorization_pending", "ok"]
    service.access.switches.device_slow_down = True
    device = begin(service)
    results = [poll(service, device), poll(service, device)]
    service.advance(5)
    assert [*results, poll(service, device)] == ["authorization_pending", "slow_down", "ok"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": "", "device_id": "x"}, "invalid_request"),
    ],
)
def test_invalid_requests_for_a_device_code(service: Any, form: dict[str, str], error: str) -> None:
    """An unknown application, a bad device id or a foreign scope is refused."""
    assert service.post("/device/code", **form)[1]["error"] == error
    assert service.post("/device/code", **service.public, device_id="x")[1]["error"] == "invalid_request"
    assert service.post("/device/code", **service.public, scope="wiki:read")[1]["error"] == "invalid_scope"
