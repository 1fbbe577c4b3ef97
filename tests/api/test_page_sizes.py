"""How large a page may be, learned from the pages fetched so far."""

import pytest

from tracker_magic.api.endpoints import CAPPED_PAGE, PAGE
from tracker_magic.api.page_sizes import PageSizes


def test_a_refused_page_size_is_remembered():
    """After a refusal every page is requested with the size that every service accepts."""
    sizes = PageSizes()
    assert (sizes.page, sizes.scroll) == (PAGE, PAGE)
    sizes.cap("perPage")
    assert (sizes.page, sizes.scroll) == (CAPPED_PAGE, PAGE)
    sizes.cap("perScroll")
    assert (sizes.page, sizes.scroll) == (CAPPED_PAGE, CAPPED_PAGE)


def test_a_page_size_is_known_once_it_was_accepted():
    """A size counts as accepted after a page of at least that size was requested and arrived."""
    sizes = PageSizes()
    assert not sizes.is_known("perPage", PAGE)
    assert not sizes.is_known("perScroll", PAGE)
    sizes.note_page(10, 10, 10, 0.1)
    assert not sizes.is_known("perPage", PAGE)
    sizes.note_page(PAGE, 10, 10, 0.1)
    sizes.note_first_page(PAGE)
    assert sizes.is_known("perPage", PAGE)
    assert sizes.is_known("perScroll", PAGE)
    assert not sizes.is_known("perScroll", PAGE + 1)


@pytest.mark.parametrize(
    ("rows", "total", "size"), [(100, 500, 100), (33, 500, PAGE), (100, 100, PAGE), (0, 500, PAGE)]
)
def test_a_page_by_number_that_is_cut_at_a_round_number_is_a_maximum(rows, total, size):
    """A page with fewer rows than requested, of more that there are, was cut by the service's own maximum."""
    sizes = PageSizes()
    sizes.note_page(PAGE, rows, total, 0.1)
    assert sizes.page == size


def test_the_time_of_a_full_page_is_remembered():
    """A full page says how long a page takes; a page with fewer rows does not."""
    sizes = PageSizes()
    usual_s = sizes.page_s
    sizes.note_page(PAGE, 5, 5, 1.5)
    assert sizes.page_s == usual_s
    sizes.note_page(PAGE, PAGE, 5000, 1.5)
    assert sizes.page_s == 1.5
