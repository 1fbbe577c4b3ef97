"""Login services that repeat what was sent: no error shows it, and no frame of its traceback holds it."""

import json
import traceback

import pytest

from tracker_magic.auth import Token
from tracker_magic.auth.oauth import App, Device, DeviceCode, Pkce
from tracker_magic.auth.services import Services
from tracker_magic.errors import TrackerError
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses

SENT = Secret("AQAD-=plain/and+of~no:known<form")
APP = App("a" * 32, Secret("fe" * 16))
DEVICE = Device("d" * 32, "test")
PKCE = Pkce.new()


def device_code(now):
    """A device code that is valid."""
    return DeviceCode(SENT, "123", "https://ya.ru/device", 5.0, now)


CALLS = {
    "code": lambda services: services.exchange_code(APP, DEVICE, PKCE, SENT),
    "refresh": lambda services: services.refreshed(APP, Token(Secret("x"), "OAuth", None, SENT)),
    "poll": lambda services: services.poll(APP, device_code(services.clock.now())),
    "revoke": lambda services: services.revoke(APP, Token(SENT)),
    "OAuth token": lambda services: services.exchange_oauth_token(SENT),
    "JWT": lambda services: services.exchange_jwt(lambda _: SENT),
}


def escaped(text):
    """The text as JSON with everything escaped that a careful library escapes."""
    return "".join(each if each.isalnum() or each in ";. " else f"\\u{ord(each):04x}" for each in text)


@pytest.mark.parametrize("status", [200, 202, 400, 401, 500])
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("write", [str, escaped], ids=["as it is", "escaped"])
def test_what_was_sent_is_not_shown(machine, name, status, write):
    """At every status, plain or escaped, no text and no attribute of the error has a secret, nor has any reply."""
    sent = {"code": [SENT, APP.secret, PKCE.verifier], "OAuth token": [SENT], "JWT": [SENT]}
    secrets = [secret.reveal() for secret in sent.get(name, [SENT, APP.secret])]
    words = "sent " + " ; ".join(secrets)
    body = json.dumps(dict.fromkeys(("error", "error_description", "message"), "WORDS")).replace("WORDS", write(words))
    machine.add_fault("refuse", path="/", times=9, status=status, body=body.encode())
    services = Services(Addresses(**dict.fromkeys(("api", "oauth", "iam", "metadata", "web"), machine.demo.url)))
    with pytest.raises(TrackerError) as caught:
        CALLS[name](services)
    shown = [str(caught.value), repr(vars(caught.value)), *caught.value.lines()]
    frames = [frame.f_locals for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    bodies = [local.body.decode() for each in frames for local in each.values() if hasattr(local, "body")]
    assert not [text for text in (*shown, *bodies) for secret in secrets if secret in text or write(secret) in text]
