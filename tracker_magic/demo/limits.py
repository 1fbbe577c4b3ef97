"""How many requests a second: counted in a sliding second, for each group by itself."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tracker_magic.demo.behaviour import Behaviour

WINDOW_S = 1.0


@dataclass(slots=True)
class Limits:
    """Counts what was let in; a refused request does not count."""

    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _passed: dict[str, deque[float]] = field(default_factory=dict)

    def admit(self, group: str, most: float | None) -> bool:
        """Whether one more request of this group may pass, `most` in any sliding second (below 1: one in 1/most s)."""
        if most is None:
            return True
        window, count = (WINDOW_S, int(most)) if most >= 1 else (1 / most, 1)
        with self._lock:
            now, passed = self.clock(), self._passed.setdefault(group, deque())
            while passed and passed[0] <= now - window:
                passed.popleft()
            if len(passed) >= count:
                return False
            passed.append(now)
            return True


def retry_after(behaviour: Behaviour) -> dict[str, str]:
    """The header that says when to come back, in the form `behaviour` names, or none."""
    if behaviour.retry_after == "none":
        return {}
    if behaviour.retry_after == "seconds":
        return {"Retry-After": str(behaviour.retry_after_s)}
    # an HTTP date has whole seconds: one more, or the wait would come out short
    at = datetime.now(UTC) + timedelta(seconds=behaviour.retry_after_s + 1)
    return {"Retry-After": format_datetime(at, usegmt=True)}
