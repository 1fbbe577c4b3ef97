"""Text that a person pastes: a bare code or token, or the whole address of the page that showed it."""

import re
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

from tracker_magic.auth.oauth import oauth_error
from tracker_magic.auth.token import Token, expiry, usable
from tracker_magic.errors import BadOption, LoginRefused, masked
from tracker_magic.printable import cleaned
from tracker_magic.secret import Secret

_ADDRESS: Final = re.compile(r"://|[#?]|^(?:access_token|code|error|state)=")
_PLAIN_NAMES: Final = frozenset({"error", "error_description", "expires_in", "state"})


def read_pasted_code(pasted: str | Secret, state: str) -> Secret:
    """Find the confirmation code in a pasted text; if an address has a `state`, it must be this one.

    Raises LoginRefused (the address carries an error or another login's state), BadOption (nothing usable).
    """
    pasted = Secret.of(pasted)
    values = _parse(pasted, "code")
    _raise_oauth_error(values)
    if values.get("state", state) != state:
        raise LoginRefused(
            "this address belongs to another login",
            hint="Open the link shown here, and paste the address of its page.",
            reason="other_login",
        )
    return _usable_value(values, "code", "code")


def read_pasted_token(pasted: str | Secret, now: datetime) -> Token:
    """Find the token in a pasted text: an IAM token by its prefix, and its expiry if an address has it.

    Raises LoginRefused (the address carries an error), BadOption (nothing usable).
    """
    pasted = Secret.of(pasted)
    values = _parse(pasted, "access_token")
    _raise_oauth_error(values)
    secret = _usable_value(values, "access_token", "token")
    is_iam = secret.reveal().startswith("t1.")
    return Token(secret, "Bearer" if is_iam else "OAuth", expiry(now, values.get("expires_in")))


def _parse(pasted: Secret, bare_name: str) -> dict[str, str | Secret]:
    """Query and fragment of an address, or a bare text as the value of `bare_name`; possible secrets as `Secret`.

    Must not raise: the frame holds the plain text.
    """
    text = cleaned(pasted.reveal())
    if not _ADDRESS.search(text):
        return {bare_name: Secret(text)}
    # Not by `urlsplit`, whose cache would keep the address with the token in it. Line breaks are those of a terminal.
    address, _, fragment = re.sub(r"[\t\r\n]", "", text).partition("#")
    path, _, query = address.partition("?")
    pairs = parse_qs(query) | parse_qs(fragment or ("" if query else path))
    return {
        name: masked(values[0]) if name in _PLAIN_NAMES else Secret(cleaned(values[0]))
        for name, values in pairs.items()
    }


def _usable_value(values: dict[str, str | Secret], name: str, noun: str) -> Secret:
    secret = Secret.of(values.get(name, ""))
    if not secret.reveal():
        raise BadOption(
            f"there is no {noun} in the pasted text",
            hint=f"Copy the {noun} from the page, or the page's address.",
            reason=f"no_{noun}_pasted",
        )
    if not usable(secret.reveal()):
        raise BadOption(
            f"this is not a {noun}: it contains spaces or characters that no {noun} has",
            hint="Copy it again.",
            reason=f"malformed_{noun}",
        )
    return secret


def _raise_oauth_error(values: dict[str, str | Secret]) -> None:
    if "error" in values:
        raise oauth_error(str(values["error"]), str(values.get("error_description", "")))
