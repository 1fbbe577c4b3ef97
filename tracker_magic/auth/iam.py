"""IAM tokens of Yandex Cloud as pure steps: what to send, and how to read the replies.

https://yandex.cloud/en/docs/iam/concepts/authorization/iam-token
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from importlib import import_module
from typing import Any, Final, Literal

import orjson

from tracker_magic.auth.replies import read_json
from tracker_magic.auth.token import Token, expiry, usable
from tracker_magic.errors import BadOption, LoginRefused, SettingsError, TrackerError, UnexpectedReply
from tracker_magic.secret import SafeRepr, Secret
from tracker_magic.settings import full_path, read_file
from tracker_magic.transport.transport import Reply

# The audience stays the real address even if the requests go to another one.
AUDIENCE: Final = "https://iam.api.cloud.yandex.net/iam/v1/tokens"
TOKENS: Final = "/iam/v1/tokens"
METADATA: Final = "/computeMetadata/v1/instance/service-accounts/default/token"
METADATA_HEADERS: Final = {"Metadata-Flavor": "Google"}
_KEY_FIELDS: Final = ("id", "service_account_id", "private_key")
_PEM_BEGIN: Final = "-----BEGIN"
_AROUND_JSON: Final = " \t\r\n'\"\ufeff"
_JWT_LIFETIME: Final = timedelta(hours=1)
_BACKDATING: Final = timedelta(seconds=30)  # a clock that is slightly fast would sign in the future
_FRACTION: Final = re.compile(r"\.(\d{1,6})\d*")

Exchanged = Literal["key", "oauth"]
# What the service refused to exchange: reason, message, hint.
_REFUSALS: Final[dict[Exchanged, tuple[str, str, str]]] = {
    "key": (
        "iam_refused_key",
        "the IAM service refused the service account's key",
        "Check the key (its account, that it still exists) and this machine's clock.",
    ),
    "oauth": (
        "iam_refused_exchange",
        "the IAM service refused to exchange the OAuth token",
        "Yandex Cloud is withdrawing this exchange; use `yc`, or the OAuth token as it is (TRACKER_TOKEN).",
    ),
}


@dataclass(frozen=True, slots=True, repr=False)
class ServiceAccountKey(SafeRepr):
    """An authorised key of a service account (https://yandex.cloud/en/docs/iam/concepts/authorization/key)."""

    id: str
    account_id: str
    private_key: Secret = field(repr=False)


def is_key_text(text: Secret) -> bool:
    """Whether `text` is the JSON of a key, as opposed to the path of a file with it."""
    return text.reveal().strip(_AROUND_JSON).startswith("{")


def read_key(text: Secret, name: str) -> ServiceAccountKey:
    """Read a key from JSON, the value of the variable `name`. Raises SettingsError if it is not one."""
    key = _parse_key(text.reveal().strip(_AROUND_JSON))
    if key is None:
        raise _not_a_key(name)
    return key


def read_key_file(path: str | Secret) -> ServiceAccountKey:
    """Read the JSON file that `yc iam key create` writes. Raises SettingsError if it is missing or not a key."""
    path = Secret.of(path)  # somebody may have set the key itself
    try:
        content = read_file(full_path(path.reveal()))
    except (OSError, ValueError, RuntimeError) as problem:
        problem_text = (problem.strerror or "") if isinstance(problem, OSError) else "not a valid path"
    else:
        key = _parse_key(content)
        del content  # the frame that raises holds no key
        if key is not None:
            return key
        raise _not_a_key()
    raise SettingsError(
        "the service account's key file cannot be read",
        hint="Check TRACKER_SA_KEY_FILE.",
        reason="key_file_unreadable",
        detail=problem_text,
    )


def _not_a_key(name: str = "") -> SettingsError:
    return SettingsError(
        "this is not an authorised key of a service account",
        hint="Create one: yc iam key create --service-account-name NAME --output key.json.",
        reason="not_a_key_file",
        detail=name,
    )


def _parse_key(content: bytes | str) -> ServiceAccountKey | None:
    """Parse the JSON of a key; None if it is not one. Must not raise: the frame holds the plain text."""
    try:
        record = json.loads(content)  # unlike orjson, it reads what Windows writes: a BOM, UTF-16
    except (ValueError, RecursionError):
        return None
    values = [str(record.get(name) or "") for name in _KEY_FIELDS] if isinstance(record, dict) else [""]
    if not all(values) or _PEM_BEGIN not in values[-1]:
        return None
    key_id, account_id, private_key = values
    return service_account_key(key_id, account_id, Secret(private_key))


def service_account_key(key_id: str, account_id: str, private_key: Secret) -> ServiceAccountKey:
    """Make a key from its three parts; the text before the PEM block is removed, escaped line ends are restored."""
    if _PEM_BEGIN not in private_key.reveal():
        raise SettingsError(
            "the service account's private key contains no PEM block",
            hint="Copy it together with its BEGIN line.",
            reason="no_pem_block",
        )
    return ServiceAccountKey(key_id, account_id, _pem_block(private_key))


def _pem_block(private_key: Secret) -> Secret:
    text = private_key.reveal().replace("\\n", "\n")
    return Secret(text[text.index(_PEM_BEGIN) :])


def signed_jwt(key: ServiceAccountKey, now: datetime) -> Secret:
    """Sign the JWT that is exchanged for an IAM token: PS256, valid for at most an hour.

    https://yandex.cloud/en/docs/iam/operations/iam-token/create-for-sa
    """
    issued_at = int((now - _BACKDATING).timestamp())
    expires_at = issued_at + int(_JWT_LIFETIME.total_seconds())
    claims = {"iss": key.account_id, "aud": AUDIENCE, "iat": issued_at, "exp": expires_at}
    error: TrackerError
    try:
        jwt = import_module("jwt")
        return Secret(jwt.encode(claims, key.private_key.reveal(), algorithm="PS256", headers={"kid": key.id}))
    except (ImportError, NotImplementedError):
        error = BadOption(
            "a service account's key needs a package that is not installed",
            hint="Run pip install 'tracker_magic[service-account]'.",
            reason="service_account_extra_missing",
        )
    except Exception:  # noqa: BLE001 - whatever the library raises may hold the key
        error = SettingsError(
            "the service account's private key cannot be used",
            hint="It must be an RSA key made by yc.",
            reason="unusable_private_key",
        )
    raise error  # outside of the handler, so that no context leads to the library's frames


def token_body(name: str, secret: Secret) -> Secret:
    """The request body that exchanges a JWT (`jwt`) or an OAuth token (`yandexPassportOauthToken`)."""
    return Secret(orjson.dumps({name: secret.reveal()}).decode())


def other_time(reply: Reply, now: datetime) -> datetime | None:
    """The time of the service that refused a JWT, if it is not this machine's, `now`, for which the JWT was signed."""
    if reply.status == HTTPStatus.OK or reply.date is None:
        return None
    return reply.date if abs(reply.date - now) > _BACKDATING else None


def read_iam_reply(reply: Reply, exchanged: Exchanged, now: datetime) -> Token:
    """Read a token from the reply of `/iam/v1/tokens`. Raises LoginRefused, UnexpectedReply."""
    record = read_json(reply) or {}
    if reply.status != HTTPStatus.OK:
        reason, message, hint = _REFUSALS[exchanged]
        detail = str(record.get("message") or "")[:200]
        raise LoginRefused(f"{message} ({reply.status})", hint=hint, reason=reason, detail=detail)
    secret = record.get("iamToken")
    if secret is None or not usable(secret.reveal()):
        raise UnexpectedReply(
            "the IAM service answered without a token", hint="Try again.", reason="iam_reply_without_token"
        )
    return Token(secret, "Bearer", _expiry_by_own_clock(parse_timestamp(record.get("expiresAt")), reply.date, now))


def _expiry_by_own_clock(expires_at: datetime | None, issued_at: datetime | None, now: datetime) -> datetime | None:
    """A moment of the service by this machine's clock, `now`, which may be wrong; None: the service will say so."""
    seconds = (expires_at - (issued_at or now)).total_seconds() if expires_at else 0
    return expiry(now, seconds) if seconds > 0 else None


def read_metadata_reply(reply: Reply, now: datetime) -> Token:
    """Read a token from the reply of a virtual machine's metadata service. Raises LoginRefused.

    https://yandex.cloud/en/docs/compute/operations/vm-connect/auth-inside-vm
    """
    if reply.status == HTTPStatus.NOT_FOUND:
        raise LoginRefused(
            "no service account is linked to this machine",
            hint="Link one, or choose another way to log in.",
            reason="no_linked_service_account",
        )
    record = read_json(reply) or {}
    secret = record.get("access_token")
    if reply.status != HTTPStatus.OK or secret is None or not usable(secret.reveal()):
        raise LoginRefused(
            f"the metadata service gave no token (status {reply.status})",
            hint="Choose another way to log in.",
            reason="metadata_without_token",
        )
    return Token(secret, "Bearer", expiry(now, record.get("expires_in")))


def parse_timestamp(text: Any) -> datetime | None:
    """Parse RFC 3339 with 0 to 9 fractional digits, as protobuf writes it; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r".\1", text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
