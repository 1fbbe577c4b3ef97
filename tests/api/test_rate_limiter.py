"""The rate limiter: how many requests may start in a window, in which order, and what a 429 changes."""

import gc
import heapq
import itertools
import random
from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.api.rate_limiter import WINDOW_S, RateLimiter, RateLimiters, SharedRateLimiters, Ticket


@dataclass
class Server:
    """Counts requests in a sliding second, as the strictest service does; a refused request does not count."""

    rate: float
    accepted: deque = field(default_factory=deque)  # moments within the window
    log: list = field(default_factory=list)  # (moment, whether the request was accepted)

    def accepts(self, now):
        """Whether a request that arrives `now` is accepted."""
        window_s, size = (1.0, int(self.rate)) if self.rate >= 1 else (1 / self.rate, 1)
        while self.accepted and self.accepted[0] <= now - window_s:
            self.accepted.popleft()
        is_accepted = len(self.accepted) < size
        if is_accepted:
            self.accepted.append(now)
        self.log.append((now, is_accepted))
        return is_accepted

    def between(self, start, end):
        """The requests accepted per second, and the share of requests refused."""
        outcomes = [is_accepted for moment, is_accepted in self.log if start <= moment < end]
        return sum(outcomes) / (end - start), outcomes.count(False) / max(1, len(outcomes))


@dataclass
class Simulation:
    """Threads that send one request after another, in a time that only this object advances."""

    limiter: RateLimiter
    server: Server
    retry_after_s: float | None = 1.0
    threads: int = 8
    latency_s: float = 0.15
    jitter_s: float = 0.02
    now: float = 0.0
    longest_s: float = 0.0  # from a request's first attempt to its answer

    def run(self, seconds, changes=()):
        """Let all threads send requests for `seconds`; `changes`: (moment, new rate of the server)."""
        rng, order = random.Random(7), itertools.count()
        schedule = [(0.0, next(order), self.send_requests(rng)) for _ in range(self.threads)]
        schedule += [(moment, next(order), self.change_rate(rate)) for moment, rate in changes]
        heapq.heapify(schedule)
        while schedule and schedule[0][0] < seconds:
            self.now, _, process = heapq.heappop(schedule)
            if (pause_s := next(process, None)) is not None:
                heapq.heappush(schedule, (self.now + pause_s, next(order), process))
        return self.server

    def change_rate(self, rate):
        """A process that gives the server another rate."""
        self.server.rate = rate
        yield from ()

    def send_requests(self, rng):
        """The process of one thread; it yields the length of each pause."""
        while True:
            began, refusals, is_accepted = self.now, 0, False
            while not is_accepted:
                ticket = Ticket()
                while (wait_s := self.limiter.reserve(ticket, self.now)) > 0:
                    yield wait_s
                yield rng.random() * self.jitter_s
                is_accepted = self.server.accepts(self.now)
                yield self.latency_s if is_accepted else 0.005
                if not is_accepted:
                    refusals += 1
                    self.limiter.note_refusal(ticket, self.now, self.retry_after_s)
                    backoff_s = min(30.0, 0.25 * 2 ** (refusals - 1)) * (0.5 + rng.random() / 2)
                    yield max(self.retry_after_s or 0, backoff_s)
            self.longest_s = max(self.longest_s, self.now - began)


def start_times(limiter, arrivals):
    """When requests that arrive at `arrivals` start, if each calls `reserve` again only after its wait."""
    waiting = [(moment, number, Ticket()) for number, moment in enumerate(arrivals)]
    heapq.heapify(waiting)
    starts = {}
    while waiting:
        now, number, ticket = heapq.heappop(waiting)
        if wait_s := limiter.reserve(ticket, now):
            heapq.heappush(waiting, (now + wait_s, number, ticket))
        else:
            starts[number] = now
    return [starts[number] for number in range(len(arrivals))]


@given(
    rate=st.one_of(st.integers(1, 12), st.floats(1, 12)),
    gaps=st.lists(st.floats(0, 0.6), min_size=1, max_size=60),
)
def test_no_window_holds_more_starts_than_the_rate(rate, gaps):
    """No sliding 1.05 s holds more starts than the rate, and requests start in the order in which they arrive."""
    arrivals = list(itertools.accumulate(gaps))
    starts = start_times(RateLimiter(rate), arrivals)
    assert all(start >= arrival for start, arrival in zip(starts, arrivals, strict=True))
    assert all(later >= earlier - 1e-9 for earlier, later in itertools.pairwise(starts))
    for first in starts:
        assert sum(first <= start < first + WINDOW_S - 1e-5 for start in starts) <= rate


