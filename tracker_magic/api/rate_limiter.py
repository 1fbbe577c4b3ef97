"""Client-side rate limiting: when a request may start, and how a 429 changes that; shared by all threads of a login.

The current time is passed in. A thread queues with a `Ticket` and calls `reserve` until the wait it returns is 0:

    ticket = Ticket()
    try:
        while (wait_s := limiter.reserve(ticket, clock())) > 0:
            sleep(wait_s)
    finally:
        limiter.withdraw(ticket)

A start is counted when it happens, never in advance, so a pause after a 429 also holds back the tickets in the queue.
"""

import math
import threading
from bisect import insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from weakref import WeakValueDictionary

from tracker_magic.forks import PerProcess

Group = Literal["search", "other"]

# The strictest way for a service to count is a sliding second; the extra 50 ms absorb network jitter.
WINDOW_S: Final = 1.05
_ROUNDING_S: Final = 1e-6  # a shorter wait is a rounding error
_SLACK: Final = 1.2  # a rate is fully used if requests start at most 20 % further apart than it allows
_RECENT: Final = 64  # number of logins whose limiters are kept although no object uses them

_LONG_PAUSE_S: Final = 60.0
_LOWEST_RATE: Final = 0.1  # one request in ten seconds
_USUAL_RATE: Final = 10  # the service allows it for everyone: https://yandex.ru/support/tracker/en/api/error-codes
_DECREASE: Final = 0.7
_CALM_S: Final = 10.0
_LONGEST_CALM_S: Final = 120.0


@dataclass(slots=True, eq=False)
class Ticket:
    """A request in the queue; once it has started, its start time and how many requests started in the last second."""

    started_at: float | None = None
    concurrent: int = 0  # this request included

    def start(self, moment: float, concurrent: int) -> None:
        """Record the request's start, as one of `concurrent` in the last second."""
        self.started_at, self.concurrent = moment, concurrent


class AdaptiveRate:
    """A rate with additive increase and multiplicative decrease; `limit` is the configured rate, infinite for none.

    A 429 lowers the rate by 30 %, but the first one at the configured rate by 1 at most. After a calm period without a
    429 the next higher rate is tried. If that trial is refused, the last proven rate applies again, and the next trial
    follows after twice the calm period.
    """

    def __init__(self, limit: float) -> None:
        self.effective = limit
        self._limit = self._ceiling = self._proven = limit
        self._fully_used = False
        self._calm_s = _CALM_S
        self._next_step_at = -math.inf
        self._lowered_at = -math.inf

    def note_full_use(self) -> None:
        """Record that requests start as fast as the rate allows: a higher rate that is not used proves nothing."""
        self._fully_used = True

    def lower(self, started_at: float, concurrent: int, now: float, calm_from: float) -> None:
        """Lower the rate after a 429; the 429s of requests that were in flight together count as one.

        The request started at `started_at` as one of `concurrent`; the calm period begins at `calm_from`.
        """
        if started_at <= self._lowered_at:
            return
        attempted = max(concurrent, _USUAL_RATE)
        self._ceiling = min(self._limit, 2.0 * attempted)
        if self.effective > self._proven and started_at <= self._next_step_at:
            self.effective = self._proven
            self._calm_s = min(2 * self._calm_s, _LONGEST_CALM_S)
        else:
            refused = min(self.effective, attempted)
            lower = _DECREASE * refused
            if refused == self._limit:  # probably the configured rate is right, and one request was merely late
                lower = max(lower, refused - 1)
            self.effective = self._proven = min(refused, max(_LOWEST_RATE, _whole(lower)))
        self._fully_used = False
        self._lowered_at, self._next_step_at = now, calm_from + self._calm_s

    def recover(self, now: float) -> None:
        """Take all upward steps that are due; from the ceiling on, the configured rate applies again."""
        while self.effective < self._ceiling and now >= self._next_step_at:
            if self._fully_used and self.effective > self._proven:
                self._proven, self._calm_s = self.effective, _CALM_S
            higher = _whole(min(2 * self.effective, self.effective + 1))
            self.effective = higher if higher < self._ceiling else self._limit
            self._fully_used = False
            self._next_step_at += _CALM_S


def _whole(rate: float) -> float:
    return float(int(rate)) if rate >= 1 else rate


