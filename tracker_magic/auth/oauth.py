"""OAuth at Yandex ID as pure steps: links to open, forms to post, replies to read.

https://yandex.ru/dev/id/doc/ru/access. No `scope` is ever sent: tokens of one app with different permissions replace
each other (https://yandex.ru/dev/id/doc/ru/concepts/glossary).
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
from tracker_magic.auth.token import Token, expiry, may_be_secret, usable
from tracker_magic.errors import BadOption, LoginError, LoginExpired, LoginRefused, TrackerError, UnexpectedReply
from tracker_magic.secret import SafeRepr, Secret
from tracker_magic.settings import address_problem
from tracker_magic.transport.transport import Form, Reply

DATA_ACCESS: Final = "https://id.yandex.ru/personal/data-access"
Pending = Literal["authorization_pending", "slow_down"]

_DEFAULT_INTERVAL_S: Final = 5.0
_LONGEST_INTERVAL_S: Final = 60.0
_DEVICE_CODE_LIFETIME: Final = timedelta(minutes=5)
_LONGEST_DEVICE_CODE_LIFETIME: Final = timedelta(hours=1)
_TRACKER_SCOPES: Final = ("tracker:", "startrek:")  # the second one is that of Yandex's internal Tracker

# Each documented error code: class, message, hint (https://yandex.ru/dev/id/doc/ru/codes/screen-code).
OAUTH_ERRORS: Final[dict[str, tuple[type[LoginError], str, str]]] = {
    "access_denied": (
        LoginRefused,
        "access was denied",
        "Log in again and press Allow, or ask the owner of the app.",
    ),
    "bad_verification_code": (
        LoginRefused,
        "this is not a confirmation code",
        "Copy the whole code, or the address of the page.",
    ),
    "invalid_grant": (
        LoginExpired,
        "the code or token is wrong, was used already, or has expired",
        "Open the link again to get a new code.",
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
    "invalid_scope": (LoginRefused, "the app's permissions have changed", "Log in again."),
    "unauthorized_client": (
        LoginRefused,
        "the app was rejected or is waiting for moderation",
        "See the app's page at https://oauth.yandex.ru, or use another app.",
    ),
    "unsupported_grant_type": (
        LoginRefused,
        "the app does not support this way to log in",
        "Choose another way to log in.",
    ),
    "expired_token": (LoginExpired, "the login has expired", "Log in again."),
    "unsupported_token_type": (
        LoginRefused,
        "this token cannot be revoked from here",
        f"Revoke it at {DATA_ACCESS}.",
    ),
}


def is_client_id(text: str) -> bool:
    """Whether `text` is a ClientID as Yandex's page shows it: 32 hexadecimal digits."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None


@dataclass(frozen=True, slots=True, repr=False)
class App(SafeRepr):
    """A registered OAuth app: its ClientID, and its secret if a flow needs one."""

    client_id: str
    secret: Secret | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if may_be_secret(self.client_id):
            raise BadOption(
                "this is not a ClientID; it looks like a token or a secret",
                hint="Copy the ClientID from the app's page at https://oauth.yandex.ru.",
                reason="invalid_client_id",
            )

    def form(self) -> Form:
        """The form fields that identify the app."""
        return {"client_id": self.client_id, **({"client_secret": self.secret} if self.secret else {})}


@dataclass(frozen=True, slots=True, repr=False)
class Device(SafeRepr):
    """This installation, as the account's list of devices shows it.

    Only a token issued to a device can be revoked (https://yandex.ru/dev/id/doc/ru/tokens/token-invalidate).
    """

    id: str
    name: str

    def form(self) -> dict[str, str]:
        """The form fields that identify the device, cut to the documented lengths."""
        return {"device_id": self.id[:50], "device_name": self.name[:100]}


@dataclass(frozen=True, slots=True, repr=False)
class Pkce(SafeRepr):
    """The PKCE verifier (S256) and the state of one login; the verifier never leaves memory."""

    verifier: Secret = field(repr=False)
    state: str

    @classmethod
    def new(cls) -> "Pkce":
        """Create a random one; each login needs its own."""
        return cls(Secret(secrets.token_urlsafe(64)), secrets.token_urlsafe(24))

    @property
    def challenge(self) -> str:
        """The S256 challenge of the verifier."""
        digest = hashlib.sha256(self.verifier.reveal().encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, slots=True, repr=False)
class DeviceCode(SafeRepr):
    """A code to type on the service's page: where, how often to poll meanwhile, and when the code expires."""

    device_code: Secret = field(repr=False)
    user_code: str
    url: str
    interval_s: float
    expires_at: datetime

    def seconds_left(self, now: datetime) -> float:
        """Seconds until the code expires, not below 0."""
        return max(0.0, (self.expires_at - now).total_seconds())


def token_link(oauth: str, app: App, device: Device) -> str:
    """The page that shows a debug token (https://yandex.ru/dev/id/doc/ru/tokens/debug-token)."""
    query = {"response_type": "token", "client_id": app.client_id, **device.form()}
    return f"{oauth}/authorize?{urlencode(query)}"


def code_link(oauth: str, app: App, device: Device, pkce: Pkce) -> str:
    """The page that shows a confirmation code (https://yandex.ru/dev/id/doc/ru/codes/screen-code)."""
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        **device.form(),
        "state": pkce.state,
        "code_challenge": pkce.challenge,
        "code_challenge_method": "S256",
    }
    return f"{oauth}/authorize?{urlencode(query)}"


