"""IAM tokens of Yandex Cloud as pure steps: what to send, how to read the answer (AUTH 2)."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import orjson

from tracker_magic.auth.replies import read_json
from tracker_magic.auth.token import Token, end_of, usable
from tracker_magic.errors import BadOption, LoginRefused, SettingsError, TrackerError, UnexpectedReply
from tracker_magic.secret import Secret
from tracker_magic.transport.transport import Reply

# The audience stays the real address even where another one is asked (AUTH 2.3.9).
AUDIENCE: Final = "https://iam.api.cloud.yandex.net/iam/v1/tokens"
TOKENS: Final = "/iam/v1/tokens"
METADATA: Final = "/computeMetadata/v1/instance/service-accounts/default/token"
METADATA_HEADERS: Final = {"Metadata-Flavor": "Google"}
JWT_HINT: Final = "Check the key (its account, that it still exists) and this machine's clock."
OAUTH_HINT: Final = "Yandex Cloud is withdrawing this exchange; use `yc`, or the OAuth token as it is (TRACKER_TOKEN)."
_PARTS: Final = ("id", "service_account_id", "private_key")
_BEGIN: Final = "-----BEGIN"
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
        content = Path(path).expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as problem:
        said = problem.strerror if isinstance(problem, OSError) else "this is no path"
    else:
        key = _key_of(content)
        del content  # a frame that fails keeps no key
        if key is not None:
            return key
        raise SettingsError(
            "the file is no authorised key of a service account",
            hint="Make one: yc iam key create --service-account-name NAME --output key.json",
        )
    raise SettingsError(f"the service account's key cannot be read ({said})", hint="Check TRACKER_SA_KEY_FILE.")


def _key_of(content: bytes) -> ServiceKey | None:
    """The key in a key file; None where there is none. Nothing raises here: the frame holds the open text."""
    try:
        record = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    parts = [str(record.get(name) or "") for name in _PARTS] if isinstance(record, dict) else [""]
    if not all(parts) or _BEGIN not in parts[-1]:
        return None
    key_id, account, private_key = parts
    return service_key(key_id, account, Secret(private_key))


def service_key(key_id: str, account: str, private_key: Secret) -> ServiceKey:
    """A key from its three parts; the sentence before the PEM block and escaped line ends are taken off."""
    if _BEGIN not in private_key.reveal():
        raise SettingsError("the service account's private key holds no PEM block", hint="Copy it with its BEGIN line.")
    return ServiceKey(key_id, account, _pem(private_key))


def _pem(private_key: Secret) -> Secret:
    text = private_key.reveal().replace("\\n", "\n")
    return Secret(text[text.index(_BEGIN) :])


def signed_jwt(key: ServiceKey, now: datetime) -> Secret:
    """The JWT that is exchanged for an IAM token: PS256, an hour at most (AUTH 2.3.3, 2.3.4)."""
    issued = int((now - _BACKDATED).timestamp())
    claims = {"iss": key.account, "aud": AUDIENCE, "iat": issued, "exp": issued + int(_LIFE.total_seconds())}
    error: TrackerError
    try:
        jwt = import_module("jwt")
        return Secret(jwt.encode(claims, key.private_key.reveal(), algorithm="PS256", headers={"kid": key.id}))
    except (ImportError, NotImplementedError):
        error = BadOption(
            "a service account's key needs a package that is not installed",
            hint="pip install 'tracker_magic[service-account]'",
        )
    except Exception:  # noqa: BLE001 - whatever the library raises may hold the key
        error = SettingsError("the service account's private key cannot be used", hint="It is RSA, made by yc.")
    raise error  # out here, so that no context leads to the library's frames


def jwt_body(jwt: Secret) -> Secret:
    """What exchanges a JWT."""
    return Secret(orjson.dumps({"jwt": jwt.reveal()}).decode())


def oauth_body(oauth: Secret) -> Secret:
    """What exchanges an OAuth token, as documented; Yandex Cloud is withdrawing it (AUTH 2.2.4)."""
    return Secret(orjson.dumps({"yandexPassportOauthToken": oauth.reveal()}).decode())


def read_iam_reply(reply: Reply, hint: str) -> Token:
    """A token from `POST /iam/v1/tokens`. Raises LoginRefused with the service's words and `hint`, UnexpectedReply."""
    answer = read_json(reply) or {}
    if reply.status != HTTPStatus.OK:
        said = str(answer.get("message", "no reason given"))[:200]
        raise LoginRefused(f"the IAM service refused ({reply.status}): {said}", hint=hint)
    secret = answer.get("iamToken")
    if secret is None or not usable(secret.reveal()):
        raise UnexpectedReply("the IAM service answered without a token", hint="Try again.")
    return Token(secret, "Bearer", read_moment(answer.get("expiresAt")))


def read_metadata_reply(reply: Reply, now: datetime) -> Token:
    """A token from the metadata service of a virtual machine (AUTH 2.6)."""
    if reply.status == HTTPStatus.NOT_FOUND:
        raise LoginRefused("no service account is linked to this machine", hint="Link one, or choose another way.")
    answer = read_json(reply) or {}
    secret = answer.get("access_token")
    if reply.status != HTTPStatus.OK or secret is None or not usable(secret.reveal()):
        raise LoginRefused(f"the metadata service gave no token (status {reply.status})", hint="Choose another way.")
    return Token(secret, "Bearer", end_of(now, answer.get("expires_in")))


def read_moment(text: Any) -> datetime | None:
    """RFC 3339 with 0 to 9 digits of a second (AUTH 2.2.2); None where it says nothing."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r".\1", text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
