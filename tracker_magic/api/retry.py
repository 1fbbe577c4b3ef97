"""May a failed request be sent again, and after how long? Pure: the loop only obeys."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from tracker_magic.errors import NoAnswer, RateLimited, ServiceBroken, TrackerError, UnexpectedReply

FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 30.0
PATIENCE_S: Final = 120.0  # of retries for one request; a longer Retry-After is obeyed all the same
FIRST_PATIENCE_S: Final = 1.0  # until the service has answered once: a wrong address should not cost two minutes


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
    `repeatable`, until the patience is used up (`patience_s` where it may
    not be the service that fails). `jitter` gives numbers from 0 to 1.
    """
    if isinstance(error, RateLimited):
        told = retry_after_s(error.retry_after, now)
        return told or _backoff(attempt, waited_s, PATIENCE_S, jitter)
    if not repeatable or not isinstance(error, (NoAnswer, ServiceBroken, UnexpectedReply)):
        return None
    patience_s = PATIENCE_S if isinstance(error, ServiceBroken) else patience_s
    return _backoff(attempt, waited_s, patience_s, jitter)


def _backoff(attempt: int, waited_s: float, patience_s: float, jitter: Callable[[], float]) -> float | None:
    wait = min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S) * (0.5 + 0.5 * jitter())
    return wait if waited_s + wait <= patience_s else None


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """`Retry-After` as seconds from `now` (a number or an HTTP date); None where it says nothing we can read."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
