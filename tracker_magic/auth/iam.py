"""IAM tokens of Yandex Cloud as pure steps: what to send, how to read the answer (AUTH 2)."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import orjson

from tracker_magic.auth.token import Token, usable
from tracker_magic.errors import BadOption, LoginRefused, SettingsError, UnexpectedReply
from tracker_magic.secret import Secret

# The audience stays the real address even where another one is asked (AUTH 2.3.9).
AUDIENCE: Final = "https://iam.api.cloud.yandex.net/iam/v1/tokens"
TOKENS: Final = "/iam/v1/tokens"
METADATA: Final = "/computeMetadata/v1/instance/service-accounts/default/token"
METADATA_HEADERS: Final = {"Metadata-Flavor": "Google"}
_HTTP_OK: Final = 200
_NOT_FOUND: Final = 404
_LIFE: Final = timedelta(hours=1)
_BACKDATED: Final = timedelta(seconds=30)  # a clock that is a little fast would sign in the future
_FRACTION: Final = re.compile(r"\.(\d{1,6})\d*")


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """An authorised key of a service account."""

    id: str
    account: str
    private_key: Secret = field(repr=False)


def read_key_file(path: str) -> ServiceKey:
    """A key from the JSON that `yc iam key create` wrote. Raises SettingsError for what is none."""
    try:
        record = orjson.loads(Path(path).expanduser().read_bytes())
        return service_key(record["id"], record["service_account_id"], record["private_key"])
    except OSError as problem:
        raise SettingsError(f"the service account's key cannot be read ({problem.strerror})") from None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise SettingsError(
            "the file is no authorised key of a service account",
            hint="Make one: yc iam key create --service-account-name NAME --output key.json",
        ) from None


def service_key(key_id: str, account: str, private_key: str) -> ServiceKey:
    """A key from its three parts; the sentence before the PEM block and escaped line ends are taken off."""
    text = private_key.replace("\\n", "\n")
    if "-----BEGIN" not in text:
        raise SettingsError("the service account's private key holds no PEM block", hint="Copy it with its BEGIN line.")
    return ServiceKey(key_id, account, Secret(text[text.index("-----BEGIN") :]))


def signed_jwt(key: ServiceKey, now: datetime) -> Secret:
    """The JWT that is exchanged for an IAM token: PS256, an hour at most (AUTH 2.3.3, 2.3.4)."""
    try:
        jwt = import_module("jwt")
        issued = int((now - _BACKDATED).timestamp())
        claims = {"iss": key.account, "aud": AUDIENCE, "iat": issued, "exp": issued + int(_LIFE.total_seconds())}
        return Secret(jwt.encode(claims, key.private_key.reveal(), algorithm="PS256", headers={"kid": key.id}))
    except (ImportError, NotImplementedError):
        raise BadOption(
            "a service account's key needs a package that is not installed",
            hint="pip install 'tracker_magic[service-account]'",
        ) from None
    except Exception:  # noqa: BLE001 - whatever the library raises may hold the key
        raise SettingsError("the service account's private key cannot be used", hint="It is RSA, made by yc.") from None


def jwt_body(jwt: Secret) -> bytes:
    """What exchanges a JWT."""
    return orjson.dumps({"jwt": jwt.reveal()})


def oauth_body(oauth: Secret) -> bytes:
    """What exchanges an OAuth token, as documented; Yandex Cloud is withdrawing it (AUTH 2.2.4)."""
    return orjson.dumps({"yandexPassportOauthToken": oauth.reveal()})


def read_iam_reply(status: int, body: bytes) -> Token:
    """A token from `POST /iam/v1/tokens`. Raises LoginRefused with the service's words, UnexpectedReply."""
    answer = _json(body)
    if status != _HTTP_OK:
        raise LoginRefused(
            f"the IAM service refused ({status}): {str(answer.get('message', 'no reason given'))[:200]}",
            hint="Check the key (its account, that it still exists) and this machine's clock.",
        )
    secret = answer.get("iamToken")
    if not isinstance(secret, str) or not usable(secret):
        raise UnexpectedReply("the IAM service answered without a token", hint="Try again.")
    return Token(Secret(secret), "Bearer", read_moment(answer.get("expiresAt")))


def read_metadata_reply(status: int, body: bytes, now: datetime) -> Token:
    """A token from the metadata service of a virtual machine (AUTH 2.6)."""
    if status == _NOT_FOUND:
        raise LoginRefused("no service account is linked to this machine", hint="Link one, or choose another way.")
    answer = _json(body)
    secret, ends = answer.get("access_token"), answer.get("expires_in")
    if status != _HTTP_OK or not isinstance(secret, str) or not usable(secret):
        raise LoginRefused(f"the metadata service gave no token (status {status})", hint="Choose another way.")
    return Token(Secret(secret), "Bearer", now + timedelta(seconds=ends) if isinstance(ends, (int, float)) else None)


def read_moment(text: Any) -> datetime | None:
    """RFC 3339 with 0 to 9 digits of a second (AUTH 2.2.2); None where it says nothing."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r".\1", text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}
