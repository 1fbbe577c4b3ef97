"""May a failed request be sent again, and after how long? Pure: the loop only obeys."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from tracker_magic.errors import NoAnswer, RateLimited, ServiceBroken, TrackerError, UnexpectedReply

FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 30.0
PATIENCE_S: Final = 120.0  # of retries for one request; a longer Retry-After is obeyed all the same
FIRST_PATIENCE_S: Final = 1.0  # until the service has answered once: a wrong address should not cost two minutes
LONGEST_WISH_S: Final = 86_400.0  # nobody waits longer than a day: that is told, not waited for

_UNITS: Final = ((7200.0, 3600, "h"), (120.0, 60, "min"), (0.0, 1, "s"))


@dataclass(slots=True)
class Tries:
    """How often one request failed so far, and how many seconds its retries have taken (waits and answers)."""

    failed: int = 0
    spent_s: float = 0.0
    obeyed: bool = False

    def fail(self, took_s: float) -> None:
        """It failed once more; the first time is no retry yet, so what that took does not count."""
        if self.failed:
            self.spent_s += took_s
        self.failed += 1

    def wait(self, seconds: float) -> None:
        """It is waited that long; the first wish beyond all patience counts as a new beginning."""
        if seconds > PATIENCE_S and not self.obeyed:
            self.failed, self.spent_s, self.obeyed = 0, 0.0, True
        else:
            self.spent_s += seconds


def wait_before_retry(
    error: TrackerError,
    attempt: int,
    waited_s: float,
    *,
    repeatable: bool,
    patience_s: float,
    jitter: Callable[[], float],
    now: datetime,
) -> float | None:
    """Seconds to wait before the next attempt (the first retry is attempt 1), or None: give up.

    429 was refused before it did anything, so it may always be sent again; the rest only where the request is
    `repeatable`; after 429 and 5xx no sooner than the service wishes. All of it until the patience is used up: two
    minutes, or `patience_s` where it may not be the service that fails. A wish that comes before is obeyed however
    much longer it is, unless it is for more than a day. `jitter` gives numbers from 0 to 1.
    """
    is_limit = isinstance(error, RateLimited)
    if not is_limit and not (repeatable and isinstance(error, (NoAnswer, ServiceBroken, UnexpectedReply))):
        return None
    if is_limit or isinstance(error, ServiceBroken):
        patience_s = PATIENCE_S
    doubled = FIRST_WAIT_S * 2 ** min(attempt - 1, 16)  # no power that a float cannot hold
    wait_s = min(doubled, LONGEST_WAIT_S) * (0.5 + 0.5 * jitter())
    wish_s = wish_of(error, now) or 0.0
    if wish_s > wait_s:
        return wish_s if waited_s < patience_s and wish_s <= LONGEST_WISH_S else None
    return wait_s if waited_s + wait_s <= patience_s else None


def wish_of(error: TrackerError, now: datetime) -> float | None:
    """Seconds that the service wishes to be left alone for, by the answer behind `error`."""
    return retry_after_s(error.retry_after, now) if isinstance(error, (RateLimited, ServiceBroken)) else None


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """`Retry-After` as seconds from `now` (a number or an HTTP date); None where it says nothing we can read."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        return _until(header, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(date: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):  # all that the parser meets in nonsense
        return None


def explained(error: TrackerError, tries: Tries, wish_s: float | None, left_s: float | None) -> TrackerError:
    """`error`, given up, with what a person wants to know: how long it was tried, what the service wished for.

    `left_s`: what the call's time limit leaves, where that is why.
    """
    if wish_s:
        error.message += f"; it asks to be left alone for {spelled(wish_s)}"
    if left_s is not None:
        error.message += f"; the time limit leaves {spelled(max(left_s, 0.0))}"
        error.hint = "Give a longer --timeout, or try again later."
    elif tries.failed > 1:
        error.message += f" (sent {tries.failed} times within {spelled(tries.spent_s)})"
    error.args = (f"{error.message} {error.hint}".strip(),)
    return error


def spelled(seconds: float) -> str:
    """`0.4 s`, `90 s`, `60 min`, `30 h`: how long a wait is, as a person would say it."""
    size, unit = next((size, unit) for least, size, unit in _UNITS if seconds >= least)
    return f"{round(seconds / size, 1):,g} {unit}"
