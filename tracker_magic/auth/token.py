"""A token as it is held: the secret, the word before it, its end, and what renews it."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from tracker_magic.secret import Secret

Scheme = Literal["OAuth", "Bearer"]

_LONGEST_S: Final = 100 * 365 * 86_400.0


@dataclass(frozen=True, slots=True)
class Token:
    """`OAuth` is a person's token, `Bearer` an IAM token (AUTH 0.2); no part of it shows itself."""

    secret: Secret = field(repr=False)
    scheme: Scheme = "OAuth"
    expires_at: datetime | None = None
    refresh: Secret | None = field(default=None, repr=False)

    def ends_before(self, now: datetime, margin: timedelta) -> bool:
        """Whether less than `margin` of its life is left; a token without an end never does."""
        return self.expires_at is not None and self.expires_at - margin <= now


def usable(token: str) -> bool:
    """Whether a header can carry `token`: printable ASCII without blanks."""
    return re.fullmatch(r"[!-~]+", token) is not None


def end_of(now: datetime, expires_in: Any) -> datetime | None:
    """When something ends that lives `expires_in` seconds from `now`; None where that is no such number."""
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return None
    return now + timedelta(seconds=seconds) if 0 <= seconds <= _LONGEST_S else None
