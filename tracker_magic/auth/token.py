"""A token as it is held: the secret, the word before it, its end, and what renews it."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from tracker_magic.secret import Secret

Scheme = Literal["OAuth", "Bearer"]


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
