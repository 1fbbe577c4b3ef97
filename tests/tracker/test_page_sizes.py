"""How large a page may be: learned from refusals and from pages that are cut, not from one that is short by chance."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tracker_magic.api.endpoints import PAGE, PageSizes
from tracker_magic.demo.behaviour import Behaviour, Fault

SEARCH = "issues/_search"


def test_a_refused_page_is_refused_once(make, demo):
    """By number or in a scroll: who learned that pages of 1,000 are refused asks for no such page again."""
    demo.service.behaviour = Behaviour(max_per_page=100, max_per_scroll=100, over_max="refuse")
    tracker = make()
    for _ in range(3):
        assert len(tracker.issues("Queue: DEV", fields="summary", limit=150)) == 150
    assert [seen.status for seen in demo.journal].count(400) == 2


def test_threads_that_learn_the_same_page_at_once(make, demo):
    """One thread has learned that pages of 1,000 are refused while another one's refusal is under way."""
    demo.service.behaviour = Behaviour(max_per_scroll=100, over_max="refuse", latency_ms=80)
    tracker = make()
    tracker.count("Queue: OPS")
    # One thread's refusal comes when the others have had theirs and a page.
    demo.behaviour.faults += [Fault("slow", "issues/_search", skip=1, seconds=0.3)]
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(tracker.issues, "Queue: OPS", fields="summary") for _ in range(4)]
        assert len({len(each.result()) for each in asked}) == 1


def asked_sizes(requests):
    """How large the pages of scrolls were asked to be."""
    return {size for seen in requests for size in seen.query.get("perScroll", [])}


def test_one_short_page_is_no_ceiling(tracker, demo):
    """Half a page, for whatever reason: the next question asks for full pages again."""
    demo.behaviour.faults.append(Fault("short_page", SEARCH))
    first = tracker.issues("Queue: DEV, OPS, DESIGN", fields="key")
    again = tracker.issues("Queue: DEV, OPS, DESIGN", fields="key")
    assert set(first["key"]) == set(again["key"])
    assert asked_sizes(demo.journal) == {str(PAGE)}


def test_two_short_pages_are_a_ceiling(tracker, demo):
    """A service that cuts pages in silence is asked for such pages from then on."""
    demo.behaviour.max_per_scroll, demo.behaviour.over_max = 100, "cap"
    tracker.issues("Queue: DEV, OPS, DESIGN", fields="key")
    before = len(demo.journal)
    tracker.issues("Queue: DEV, OPS, DESIGN", fields="key")
    assert asked_sizes(demo.journal[before:]) == {"100"}


@pytest.mark.parametrize(
    ("pages", "ceiling"), [((50, 50), 50), ((50, 100), PAGE), ((33, 33), PAGE), ((0, 0), PAGE), ((PAGE, PAGE), PAGE)]
)
def test_a_ceiling_is_the_same_round_number_twice(pages, ceiling):
    """A page that is short for another reason seldom is, and two in a row are not."""
    sizes = PageSizes()
    sizes.scroll_came(PAGE, *pages)
    assert sizes.scroll == ceiling
