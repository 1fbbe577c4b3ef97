"""How many scrolls read a search, where it is cut for them, and what it costs."""

from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.api.cost import (
    MAX_LANES,
    STEP,
    cost_of_pages,
    cost_of_search,
    counts_agree,
    cut_ranks,
    lanes,
    within_reach,
)

totals = st.integers(1, 300_000)
page_sizes = st.sampled_from([100, 1000])


@given(pages_left=st.integers(1, 400), page_s=st.floats(0.01, 5), rate=st.none() | st.floats(0.2, 50))
def test_several_scrolls_are_used_only_if_they_save_time(pages_left, page_s, rate):
    """Several scrolls are used only if they are faster than one; there are at most ten, and no more than pages."""
    count = lanes(pages_left, page_s, rate)
    assert 1 <= count <= min(pages_left + 1, MAX_LANES)
    if count > 1:
        by_one_scroll_s = max(pages_left * page_s, pages_left / rate if rate else 0)
        assert -(-(pages_left + 1) // count) * page_s + page_s / 2 < by_one_scroll_s
        assert rate is None or (pages_left + 1) / rate < by_one_scroll_s


def test_the_rate_limit_decides_how_many_scrolls_are_useful():
    """If the rate limit is slower than the pages, one scroll is enough; the slower the pages, the more scrolls."""
    assert lanes(20, 0.05, 5) == 1
    assert lanes(20, 0.35, 5) in {2, 3}
    assert lanes(20, 0.35, None) > 5


@given(total=st.integers(100, 300_000), page_size=page_sizes, count=st.integers(1, MAX_LANES))
def test_all_parts_of_a_search_have_the_same_size(total, page_size, count):
    """Cuts ascend, parts differ by one issue at most, need the fewest pages, and none exceeds a step."""
    ranks = cut_ranks(total, page_size, count)
    parts = [later - earlier for earlier, later in zip([0, *ranks], [*ranks, total], strict=True)]
    assert all(part > 0 for part in parts)
    assert max(parts) - min(parts) <= 1
    assert max(parts) <= STEP
    pages = -(-total // page_size)
    assert -(-max(parts) // page_size) <= -(-pages // count)


@given(ranks=st.lists(st.integers(0, 100_000), unique=True), base=st.integers(0, 50_000), window=st.integers(1, 10_000))
def test_every_rank_is_requested_from_the_nearer_end_or_later(ranks, base, window):
    """Each rank is counted from the oldest issue or the newest if it is in that window, else left for later."""
    top = 100_000
    ranks = sorted(rank for rank in ranks if rank >= base)
    front, back, later = within_reach(ranks, base, top, window)
    assert sorted([*front, *back, *later]) == ranks
    assert all(rank - base < window for rank in front)
    assert all(top - rank < window for rank in back)


def test_counts_agree_if_the_rows_lie_between_them():
    """Rows that were counted while issues came or went are explained by two counts, whichever is larger."""
    assert counts_agree(11, 10, 12)
    assert counts_agree(11, 12, 10)
    assert counts_agree(10, 10, 10)
    assert not counts_agree(9, 10, 12)


@given(total=totals, page_size=page_sizes, rate=st.none() | st.floats(0.5, 20))
def test_a_search_costs_at_least_its_pages(total, page_size, rate):
    """A search needs a request for each page, few besides, and no less time than the rate limit allows."""
    cost = cost_of_search(total, page_size, rate, 0.3)
    pages = -(-total // page_size)
    assert pages <= cost.requests <= pages + 2 * MAX_LANES
    assert rate is None or cost.requests == 1 or cost.seconds >= cost.requests / rate - 1e-9


@given(pages=st.integers(1, 1000), rate=st.none() | st.floats(0.5, 20))
def test_independent_pages_cost_one_request_each(pages, rate):
    """Pages that do not wait for each other are fetched in parallel, but no faster than the rate limit allows."""
    cost = cost_of_pages(pages, rate, 0.3)
    assert cost.requests == pages
    assert cost.seconds >= pages * 0.3 / MAX_LANES - 1e-9
    assert rate is None or cost.seconds >= pages / rate - 1e-9
