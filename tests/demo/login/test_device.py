"""The login on another device, over real HTTP, as AUTH 1.10 describes it."""

import re
from typing import Any

import pytest


def begun(service: Any) -> dict[str, Any]:
    """A device login that has just begun."""
    return service.post("/device/code", client_id=service.access.client_id, device_id="my-notebook")[1]


def polled(service: Any, device: dict[str, Any], **form: str) -> str:
    """What one poll says: an error, or `ok`."""
    status, body = service.token("device_code", code=device["device_code"], **(form or service.secret))
    return "ok" if status == 200 else body["error"]


def typed(service: Any, code: str, decision: str = "allow") -> int:
    """The person types the code on the page; its status."""
    data = {"user_code": code, "decision": decision}
    return service.session.post(f"{service.demo.url}/device", data=data, timeout=10).status_code


def test_a_login_on_another_device(service: Any) -> None:
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


def test_a_device_login_ends(service: Any) -> None:
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


def test_a_device_login_wants_the_secret(service: Any) -> None:
    """Without it: invalid_client, unless a switch says otherwise."""
    device = begun(service)
    assert polled(service, device, **service.public) == "invalid_client"
    service.access.switches.device_secretless = True
    assert polled(service, device, **service.public) == "authorization_pending"


def test_switches_of_polling(service: Any) -> None:
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
def test_device_codes_are_not_for_everybody(service: Any, form: dict[str, str], error: str) -> None:
    """A known app has to ask, with a device id of the right form and rights of its own."""
    assert service.post("/device/code", **form)[1]["error"] == error
    assert service.post("/device/code", **service.public, device_id="x")[1]["error"] == "invalid_request"
    assert service.post("/device/code", **service.public, scope="wiki:read")[1]["error"] == "invalid_scope"
