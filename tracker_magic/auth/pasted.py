"""What a person pasted: a bare code or token, or the whole address of the page that showed it (AUTH 1.4.7, 1.5.4)."""

import re
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from tracker_magic.auth.oauth import told
from tracker_magic.auth.token import Token, end_of, usable
from tracker_magic.errors import BadOption, LoginRefused, masked
from tracker_magic.secret import Secret

# What comes along when a text is copied: blanks (also those without a width), quotes of every kind.
_AROUND: Final = "[\\s\u200b\u2060\ufeff\"'`«»“”„‘’<>]+"
_ENDS: Final = re.compile(f"^{_AROUND}|{_AROUND}$")
_ADDRESS: Final = re.compile(r"://|[#?]|^(?:access_token|code|error|state)=")


def read_pasted_code(pasted: str | Secret, state: str) -> Secret:
    """The code in what was pasted; of a whole address the `state`, where it has one, must be ours.

    Raises LoginRefused (the address carries an error or another login's state), BadOption (nothing usable).
    """
    pasted = Secret.of(pasted)
    values = _values(pasted, "code")
    _raise_told(values)
    if values.get("state", state) != state:
        raise LoginRefused(
            "this address belongs to another login", hint="Open the link shown here, and paste its page."
        )
    return _value(values, "code")


def read_pasted_token(pasted: str | Secret, now: datetime) -> Token:
    """The token in what was pasted, an IAM token told by its beginning; a whole address also says when it ends.

    Raises LoginRefused (the address carries an error), BadOption (nothing usable).
    """
    pasted = Secret.of(pasted)
    values = _values(pasted, "access_token")
    _raise_told(values)
    secret = _value(values, "access_token", "token")
    bearer = secret.reveal().startswith("t1.")
    return Token(secret, "Bearer" if bearer else "OAuth", end_of(now, values.get("expires_in")))


def _values(pasted: Secret, bare: str) -> dict[str, str | Secret]:
    """Query and fragment of a pasted address; a bare text stands under the name `bare`. What may be secret is closed.

    Nothing in here raises: its frame holds the open text.
    """
    text = _ENDS.sub("", pasted.reveal())
    if not _ADDRESS.search(text):
        return {bare: Secret(text)}
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets that are no address
        return {}
    pairs = parse_qs(parts.query) | parse_qs(parts.fragment or ("" if parts.query else parts.path))
    shown = {"error", "error_description", "expires_in", "state"}
    return {
        name: masked(values[0]) if name in shown else Secret(_ENDS.sub("", values[0])) for name, values in pairs.items()
    }


def _value(values: dict[str, str | Secret], name: str, called: str = "") -> Secret:
    called = called or name
    secret = Secret.of(values.get(name, ""))
    if not secret.reveal():
        raise BadOption(
            f"there is no {called} in what was pasted", hint=f"Copy the {called} from the page, or its address."
        )
    if not usable(secret.reveal()):
        raise BadOption(f"this is no {called}: it holds blanks or signs that none has", hint="Copy it again.")
    return secret


def _raise_told(values: dict[str, str | Secret]) -> None:
    if "error" in values:
        raise told(str(values["error"]), str(values.get("error_description", "")))