@given(rate=st.integers(1, 12), count=st.integers(1, 60))
def test_requests_start_as_early_as_the_rate_allows(rate, count):
    """Of requests that arrive together, as many as the rate allows start in each window."""
    last_start = max(start_times(RateLimiter(rate), [0.0] * count))
    assert last_start == pytest.approx((count - 1) // rate * WINDOW_S, abs=1e-3)


def test_a_rate_below_one_spaces_single_requests():
    """A rate of 0.5 lets one request start every 2.1 s."""
    assert start_times(RateLimiter(0.5), [0.0] * 3) == pytest.approx([0.0, 2 * WINDOW_S, 4 * WINDOW_S])


def test_without_a_rate_only_a_pause_delays_requests():
    """A rate of None or infinity is no limit, but a pause that the service asked for still holds."""
    limiter = RateLimiter(float("inf"))
    assert {limiter.reserve(Ticket(), 0.0) for _ in range(1000)} == {0.0}
    limiter.set_rate(None)
    limiter.pause_until(5.0)
    assert (limiter.reserve(Ticket(), 2.0), limiter.paused_s(2.0)) == (3.0, 3.0)
    assert (limiter.reserve(Ticket(), 6.0), limiter.paused_s(6.0)) == (0.0, 0.0)


def test_a_pause_also_holds_back_queued_requests():
    """A 429 delays a ticket that was given an earlier start before, and the ticket keeps its position in the queue."""
    limiter, first, queued = RateLimiter(1), Ticket(), Ticket()
    limiter.reserve(first, 0.0)
    wait_s = limiter.reserve(queued, 0.0)
    assert wait_s == pytest.approx(WINDOW_S)
    limiter.note_refusal(first, 0.2, 3600.0)
    assert limiter.reserve(queued, wait_s) == pytest.approx(3600.2 - wait_s)
    newcomer = Ticket()
    assert limiter.reserve(newcomer, 3600.2) > 0
    assert limiter.reserve(queued, 3600.2) == 0


def test_a_withdrawn_ticket_blocks_nothing():
    """When a ticket leaves the queue, those behind it move up; withdrawing it twice changes nothing."""
    limiter, withdrawn, next_in_queue = RateLimiter(1), Ticket(), Ticket()
    limiter.reserve(Ticket(), 0.0)
    limiter.reserve(withdrawn, 0.0)
    assert limiter.reserve(next_in_queue, 0.0) == pytest.approx(2 * WINDOW_S)
    limiter.withdraw(withdrawn)
    limiter.withdraw(withdrawn)
    assert limiter.reserve(next_in_queue, 0.0) == pytest.approx(WINDOW_S)


def test_a_ticket_knows_how_many_started_with_it():
    """A started ticket holds its start and the number of starts in the second up to it; withdrawing it does nothing."""
    limiter, tickets = RateLimiter(5), [Ticket() for _ in range(3)]
    assert [limiter.reserve(ticket, 0.5) for ticket in tickets] == [0, 0, 0]
    limiter.withdraw(tickets[0])
    assert [(ticket.started_at, ticket.concurrent) for ticket in tickets] == [(0.5, 1), (0.5, 2), (0.5, 3)]


def test_the_429s_of_one_burst_lower_the_rate_once():
    """The 429s of requests under way together lower the set rate by 1; a later request's 429 lowers it further."""
    limiter, tickets = RateLimiter(8), [Ticket() for _ in range(8)]
    assert {limiter.reserve(ticket, 0.0) for ticket in tickets} == {0.0}
    for ticket in tickets[3:]:
        limiter.note_refusal(ticket, 0.1, 1.0)
    assert limiter.effective_rate == 7
    later = Ticket()
    assert limiter.reserve(later, 1.2) == 0
    limiter.note_refusal(later, 1.3, 1.0)
    assert limiter.effective_rate <= 5
    assert limiter.rate == 8


@pytest.mark.parametrize(("rate", "lowest"), [(5.0, 0.1), (None, 0.1), (0.05, 0.05)])
def test_the_rate_never_falls_below_one_request_in_ten_seconds(rate, lowest):
    """However often the service refuses, one request in ten seconds may start; a lower set rate stays as it is."""
    limiter, now = RateLimiter(rate), 0.0
    for _ in range(40):
        ticket = Ticket()
        while (wait_s := limiter.reserve(ticket, now)) > 0:
            now += wait_s
        limiter.note_refusal(ticket, now + 0.01)
        now += 0.02
    assert limiter.effective_rate == pytest.approx(lowest)


def test_only_setting_another_rate_forgets_the_429s():
    """Each command of a notebook sets the rate: the same rate again keeps what 429s taught, another one forgets it."""
    limiter, ticket = RateLimiter(10), Ticket()
    limiter.reserve(ticket, 0.0)
    limiter.note_refusal(ticket, 0.1)
    lowered = limiter.effective_rate
    limiter.set_rate(10)
    assert limiter.effective_rate == lowered < 10
    limiter.set_rate(None)
    assert limiter.effective_rate is None


@pytest.mark.parametrize("rate", [1, 2, 3, 5, 10, 50])
def test_a_rate_equal_to_the_servers_is_never_refused(rate):
    """In ten minutes with 20 ms of jitter and a server that counts a sliding second: no 429, at its rate / 1.05."""
    server = Simulation(RateLimiter(rate), Server(rate), threads=16).run(600)
    accepted, refused = server.between(0, 600)
    assert refused == 0
    assert accepted >= rate * 0.93


@pytest.mark.parametrize("retry_after_s", [1.0, None])
@pytest.mark.parametrize("server_rate", [0.5, 1, 2, 3, 5])
@pytest.mark.parametrize("set_rate", [5, None])
def test_a_lower_rate_of_the_server_is_learned(set_rate, server_rate, retry_after_s):
    """In ten minutes there are few 429s, most of the server's rate is used, and no request waits too long."""
    simulation = Simulation(RateLimiter(set_rate), Server(server_rate), retry_after_s)
    server = simulation.run(600)
    accepted, refused = server.between(0, 600)
    assert refused <= {0.5: 0.1, 1: 0.05}.get(server_rate, 0.02)  # at 0.5 a second 25 of 300
    assert accepted >= 0.9 * server_rate
    assert server.between(300, 600)[1] <= (0.01 if server_rate >= 2 else 0.02)
    assert simulation.longest_s <= 40


@pytest.mark.parametrize("set_rate", [5, None])
def test_a_higher_rate_of_the_server_is_found(set_rate):
    """If the server allows 2 a second and after three minutes 5, the rate is soon near 5 again, with few 429s."""
    server = Simulation(RateLimiter(set_rate), Server(2)).run(600, changes=[(180.0, 5)])
    assert server.between(60, 180)[0] >= 1.7
    accepted, refused = server.between(340, 600)
    assert accepted >= 4.2
    assert refused <= 0.01


def test_a_learned_limit_goes_away_where_no_rate_is_set():
    """Without a set rate, a server that stops refusing gets requests without a limit again."""
    limiter = RateLimiter(None)
    Simulation(limiter, Server(3)).run(600, changes=[(60.0, 1000)])
    assert limiter.effective_rate is None


@pytest.mark.parametrize("refusals", [1, 5])
def test_after_an_idle_hour_the_set_rate_applies_again(refusals):
    """However far 429s lowered the rate, an hour without requests brings the set rate back."""
    limiter, now = RateLimiter(10), 0.0
    for _ in range(refusals):
        ticket = Ticket()
        while (wait_s := limiter.reserve(ticket, now)) > 0:
            now += wait_s
        limiter.note_refusal(ticket, now + 0.1, 1.0)
    assert limiter.effective_rate < 10
    limiter.reserve(Ticket(), now + 3600.0)
    assert limiter.effective_rate == 10


def test_one_login_has_one_pair_of_limiters():
    """The same key gives the same limiters, another key gives others, and after `clear` new ones are made."""
    shared = SharedRateLimiters()
    first = shared.get(("a",), lambda: RateLimiters(5, 10))
    assert shared.get(("a",), lambda: RateLimiters(5, 10)) is first
    assert shared.get(("b",), lambda: RateLimiters(5, 10)) is not first
    assert (first["search"].rate, first["other"].rate) == (5, 10)
    shared.clear()
    assert shared.get(("a",), lambda: RateLimiters(5, 10)) is not first


def test_limiters_outlive_the_tracker_that_used_them():
    """A new Tracker of the same login keeps a pause that the service asked an earlier one for."""
    shared = SharedRateLimiters()
    shared.get(("one after the other",), lambda: RateLimiters(5, 10))["search"].pause_until(9.0)
    gc.collect()
    assert shared.get(("one after the other",), lambda: RateLimiters(5, 10))["search"].paused_s(0.0) == 9.0


def test_a_request_counts_from_when_its_connection_was_open():
    """The service counts a request when it arrives, which is later over a new connection than over an open one."""
    limiter, first, second = RateLimiter(2), Ticket(), Ticket()
    limiter.reserve(first, 0.0)
    limiter.reserve(second, 0.0)
    limiter.note_delay(first, 0.3)
    limiter.note_delay(second, 0.2)
    assert limiter.reserve(Ticket(), 1.0) == pytest.approx(0.2 + WINDOW_S - 1.0)
    assert limiter.reserve(Ticket(), 0.2 + WINDOW_S) == pytest.approx(0.1)