class RateLimiter:
    """At most `rate` starts in any 1.05 s, first come, first served; `rate` None: no limit.

    While the service answers 429, fewer start: see `AdaptiveRate`.
    """

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._adaptive = AdaptiveRate(math.inf if rate is None else rate)
        self._queue: PerProcess[list[Ticket]] = PerProcess(list)
        self._starts: deque[float] = deque()
        self._paused_until = -math.inf
        self._lock = PerProcess(threading.Lock)

    @property
    def rate(self) -> float | None:
        """The configured rate."""
        return self._rate

    def set_rate(self, rate: float | None) -> None:
        """Change the rate and forget what was learned from 429s; setting the same rate again changes nothing."""
        with self._lock.value:
            if rate != self._rate:
                self._rate = rate
                self._adaptive = AdaptiveRate(math.inf if rate is None else rate)

    @property
    def effective_rate(self) -> float | None:
        """The rate that applies now: the configured one, or a lower one after a 429; None: no limit."""
        rate = self._adaptive.effective
        return None if math.isinf(rate) else rate

    def reserve(self, ticket: Ticket, now: float) -> float:
        """Seconds until `ticket` may start; 0: it starts now. The first call puts it in the queue.

        Call again after that wait: meanwhile a 429 may have paused the queue, or a ticket ahead may have left it.
        """
        with self._lock.value:
            if ticket not in self._queue.value:
                self._queue.value.append(ticket)
            self._adaptive.recover(now)
            start = self._earliest_start(self._queue.value.index(ticket), now)
            if start > now + _ROUNDING_S:
                return start - now
            self._queue.value.remove(ticket)
            self._record_start(ticket, max(start, now))
            return 0.0

    def withdraw(self, ticket: Ticket) -> None:
        """Leave the queue; does nothing for a ticket that has started."""
        with self._lock.value:
            if ticket in self._queue.value:
                self._queue.value.remove(ticket)

    def note_delay(self, ticket: Ticket, seconds: float) -> None:
        """Count the request from when it reached the service, over a new connection: `seconds` after its start."""
        with self._lock.value:
            if seconds > 0 and (started_at := ticket.started_at) is not None and started_at in self._starts:
                self._starts.remove(started_at)
                insort(self._starts, started_at + seconds)

    def pause_until(self, moment: float) -> None:
        """Let nothing start before `moment`."""
        with self._lock.value:
            self._paused_until = max(self._paused_until, moment)

    def paused_s(self, now: float) -> float:
        """Seconds left of the pause that the service asked for; 0: no pause."""
        with self._lock.value:
            return max(0.0, self._paused_until - now)

    def lift_long_pause(self, now: float) -> None:
        """Forget a pause that a person does not wait for."""
        with self._lock.value:
            if self._paused_until - now > _LONG_PAUSE_S:
                self._paused_until = -math.inf

    def note_refusal(self, ticket: Ticket, now: float, retry_after_s: float | None = None) -> None:
        """Record that the request got a 429: pause for `retry_after_s` and lower the rate."""
        if retry_after_s is not None:
            self.pause_until(now + retry_after_s)
        with self._lock.value:
            if ticket.started_at is not None:
                self._adaptive.lower(ticket.started_at, ticket.concurrent, now, max(now, self._paused_until))

    def _earliest_start(self, position: int, now: float) -> float:
        """When the ticket at `position` in the queue may start if all tickets ahead of it start as well."""
        earliest = max(now, self._paused_until)
        if (rate := self.effective_rate) is None:
            return earliest
        size, window_s = _window(rate)
        starts = list(self._starts)[-size:]
        for _ in range(position + 1):
            starts.append(max(earliest, starts[-size] + window_s) if len(starts) >= size else earliest)
        return starts[-1]

    def _record_start(self, ticket: Ticket, start: float) -> None:
        if (rate := self.effective_rate) is not None:
            size, window_s = _window(rate)
            if len(self._starts) >= size and start - self._starts[-size] < _SLACK * window_s:
                self._adaptive.note_full_use()
        self._starts.append(start)
        # The last start is kept however old it is: below one request a second the window is longer.
        while len(self._starts) > 1 and self._starts[0] + WINDOW_S <= start:
            self._starts.popleft()
        ticket.start(start, len(self._starts))


def _window(rate: float) -> tuple[int, float]:
    """How many requests may start in how many seconds; whole requests, as a service counts them."""
    return (int(rate), WINDOW_S) if rate >= 1 else (1, WINDOW_S / rate)


class RateLimiters:
    """The two limiters of one login: one for search and count, one for all other requests."""

    def __init__(self, search_rps: float | None, other_rps: float | None) -> None:
        self._by_group: dict[Group, RateLimiter] = {"search": RateLimiter(search_rps), "other": RateLimiter(other_rps)}

    def __getitem__(self, group: Group) -> RateLimiter:
        return self._by_group[group]


class SharedRateLimiters:
    """The limiters of all logins in this process: the service counts a login's requests, whichever object sends them.

    The most recently used ones are kept alive, so that a new Tracker knows what an earlier one used up and learned.
    """

    def __init__(self) -> None:
        self._by_key: WeakValueDictionary[tuple[object, ...], RateLimiters] = WeakValueDictionary()
        self._recent: deque[RateLimiters] = deque(maxlen=_RECENT)
        self._lock = PerProcess(threading.Lock)

    def get(self, key: tuple[object, ...], make: Callable[[], RateLimiters]) -> RateLimiters:
        """The limiters of `key`; `make` is called only if there are none."""
        with self._lock.value:
            limiters = self._by_key.get(key)
            if limiters is None:
                limiters = self._by_key[key] = make()
            self._recent.append(limiters)
            return limiters

    def clear(self) -> None:
        """Forget all limiters; for tests."""
        with self._lock.value:
            self._by_key.clear()
            self._recent.clear()


SHARED: Final = SharedRateLimiters()
