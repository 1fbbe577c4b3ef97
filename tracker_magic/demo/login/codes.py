"""Logins that are under way: confirmation codes with their PKCE challenge, and device codes."""

import base64
import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

_CODE = re.compile(r"\d{7}|[a-z0-9]{16}")
_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class Code:
    """What a confirmation code was issued for."""

    client_id: str
    scopes: tuple[str, ...]
    expires_at: datetime
    device_id: str | None = None
    challenge: str | None = field(default=None, repr=False)
    method: str = "plain"

    def verified(self, verifier: str | None) -> bool:
        """Whether the verifier matches the challenge (RFC 7636, 4.6); true if there was no challenge."""
        if self.challenge is None:
            return True
        response = verifier or ""
        if self.method == "S256":
            digest = hashlib.sha256(response.encode()).digest()
            response = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return hmac.compare_digest(response.encode(), self.challenge.encode())


@dataclass(slots=True)
class Device:
    """A login with a device code, and its state."""

    client_id: str
    user_code: str
    scopes: tuple[str, ...]
    expires_at: datetime
    device_id: str | None = None
    decision: Literal["pending", "allowed", "denied"] = "pending"
    polls: int = 0
    polled_at: datetime | None = None


def new_code(form: Literal["digits", "letters"]) -> str:
    """A confirmation code: 7 digits or 16 characters; both have been seen."""
    return f"{secrets.randbelow(10**7):07d}" if form == "digits" else random_text(16)


def random_text(length: int) -> str:
    """Random lower-case letters and digits, as in a user code."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def is_code(text: str) -> bool:
    """Whether a text has the form of a confirmation code."""
    return _CODE.fullmatch(text) is not None
