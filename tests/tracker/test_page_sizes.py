"""The size of pages is learned from refusals and from pages that are cut, not from one that happens to be short."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tracker_magic.api.endpoints import PAGE
from tracker_magic.api.page_sizes import PageSizes
from tracker_magic.demo.behaviour import Behaviour, Fault

SEARCH = "issues/_search"
EVERYTHING = "Queue: DEV, OPS, DESIGN"


def scroll_sizes(requests):
    """The sizes of pages that scrolls were begun with."""
    return {size for request in requests for size in request.query.get("perScroll", [])}


def test_a_refused_size_is_requested_once(make, demo):
    """A size that the service refused, of a page by number or of a scroll, is not requested again."""
    demo.service.behaviour = Behaviour(max_per_page=100, max_per_scroll=100, over_max="refuse")
    tracker = make()
    for _ in range(3):
        assert len(tracker.issues("Queue: DEV", fields="summary", limit=150)) == 150
    assert [request.status for request in demo.journal].count(400) == 2


def test_threads_may_learn_the_same_size_at_once(make, demo):
    """A thread whose page is refused after another thread has learned the size gets the complete result too."""
    demo.service.behaviour = Behaviour(max_per_page=100, over_max="refuse", latency_ms=80)
    tracker = make()
    tracker.count("Queue: OPS")
    # One thread's refusal comes when the others have had theirs and a page.
    demo.behaviour.faults += [Fault("slow", SEARCH, skip=1, seconds=0.3)]
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(tracker.issues, "Queue: OPS", fields="summary") for _ in range(4)]
        assert len({len(future.result()) for future in futures}) == 1


def test_one_short_page_is_no_maximum(tracker, demo):
    """After one short page the next search requests full pages again."""
    demo.behaviour.faults.append(Fault("short_page", SEARCH))
    first = tracker.issues(EVERYTHING, fields="key", order="key")
    second = tracker.issues(EVERYTHING, fields="key", order="key")
    assert list(first["key"]) == list(second["key"])
    assert scroll_sizes(demo.journal) == {str(PAGE)}


def test_two_short_pages_are_a_maximum(tracker, demo):
    """A service that silently cuts pages to 100 is asked for pages of 100 from then on."""
    demo.behaviour.max_per_scroll, demo.behaviour.over_max = 100, "cap"
    tracker.issues(EVERYTHING, fields="key", order="key")
    before = len(demo.journal)
    tracker.issues(EVERYTHING, fields="key", order="key")
    assert scroll_sizes(demo.journal[before:]) == {"100"}


def test_one_page_with_a_limit_is_no_maximum(tracker, demo):
    """If a page for a limit once lacks rows, the same limit is one page the next time."""
    demo.behaviour.faults.append(Fault("lose_rows", SEARCH, by=50))
    first = tracker.issues("Queue: DEV", fields="key", limit=500)
    demo.journal.clear()
    second = tracker.issues("Queue: DEV", fields="key", limit=500)
    assert list(first["key"]) == list(second["key"])
    assert [request.query["perPage"] for request in demo.journal] == [["500"]]


def test_a_maximum_of_pages_with_a_limit_is_learned(make, demo):
    """A service that silently cuts pages to 100 is asked twice for more, then for a scroll at once."""
    demo.service.behaviour = Behaviour(max_per_page=100, over_max="cap")
    tracker = make()
    for _ in range(3):
        assert len(tracker.issues("Queue: DEV", fields="key", limit=150)) == 150
    assert [request.query.get("perPage") for request in demo.journal].count(["150"]) == 2


FIFTY = f"Queue: DEV AND Key: {', '.join(f'DEV-{number}' for number in range(1, 51))}"


def searches(demo):
    """The ends of the paths of all searches and counts."""
    return [request.path.rpartition("/")[2] for request in demo.journal if "issues/_" in request.path]


def test_a_round_number_of_issues_takes_one_request(make, demo):
    """If the headers of a page with 50 issues agree that there are no more, a first question counts nothing."""
    assert len(make().issues(FIFTY)) == 50
    assert searches(demo) == ["_search"]


@pytest.mark.parametrize("headers", [{"Link": ""}, {"X-Total-Pages": ""}, {"X-Total-Pages": "2"}])
def test_a_round_number_that_headers_do_not_confirm_is_read_again(make, demo, headers):
    """If a header that says the same as the total is missing or differs, pages by creation must have all that count."""
    demo.behaviour.faults.append(Fault("header", SEARCH, headers=headers))
    assert len(make().issues(FIFTY)) == 50
    assert searches(demo) == ["_search", "_count", "_search"]


def test_a_service_may_begin_to_cut_totals(tracker, demo):
    """A total that was right once confirms no later one: all issues come although pages and totals are cut."""
    demo.behaviour.max_per_page = 100
    whole = tracker.count("Queue: DEV")
    assert len(tracker.issues("Queue: DEV", fields="key")) == whole
    demo.behaviour.page_window = 100
    assert len(tracker.issues("Queue: DEV", fields="key")) == whole


@pytest.mark.parametrize(("size", "over_max"), [(50, "cap"), (100, "cap"), (100, "refuse")])
def test_a_maximum_of_pages_and_totals_is_found_out(make, demo, size, over_max):
    """If pages and totals are cut to 50, the size in the link for other pages shows it; a full page proves nothing."""
    demo.service.behaviour = Behaviour(max_per_page=size, page_window=size, over_max=over_max)
    tracker = make()
    assert len(tracker.issues("Queue: DEV")) == tracker.count("Queue: DEV") > size


@pytest.mark.parametrize(
    ("pages", "size"), [((50, 50), 50), ((50, 100), PAGE), ((33, 33), PAGE), ((0, 0), PAGE), ((PAGE, PAGE), PAGE)]
)
def test_a_maximum_is_the_same_round_number_twice(pages, size):
    """Two pages in a row with the same round number of rows show a maximum; a page that is short by chance does not."""
    sizes = PageSizes()
    sizes.note_scroll_page(PAGE, *pages)
    assert sizes.scroll == size
