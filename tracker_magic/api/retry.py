"""Decide whether a failed request is sent again, and after how long. Pure functions; the client does the waiting."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tracker_magic.errors import NoAnswer, RateLimited, ServiceBroken, TimedOut, TrackerError, UnexpectedReply
from tracker_magic.transport.body import TOO_LARGE
from tracker_magic.transport.transport import http_date

# Failures that may go away by themselves.
TRANSIENT: Final = (NoAnswer, ServiceBroken, UnexpectedReply)

FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 30.0
PATIENCE_S: Final = 120.0  # for all retries of a request; a longer Retry-After is obeyed nevertheless
FIRST_PATIENCE_S: Final = 1.0  # until the service has answered once: a wrong URL must not cost two minutes
LONGEST_RETRY_AFTER_S: Final = 86_400.0  # nobody waits longer than a day: such a wait is an error instead

_UNITS: Final = ((7200.0, 3600, "h"), (120.0, 60, "min"), (0.0, 1, "s"))


@dataclass(slots=True)
class Attempts:
    """How often a request has failed so far, and how many seconds its retries took (waits and answers).

    `wrong_shapes`: how many of its answers were something else than documented, which rarely goes away.
    """

    failed: int = 0
    wrong_shapes: int = 0
    spent_s: float = 0.0
    has_waited_long: bool = False

    def fail(self, took_s: float, *, is_wrong_shape: bool = False) -> None:
        """Record a failure. The first attempt is not a retry, so its time does not count."""
        self.wrong_shapes += is_wrong_shape
        if self.failed:
            self.spent_s += took_s
        self.failed += 1

    def wait(self, seconds: float) -> None:
        """Record a wait; after the first Retry-After longer than all patience, counting starts afresh."""
        if seconds > PATIENCE_S and not self.has_waited_long:
            self.failed, self.spent_s, self.has_waited_long = 0, 0.0, True
        else:
            self.spent_s += seconds


def wait_before_retry(
    error: TrackerError,
    attempt: int,
    waited_s: float,
    *,
    is_repeatable: bool,
    patience_s: float,
    jitter: Callable[[], float],
    now: datetime,
) -> float | None:
    """Seconds to wait before the next attempt (the first retry is attempt 1), or None: give up.

    A request that was refused with 429 did nothing, so it may always be sent again; after other failures only one that
    `is_repeatable`. After 429 and 5xx the wait is at least `Retry-After`. Retries end when the patience is used up: two
    minutes, or `patience_s` if it may not be the service that fails. Before that, a `Retry-After` is obeyed however
    long it is, up to a day. `jitter` returns numbers from 0 to 1. An answer that is too large would be so again.
    """
    if not _may_help(error, is_repeatable=is_repeatable):
        return None
    if isinstance(error, (RateLimited, ServiceBroken)):
        patience_s = PATIENCE_S
    doubled = FIRST_WAIT_S * 2 ** min(attempt - 1, 16)  # limited to what a float can hold
    wait_s = min(doubled, LONGEST_WAIT_S) * (0.5 + 0.5 * jitter())
    requested_s = requested_wait_s(error, now) or 0.0
    if requested_s > wait_s:
        is_obeyed = waited_s < patience_s and requested_s <= LONGEST_RETRY_AFTER_S
        return requested_s if is_obeyed else None
    return wait_s if waited_s + wait_s <= patience_s else None


def patience_for(error: TrackerError, *, has_answered: bool) -> float:
    """How many seconds to retry: few until the service has answered once, since the address may be wrong.

    None if it was silent for as long as a request may take.
    """
    if has_answered:
        return PATIENCE_S
    is_connected = isinstance(error, NoAnswer) and error.connected
    if is_connected and isinstance(error, TimedOut):
        return 0.0
    return PATIENCE_S if is_connected else FIRST_PATIENCE_S


def _may_help(error: TrackerError, *, is_repeatable: bool) -> bool:
    is_transient = isinstance(error, TRANSIENT) and error.reason != TOO_LARGE
    return isinstance(error, RateLimited) or (is_repeatable and is_transient)


def requested_wait_s(error: TrackerError, now: datetime) -> float | None:
    """Seconds that the service asks to wait: the `Retry-After` of the answer behind `error`."""
    return retry_after_s(error.retry_after, now) if isinstance(error, (RateLimited, ServiceBroken)) else None


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """`Retry-After` (a number or an HTTP date) as seconds from `now`; None if it cannot be parsed."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        moment = http_date(header)
        return None if moment is None else max(0.0, (moment - now).total_seconds())
    return max(0.0, seconds) if math.isfinite(seconds) else None


def giving_up(
    error: TrackerError, attempts: Attempts, requested_s: float | None, remaining_s: float | None
) -> TrackerError:
    """Add to `error` what was tried: how often and how long, or how long the service asks to wait.

    `remaining_s`: what the time limit of the call leaves, if that is the reason to give up.
    """
    message, hint = error.message.rstrip("."), error.hint  # the service's own words may end with a full stop
    if requested_s:
        message += f"; it asks to wait for {in_words(requested_s)}"
    if remaining_s is not None:
        message += f"; the time limit leaves {in_words(max(remaining_s, 0.0))}"
        hint = "Give a longer --timeout, or try again later."
    elif attempts.failed > 1:
        message += f" (sent {attempts.failed} times within {in_words(attempts.spent_s)})"
    return error.rephrased(message, hint)


def in_words(seconds: float) -> str:
    """A duration as people say it: `0.4 s`, `90 s`, `60 min`, `30 h`."""
    size, unit = next((size, unit) for least, size, unit in _UNITS if seconds >= least)
    return f"{round(seconds / size, 1):,g} {unit}"
