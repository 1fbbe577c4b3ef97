"""The error tree. Every message says what happened and what to do; tokens are masked when the text is built.

TrackerError
├── SettingsError          settings that cannot be read (all of them at once)
├── BadOption              a wrong option, command or argument: nothing was sent
├── LoginError             .oauth_error
│   ├── NotLoggedIn        no credentials, or none accepted
│   ├── LoginRefused       the person or the service refused
│   └── LoginExpired       a code or token has expired
├── NoAnswer               no usable answer: .connected
│   ├── Unreachable
│   └── TimedOut
├── Refused                the service refused the request: .status .messages .url
│   ├── BadQuery           400, 422: .query .position
│   ├── Forbidden          403
│   │   └── WrongOrganisation
│   ├── NotFound           404
│   ├── RateLimited        429: .retry_after
│   └── ServiceBroken      5xx: .retry_after
├── UnexpectedReply        the reply does not have the documented shape
├── Incomplete             not everything was fetched: .partial .fetched .total
└── FlowError
    ├── WrongFrame
    ├── UnknownStatus
    ├── NoHistory
    └── NotEnoughData
Cancelled(KeyboardInterrupt)  interrupted by the user: .partial

MissingIssues(UserWarning)    keys that do not exist; the other issues were fetched
ValueWarning(UserWarning)     values that do not fit their column; they are kept in NAME.raw
UnsavedLogin(UserWarning)     a renewed login that could not be stored; it works in this kernel only
FlowWarning(UserWarning)      a result of the analytics that rests on few or biased items, or takes many requests

`reason` identifies the problem for code and translations (`"no_metadata_service"`), and stays the same across versions;
`detail` is the service's own message, or the operating system's.
"""

import copy
import re
import traceback
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Self

from tracker_magic.layout import wrapped
from tracker_magic.printable import printable

MASK: Final = "•••"

# The forms of the service's tokens and secrets. For parameters, only the value is masked, not the name.
_FORMS: Final = re.compile(
    r"y[0-3]_[-\w]{8,}"
    r"|A[Qg]AAAA[-\w]{20,}"
    r"|t1\.[-\w=]+\.[-\w=]+"
    r"|\b1:[-\w]{8,}:[-\w.]{8,}"
    r"|yccs__[-\w]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=OAuth )(?!token)[^\s\"',<]{8,}"
    r"|(?<=Bearer )(?!token)[^\s\"',<]{8,}"
    r"|(?<![-\w])(?>[-\w]*?eyJ)[-\w]{8,}+\.[-\w]++\.[-\w]*",
    re.DOTALL,
)
_LONGEST_MESSAGE: Final = 2000
_PARAMETERS: Final = re.compile(
    r"(?P<name>(?:\b(?:access_token|oauth_token|refresh_token|client_secret|code_verifier|device_code|jwt|iamToken"
    r"|yandexPassportOauthToken)[\"']?\s*[=:]|(?:[?&#]|\A|\s|\"|')code[\"']?=)\s*[\"']?)(?P<value>[^&\s\"',}]+)"
)


def masked(text: str) -> str:
    """Return `text` with everything that looks like a secret replaced by dots, and only printable characters."""
    return _PARAMETERS.sub(rf"\g<name>{MASK}", _FORMS.sub(MASK, printable(text)))


def shown(text: str) -> str:
    """The masked text, cut to what a person reads; before that to what takes no time, but shows no half of a token."""
    text = masked(text[: 10 * _LONGEST_MESSAGE])
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 1]}…"


