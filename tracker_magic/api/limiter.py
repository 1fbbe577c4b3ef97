"""How many requests may start in any short while; one limiter for each login, shared by all its threads."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Literal
from weakref import WeakValueDictionary

Group = Literal["search", "other"]

# The strictest way of counting is a sliding second; a little longer leaves room for the way there.
WINDOW_S: Final = 1.05


class Limiter:
    """At most `rate` starts in any 1.05 s; `rate` None: no limit."""

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self._starts: deque[float] = deque()
        self._not_before = 0.0
        self._lock = threading.Lock()

    def reserve(self, now: float) -> float:
        """Take the next free start and return how many seconds from `now` it lies."""
        with self._lock:
            start = max(now, self._not_before)
            if self.rate is not None:
                size, window = self._window(self.rate)
                while len(self._starts) >= size:
                    start = max(start, self._starts.popleft() + window)
                self._starts.append(start)
            return start - now

    def hold(self, until: float) -> None:
        """Let nothing start before `until`: the service asked for it."""
        with self._lock:
            self._not_before = max(self._not_before, until)

    @staticmethod
    def _window(rate: float) -> tuple[int, float]:
        size = max(1, int(rate))
        return size, WINDOW_S * size / rate


class Limiters:
    """The limiters of one login: one for search and count, one for the rest."""

    def __init__(self, search_rps: float | None, other_rps: float | None) -> None:
        self._by_group: dict[Group, Limiter] = {"search": Limiter(search_rps), "other": Limiter(other_rps)}

    def __getitem__(self, group: Group) -> Limiter:
        return self._by_group[group]


_shared: WeakValueDictionary[tuple[object, ...], Limiters] = WeakValueDictionary()
_sharing = threading.Lock()


def shared_limiters(key: tuple[object, ...], make: Callable[[], Limiters]) -> Limiters:
    """The limiters of `key` in this process: the service counts a login's requests, whoever sends them."""
    with _sharing:
        found = _shared.get(key)
        if found is None:
            found = _shared[key] = make()
        return found
