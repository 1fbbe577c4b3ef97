"""How many requests may start in any short while, in which order, and what a 429 changes."""

import gc
import heapq
import itertools
import random
from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.api.pace import WINDOW_S
from tracker_magic.api.rate_limiter import RateLimiter, RateLimiters, Ticket, shared_rate_limiters


@dataclass
class Server:
    """Counts a sliding second, as the strictest service does; a refused request does not count."""

    rate: float
    passed: deque = field(default_factory=deque)
    seen: list = field(default_factory=list)  # (moment, whether it passed)

    def admit(self, now):
        """Whether a request that comes `now` passes."""
        window, most = (1.0, int(self.rate)) if self.rate >= 1 else (1 / self.rate, 1)
        while self.passed and self.passed[0] <= now - window:
            self.passed.popleft()
        passes = len(self.passed) < most
        if passes:
            self.passed.append(now)
        self.seen.append((now, passes))
        return passes

    def between(self, start, end):
        """Requests a second that passed, and the share that was refused."""
        chosen = [passes for at, passes in self.seen if start <= at < end]
        return sum(chosen) / (end - start), chosen.count(False) / max(1, len(chosen))


@dataclass
class Simulation:
    """Threads that ask without a pause, in a time that only this object advances."""

    limiter: RateLimiter
    server: Server
    retry_after_s: float | None = 1.0
    threads: int = 8
    latency_s: float = 0.15
    way_s: float = 0.02
    now: float = 0.0
    longest_s: float = 0.0  # from the first try of a request to its answer

    def run(self, seconds, changes=()):
        """Let all threads ask for so long; `changes`: (moment, the server's new rate)."""
        chance, order = random.Random(7), itertools.count()
        waiting = [(0.0, next(order), self.thread(chance)) for _ in range(self.threads)]
        waiting += [(at, next(order), self.change(rate)) for at, rate in changes]
        heapq.heapify(waiting)
        while waiting and waiting[0][0] < seconds:
            self.now, _, process = heapq.heappop(waiting)
            if (pause := next(process, None)) is not None:
                heapq.heappush(waiting, (self.now + pause, next(order), process))
        return self.server

    def change(self, rate):
        """Give the server another rate."""
        self.server.rate = rate
        yield from ()

    def thread(self, chance):
        """One thread: it yields how long it pauses."""
        while True:
            began, tries, passed = self.now, 0, False
            while not passed:
                turn = Ticket()
                while (wait := self.limiter.reserve(turn, self.now)) > 0:
                    yield wait
                yield chance.random() * self.way_s
                passed = self.server.admit(self.now)
                yield self.latency_s if passed else 0.005
                if not passed:
                    tries += 1
                    self.limiter.refused(turn, self.now, self.retry_after_s)
                    yield max(self.retry_after_s or 0, min(30.0, 0.25 * 2 ** (tries - 1)) * (0.5 + chance.random() / 2))
            self.longest_s = max(self.longest_s, self.now - began)


def started(limiter, arrivals):
    """When requests that come at `arrivals` start, each asking again only after its wait."""
    waiting = [(at, number, Ticket()) for number, at in enumerate(arrivals)]
    heapq.heapify(waiting)
    starts = {}
    while waiting:
        now, number, turn = heapq.heappop(waiting)
        if wait := limiter.reserve(turn, now):
            heapq.heappush(waiting, (now + wait, number, turn))
        else:
            starts[number] = now
    return [starts[number] for number in range(len(arrivals))]


@given(
    rate=st.one_of(st.integers(1, 12), st.floats(1, 12)),
    gaps=st.lists(st.floats(0, 0.6), min_size=1, max_size=60),
)
def test_no_window_holds_more_starts_than_the_rate(rate, gaps):
    """However requests come, no sliding 1.05 s holds more starts than the rate; they start in the order they came."""
    arrivals = list(itertools.accumulate(gaps))
    starts = started(RateLimiter(rate), arrivals)
    assert all(start >= came for start, came in zip(starts, arrivals, strict=True))
    assert all(later >= earlier - 1e-9 for earlier, later in itertools.pairwise(starts))
    for first in starts:
        assert sum(first <= start < first + WINDOW_S - 1e-5 for start in starts) <= rate


