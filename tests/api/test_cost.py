"""How many scrolls, where to cut, what it costs: pure."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.api import Criteria
from tracker_magic.api.cost import LANES, STEP, Range, cost, lanes, ranks, within_reach

DAY = datetime(2026, 1, 1, tzinfo=UTC)
counts = st.integers(1, 300_000)


@given(left=st.integers(1, 400), page_s=st.floats(0.01, 5), rate=st.none() | st.floats(0.2, 50))
def test_more_scrolls_are_taken_only_where_they_save_time(left, page_s, rate):
    """One more costs requests; there are never more than pages, nor than ten."""
    count = lanes(left, page_s, rate)
    assert 1 <= count <= min(left + 1, LANES)
    if count > 1:
        one = max(left * page_s, left / rate if rate else 0)
        assert -(-(left + 1) // count) * page_s + page_s / 2 < one
        assert rate is None or (left + 1) / rate < one


def test_a_service_that_limits_more_than_it_delays_is_read_by_one_scroll():
    """At five requests a second, pages of 50 ms would only wait in line side by side."""
    assert lanes(20, 0.05, 5) == 1
    assert lanes(20, 0.35, 5) in {2, 3}
    assert lanes(20, 0.35, None) > 5


@given(total=st.integers(100, 300_000), size=st.sampled_from([100, 1000]), count=st.integers(1, LANES))
def test_places_to_cut_are_in_order_and_no_part_is_out_of_reach(total, size, count):
    """Every part lies within the numbers that can be asked for; all are of one size, in the fewest pages."""
    places = ranks(total, size, count)
    parts = [later - earlier for earlier, later in zip([0, *places], [*places, total], strict=True)]
    assert all(part > 0 for part in parts)
    assert max(parts) - min(parts) <= 1
    assert max(parts) <= STEP
    pages = -(-total // size)
    assert -(-max(parts) // size) <= -(-pages // count)


@given(
    places=st.lists(st.integers(0, 100_000), unique=True), base=st.integers(0, 50_000), window=st.integers(1, 10_000)
)
def test_every_place_is_asked_for_once_or_later(places, base, window):
    """From the beginning, from the end, or not yet; what is asked for lies inside the window."""
    top = 100_000
    front, back, later = within_reach([place for place in places if place >= base], base, top, window)
    assert sorted([*front, *back, *later]) == sorted(place for place in places if place >= base)
    assert all(place - base < window for place in front)
    assert all(top - place < window for place in back)


@given(total=counts, size=st.sampled_from([100, 1000]), rate=st.none() | st.floats(0.5, 20))
def test_a_question_costs_at_least_its_pages(total, size, rate):
    """And no less time than the rate allows."""
    needed = cost(total, size, rate, 0.3)
    assert needed.requests >= -(-total // size)
    assert needed.requests <= -(-total // size) + 2 * LANES
    assert rate is None or needed.requests == 1 or needed.seconds >= needed.requests / rate - 1e-9


@pytest.mark.parametrize("low", [None, DAY])
def test_what_is_left_of_a_range_never_reaches_below_it(low):
    """A moment less its margin, to the second; not before the range's own beginning."""
    part = Range(low, DAY + timedelta(days=9))
    later = part.beyond(DAY + timedelta(hours=20, microseconds=5), timedelta(hours=12))
    assert later == Range(DAY + timedelta(hours=8), part.high)
    assert part.beyond(DAY, timedelta(hours=12)) == (part if low else Range(DAY - timedelta(hours=12), part.high))


def test_neighbours_share_their_bound():
    """In a query the same text stands on both sides, whatever zone it is read in; the user's words stay in brackets."""
    asked = Criteria(query="Queue: DEV OR Queue: OPS")
    assert asked.within(Range(None, DAY)).query == '(Queue: DEV OR Queue: OPS) AND Created: < "2026-01-01 00:00:00"'
    assert asked.within(Range(DAY)).query == '(Queue: DEV OR Queue: OPS) AND Created: >= "2026-01-01 00:00:00"'
    assert asked.within(Range()) == asked


def test_a_filter_takes_whole_timestamps():
    """Both ends stand in UTC; a filter that names a range itself is not cut."""
    cut = Criteria(filter={"queue": "DEV"}).within(Range(DAY, DAY + timedelta(days=1)))
    assert cut.filter == {
        "queue": "DEV",
        "createdAt": {"from": "2026-01-01T00:00:00.000+0000", "to": "2026-01-02T00:00:00.000+0000"},
    }
    assert Criteria(filter={"queue": "DEV"}).can_be_cut
    assert not Criteria(filter={"createdAt": {"from": "2026-01-01"}}).can_be_cut
    assert not Criteria(query='Queue: DEV "Sort By": Key').can_be_cut
