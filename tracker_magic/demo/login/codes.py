"""What stands between a login begun and a token: screen codes with their challenge, and device codes."""

import base64
import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

_SHAPE = re.compile(r"\d{7}|[a-z0-9]{16}")
_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class Code:
    """A screen code's grant: for which application, with which rights, until when."""

    client_id: str
    scopes: tuple[str, ...]
    expires_at: datetime
    device_id: str | None = None
    challenge: str | None = field(default=None, repr=False)
    method: str = "plain"

    def verified(self, verifier: str | None) -> bool:
        """Whether a verifier answers the challenge; true where there was none (RFC 7636 4.6)."""
        if self.challenge is None:
            return True
        answer = verifier or ""
        if self.method == "S256":
            digest = hashlib.sha256(answer.encode()).digest()
            answer = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return hmac.compare_digest(answer.encode(), self.challenge.encode())


@dataclass(slots=True)
class Device:
    """A login on another device, and how far it has come."""

    client_id: str
    user_code: str
    scopes: tuple[str, ...]
    expires_at: datetime
    device_id: str | None = None
    decision: Literal["pending", "allowed", "denied"] = "pending"
    polls: int = 0
    polled_at: datetime | None = None


def new_code(form: Literal["digits", "letters"]) -> str:
    """A screen code: 7 digits or 16 characters (AUTH 1.5.1)."""
    return f"{secrets.randbelow(10**7):07d}" if form == "digits" else new_word(16)


def new_word(length: int) -> str:
    """Lower-case letters and digits, as in a user code."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def shaped(code: str) -> bool:
    """Whether a text has the shape of a screen code at all."""
    return _SHAPE.fullmatch(code) is not None
