"""The error tree. Every message says what happened and what to do; tokens are masked when a text is built.

TrackerError
├── SettingsError          settings that cannot be read (all of them at once)
├── BadOption              a wrong option, command or argument: nothing was sent
├── LoginError
│   ├── NotLoggedIn        no credentials, or none accepted
│   ├── LoginRefused       the person or the service said no
│   └── LoginExpired       a code or token ran out
├── NoAnswer               nothing usable came back
│   ├── Unreachable
│   └── TimedOut
├── Refused                an answer that says no: .status .messages .url
│   ├── BadQuery           400, 422
│   ├── Forbidden          403
│   ├── NotFound           404
│   ├── RateLimited        429: .retry_after
│   └── ServiceBroken      5xx
├── UnexpectedReply        the shape is not the one we know
├── Incomplete             not everything came: .partial .fetched .total
├── StoreError             the local copy is newer, locked or damaged
└── FlowError
    ├── WrongFrame
    ├── UnknownStatus
    ├── NoHistory
    └── NotEnoughData
Cancelled(KeyboardInterrupt)  stopped by the person: .partial

MissingIssues(UserWarning)    keys that do not exist; the others came
ValueWarning(UserWarning)     values that do not fit their column; they stand in NAME.raw
UnsavedLogin(UserWarning)     a renewed login that could not be stored; it serves this kernel alone
"""

import re
import traceback
from collections.abc import Sequence
from typing import Any, Final

MASK: Final = "•••"

# Forms of every secret of the service (API notes, AUTH 5.3); a parameter keeps its name, only the value goes.
_FORMS: Final = re.compile(
    r"y[0-3]_[-\w]{8,}"
    r"|A[Qg]AAAA[-\w]{20,}"
    r"|t1\.[-\w=]+\.[-\w=]+"
    r"|\b1:[-\w]{8,}:[-\w.]{8,}"
    r"|yccs__[-\w]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=OAuth )(?!token)[^\s\"',<]{8,}"
    r"|(?<=Bearer )(?!token)[^\s\"',<]{8,}"
    r"|eyJ[-\w]{8,}\.[-\w]+\.[-\w]*",
    re.DOTALL,
)
# What a server says may reach a terminal: no colours, no titles, no cursor moves.
_CONTROLS: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07?|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_PARAMETERS: Final = re.compile(
    r"(?P<name>(?:\b(?:access_token|oauth_token|refresh_token|client_secret|code_verifier|device_code|jwt|iamToken"
    r"|yandexPassportOauthToken)[\"']?\s*[=:]|(?:[?&#]|\A|\s|\"|')code[\"']?=)\s*[\"']?)(?P<value>[^&\s\"',}]+)"
)


def masked(text: str) -> str:
    """`text` with everything that looks like a secret replaced by dots, and without a terminal's control signs."""
    text = _CONTROLS.sub("", text)
    return _PARAMETERS.sub(rf"\g<name>{MASK}", _FORMS.sub(MASK, text))


def forget_locals(error: BaseException) -> None:
    """Empty the finished frames that `error` and what led to it hold: libraries keep what was sent in their locals."""
    chain: list[BaseException | None] = [error]
    seen: set[int] = set()
    while chain:
        each = chain.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            traceback.clear_frames(each.__traceback__)
            chain += [each.__cause__, each.__context__]


class TrackerError(Exception):
    """Root of all errors of this package; in a notebook it shows as one message in red."""

    show_traceback: bool = False  # `--debug` turns it on for one error, `%config TrackerMagic.debug` for all

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        self.message = masked(message)
        self.hint = masked(hint)
        super().__init__(f"{self.message} {self.hint}".strip())

    def lines(self) -> list[str]:
        """What a person sees: what happened, then what to do."""
        return [line for line in (f"{type(self).__name__}: {self.message}", self.hint) if line]

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: these lines in place of its own traceback."""
        if self.show_traceback:
            return masked("".join(traceback.format_exception(self))).splitlines()
        return ["\x1b[31m" + line + "\x1b[0m" for line in self.lines()]


class SettingsError(TrackerError):
    """Settings that cannot be used; names all of them at once."""


class BadOption(TrackerError):
    """A wrong option, command or argument; nothing was sent."""


class LoginError(TrackerError):
    """Something about logging in; `oauth_error` is OAuth's own code for it, where the service gave one."""

    def __init__(self, message: str = "", *, hint: str = "", oauth_error: str = "") -> None:
        super().__init__(message, hint=hint)
        self.oauth_error = oauth_error


