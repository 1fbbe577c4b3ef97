"""OAuth at Yandex ID as pure steps: links to open, forms to post, replies to read (AUTH 1).

No `scope` is ever sent: tokens of one app with different rights replace each other (AUTH 1.2.10).
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson

from tracker_magic.auth.token import Token, usable
from tracker_magic.config import address_problem
from tracker_magic.errors import BadOption, LoginError, LoginExpired, LoginRefused, UnexpectedReply
from tracker_magic.secret import Secret

DATA_ACCESS: Final = "https://id.yandex.ru/personal/data-access"
_HTTP_OK: Final = 200
_LONGEST_STATE: Final = 1024

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

    def form(self) -> dict[str, str]:
        """The fields that say which app asks."""
        return {"client_id": self.client_id, **({"client_secret": self.secret.reveal()} if self.secret else {})}


@dataclass(frozen=True, slots=True)
class Device:
    """This installation, as the account's list of devices shows it; revoking needs it (AUTH 1.9.2)."""

    id: str
    name: str

    def form(self) -> dict[str, str]:
        """The fields that name it, within the documented lengths."""
        return {"device_id": self.id[:50], "device_name": self.name[:100]}


@dataclass(frozen=True, slots=True)
class Proof:
    """PKCE S256 and the state of one login; the verifier stays in memory (AUTH 1.6)."""

    verifier: Secret = field(repr=False)
    state: str

    @classmethod
    def new(cls) -> "Proof":
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


def code_link(oauth: str, app: App, device: Device, proof: Proof) -> str:
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


def code_form(app: App, device: Device, proof: Proof, code: Secret) -> dict[str, str]:
    """The form that turns a confirmation code into a token."""
    return {
        "grant_type": "authorization_code",
        "code": code.reveal(),
        "code_verifier": proof.verifier.reveal(),
        **app.form(),
        **device.form(),
    }


def refresh_form(app: App, refresh: Secret) -> dict[str, str]:
    """The form that renews a token (AUTH 1.8)."""
    return {"grant_type": "refresh_token", "refresh_token": refresh.reveal(), **app.form()}


def device_form(app: App, device: Device) -> dict[str, str]:
    """The form that asks for a code to type elsewhere (AUTH 1.10)."""
    return {"client_id": app.client_id, **device.form()}


def poll_form(app: App, code: DeviceCode) -> dict[str, str]:
    """The form that asks whether the person has typed it; the field is `code`, the grant not RFC 8628's."""
    return {"grant_type": "device_code", "code": code.device_code.reveal(), **app.form()}


def revoke_form(app: App, token: Secret) -> dict[str, str]:
    """The form that ends a token (AUTH 1.9)."""
    return {"access_token": token.reveal(), **app.form()}


def read_pasted_code(text: str, state: str) -> Secret:
    """The code in what a person pasted: bare, or the whole address, whose `state` must be ours.

    Raises LoginRefused (the address carries an error or another login's state), BadOption (nothing usable).
    """
    values = _parameters(text)
    if values is None:
        return _pasted(text, "code")
    _raise_told(values)
    if "state" in values and not secrets.compare_digest(values["state"][:_LONGEST_STATE].encode(), state.encode()):
        raise LoginRefused(
            "this address belongs to another login", hint="Open the link shown here, and paste its page."
        )
    return _pasted(values.get("code", ""), "code")


def read_pasted_token(text: str, now: datetime) -> Token:
    """The token in what a person pasted: bare, or the whole address with its fragment (AUTH 1.4.7)."""
    values = _parameters(text)
    if values is None:
        secret = _pasted(text, "token")
        return Token(secret, "Bearer" if secret.reveal().startswith("t1.") else "OAuth")
    _raise_told(values)
    ends = values.get("expires_in", "")
    expires_at = now + timedelta(seconds=int(ends)) if ends.isascii() and ends.isdigit() else None
    return Token(_pasted(values.get("access_token", ""), "token"), "OAuth", expires_at)


def _parameters(text: str) -> dict[str, str] | None:
    """Query and fragment of a pasted address; None for a bare value."""
    clean = text.strip()
    if "://" not in clean and "#" not in clean and "?" not in clean and "access_token=" not in clean:
        return None
    parts = urlsplit(clean)
    pairs = parse_qs(parts.query) | parse_qs(parts.fragment or ("" if parts.query else parts.path))
    return {name: values[0] for name, values in pairs.items()}


def _pasted(text: str, what: str) -> Secret:
    clean = text.strip().strip("\"'")
    if not clean:
        raise BadOption(
            f"there is no {what} in what was pasted", hint=f"Copy the {what} from the page, or its address."
        )
    if not usable(clean):
        raise BadOption(f"this is no {what}: it holds blanks or signs that none has", hint="Copy it again.")
    return Secret(clean)


def _raise_told(values: dict[str, str]) -> None:
    if "error" in values:
        raise told(values["error"], values.get("error_description", ""))


def told(error: str, description: str = "") -> LoginError:
    """The error that one of OAuth's words means; the service's own description goes along."""
    kind, said, hint = _MEANINGS.get(error, (LoginRefused, f"the service answered {error[:60]!r}", "Log in again."))
    own = f" ({description[:200]})" if description and description != error else ""
    return kind(f"{said}{own}", hint=hint)


def read_token_reply(status: int, body: bytes, now: datetime, former: Token | None = None) -> Token:
    """A token from `POST /token`; where a refresh names no new refresh token the former one stays (AUTH 1.8.1).

    Raises LoginRefused, LoginExpired, UnexpectedReply.
    """
    answer = read_answer(status, body)
    secret = answer.get("access_token")
    if not isinstance(secret, str) or not usable(secret):
        raise UnexpectedReply("the login service answered without a token", hint="Try again.")
    refresh = answer.get("refresh_token")
    ends = answer.get("expires_in")
    return Token(
        Secret(secret),
        "OAuth",
        now + timedelta(seconds=float(ends)) if isinstance(ends, (int, float)) else None,
        Secret(refresh) if isinstance(refresh, str) and refresh else (former.refresh if former else None),
    )


def read_device_reply(status: int, body: bytes, now: datetime) -> DeviceCode:
    """The code to type, from `POST /device/code`; its address must be https (http on loopback only)."""
    answer = read_answer(status, body)
    url = str(answer.get("verification_url") or answer.get("verification_uri") or "")
    parts = urlsplit(url)
    if address_problem(f"{parts.scheme}://{parts.netloc}"):
        raise UnexpectedReply("the login service named no safe address to open", hint="Choose another way to log in.")
    try:
        return DeviceCode(
            Secret(str(answer["device_code"])),
            str(answer["user_code"]),
            url,
            float(answer.get("interval") or 5),
            now + timedelta(seconds=float(answer.get("expires_in") or 300)),
        )
    except (KeyError, ValueError):
        raise UnexpectedReply("the login service answered without a code", hint="Try again.") from None


def read_answer(status: int, body: bytes) -> dict[str, Any]:
    """The JSON of a login service; its refusals become errors."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise UnexpectedReply(
            f"the login service answered something else than JSON (status {status})", hint="Try again."
        )
    if "error" in answer or status != _HTTP_OK:
        raise told(str(answer.get("error") or f"status {status}"), str(answer.get("error_description") or ""))
    return answer
