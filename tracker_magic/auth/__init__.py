"""Tokens and logins: login flows as pure steps, token storage, and the choice of credentials."""

from tracker_magic.auth.credentials import (
    INTERACTIVE,
    NON_INTERACTIVE,
    STRATEGIES,
    Credentials,
    LoginContext,
    credentials_for,
    default_credentials,
)
from tracker_magic.auth.login import Clock, Login, TokenProvider
from tracker_magic.auth.token import Organisation, Token, TokenAuth, organisation, usable

__all__ = [
    "INTERACTIVE",
    "NON_INTERACTIVE",
    "STRATEGIES",
    "Clock",
    "Credentials",
    "Login",
    "LoginContext",
    "Organisation",
    "Token",
    "TokenAuth",
    "TokenProvider",
    "credentials_for",
    "default_credentials",
    "organisation",
    "usable",
]
