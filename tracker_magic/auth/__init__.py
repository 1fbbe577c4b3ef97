"""Who asks: tokens, flows as pure steps, where a token rests, which way to a login applies."""

from tracker_magic.auth.credentials import (
    INTERACTIVE,
    NON_INTERACTIVE,
    STRATEGIES,
    Credentials,
    LoginContext,
    credentials_for,
    default_credentials,
)
from tracker_magic.auth.header import TokenAuth
from tracker_magic.auth.login import Login
from tracker_magic.auth.organisation import Organisation, organisation
from tracker_magic.auth.token import Token, usable

__all__ = [
    "INTERACTIVE",
    "NON_INTERACTIVE",
    "STRATEGIES",
    "Credentials",
    "Login",
    "LoginContext",
    "Organisation",
    "Token",
    "TokenAuth",
    "credentials_for",
    "default_credentials",
    "organisation",
    "usable",
]
