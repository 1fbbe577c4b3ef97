"""Credentials from the environment (DESIGN 6; second names as peers use them, AUTH 5.1)."""

import re
from collections.abc import Mapping
from typing import Final

from tracker_magic.auth.credentials import Credentials, Organisation, organisation
from tracker_magic.config import first_of
from tracker_magic.errors import BadOption, SettingsError
from tracker_magic.secret import Secret

OAUTH_NAMES: Final = ("TRACKER_TOKEN", "YANDEX_TRACKER_TOKEN")
IAM_NAMES: Final = ("TRACKER_IAM_TOKEN", "YC_IAM_TOKEN")
ORG_NAMES: Final = ("TRACKER_ORG_ID", "YANDEX_TRACKER_ORG_ID")
CLOUD_ORG_NAMES: Final = ("TRACKER_CLOUD_ORG_ID", "YANDEX_TRACKER_CLOUD_ORG_ID")

CURE: Final = (
    "Set TRACKER_TOKEN (or TRACKER_IAM_TOKEN) and TRACKER_ORG_ID (Yandex 360) or TRACKER_CLOUD_ORG_ID (Yandex Cloud), "
    "or run %tracker login in a notebook."
)


def from_environment(environ: Mapping[str, str]) -> tuple[Credentials, Organisation | None] | None:
    """The login that the environment names; None where it names no token.

    Raises SettingsError, with every mistake, for two tokens, two organisations, or a token that no header can carry.
    """
    mistakes: list[str] = []
    credentials = _credentials(environ, mistakes)
    org = _organisation(environ, mistakes)
    if mistakes:
        raise SettingsError("; ".join(mistakes), hint="Unset one name of each pair, or give the values as arguments.")
    return (credentials, org) if credentials else None


def _credentials(environ: Mapping[str, str], mistakes: list[str]) -> Credentials | None:
    oauth, iam = first_of(environ, OAUTH_NAMES), first_of(environ, IAM_NAMES)
    if oauth and iam and iam[0] == "TRACKER_IAM_TOKEN":
        mistakes.append(f"two tokens in the environment: {oauth[0]} and {iam[0]}")
        return None
    name, text = oauth or iam or ("", "")
    if not text:
        return None
    if not usable(text):
        mistakes.append(f"{name} holds blanks or signs that no token has")
        return None
    return Credentials(Secret(text), "OAuth" if oauth else "Bearer", source=f"environment: {name}")


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


def usable(token: str) -> bool:
    """Whether a header can carry `token`: printable ASCII without blanks."""
    return re.fullmatch(r"[!-~]+", token) is not None
