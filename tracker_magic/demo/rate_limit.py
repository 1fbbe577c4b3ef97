"""The limit on requests per second, counted in a sliding window for each group of requests."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from tracker_magic.demo.behaviour import Behaviour

WINDOW_S = 1.0


@dataclass(slots=True)
class RateLimit:
    """Counts admitted requests; a rejected request does not count."""

    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _admitted: dict[str, deque[float]] = field(default_factory=dict)

    def admit(self, group: str, rate: float | None) -> bool:
        """Whether one more request of the group is within `rate` per second; below 1: one request in 1/rate s."""
        if rate is None:
            return True
        window_s, count = (WINDOW_S, int(rate)) if rate >= 1 else (1 / rate, 1)
        with self._lock:
            now, times = self.clock(), self._admitted.setdefault(group, deque())
            while times and times[0] <= now - window_s:
                times.popleft()
            if len(times) >= count:
                return False
            times.append(now)
            return True


def retry_after_header(behaviour: Behaviour, now: datetime) -> dict[str, str]:
    """The Retry-After header in the form that `behaviour` sets, or no header."""
    if behaviour.retry_after == "none":
        return {}
    if behaviour.retry_after == "seconds":
        return {"Retry-After": str(behaviour.retry_after_s)}
    # an HTTP date has whole seconds: without one more, the wait would come out short
    at = now + timedelta(seconds=behaviour.retry_after_s + 1)
    return {"Retry-After": format_datetime(at, usegmt=True)}