def with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and its causes, the nearest first, each of them once."""
    chain: list[BaseException | None] = [error]
    seen: set[int] = set()
    while chain:
        current = chain.pop(0)
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            yield current
            chain += [current.__cause__, current.__context__]


def forget_locals(error: BaseException) -> None:
    """Clear the local variables in the tracebacks of `error` and its causes: frames of libraries hold what was sent."""
    for each in with_causes(error):
        traceback.clear_frames(each.__traceback__)


def _sentence(text: str) -> str:
    """`text` with a full stop, unless it ends with punctuation."""
    return text if not text or text[-1] in ".!?:…" else f"{text}."


def _in_red(lines: Iterable[str]) -> list[str]:
    """These lines in red and in 80 columns, but for the indented ones: a caret points at them.

    They are one text, since IPython puts nothing between several if `%xmode` is Plain or Minimal.
    """
    parts = (line if line.startswith(" ") else wrapped(line) for line in lines)
    return ["\n".join(f"\x1b[31m{line}\x1b[0m" for part in parts for line in part.splitlines())]


class TrackerError(Exception):
    """Base class of this package's errors; a notebook shows it as one message in red."""

    def __init__(self, message: str = "", *, hint: str = "", reason: str = "", detail: str = "") -> None:
        super().__init__()
        self.detail = shown(detail)
        self.reason = reason
        self._shows_traceback = False
        self._set_text(f"{message}: {detail}" if detail else message, hint)

    def __str__(self) -> str:
        return f"{_sentence(self.message)} {self.hint}".strip()

    def lines(self) -> list[str]:
        """The lines shown to the user: what happened, then what to do."""
        return [line for line in (f"{type(self).__name__}: {_sentence(self.message)}", self.hint) if line]

    def rephrased(self, message: str, hint: str | None = None) -> Self:
        """Return a copy of this error with another message (and hint)."""
        error = copy.copy(self)
        error._set_text(message, self.hint if hint is None else hint)  # noqa: SLF001 - a copy not yet shared
        return error

    def _set_text(self, message: str, hint: str) -> None:
        self.message = shown(message)
        self.hint = shown(hint)
        self.args = (self.message,)

    def show_traceback(self) -> None:
        """Let a notebook show the full traceback of this error (`--debug`)."""
        self._shows_traceback = True

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: show these lines instead of a traceback."""
        if self._shows_traceback or _tracebacks.are_shown:
            return [masked("".join(traceback.format_exception(self))).rstrip("\n")]
        return _in_red(self.lines())


class _Tracebacks:
    """Whether notebooks show full tracebacks of this package's errors (`%config TrackerMagic.debug = True`)."""

    def __init__(self) -> None:
        self.are_shown = False

    def show(self, *, show: bool) -> None:
        """Show full tracebacks from now on, or one message in red."""
        self.are_shown = show


_tracebacks: Final = _Tracebacks()


def show_all_tracebacks(*, show: bool) -> None:
    """Let notebooks show full tracebacks of this package's errors, or one message in red (the default)."""
    _tracebacks.show(show=show)


class SettingsError(TrackerError):
    """Settings that cannot be used; the message names all of them at once."""


class BadOption(TrackerError):
    """A wrong option, command or argument; nothing was sent."""


def check_encodable(text: str) -> str:
    """Return the text. Raises BadOption if it cannot be sent, since it holds half a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError as problem:
        error = not_encodable(problem)
    else:
        return text
    raise error


def not_encodable(problem: UnicodeEncodeError) -> BadOption:
    """The error for a text that cannot be sent; only the character is shown, as the text may be a secret."""
    return BadOption(
        f"a text has {problem.object[problem.start]!a} at position {problem.start}, which cannot be sent",
        hint="It is often half of an emoji that was cut. Remove it: text.encode(errors='ignore').decode().",
        reason="not_encodable",
    )


class LoginError(TrackerError):
    """A login failed; `oauth_error` is OAuth's own error code, if the service sent one."""

    def __init__(
        self, message: str = "", *, hint: str = "", reason: str = "", detail: str = "", oauth_error: str = ""
    ) -> None:
        super().__init__(message, hint=hint, reason=reason or oauth_error, detail=detail)
        self.oauth_error = oauth_error


class NotLoggedIn(LoginError):
    """There are no credentials, or the service accepts none of them."""


class LoginRefused(LoginError):
    """The person or the service refused the login."""


class LoginExpired(LoginError):
    """A code or a token has expired."""


class NoAnswer(TrackerError):
    """There was no usable answer; `connected`: a connection was established, so the address is right."""

    def __init__(
        self, message: str = "", *, hint: str = "", reason: str = "", detail: str = "", connected: bool = False
    ) -> None:
        super().__init__(message, hint=hint, reason=reason, detail=detail)
        self.connected = connected


class Unreachable(NoAnswer):
    """The service could not be reached, or the connection broke."""


class TimedOut(NoAnswer):
    """The service took longer than the time limit."""


