"""Credentials from environment variables: names of our own, then names that other programs use for the same."""

from collections.abc import Iterable, Mapping
from typing import Final

from tracker_magic.auth import iam
from tracker_magic.auth.login import Clock, Login, TokenProvider
from tracker_magic.auth.oauth import App
from tracker_magic.auth.token import Organisation, Token, organisation, usable
from tracker_magic.errors import BadOption, LoginExpired, SettingsError
from tracker_magic.printable import cleaned, unwrapped
from tracker_magic.secret import Secret, SecretMapping
from tracker_magic.settings import first_of

OAUTH_NAMES: Final = ("TRACKER_TOKEN", "YANDEX_TRACKER_TOKEN")
IAM_NAMES: Final = ("TRACKER_IAM_TOKEN", "YANDEX_TRACKER_IAM_TOKEN")
# Variables that other programs set and update. YC_TOKEN holds a token of either kind
# (https://yandex.cloud/en/docs/datasphere/operations/projects/authentication).
AMBIENT_NAMES: Final = ("YC_IAM_TOKEN", "YC_TOKEN", "YC_OAUTH_TOKEN")
ORG_NAMES: Final = ("TRACKER_ORG_ID", "YANDEX_TRACKER_ORG_ID")
CLOUD_ORG_NAMES: Final = ("TRACKER_CLOUD_ORG_ID", "YANDEX_TRACKER_CLOUD_ORG_ID")
CLIENT_NAMES: Final = ("TRACKER_CLIENT_ID", "YANDEX_TRACKER_CLIENT_ID")
CLIENT_SECRET_NAMES: Final = ("TRACKER_CLIENT_SECRET", "YANDEX_TRACKER_CLIENT_SECRET")
KEY_TEXT_NAME: Final = "TRACKER_SA_KEY"
KEY_FILE_NAME: Final = "TRACKER_SA_KEY_FILE"
KEY_NAMES: Final = ("TRACKER_SA_KEY_ID", "TRACKER_SA_SERVICE_ACCOUNT_ID", "TRACKER_SA_PRIVATE_KEY")

CURE: Final = (
    "Set TRACKER_TOKEN (or TRACKER_IAM_TOKEN) and TRACKER_ORG_ID (Yandex 360) or TRACKER_CLOUD_ORG_ID (Yandex Cloud), "
    "or run %tracker login in a notebook."
)


class EnvironmentTokenProvider(TokenProvider):
    """Reads a variable that another program updates."""

    is_renewable = True
    is_volatile = True

    def __init__(self, environ: Mapping[str, str], name: str) -> None:
        self._environ = SecretMapping(environ)
        self._name = name

    def renew(self, token: Token) -> Token:  # noqa: ARG002 - the variable says all
        """Read the variable. Raises LoginExpired if it no longer holds a token."""
        secret = Secret(cleaned(self._environ.get(self._name, "")))
        if not usable(secret.reveal()):
            raise LoginExpired(
                "an environment variable no longer holds a token",
                hint=CURE,
                reason="environment_token_unset",
                detail=self._name,
            )
        return _token_of(self._name, secret)


def login(environ: Mapping[str, str], clock: Clock) -> Login | None:
    """The login with the token in the environment; None if there is no token.

    Raises SettingsError, with every mistake, for two tokens, two organisations, or a token that no header can carry.
    """
    name, secret, mistake = _find_token(environ)
    _, organisation_mistake = _find_organisation(environ)
    _raise_mistakes(mistake, organisation_mistake)
    if secret is None:
        return None
    provider = EnvironmentTokenProvider(environ, name) if name in AMBIENT_NAMES else None
    return Login(_token_of(name, secret), f"environment: {name}", provider, clock=clock)


def token_name(environ: Mapping[str, str]) -> str:
    """The variable that holds the token; empty if there is none."""
    return _first_secret(environ, (*OAUTH_NAMES, *IAM_NAMES, *AMBIENT_NAMES))[0]


def organisation_of(environ: Mapping[str, str]) -> Organisation | None:
    """The organisation in the environment. Raises SettingsError for two, or for one that is not an id."""
    org, mistake = _find_organisation(environ)
    _raise_mistakes(mistake)
    return org


def oauth_token(environ: Mapping[str, str]) -> Secret | None:
    """An OAuth token from any variable, to be exchanged for an IAM token."""
    name, secret = _first_secret(environ, (*OAUTH_NAMES, "YC_OAUTH_TOKEN", "YC_TOKEN"))
    if secret is None or _is_iam(name, secret):
        return None
    return secret if usable(secret.reveal()) else None


