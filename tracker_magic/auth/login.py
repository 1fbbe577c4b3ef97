"""A login in use: one token for all threads, renewed before it expires and once after it was rejected."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Final

from tracker_magic.auth.token import Scheme, Token
from tracker_magic.errors import NoAnswer, NotLoggedIn, ServiceBroken, UnexpectedReply
from tracker_magic.forks import PerProcess
from tracker_magic.secret import HIDDEN, Secret

# OAuth tokens live for months, IAM tokens for hours: for both, this is early enough for one request.
RENEWAL_MARGIN: Final = timedelta(minutes=5)
# The pause between renewals within the margin: the login service may be down, or issue tokens as short as the margin.
RENEWAL_PAUSE: Final = timedelta(seconds=30)


class Clock:
    """The current time, as an object, so that a test can pass in another one."""

    def now(self) -> datetime:
        """The current moment in UTC."""
        return datetime.now(UTC)


class TokenProvider:
    """Renews and revokes the tokens of one login. This base class does neither: it serves a fixed token.

    Attributes:
        is_renewable: Whether `renew` can obtain another token.
        is_volatile: Whether the token may change at any time without us (a variable that another program updates);
            such a token is read again at each use.
        rejection_reason: The `reason` of the error if Tracker's API rejects the token (401).
        rejection_hint: What to do then, if the usual advice does not apply.
    """

    is_renewable: bool = False
    is_volatile: bool = False
    rejection_reason: str = "token_rejected"
    rejection_hint: str = ""

    def renew(self, token: Token) -> Token:
        """Obtain the token that follows `token`; called only if `is_renewable` is true.

        Raises LoginError, NoAnswer, ServiceBroken, UnexpectedReply.
        """
        raise NotImplementedError

    def revoke(self, token: Token) -> bool:  # noqa: ARG002 - subclasses need the token
        """Revoke `token` at the service; False if that is not possible from here."""
        return False

    def take_warnings(self) -> list[Warning]:
        """Return the warnings that renewals have left since the last call."""
        return []


class Login:
    """A token, a short description of its origin (`source`), and the provider of the next token.

    All methods can be called from any thread.
    """

    def __init__(
        self, token: Token, source: str, provider: TokenProvider | None = None, *, clock: Clock | None = None
    ) -> None:
        self.source = source
        self._token = token
        self._provider = provider or TokenProvider()
        self._clock = clock or Clock()
        self._next_renewal: datetime | None = None
        self._is_new = False  # the last renewal succeeded
        self._is_forgotten = False
        self._lock = PerProcess(threading.Lock)

    @property
    def expires_at(self) -> datetime | None:
        """When the current token expires; None if that is not known."""
        return self._token.expires_at

    @property
    def scheme(self) -> Scheme:
        """The scheme of the current token: the first word of the Authorization header."""
        return self._token.scheme

    @property
    def owner(self) -> int:
        """A number that distinguishes this login from others in the process; sends and renews nothing."""
        return hash(self._token.secret)

    @property
    def renewable(self) -> bool:
        """Whether the login can obtain its next token by itself."""
        return self._provider.is_renewable

    @property
    def rejection_reason(self) -> str:
        """The `reason` of the error if Tracker's API rejects this login (401)."""
        return self._provider.rejection_reason

    @property
    def rejection_hint(self) -> str:
        """What to do if Tracker's API rejects this login (401); empty if the usual advice applies."""
        return self._provider.rejection_hint

    def token(self) -> Token:
        """Return the token to use now, renewed if it is about to expire.

        A login service that is down is an error only once the token has expired. Raises LoginError, NoAnswer,
        ServiceBroken, UnexpectedReply; NotLoggedIn after a logout.
        """
        if self._must_renew():
            with self._lock.value:
                if self._must_renew():
                    self._renew()
        if self._is_forgotten:
            raise NotLoggedIn(
                "this login was logged out",
                hint="Log in again, and use the new Tracker.",
                reason="logged_out",
            )
        return self._token

    def without_token(self, text: str) -> str:
        """The text with dots wherever it has the token."""
        token = self._token.secret.reveal()
        return text.replace(token, HIDDEN) if token else text

    def renewed_after(self, rejected: Token) -> bool:
        """Whether there is another token to try after `rejected`; the first thread that calls this renews it."""
        if not self._provider.is_renewable:
            return False
        with self._lock.value:
            if self._provider.is_volatile:
                self._token = self._provider.renew(rejected)
                return self._token.secret != rejected.secret
            # Identity, not equality: a refresh may return the same access token with a new expiry.
            if self._token is rejected:
                self._token = self._provider.renew(rejected)
            return True

    def revoke(self) -> bool:
        """Revoke the token at the service; False if that is not possible from here."""
        return self._provider.revoke(self._token)

    def forget(self) -> None:
        """Drop the token, so that nothing that still has this login, such as a Tracker in a variable, can use it."""
        with self._lock.value:
            self._is_forgotten = True
            self._provider = TokenProvider()
            self._token = Token(Secret(""), self._token.scheme)

    def take_warnings(self) -> list[Warning]:
        """Return the warnings that have accumulated since the last call, each of them once.

        Tokens are renewed in worker threads, where a warning would not point at the user's line: the calling thread
        emits them.
        """
        return self._provider.take_warnings()

    def __repr__(self) -> str:
        return f"<Login {getattr(self, 'source', '')}>"  # a debugger may show one that is half built

    def _must_renew(self) -> bool:
        if self._provider.is_volatile:
            return True
        if not self._provider.is_renewable:
            return False
        now = self._clock.now()
        is_pausing = self._next_renewal is not None and now < self._next_renewal
        if is_pausing and self._is_new:  # even if it looks expired: a renewal at each request would not help
            return False
        return self._token.expires_within(now, timedelta(0) if is_pausing else RENEWAL_MARGIN)

    def _renew(self) -> None:
        self._next_renewal, self._is_new = self._clock.now() + RENEWAL_PAUSE, False
        try:
            self._token = self._provider.renew(self._token)
            self._is_new = True
        except (NoAnswer, ServiceBroken, UnexpectedReply):
            if self._token.expires_within(self._clock.now(), timedelta(0)):
                raise
