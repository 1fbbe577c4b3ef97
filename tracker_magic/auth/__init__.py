"""Who asks: tokens, flows as pure steps, where a token rests, which way to a login applies."""

from tracker_magic.auth.header import Signature
from tracker_magic.auth.login import Login
from tracker_magic.auth.organisation import Organisation, organisation
from tracker_magic.auth.strategies import STRATEGIES, TYPED, UNASKED, Found, Ways, by_name, unasked
from tracker_magic.auth.token import Token, usable

__all__ = [
    "STRATEGIES",
    "TYPED",
    "UNASKED",
    "Found",
    "Login",
    "Organisation",
    "Signature",
    "Token",
    "Ways",
    "by_name",
    "organisation",
    "unasked",
    "usable",
]
