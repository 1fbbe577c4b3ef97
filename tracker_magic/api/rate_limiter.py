"""How many requests may start in any short while; one limiter for each login, shared by all its threads.

Time is passed in. A thread stands in line with a `Ticket` and asks `reserve` how long to wait until the answer is 0:

    turn = Ticket()
    try:
        while (wait_s := limiter.reserve(turn, now())) > 0:
            wait(wait_s)
    finally:
        limiter.leave(turn)

A start is counted when it is made, never before: what waits while the service says 429 is held like all the rest.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from weakref import WeakValueDictionary

from tracker_magic.api.pace import WINDOW_S, AdaptiveRate

Group = Literal["search", "other"]

_GRAIN_S: Final = 1e-6  # a wait that rounding cut short by less than this is over
_NEAR: Final = 1.2  # as many windows for one more start than a window holds: the rate is used up


@dataclass(slots=True, eq=False)
class Ticket:
    """A place in line, and once it has come, when the request started and how many began in the second up to it."""

    at: float | None = None
    busy: int = 0


class RateLimiter:
    """At most `rate` starts in any 1.05 s, first come first served; `rate` None: no limit.

    Where the service refuses all the same, fewer start for a while: `AdaptiveRate` learns and recovers.
    """

    def __init__(self, rate: float | None) -> None:
        self._pace = AdaptiveRate(rate)
        self._line: list[Ticket] = []
        self._starts: deque[float] = deque()
        self._not_before = float("-inf")
        self._lock = threading.Lock()

    @property
    def rate(self) -> float | None:
        """The rate that was set; another one forgets what was learned, the same again is no news."""
        return self._pace.rate

    @rate.setter
    def rate(self, rate: float | None) -> None:
        """Keep to another rate from now on."""
        with self._lock:
            if rate != self._pace.rate:
                self._pace = AdaptiveRate(rate)

    @property
    def rate_in_force(self) -> float | None:
        """What is kept to now: the set rate, or the lower one that a 429 taught."""
        return self._pace.in_force

    def reserve(self, turn: Ticket, now: float) -> float:
        """Seconds until `turn` may start; 0: it starts now and has left the line. The first call joins the line.

        To be asked again after that wait: a 429 may have come meanwhile, or somebody ahead may have left.
        """
        with self._lock:
            if turn not in self._line:
                self._line.append(turn)
            self._pace.recover(now)
            start = self._start_of(self._line.index(turn), now)
            if start > now + _GRAIN_S:
                return start - now
            self._line.remove(turn)
            self._count(turn, max(start, now))
            return 0.0

    def leave(self, turn: Ticket) -> None:
        """Give the place up; nothing to do for a turn that has started."""
        with self._lock:
            if turn in self._line:
                self._line.remove(turn)

    def late(self, turn: Ticket, seconds: float) -> None:
        """The request of `turn` left so much later than it started, and so it counts: its connection was a new one."""
        with self._lock:
            if seconds > 0 and (at := turn.at) is not None and at in self._starts:
                self._starts.remove(at)
                self._starts = deque(sorted((*self._starts, at + seconds)))

    def hold(self, until: float) -> None:
        """Let nothing start before `until`: the service asked for it."""
        with self._lock:
            self._not_before = max(self._not_before, until)

    def held_s(self, now: float) -> float:
        """Seconds for which the service asked to be left alone; 0: it did not."""
        with self._lock:
            return max(0.0, self._not_before - now)

    def refused(self, turn: Ticket, now: float, retry_after_s: float | None = None) -> None:
        """The request of `turn` came back with 429: hold for `retry_after_s`, and keep to a lower rate.

        Requests that were under way together are one lesson.
        """
        if retry_after_s is not None:
            self.hold(now + retry_after_s)
        with self._lock:
            if (at := turn.at) is not None:
                busy = max(turn.busy, sum(start >= at for start in self._starts))  # those behind it count as well
                self._pace.lower(at, busy, now, max(now, self._not_before))

    def _start_of(self, place: int, now: float) -> float:
        """When the turn at `place` in line may start, each ahead of it having its own start."""
        earliest = max(now, self._not_before)
        if self._pace.in_force is None:
            return earliest
        size, window = _window(self._pace.in_force)
        starts = list(self._starts)[-size:]
        for _ in range(place + 1):
            starts.append(max(earliest, starts[-size] + window) if len(starts) >= size else earliest)
        return starts[-1]

    def _count(self, turn: Ticket, start: float) -> None:
        if self._pace.in_force is not None:
            size, window = _window(self._pace.in_force)
            if len(self._starts) >= size and start - self._starts[-size] < _NEAR * window:
                self._pace.reach()
        self._starts.append(start)
        # The last one is kept however old: below one a second the window is longer.
        while len(self._starts) > 1 and self._starts[0] + WINDOW_S <= start:
            self._starts.popleft()
        turn.at, turn.busy = start, len(self._starts)


def _window(rate: float) -> tuple[int, float]:
    """How many may start in how many seconds; whole numbers, as a service counts them."""
    return (int(rate), WINDOW_S) if rate >= 1 else (1, WINDOW_S / rate)


class RateLimiters:
    """The limiters of one login: one for search and count, one for the rest."""

    def __init__(self, search_rps: float | None, other_rps: float | None) -> None:
        self._by_group: dict[Group, RateLimiter] = {"search": RateLimiter(search_rps), "other": RateLimiter(other_rps)}

    def __getitem__(self, group: Group) -> RateLimiter:
        return self._by_group[group]


_shared: WeakValueDictionary[tuple[object, ...], RateLimiters] = WeakValueDictionary()
_recent: Final[deque[RateLimiters]] = deque(maxlen=64)  # what a login has used up and learned outlives its Trackers
_sharing = threading.Lock()


def shared_rate_limiters(key: tuple[object, ...], make: Callable[[], RateLimiters]) -> RateLimiters:
    """The limiters of `key` in this process: the service counts a login's requests, whoever sends them."""
    with _sharing:
        found = _shared.get(key)
        if found is None:
            found = _shared[key] = make()
        _recent.append(found)
        return found
