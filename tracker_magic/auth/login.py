"""A login as it runs: one token for all threads, renewed before its end and once after a refusal."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from tracker_magic.auth.token import Scheme, Token
from tracker_magic.errors import NoAnswer, ServiceBroken, UnexpectedReply

# OAuth tokens live for months, IAM tokens for hours; whichever it is, this is early enough for one request.
MARGIN: Final = timedelta(minutes=5)
# Within the margin not every request asks again: the login service may be down, or give tokens as short as that.
PAUSE: Final = timedelta(seconds=30)

Renew = Callable[[Token], Token]


def utc_now() -> datetime:
    """The moment, aware."""
    return datetime.now(UTC)


class Login:
    """A token, where it came from, and how to get the next one (`renew`; None: it cannot be renewed).

    `volatile`: the source changes by itself (an environment name that somebody else renews), so it is read anew at
    each use. `refused`: what a 401 means for this login, where it is something special. `revoke` ends the token at
    the service, where that is possible.
    """

    def __init__(
        self,
        token: Token,
        source: str,
        *,
        renew: Renew | None = None,
        revoke: Callable[[Token], None] | None = None,
        volatile: bool = False,
        refused: str = "",
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.source = source
        self.refused = refused
        self._token = token
        self._renew = renew
        self._revoke = revoke
        self._volatile = volatile
        self._clock = clock
        self._next_try: datetime | None = None
        self._lock = threading.Lock()

    @property
    def expires_at(self) -> datetime | None:
        """When the present token ends, if that is known."""
        return self._token.expires_at

    @property
    def scheme(self) -> Scheme:
        """The word before the token."""
        return self._token.scheme

    @property
    def owner(self) -> int:
        """What tells this login from others in the process; asks nothing, renews nothing."""
        return hash(self._token.secret)

    @property
    def renewable(self) -> bool:
        """Whether it can get the next token by itself."""
        return self._renew is not None

    def token(self) -> Token:
        """The token to use now, renewed when its end is near.

        A login service that is down is no error until the token has really ended. Raises LoginError, NoAnswer,
        ServiceBroken, UnexpectedReply.
        """
        if self._due():
            with self._lock:
                if self._due():
                    self._renew_in_time()
        return self._token

    def renewed_after(self, refused: Token) -> bool:
        """Whether there is another token than the `refused` one to try; the first thread to ask gets it renewed."""
        if self._renew is None:
            return False
        with self._lock:
            if self._volatile:  # what the environment says now is new only if it says something else
                self._token = self._renew(refused)
                return self._token.secret != refused.secret
            # Identity, not equality: a refresh may give the same access token anew (AUTH 1.8.1).
            if self._token is refused:
                self._token = self._renew(refused)
            return True

    def revoke(self) -> bool:
        """End the token at the service, where that is possible; whether it was."""
        if self._revoke is None:
            return False
        self._revoke(self._token)
        return True

    def __repr__(self) -> str:
        return f"<Login {self.source}>"

    def _due(self) -> bool:
        if self._renew is None or self._volatile:
            return self._volatile
        now = self._clock()
        if self._next_try is not None and now < self._next_try and not self._token.ends_before(now, timedelta(0)):
            return False
        return self._token.ends_before(now, MARGIN)

    def _renew_in_time(self) -> None:
        if self._renew is None:
            return
        self._next_try = self._clock() + PAUSE
        try:
            self._token = self._renew(self._token)
        except (NoAnswer, ServiceBroken, UnexpectedReply):
            if self._token.ends_before(self._clock(), timedelta(0)):
                raise
