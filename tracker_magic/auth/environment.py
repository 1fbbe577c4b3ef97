"""Credentials from the environment (DESIGN 6; second names as peers use them, AUTH 5.1 and 2.5)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from tracker_magic.auth import iam
from tracker_magic.auth.login import Login
from tracker_magic.auth.oauth import App
from tracker_magic.auth.organisation import Organisation, organisation
from tracker_magic.auth.token import Token, usable
from tracker_magic.errors import BadOption, LoginExpired, SettingsError
from tracker_magic.secret import Secret
from tracker_magic.settings import first_of

OAUTH_NAMES: Final = ("TRACKER_TOKEN", "YANDEX_TRACKER_TOKEN")
IAM_NAMES: Final = ("TRACKER_IAM_TOKEN", "YANDEX_TRACKER_IAM_TOKEN")
# Names that other programs set and renew: read anew at each use; YC_TOKEN holds either kind (AUTH 2.5).
AMBIENT_NAMES: Final = ("YC_IAM_TOKEN", "YC_TOKEN", "YC_OAUTH_TOKEN")
ORG_NAMES: Final = ("TRACKER_ORG_ID", "YANDEX_TRACKER_ORG_ID")
CLOUD_ORG_NAMES: Final = ("TRACKER_CLOUD_ORG_ID", "YANDEX_TRACKER_CLOUD_ORG_ID")
CLIENT_NAMES: Final = ("TRACKER_CLIENT_ID", "YANDEX_TRACKER_CLIENT_ID")
CLIENT_SECRET_NAMES: Final = ("TRACKER_CLIENT_SECRET", "YANDEX_TRACKER_CLIENT_SECRET")
SA_NAMES: Final = ("TRACKER_SA_KEY_ID", "TRACKER_SA_SERVICE_ACCOUNT_ID", "TRACKER_SA_PRIVATE_KEY")

CURE: Final = (
    "Set TRACKER_TOKEN (or TRACKER_IAM_TOKEN) and TRACKER_ORG_ID (Yandex 360) or TRACKER_CLOUD_ORG_ID (Yandex Cloud), "
    "or run %tracker login in a notebook."
)
_ONE_OF_A_PAIR: Final = "Unset one name of each pair, or give the values as arguments."


def login(environ: Mapping[str, str], clock: Callable[[], datetime]) -> Login | None:
    """The login that the environment names; None where it names no token.

    Raises SettingsError, with every mistake, for two tokens, two organisations, or a token that no header can carry.
    """
    mistakes: list[str] = []
    found = _token(environ, mistakes)
    _organisation(environ, mistakes)
    if mistakes:
        raise SettingsError("; ".join(mistakes), hint=_ONE_OF_A_PAIR)
    if found is None:
        return None
    name, token = found
    if name not in AMBIENT_NAMES:
        return Login(token, f"environment: {name}", clock=clock)
    return Login(token, f"environment: {name}", renew=lambda _: _read_anew(environ, name), volatile=True, clock=clock)


def organisation_of(environ: Mapping[str, str]) -> Organisation | None:
    """The organisation that the environment names. Raises SettingsError for two."""
    mistakes: list[str] = []
    found = _organisation(environ, mistakes)
    if mistakes:
        raise SettingsError("; ".join(mistakes), hint=_ONE_OF_A_PAIR)
    return found


def oauth_token(environ: Mapping[str, str]) -> Secret | None:
    """An OAuth token of any name, for the exchange."""
    named = _first_secret(environ, (*OAUTH_NAMES, "YC_OAUTH_TOKEN"))
    ambient = _first_secret(environ, ("YC_TOKEN",))
    if named is None and ambient is not None and not _is_iam(*ambient):
        named = ambient
    return named[1] if named and usable(named[1].reveal()) else None


def app(environ: Mapping[str, str]) -> App | None:
    """The app whose ClientID the environment names."""
    found = first_of(environ, CLIENT_NAMES)
    secret = _first_secret(environ, CLIENT_SECRET_NAMES)
    return App(found[1], secret[1] if secret else None) if found else None


def service_key(environ: Mapping[str, str]) -> iam.ServiceKey | None:
    """The service account's key: a file, or three names. Raises SettingsError for one that is incomplete."""
    if named := first_of(environ, ("TRACKER_SA_KEY_FILE",)):
        return iam.read_key_file(named[1])
    missing = [name for name in SA_NAMES if not environ.get(name, "").strip()]
    if len(missing) == len(SA_NAMES):
        return None
    if missing:
        raise SettingsError(f"the service account's key lacks {', '.join(missing)}", hint="Set all three names.")
    key_id, account, private_key = SA_NAMES
    return iam.service_key(environ[key_id].strip(), environ[account].strip(), Secret(environ[private_key].strip()))


def _token(environ: Mapping[str, str], mistakes: list[str]) -> tuple[str, Token] | None:
    oauth, own_iam = _first_secret(environ, OAUTH_NAMES), _first_secret(environ, IAM_NAMES)
    if oauth and own_iam:
        mistakes.append(f"two tokens in the environment: {oauth[0]} and {own_iam[0]}")
        return None
    found = oauth or own_iam or _first_secret(environ, AMBIENT_NAMES)
    if found is None:
        return None
    name, secret = found
    if not usable(secret.reveal()):
        mistakes.append(f"{name} holds blanks or signs that no token has")
        return None
    return name, _of(name, secret)


def _first_secret(environ: Mapping[str, str], names: Iterable[str]) -> tuple[str, Secret] | None:
    found = first_of(environ, names)
    return (found[0], Secret(found[1])) if found else None


def _of(name: str, secret: Secret) -> Token:
    return Token(secret, "Bearer" if _is_iam(name, secret) else "OAuth")


def _is_iam(name: str, secret: Secret) -> bool:
    """By the name; YC_TOKEN holds either kind, told by its beginning (AUTH 2.5)."""
    return name in {*IAM_NAMES, "YC_IAM_TOKEN"} or (name == "YC_TOKEN" and secret.reveal().startswith("t1."))


def _read_anew(environ: Mapping[str, str], name: str) -> Token:
    secret = Secret(environ.get(name, "").strip())
    if not usable(secret.reveal()):
        raise LoginExpired(f"{name} is no longer set", hint=CURE)
    return _of(name, secret)


def _organisation(environ: Mapping[str, str], mistakes: list[str]) -> Organisation | None:
    org, cloud = first_of(environ, ORG_NAMES), first_of(environ, CLOUD_ORG_NAMES)
    if org and cloud:
        mistakes.append(f"two organisations in the environment: {org[0]} and {cloud[0]}")
        return None
    try:
        return organisation(org[1] if org else None, cloud[1] if cloud else None)
    except BadOption as problem:
        mistakes.append(f"{(org or cloud or ('',))[0]}: {problem.message}")
        return None