@given(rate=st.integers(1, 12), many=st.integers(1, 60))
def test_no_start_is_given_away(rate, many):
    """Requests that come together are done as soon as the rate allows."""
    assert max(started(RateLimiter(rate), [0.0] * many)) == pytest.approx((many - 1) // rate * WINDOW_S, abs=1e-3)


def test_a_slow_rate_spreads_single_requests():
    """Half a request a second is one in 2.1 s."""
    assert started(RateLimiter(0.5), [0.0] * 3) == pytest.approx([0.0, 2 * WINDOW_S, 4 * WINDOW_S])


def test_no_rate_is_no_limit():
    """None waits for nothing, except where the service asked."""
    limiter = RateLimiter(float("inf"))
    assert {limiter.reserve(Ticket(), 0.0) for _ in range(1000)} == {0.0}
    limiter.rate = None
    limiter.hold(5.0)
    assert (limiter.reserve(Ticket(), 2.0), limiter.held_s(2.0)) == (3.0, 3.0)
    assert (limiter.reserve(Ticket(), 6.0), limiter.held_s(6.0)) == (0.0, 0.0)


def test_who_waits_already_is_held_too():
    """A 429 also holds those that were told an earlier time; whoever asks first after it goes first."""
    limiter, first, waits = RateLimiter(1), Ticket(), Ticket()
    limiter.reserve(first, 0.0)
    wait = limiter.reserve(waits, 0.0)
    assert wait == pytest.approx(WINDOW_S)
    limiter.refused(first, 0.2, 3600.0)
    assert limiter.reserve(waits, wait) == pytest.approx(3600.2 - wait)
    late = Ticket()
    assert limiter.reserve(late, 3600.2) > 0
    assert limiter.reserve(waits, 3600.2) == 0


def test_a_turn_that_is_given_up_blocks_nobody():
    """Whoever leaves the line makes place for those behind."""
    limiter, gone, behind = RateLimiter(1), Ticket(), Ticket()
    limiter.reserve(Ticket(), 0.0)
    limiter.reserve(gone, 0.0)
    assert limiter.reserve(behind, 0.0) == pytest.approx(2 * WINDOW_S)
    limiter.leave(gone)
    limiter.leave(gone)
    assert limiter.reserve(behind, 0.0) == pytest.approx(WINDOW_S)


def test_refusals_of_one_burst_are_one_lesson():
    """What was under way together teaches once, little at a usual rate; what started after it teaches again."""
    limiter, turns = RateLimiter(8), [Ticket() for _ in range(8)]
    assert {limiter.reserve(turn, 0.0) for turn in turns} == {0.0}
    for turn in turns[3:]:
        limiter.refused(turn, 0.1, 1.0)
    assert limiter.rate_in_force == 7
    later = Ticket()
    assert limiter.reserve(later, 1.2) == 0
    limiter.refused(later, 1.3, 1.0)
    assert limiter.rate_in_force <= 5
    assert limiter.rate == 8


def test_the_rate_never_sinks_to_nothing():
    """However often the service refuses, one request in ten seconds stays; a lower rate that was set stays as it is."""
    for rate, least in ((5.0, 0.1), (None, 0.1), (0.05, 0.05)):
        limiter, now = RateLimiter(rate), 0.0
        for _ in range(40):
            turn = Ticket()
            while (wait := limiter.reserve(turn, now)) > 0:
                now += wait
            limiter.refused(turn, now + 0.01)
            now += 0.02
        assert limiter.rate_in_force == pytest.approx(least)


def test_another_rate_forgets_what_was_learned_the_same_does_not():
    """Each command of a notebook sets the same rate: only a new one is a new beginning."""
    limiter, turn = RateLimiter(10), Ticket()
    limiter.reserve(turn, 0.0)
    limiter.refused(turn, 0.1)
    learned = limiter.rate_in_force
    limiter.rate = 10
    assert limiter.rate_in_force == learned < 10
    limiter.rate = None
    assert limiter.rate_in_force is None


@pytest.mark.parametrize("rate", [1, 2, 3, 5, 10, 50])
def test_a_rate_that_is_the_servers_is_never_refused(rate):
    """Ten minutes, 20 ms of jitter on the way, a server that counts a sliding second: no 429, at its rate / 1.05."""
    server = Simulation(RateLimiter(rate), Server(rate), threads=16).run(600)
    passed, refused = server.between(0, 600)
    assert refused == 0
    assert passed >= rate * 0.93


@pytest.mark.parametrize("retry_after_s", [1.0, None])
@pytest.mark.parametrize("theirs", [0.5, 1, 2, 3, 5])
@pytest.mark.parametrize("ours", [5, None])
def test_a_lower_rate_of_the_server_is_learned(ours, theirs, retry_after_s):
    """In ten minutes few 429 and most of the server's rate; no request waits for ever."""
    simulation = Simulation(RateLimiter(ours), Server(theirs), retry_after_s)
    server = simulation.run(600)
    passed, refused = server.between(0, 600)
    assert refused <= {0.5: 0.1, 1: 0.05}.get(theirs, 0.02)  # at 0.5 a second 25 of 300
    assert passed >= 0.9 * theirs
    assert server.between(300, 600)[1] <= (0.01 if theirs >= 2 else 0.02)
    assert simulation.longest_s <= 40


@pytest.mark.parametrize("ours", [5, None])
def test_a_rate_that_rises_is_found_again(ours):
    """The server allows 2 a second, and after three minutes 5: soon the rate is near 5 again, with few 429."""
    server = Simulation(RateLimiter(ours), Server(2)).run(600, changes=[(180.0, 5)])
    assert server.between(60, 180)[0] >= 1.7
    passed, refused = server.between(340, 600)
    assert passed >= 4.2
    assert refused <= 0.01


def test_no_limit_comes_back():
    """Without a set rate and with a service that refuses no longer, the limit that was learned goes away."""
    limiter = RateLimiter(None)
    Simulation(limiter, Server(3)).run(600, changes=[(60.0, 1000)])
    assert limiter.rate_in_force is None


def test_after_a_pause_the_rate_is_back():
    """Nothing was asked for an hour: what was learned then is no rule any more."""
    limiter, turn = RateLimiter(10), Ticket()
    limiter.reserve(turn, 0.0)
    limiter.refused(turn, 0.1, 1.0)
    assert limiter.rate_in_force < 10
    limiter.reserve(Ticket(), 3600.0)
    assert limiter.rate_in_force == 10


def test_one_login_has_one_limiter():
    """The same key gives the same limiters, another key others."""
    first = shared_rate_limiters(("a",), lambda: RateLimiters(5, 10))
    assert shared_rate_limiters(("a",), lambda: RateLimiters(5, 10)) is first
    assert shared_rate_limiters(("b",), lambda: RateLimiters(5, 10)) is not first
    assert (first["search"].rate, first["other"].rate) == (5, 10)


def test_what_a_login_has_used_up_outlives_its_tracker():
    """A Tracker made anew waits for what the service told the one before."""
    shared_rate_limiters(("one after the other",), lambda: RateLimiters(5, 10))["search"].hold(9.0)
    gc.collect()
    assert shared_rate_limiters(("one after the other",), lambda: RateLimiters(5, 10))["search"].held_s(0.0) == 9.0


def test_a_start_counts_from_when_its_connection_stood():
    """The service sees a request when it comes: over a new connection that is later than over one that is there."""
    limiter, first, second = RateLimiter(2), Ticket(), Ticket()
    limiter.reserve(first, 0.0)
    limiter.reserve(second, 0.0)
    limiter.late(first, 0.3)
    limiter.late(second, 0.2)
    assert limiter.reserve(Ticket(), 1.0) == pytest.approx(0.2 + WINDOW_S - 1.0)
    assert limiter.reserve(Ticket(), 0.2 + WINDOW_S) == pytest.approx(0.1)
