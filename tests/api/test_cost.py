"""How pages overlap, how many are read at a time, and what a search costs."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.api.cost import (
    MAX_THREADS,
    cost_of_pages,
    cost_of_search,
    counts_agree,
    overlap_of,
    size_for_threads,
    sizes_for,
    threads_needed,
    window_sizes,
)
from tracker_magic.api.endpoints import WINDOW

totals = st.integers(1, 300_000)
page_sizes = st.sampled_from([20, 50, 100, 500, 1000])


@given(page_size=st.integers(1, 1000))
def test_the_pages_of_a_window_overlap(page_size):
    """Page n of size s holds the ranks from (n - 1) s to n s: each begins before the one before it ends."""
    sizes = window_sizes(page_size)
    assert sizes[0] == page_size
    for number, (size, following) in enumerate(pairwise(sizes), 1):
        assert number * size - number * following >= overlap_of(page_size)
    assert len(sizes) * sizes[-1] <= WINDOW


def test_ten_pages_fill_a_window():
    """With pages of 1,000, ten pages hold nearly as many issues as the window."""
    sizes = window_sizes(1000)
    assert len(sizes) == 10
    assert 10 * sizes[-1] > 0.97 * WINDOW


@given(issues=st.integers(1, 20_000), page_size=page_sizes)
def test_no_more_pages_are_requested_than_needed(issues, page_size):
    """As many pages as hold the issues and a few more, of about equal size, and never more than a window has."""
    full, sizes = window_sizes(page_size), sizes_for(issues, page_size)
    needed = len(sizes)
    assert 1 <= needed <= len(full)
    assert sizes == window_sizes(sizes[0])[:needed]
    assert sizes[0] <= page_size
    assert needed == len(full) or needed * sizes[-1] >= issues
    assert needed == 1 or (needed - 1) * full[needed - 2] < issues + 5


def test_no_more_threads_than_the_rate_keeps_busy():
    """A rate limit keeps only a few threads busy; without one, there is a thread for each page, ten at most."""
    assert threads_needed(50_000, 1000, 0.35, 5) == 4
    assert threads_needed(50_000, 1000, 0.35, None) == MAX_THREADS
    assert threads_needed(3_000, 1000, 0.35, None) == 3
    assert threads_needed(0, 1000, 0.35, 0.1) == 1


def test_counts_agree_if_the_rows_lie_between_them():
    """Rows that were counted while issues came or went are explained by two counts, whichever is larger."""
    assert counts_agree(11, 10, 12)
    assert counts_agree(11, 12, 10)
    assert counts_agree(10, 10, 10)
    assert not counts_agree(9, 10, 12)


@given(total=totals, page_size=page_sizes)
def test_without_a_limit_all_threads_share_a_window(total, page_size):
    """Pages are smaller if all threads can read them at once; they still hold everything, and are not tiny."""
    size = size_for_threads(total, page_size, None)
    sizes = sizes_for(total, size)
    assert size <= page_size
    assert size == page_size or (len(sizes) <= MAX_THREADS and len(sizes) * sizes[-1] >= total)
    assert size == page_size or size >= min(page_size, 150)
    assert size_for_threads(total, page_size, 5.0) == page_size


@given(total=totals, page_size=page_sizes, rate=st.none() | st.floats(0.5, 20))
def test_a_search_costs_at_least_its_pages(total, page_size, rate):
    """A search needs a request for each page, few besides, and no less time than the rate limit allows."""
    cost = cost_of_search(total, page_size, rate, 0.3)
    pages = -(-total // page_size)
    most = 1.3 * pages if rate else max(1.3 * pages, MAX_THREADS)  # without a limit, each thread has a page
    assert pages <= cost.requests <= most + 2
    assert rate is None or cost.requests == 1 or cost.seconds >= cost.requests / rate - 1e-9


@given(pages=st.integers(1, 1000), rate=st.none() | st.floats(0.5, 20))
def test_independent_pages_cost_one_request_each(pages, rate):
    """Pages that do not wait for each other are fetched in parallel, but no faster than the rate limit allows."""
    cost = cost_of_pages(pages, rate, 0.3)
    assert cost.requests == pages
    assert cost.seconds >= pages * 0.3 / MAX_THREADS - 1e-9
    assert rate is None or cost.seconds >= pages / rate - 1e-9
