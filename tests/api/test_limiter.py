"""How many requests may start in any short while."""

from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.api.limiter import WINDOW_S, Limiter, Limiters, shared_limiters


@given(
    rate=st.integers(1, 12),
    gaps=st.lists(st.floats(0, 0.6), min_size=1, max_size=60),
)
def test_no_window_holds_more_starts_than_the_rate(rate, gaps):
    """However requests come, no sliding 1.05 s holds more starts than the rate, and none starts before it came."""
    limiter, now, starts = Limiter(rate), 0.0, []
    for gap in gaps:
        now += gap
        wait = limiter.reserve(now)
        assert wait >= 0
        starts.append(now + wait)
    for first in starts:
        assert sum(first <= start < first + WINDOW_S - 1e-9 for start in starts) <= rate


def test_a_slow_rate_spreads_single_requests():
    """Half a request a second is one in 2.1 s."""
    limiter = Limiter(0.5)
    assert [limiter.reserve(0.0) for _ in range(3)] == [0.0, 2 * WINDOW_S, 4 * WINDOW_S]


def test_no_rate_is_no_limit():
    """None waits for nothing, except where the service asked."""
    limiter = Limiter(None)
    assert {limiter.reserve(0.0) for _ in range(1000)} == {0.0}
    limiter.hold(5.0)
    assert limiter.reserve(2.0) == 3.0
    assert limiter.reserve(6.0) == 0.0


def test_one_login_has_one_limiter_as_long_as_it_is_used():
    """The same key gives the same limiters; another key, or a later time, others."""
    first = shared_limiters(("a",), lambda: Limiters(5, 10))
    assert shared_limiters(("a",), lambda: Limiters(5, 10)) is first
    assert shared_limiters(("b",), lambda: Limiters(5, 10)) is not first
    assert (first["search"].rate, first["other"].rate) == (5, 10)