class Refused(TrackerError):
    """The service refused the request; carries the status, the service's own messages and the URL."""

    def __init__(
        self,
        message: str = "",
        *,
        hint: str = "",
        reason: str = "",
        detail: str = "",
        status: int = 0,
        messages: Sequence[str] = (),
        url: str = "",
    ) -> None:
        super().__init__(message, hint=hint, reason=reason, detail=detail)
        self.status = status
        self.messages = tuple(shown(text) for text in messages)
        self.url = masked(url)


class BadQuery(Refused):
    """400 or 422: the service does not understand the query; `position` is the index of the mistake in `query`."""

    def __init__(self, message: str = "", *, query: str = "", position: int | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.query = masked(query)
        # Masking a secret in the query would shift the position.
        self.position = position if self.query == query else None

    def lines(self) -> list[str]:
        """The lines of every error; if the position is known, also the query's line with a caret under it."""
        message, *hint = super().lines()
        if self.position is None or not self.query:
            return [message, *hint]
        start = self.query.rfind("\n", 0, self.position) + 1
        line = self.query[start:].split("\n", 1)[0]
        return [message, f"    {line}", "    " + " " * (self.position - start) + "^", *hint]


class Forbidden(Refused):
    """403: this login may not see or do this."""


class WrongOrganisation(Forbidden):
    """403 for everything: the organisation id is wrong or missing."""


class NotFound(Refused):
    """404: the object does not exist, or this login may not see it."""


class RateLimited(Refused):
    """429: too many requests; `retry_after` is the text of the `Retry-After` header, if there was one.

    A date in it is given as seconds since the reply's `Date`, if there was one.
    """

    def __init__(self, message: str = "", *, retry_after: str | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class ServiceBroken(Refused):
    """5xx: the service failed; `retry_after` as in RateLimited."""

    def __init__(self, message: str = "", *, retry_after: str | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class UnexpectedReply(TrackerError):
    """The reply does not have the documented shape (HTML, a truncated body, another type)."""

    def __init__(
        self, message: str = "", *, hint: str = "Try again.", reason: str = "unexpected_reply", detail: str = ""
    ) -> None:
        super().__init__(message, hint=hint, reason=reason, detail=detail)


class Incomplete(TrackerError):
    """Not everything was fetched; `.partial` holds what was (a frame or records): `.fetched` items of `.total`."""

    def __init__(
        self,
        message: str = "",
        *,
        hint: str = "",
        partial: Any = None,
        fetched: int = 0,
        total: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.partial = partial
        self.fetched = fetched
        self.total = total

    def _set_partial(self, partial: Any) -> None:
        self.partial = partial

    def with_partial(self, partial: Any) -> Self:
        """Return a copy of this error that holds what was fetched."""
        error = copy.copy(self)
        error._set_partial(partial)  # noqa: SLF001 - a copy not yet shared
        return error


class FlowError(TrackerError):
    """The analytics cannot be computed from these frames."""


class WrongFrame(FlowError):
    """A frame of another kind than required."""


class UnknownStatus(FlowError):
    """A status that is in no dictionary."""


class NoHistory(FlowError):
    """The required history is missing."""


class NotEnoughData(FlowError):
    """There are too few items for a result."""


class Cancelled(KeyboardInterrupt):
    """Interrupted by the user; `.partial` holds what was fetched. Not a TrackerError: an interrupt is not a failure."""

    def __init__(self, message: str = "stopped", *, partial: Any = None) -> None:
        self.message = masked(message)
        super().__init__(self.message)
        self.partial = partial
        self._shows_traceback = False

    def show_traceback(self) -> None:
        """Let a notebook show the full traceback (`--debug`)."""
        self._shows_traceback = True

    def _render_traceback_(self) -> list[str]:
        if self._shows_traceback or _tracebacks.are_shown:
            return [masked("".join(traceback.format_exception(self))).rstrip("\n")]
        return _in_red([f"Cancelled: {_sentence(self.message)}"])


class MissingIssues(UserWarning):
    """Keys that do not exist, or that this login may not see; the other issues were fetched."""


class ValueWarning(UserWarning):
    """Values that do not fit their column; they are kept unchanged in `NAME.raw`."""


class UnsavedLogin(UserWarning):
    """A renewed login that could not be stored: it works in this kernel, but the next one has to log in again."""


class FlowWarning(UserWarning):
    """A result of the analytics that rests on few items or on distorting ones, or that takes many requests."""