def code_form(app: App, device: Device, pkce: Pkce, code: Secret) -> Form:
    """The form that exchanges a confirmation code for a token."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": pkce.verifier,
        **app.form(),
        **device.form(),
    }


def refresh_form(app: App, refresh: Secret) -> Form:
    """The form that renews a token (https://yandex.ru/dev/id/doc/ru/tokens/refresh-client)."""
    return {"grant_type": "refresh_token", "refresh_token": refresh, **app.form()}


def device_form(app: App, device: Device) -> Form:
    """The form that requests a device code (https://yandex.ru/dev/id/doc/ru/codes/screen-code-oauth)."""
    return {"client_id": app.client_id, **device.form()}


def poll_form(app: App, code: DeviceCode) -> Form:
    """The form that polls for the token of a device code; field and grant have other names than in RFC 8628."""
    return {"grant_type": "device_code", "code": code.device_code, **app.form()}


def revoke_form(app: App, token: Secret) -> Form:
    """The form that revokes a token (https://yandex.ru/dev/id/doc/ru/tokens/token-invalidate)."""
    return {"access_token": token, **app.form()}


def oauth_error(code: str, description: str = "") -> LoginError:
    """Build the error for one of OAuth's error codes, with the service's description as detail."""
    description = "" if description == code else description[:200]
    if code not in OAUTH_ERRORS:  # any text can stand there, so it does not become a `reason`
        return LoginRefused(
            "the login service answered with an unknown error",
            hint="Log in again.",
            reason="unknown_oauth_error",
            detail=f"{code[:60]!r} ({description})" if description else f"{code[:60]!r}",
        )
    error_class, message, hint = OAUTH_ERRORS[code]
    return error_class(message, hint=hint, oauth_error=code, detail=description)


def may_need_secret(error: TrackerError) -> bool:
    """Whether the service refused the app, perhaps because its secret is missing or wrong."""
    return isinstance(error, LoginError) and error.oauth_error == "invalid_client"


def read_token_reply(reply: Reply, now: datetime, former: Token | None = None) -> Token:
    """Read a token from the reply of `/token`; the refresh token of `former` is kept if the reply has none.

    Raises LoginRefused, LoginExpired, UnexpectedReply.
    """
    record = read_oauth_reply(reply)
    secret = record.get("access_token")
    if secret is None or not usable(secret.reveal()):
        raise UnexpectedReply(
            "the login service answered without a token", hint="Try again.", reason="reply_without_token"
        )
    _check_kind(record)
    refresh: Secret | None = record.get("refresh_token")
    if refresh is None or not refresh.reveal():
        refresh = former.refresh if former else None
    return Token(secret, "OAuth", expiry(now, record.get("expires_in")), refresh)


def _check_kind(record: dict[str, Any]) -> None:
    """Raise UnexpectedReply for a token of another type, LoginRefused for one that cannot read Tracker.

    A reply has the scopes only if they differ from the requested ones.
    """
    if str(record.get("token_type") or "bearer").lower() != "bearer":
        raise UnexpectedReply(
            "the login service gave a token of an unknown type",
            hint="Choose another way to log in.",
            reason="unknown_token_type",
        )
    scopes = str(record.get("scope") or "").split()
    if scopes and not any(scope.startswith(_TRACKER_SCOPES) for scope in scopes):
        raise LoginRefused(
            "this token has no permission to read Tracker",
            hint="Give the app the permission tracker:read at https://oauth.yandex.ru, then log in again.",
            reason="no_tracker_scope",
        )


def read_poll_reply(reply: Reply, now: datetime) -> Token | Pending:
    """Read the token, or why there is none yet, from the reply to a poll. Raises the same as `read_token_reply`."""
    code = (read_json(reply) or {}).get("error")
    if code == "slow_down" or reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return "slow_down"
    return "authorization_pending" if code == "authorization_pending" else read_token_reply(reply, now)


def read_device_reply(reply: Reply, now: datetime) -> DeviceCode:
    """Read the reply of `/device/code`; the address in it must be https (http only on loopback)."""
    record = read_oauth_reply(reply)
    url = safe_url(record.get("verification_url") or record.get("verification_uri"))
    if url is None:
        raise UnexpectedReply(
            "the login service gave no safe address to open",
            hint="Choose another way to log in.",
            reason="unsafe_verification_url",
        )
    device_code, user_code = record.get("device_code"), record.get("user_code")
    if device_code is None or not isinstance(user_code, str) or not re.fullmatch(r"[ -~]{1,64}", user_code):
        raise UnexpectedReply(
            "the login service answered without a code", hint="Try again.", reason="reply_without_code"
        )
    interval = record.get("interval")
    if not isinstance(interval, (int, float)) or not 1 <= interval <= _LONGEST_INTERVAL_S:
        interval = _DEFAULT_INTERVAL_S
    expires_at = expiry(now, record.get("expires_in")) or now + _DEVICE_CODE_LIFETIME
    expires_at = min(expires_at, now + _LONGEST_DEVICE_CODE_LIFETIME)
    return DeviceCode(device_code, user_code, url, float(interval), expires_at)


def safe_url(url: Any) -> str | None:
    """An address that a person may open, without the control characters that `urlsplit` removes; None for others."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    except ValueError:
        return None
    return None if address_problem(f"{parts.scheme}://{parts.netloc}") else parts.geturl()


def read_oauth_reply(reply: Reply) -> dict[str, Any]:
    """Read the JSON of a reply. Raises LoginRefused or LoginExpired for an error in it, UnexpectedReply for no JSON."""
    record = read_json(reply)
    if record is None:
        raise UnexpectedReply(
            f"the login service did not answer with JSON (status {reply.status})",
            hint="Try again.",
            reason="reply_not_json",
        )
    if "error" in record or reply.status != HTTPStatus.OK:
        code = str(record.get("error") or f"status {reply.status}")
        raise oauth_error(code, str(record.get("error_description") or ""))
    return record