class NotLoggedIn(LoginError):
    """There are no credentials, or the service accepts none of them."""


class LoginRefused(LoginError):
    """The person or the service said no."""


class LoginExpired(LoginError):
    """A code or a token ran out."""


class NoAnswer(TrackerError):
    """Nothing usable came back; `connected`: though a connection stood, so that somebody is there."""

    connected = False


class Unreachable(NoAnswer):
    """The service could not be reached, or the connection broke."""


class TimedOut(NoAnswer):
    """The service took longer than the limit."""


class Refused(TrackerError):
    """An answer that says no; carries the status, the service's own messages and the address."""

    def __init__(
        self, message: str = "", *, hint: str = "", status: int = 0, messages: Sequence[str] = (), url: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.messages = tuple(masked(text) for text in messages)
        self.url = masked(url)


class BadQuery(Refused):
    """400 or 422: the service does not understand the question; `query` and `place` draw the caret."""

    query: str = ""
    place: int | None = None

    def lines(self) -> list[str]:
        """As every error; where the service named a place, the query's line and a caret under it."""
        said, *rest = super().lines()
        if self.place is None or not self.query:
            return [said, *rest]
        start = self.query.rfind("\n", 0, self.place) + 1
        line = self.query[start:].split("\n", 1)[0]
        return [said, f"    {line}", "    " + " " * (self.place - start) + "^", *rest]


class Forbidden(Refused):
    """403: no right, or (`about_organisation`) the wrong organisation, which no other object can answer for."""

    about_organisation: bool = False


class NotFound(Refused):
    """404: there is no such object, or this login may not see it."""


class RateLimited(Refused):
    """429: too many requests; `retry_after` is that header's text, if the service sent it."""

    retry_after: str | None = None


class ServiceBroken(Refused):
    """5xx: the service has a problem of its own; `retry_after` as for RateLimited."""

    retry_after: str | None = None


class UnexpectedReply(TrackerError):
    """The answer is not of the shape we know (HTML, a cut body, another type)."""


class Incomplete(TrackerError):
    """Not everything came; `.partial` holds what did (a frame or records), `.fetched` of `.total`."""

    def __init__(
        self, message: str = "", *, hint: str = "", partial: Any = None, fetched: int = 0, total: int | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.partial = partial
        self.fetched = fetched
        self.total = total


class StoreError(TrackerError):
    """The local copy is newer than this version, locked or damaged."""


class FlowError(TrackerError):
    """The analytics cannot answer from these frames."""


class WrongFrame(FlowError):
    """A frame of another kind than asked for."""


class UnknownStatus(FlowError):
    """A status that no dictionary knows."""


class NoHistory(FlowError):
    """The history that this needs is not there."""


class NotEnoughData(FlowError):
    """Too few items for an answer."""


class Cancelled(KeyboardInterrupt):
    """Stopped by the person; `.partial` holds what had come. No TrackerError, as an interrupt is no failure."""

    def __init__(self, message: str = "stopped", *, partial: Any = None) -> None:
        self.message = masked(message)
        super().__init__(self.message)
        self.partial = partial
        self.show_traceback = False

    def _render_traceback_(self) -> list[str]:
        if self.show_traceback:
            return masked("".join(traceback.format_exception(self))).splitlines()
        return [f"\x1b[31mCancelled: {self.message}\x1b[0m"]


class MissingIssues(UserWarning):
    """Keys that do not exist, or that this login may not see; the others came."""


class ValueWarning(UserWarning):
    """Values that do not fit their column; they stand as they came in `NAME.raw`."""


class UnsavedLogin(UserWarning):
    """A renewed login that could not be stored: it serves this kernel, and the next one has to log in again."""
