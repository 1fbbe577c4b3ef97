"""OAuth at Yandex ID as pure steps: links to open, forms to post, replies to read (AUTH 1).

No `scope` is ever sent: tokens of one app with different rights replace each other (AUTH 1.2.10).
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import urlencode, urlsplit

from tracker_magic.auth.replies import read_json
from tracker_magic.auth.token import Token, end_of, usable
from tracker_magic.errors import LoginError, LoginExpired, LoginRefused, UnexpectedReply
from tracker_magic.secret import Secret
from tracker_magic.settings import address_problem
from tracker_magic.transport.transport import Form, Reply

DATA_ACCESS: Final = "https://id.yandex.ru/personal/data-access"
Pending = Literal["authorization_pending", "slow_down"]

_INTERVAL_S: Final = 5.0
_SLOWEST_S: Final = 60.0
_DEVICE_LIFE: Final = timedelta(minutes=5)

# What each documented error means, and what to do (AUTH 1.7, 1.3, 1.4.3).
_MEANINGS: Final[dict[str, tuple[type[LoginError], str, str]]] = {
    "access_denied": (LoginRefused, "access was denied", "Log in again and press Allow, or ask who owns the app."),
    "bad_verification_code": (LoginRefused, "this is not a confirmation code", "Copy the whole code, or the address."),
    "invalid_grant": (
        LoginExpired,
        "the code or token is wrong, used already, or has run out",
        "Open the link again for a new code.",
    ),
    "invalid_client": (
        LoginRefused,
        "the app is unknown, or its secret is missing or wrong",
        "Check the ClientID; this way to log in may need the app's secret (TRACKER_CLIENT_SECRET).",
    ),
    "invalid_request": (
        LoginRefused,
        "the service did not understand the request",
        "Check the ClientID and log in again.",
    ),
    "invalid_scope": (LoginRefused, "the app's rights have changed", "Log in again."),
    "unauthorized_client": (
        LoginRefused,
        "the app was rejected or waits for moderation",
        "See the app's page at https://oauth.yandex.ru, or use another app.",
    ),
    "unsupported_grant_type": (LoginRefused, "the app cannot log in this way", "Choose another way to log in."),
    "expired_token": (LoginExpired, "the login has run out", "Log in again."),
    "unsupported_token_type": (LoginRefused, "this token cannot be revoked from here", f"Revoke it at {DATA_ACCESS}."),
}


@dataclass(frozen=True, slots=True)
class App:
    """A registered application: its ClientID, and its secret where a flow needs one."""

    client_id: str
    secret: Secret | None = field(default=None, repr=False)

    def form(self) -> Form:
        """The fields that say which app asks."""
        return {"client_id": self.client_id, **({"client_secret": self.secret} if self.secret else {})}


@dataclass(frozen=True, slots=True)
class Device:
    """This installation, as the account's list of devices shows it; revoking needs it (AUTH 1.9.2)."""

    id: str
    name: str

    def form(self) -> dict[str, str]:
        """The fields that name it, within the documented lengths."""
        return {"device_id": self.id[:50], "device_name": self.name[:100]}


@dataclass(frozen=True, slots=True)
class Pkce:
    """PKCE S256 and the state of one login; the verifier stays in memory (AUTH 1.6)."""

    verifier: Secret = field(repr=False)
    state: str

    @classmethod
    def new(cls) -> "Pkce":
        """A fresh one for each login."""
        return cls(Secret(secrets.token_urlsafe(64)), secrets.token_urlsafe(24))

    @property
    def challenge(self) -> str:
        """The S256 challenge of the verifier."""
        digest = hashlib.sha256(self.verifier.reveal().encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A code to type on another page: where, what, how often to ask, until when."""

    device_code: Secret = field(repr=False)
    user_code: str
    url: str
    interval_s: float
    expires_at: datetime


def token_link(oauth: str, app: App, device: Device) -> str:
    """Where a person gets a debug token (AUTH 1.4)."""
    query = {"response_type": "token", "client_id": app.client_id, **device.form()}
    return f"{oauth}/authorize?{urlencode(query)}"


def code_link(oauth: str, app: App, device: Device, proof: Pkce) -> str:
    """Where a person gets a confirmation code (AUTH 1.5, 1.6)."""
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        **device.form(),
        "state": proof.state,
        "code_challenge": proof.challenge,
        "code_challenge_method": "S256",
    }
    return f"{oauth}/authorize?{urlencode(query)}"


def code_form(app: App, device: Device, proof: Pkce, code: Secret) -> Form:
    """The form that turns a confirmation code into a token."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": proof.verifier,
        **app.form(),
        **device.form(),
    }


