"""The rate that a limiter keeps to: the set one, or a lower one that the service's 429s taught; pure, time passed in.

A 429 lowers the rate by about a third, the first one at a usual rate by one. After a while without one the next rate up
is tried; where that is refused, the last good rate holds again and the next try comes after twice the time, at most two
minutes.
"""

import math
from typing import Final

# The strictest way of counting is a sliding second; a little longer leaves room for the way there.
WINDOW_S: Final = 1.05
LOWEST: Final = 0.1  # one request in ten seconds
CALM_S: Final = 10.0  # without a 429, then the next rate up is tried
LONGEST_CALM_S: Final = 120.0
USUAL: Final = 10  # what the service lets everybody have (TRACKER_API 2.4): a 429 below it is a stray one
_LESS: Final = 0.7
_MORE: Final = 1.25


class AdaptiveRate:
    """`in_force`: starts a second to keep to now; `rate`: what was set. None: no limit."""

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self._usual = None if rate is None or math.isinf(rate) else rate
        self.in_force = self._top = self._usual  # from the top on the set rate holds again
        self._good: float | None = None  # the last rate that went well, while a higher one is being tried
        self._used = False  # so many did start that the rate in force was reached
        self._failed = 0  # tries in a row that were refused
        self._since = 0.0  # nothing was refused, nothing changed
        self._learned_at = float("-inf")

    def lower(self, started: float, busy: int, now: float, calm_from: float) -> None:
        """Learn from the 429 of a request that `started` as one of `busy` in its second; calm begins at `calm_from`."""
        if started <= self._learned_at:  # it was under way when the lesson came: nothing new
            return
        if self.in_force is None:
            busy = max(busy, USUAL)
        if self._top is None:
            self._top = 2.0 * busy
        if self._good is not None and started <= self._since + CALM_S:
            self.in_force, self._good = self._good, None
            self._failed += 1
        else:
            self.in_force = self._lower_than(busy)
            self._good, self._failed = None, 0
        self._learned_at, self._since, self._used = now, calm_from, False

    def _lower_than(self, busy: int) -> float:
        most = busy if self.in_force is None else self.in_force
        if self.in_force is not None and self.in_force == self._usual and 1 < most <= USUAL:
            return max(most - 1, _less(most))  # the first one at a rate that everybody has: most often one was late
        return _less(max(min(busy, most), most / 2))  # a stray 429 of a single request says little

    def reach(self) -> None:
        """As many started as the rate in force allows: only a rate that was reached has been tried."""
        self._used = True

    def recover(self, now: float) -> None:
        """Take the steps up that are due."""
        while self._top is not None and self.in_force is not None and self.in_force < self._top:
            calm = CALM_S if self._good is not None else min(CALM_S * 2**self._failed, LONGEST_CALM_S)
            if now < self._since + calm:
                return
            if self._good is not None and self._used:
                self._failed = 0
            if self._good is None or self._used:
                self._good = self.in_force
            self._since += calm
            self.in_force, self._used = _more(self.in_force), False
            if self.in_force >= self._top:
                self._back()

    def _back(self) -> None:
        """To the set rate; where the way there was a try, its refusal leads back to the last good one."""
        self.in_force = self._top = self._usual


def _less(rate: float) -> float:
    lower = rate * _LESS
    return min(rate, max(LOWEST, float(int(lower)) if lower >= 1 else lower))


def _more(rate: float) -> float:
    return max(rate + 1.0, float(int(rate * _MORE))) if rate >= 1 else min(1.0, rate * 2)