def app(environ: Mapping[str, str]) -> App | None:
    """The OAuth app whose ClientID is in the environment. Raises SettingsError if that is a token instead."""
    client_id = _first_cleaned(environ, CLIENT_NAMES)
    _, secret = _first_secret(environ, CLIENT_SECRET_NAMES)
    try:
        return App(client_id[1], secret) if client_id else None
    except BadOption as error:
        variable = client_id[0] if client_id else ""
        raise SettingsError(f"{variable}: {error.message}", hint=error.hint, reason="invalid_client_id") from None


def service_key(environ: Mapping[str, str]) -> iam.ServiceAccountKey | None:
    """The service account's key: JSON, a file with it, or three variables. Raises SettingsError if it is incomplete."""
    name, key = _key_text_or_file(environ)
    if key is not None:
        is_text = name == KEY_TEXT_NAME or iam.is_key_text(key)
        return iam.read_key(key, name) if is_text else iam.read_key_file(key)
    missing = [name for name in KEY_NAMES if not first_of(environ, [name])]
    if len(missing) == len(KEY_NAMES):
        return None
    if missing:
        raise SettingsError(
            "variables of the service account's key are not set",
            hint="Set all three variables.",
            reason="incomplete_service_account_key",
            detail=", ".join(missing),
        )
    key_id, account_id, private_key = KEY_NAMES
    return iam.service_account_key(
        cleaned(environ[key_id]), cleaned(environ[account_id]), Secret(unwrapped(environ[private_key]))
    )


def _find_token(environ: Mapping[str, str]) -> tuple[str, Secret | None, str]:
    """The variable that holds the token, the token, and what is wrong with it ("": nothing)."""
    oauth_name, oauth = _first_secret(environ, OAUTH_NAMES)
    iam_name, iam_token = _first_secret(environ, IAM_NAMES)
    if oauth and iam_token:
        return "", None, f"two tokens in the environment: {oauth_name} and {iam_name}"
    name, secret = _first_secret(environ, (*OAUTH_NAMES, *IAM_NAMES, *AMBIENT_NAMES))
    if secret is not None and not usable(secret.reveal()):
        return name, None, f"{name} contains spaces or characters that no token has"
    return name, secret, ""


def _find_organisation(environ: Mapping[str, str]) -> tuple[Organisation | None, str]:
    """The organisation, and what is wrong with it ("": nothing)."""
    org, cloud = _first_cleaned(environ, ORG_NAMES), _first_cleaned(environ, CLOUD_ORG_NAMES)
    if org and cloud:
        return None, f"two organisations in the environment: {org[0]} and {cloud[0]}"
    try:
        return organisation(org[1] if org else None, cloud[1] if cloud else None), ""
    except BadOption as error:
        return None, f"{(org or cloud or ('',))[0]}: {error.message}"


def _raise_mistakes(*mistakes: str) -> None:
    text = "; ".join(filter(None, mistakes))
    if text:
        raise SettingsError(
            text,
            hint="Unset one variable of each pair, or pass the values as arguments.",
            reason="contradictory_environment",
        )


def _key_text_or_file(environ: Mapping[str, str]) -> tuple[str, Secret | None]:
    variable = first_of(environ, (KEY_TEXT_NAME, KEY_FILE_NAME))
    return (variable[0], Secret(variable[1])) if variable else ("", None)


def _first_secret(environ: Mapping[str, str], names: Iterable[str]) -> tuple[str, Secret | None]:
    variable = _first_cleaned(environ, names)
    return (variable[0], Secret(variable[1])) if variable else ("", None)


def _first_cleaned(environ: Mapping[str, str], names: Iterable[str]) -> tuple[str, str] | None:
    variable = first_of(environ, names)
    return (variable[0], cleaned(variable[1])) if variable else None


def _token_of(name: str, secret: Secret) -> Token:
    return Token(secret, "Bearer" if _is_iam(name, secret) else "OAuth")


def _is_iam(name: str, secret: Secret) -> bool:
    """Whether a token is an IAM token, by the variable's name; in YC_TOKEN by its prefix."""
    return name in {*IAM_NAMES, "YC_IAM_TOKEN"} or (name == "YC_TOKEN" and secret.reveal().startswith("t1."))
