"""The wait of the device flow: at the server's pace, until confirmed, denied, expired or given up (AUTH 1.10)."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from tracker_magic.auth.oauth import App, DeviceCode
from tracker_magic.auth.services import Services
from tracker_magic.auth.token import Token
from tracker_magic.errors import LoginExpired, LoginRefused, NoAnswer, ServiceBroken, UnexpectedReply

SLOWER_S: Final = 5.0  # what RFC 8628 adds at each slow_down


def wait_for_token(
    services: Services,
    app: App,
    code: DeviceCode,
    stop: threading.Event,
    wait: Callable[[threading.Event, float], object] = threading.Event.wait,
) -> Token:
    """Poll until the person has confirmed; network failures and broken answers are survived until the code ends.

    Raises LoginRefused (denied, or given up by `stop`), LoginExpired.
    """
    interval_s = code.interval_s
    while True:
        wait(stop, interval_s)
        if stop.is_set():
            raise LoginRefused("the login was given up", hint="Start it again: %tracker login")
        if services.clock() >= code.expires_at:
            raise LoginExpired("the code has run out before it was confirmed", hint="Ask for a new code.")
        try:
            answer = services.poll(app, code)
        except (NoAnswer, ServiceBroken, UnexpectedReply):
            continue
        if isinstance(answer, Token):
            return answer
        if answer == "slow_down":
            interval_s += SLOWER_S


def left_s(code: DeviceCode, now: datetime) -> float:
    """Seconds that a code still lives."""
    return max(0.0, (code.expires_at - now).total_seconds())