def refresh_form(app: App, refresh: Secret) -> Form:
    """The form that renews a token (AUTH 1.8)."""
    return {"grant_type": "refresh_token", "refresh_token": refresh, **app.form()}


def device_form(app: App, device: Device) -> Form:
    """The form that asks for a code to type elsewhere (AUTH 1.10)."""
    return {"client_id": app.client_id, **device.form()}


def poll_form(app: App, code: DeviceCode) -> Form:
    """The form that asks whether the person has typed it; the field is `code`, the grant not RFC 8628's."""
    return {"grant_type": "device_code", "code": code.device_code, **app.form()}


def revoke_form(app: App, token: Secret) -> Form:
    """The form that ends a token (AUTH 1.9)."""
    return {"access_token": token, **app.form()}


def told(error: str, description: str = "") -> LoginError:
    """The error that one of OAuth's words means; the service's own description goes along."""
    kind, said, hint = _MEANINGS.get(error, (LoginRefused, f"the service answered {error[:60]!r}", "Log in again."))
    own = f" ({description[:200]})" if description and description != error else ""
    return kind(f"{said}{own}", hint=hint, oauth_error=error if error in _MEANINGS else "")


def read_token_reply(reply: Reply, now: datetime, former: Token | None = None) -> Token:
    """A token from `POST /token`; where a refresh names no new refresh token the former one stays (AUTH 1.8.1).

    Raises LoginRefused, LoginExpired, UnexpectedReply.
    """
    answer = read_answer(reply)
    secret = answer.get("access_token")
    if secret is None or not usable(secret.reveal()):
        raise UnexpectedReply("the login service answered without a token", hint="Try again.")
    refresh: Secret | None = answer.get("refresh_token")
    if refresh is None or not refresh.reveal():
        refresh = former.refresh if former else None
    return Token(secret, "OAuth", end_of(now, answer.get("expires_in")), refresh)


def read_poll_reply(reply: Reply, now: datetime) -> Token | Pending:
    """A token, or that the person has not typed the code yet (AUTH 1.10.5). Raises as `read_token_reply`."""
    error = (read_json(reply) or {}).get("error")
    if error == "slow_down" or reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return "slow_down"
    return "authorization_pending" if error == "authorization_pending" else read_token_reply(reply, now)


def read_device_reply(reply: Reply, now: datetime) -> DeviceCode:
    """The code to type, from `POST /device/code`; its address must be https (http on loopback only)."""
    answer = read_answer(reply)
    url = _safe(answer.get("verification_url") or answer.get("verification_uri"))
    if url is None:
        raise UnexpectedReply("the login service named no safe address to open", hint="Choose another way to log in.")
    device_code, user_code = answer.get("device_code"), answer.get("user_code")
    if device_code is None or not isinstance(user_code, str) or not re.fullmatch(r"[ -~]{1,64}", user_code):
        raise UnexpectedReply("the login service answered without a code", hint="Try again.")
    interval = answer.get("interval")
    interval_s = float(interval) if isinstance(interval, (int, float)) and 1 <= interval <= _SLOWEST_S else _INTERVAL_S
    return DeviceCode(
        device_code, user_code, url, interval_s, end_of(now, answer.get("expires_in")) or now + _DEVICE_LIFE
    )


def _safe(url: Any) -> str | None:
    """An address that a person may be sent to, without the control characters that `urlsplit` takes out."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    except ValueError:
        return None
    return None if address_problem(f"{parts.scheme}://{parts.netloc}") else parts.geturl()


def read_answer(reply: Reply) -> dict[str, Any]:
    """The JSON of a login service; its refusals become errors."""
    answer = read_json(reply)
    if answer is None:
        raise UnexpectedReply(
            f"the login service answered something else than JSON (status {reply.status})", hint="Try again."
        )
    if "error" in answer or reply.status != HTTPStatus.OK:
        error = str(answer.get("error") or f"status {reply.status}")
        raise told(error, str(answer.get("error_description") or ""))
    return answer
