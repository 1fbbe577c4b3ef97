"""A search is read by one page, by one scroll, or by several: tests of `api/scroll.py` and `api/search.py`.

tests/tracker combines sizes, orders, limits and faults (test_completeness.py, test_losses.py, test_order.py).
"""

from datetime import UTC, datetime

import pytest

from tracker_magic.api import Answer, Criteria, ListSink, ResultSet, Search, fetch_in_order, fetch_issues
from tracker_magic.api.endpoints import CAPPED_PAGE, PAGE, WINDOW
from tracker_magic.api.numbered_pages import read_page
from tracker_magic.api.scroll import believed_total, may_be_about_size, parse_moment, reported_minimum
from tracker_magic.demo.behaviour import Fault
from tracker_magic.errors import BadQuery, Incomplete, UnexpectedReply

DEV = Criteria(query="Queue: DEV")
PARAMS = {"fields": "key,createdAt", "expand": None}


@pytest.fixture
def search(client, make_operation):
    """A search of one queue; its operation's scrolls are released at the end."""
    search = Search(client, make_operation(), DEV, PARAMS)
    yield search
    client.release_scrolls(search.operation)


@pytest.fixture
def results():
    """A ResultSet in its first reading, and its sink."""
    sink = ListSink()
    results = ResultSet(sink)
    results.restart()
    return results, sink


def keys_of(demo, queue):
    """The keys of a queue's issues."""
    return {issue.key for issue in demo.world.issues.values() if issue.values["queue"] == queue}


def cap_pages(demo, size):
    """Let the service give pages of at most this size."""
    demo.behaviour.max_per_scroll = demo.behaviour.max_per_page = size
    demo.behaviour.over_max = "cap"


# A search.


def test_a_search_counts_its_issues(search, demo):
    """`count` asks for the number of issues, without an order."""
    assert search.count() == len(keys_of(demo, "DEV"))
    assert search.count(Criteria(filter={"queue": "OPS"}, order=("+key",))) == len(keys_of(demo, "OPS"))


def test_a_page_by_number_goes_to_the_results(search, results):
    """A numbered page says how many rows it has of how many, and from when to when they were created."""
    results, sink = results
    page = read_page(search, results, search.page_by_creation(7, 2))
    assert len(sink.records) == page.rows == 7
    assert (page.start, page.is_last, page.is_short) == (7, False, False)
    assert page.total > 14
    assert [page.created[0], page.created[2]] == [parse_moment(sink.records[at]["createdAt"]) for at in (0, -1)]


@pytest.mark.parametrize("fetch", [fetch_issues, fetch_in_order])
@pytest.mark.parametrize("page_size", [PAGE, 50])
def test_all_issues_of_a_search_come_once(search, demo, results, fetch, page_size):
    """All issues come, in one page, in one scroll or in several ranges, and the total is their number."""
    cap_pages(demo, page_size)
    results, sink = results
    fetch(search, results)
    keys = [record["key"] for record in sink.records]
    assert set(keys) == keys_of(demo, "DEV")
    assert len(keys) == len(set(keys)) == results.rows == results.total


@pytest.mark.parametrize("page_size", [PAGE, 50])
def test_the_first_issues_of_a_search_come_in_order(search, demo, results, page_size):
    """With a limit exactly so many issues come, and the total is that of the search."""
    cap_pages(demo, page_size)
    results, sink = results
    fetch_issues(search, results, 120)
    assert len(sink.records) == results.rows == 120
    assert results.total == len(keys_of(demo, "DEV"))


def test_an_ordered_search_is_one_scroll(client, demo, make_operation, results):
    """An order is kept, so the pages come one after the other from a sorted scroll."""
    cap_pages(demo, 50)
    results, sink = results
    operation = make_operation()
    fetch_issues(Search(client, operation, Criteria(query='Queue: DEV "Sort By": Created DESC'), PARAMS), results)
    times = [record["createdAt"] for record in sink.records]
    assert times == sorted(times, reverse=True)
    scrolls = [request.query["scrollType"] for request in demo.journal if "scrollType" in request.query]
    assert scrolls == [["sorted"]]
    client.release_scrolls(operation)


def test_a_scroll_that_breaks_off_is_read_again(search, demo, results):
    """A scroll that is lost in the middle is followed by another one, and every issue comes once."""
    cap_pages(demo, 50)
    demo.behaviour.faults.append(Fault("drop", "/_search", skip=2))
    results, sink = results
    fetch_in_order(search, results)
    assert {record["key"] for record in sink.records} == keys_of(demo, "DEV")


def test_a_search_that_cannot_be_completed_says_what_was_fetched(search, demo, results):
    """If the service fails for good after some pages, Incomplete has the number of rows fetched and of all."""
    cap_pages(demo, 50)
    demo.behaviour.faults.append(Fault("status", "/_search", times=1000, skip=2, status=500))
    results, sink = results
    with pytest.raises(Incomplete) as caught:
        fetch_in_order(search, results)
    assert caught.value.fetched == len(sink.records) > 0
    assert caught.value.total == len(keys_of(demo, "DEV"))


def test_a_wrong_query_is_an_error_at_once(client, make_operation, results):
    """A query that the service does not understand is BadQuery and is not repeated with smaller pages."""
    results, _ = results
    search = Search(client, make_operation(), Criteria(query="Nonsense: ("), PARAMS)
    search.client.sizes.note_page(PAGE, 1, 1, 0.1)
    with pytest.raises(BadQuery):
        fetch_issues(search, results)
    assert client.transport.sent == 1


# A scroll.


def test_a_scroll_is_read_page_by_page(search, demo, results):
    """Each page adds its rows; at the end the scroll is read, it is complete, and nothing has to be released."""
    cap_pages(demo, 100)
    results, _ = results
    scroll = search.scroll()
    scroll.read_page(results)
    assert (scroll.rows, scroll.is_read, scroll.is_single) == (100, False, False)
    assert scroll.total == scroll.reported_minimum == len(keys_of(demo, "DEV"))
    while not scroll.is_read:
        scroll.read_page(results)
    assert scroll.has_ended
    assert scroll.rows == scroll.total
    assert search.operation.take_scrolls() == {}


def test_a_single_page_is_the_whole_search(search, results):
    """If the first page has as many rows as the service reports, and ends, it is all."""
    results, _ = results
    scroll = search.scroll()
    scroll.read_page(results)
    assert scroll.is_single
    assert scroll.is_read


@pytest.mark.parametrize(("kind", "message"), [("repeat", "same page of a scroll"), ("expire_scroll", "expired")])
def test_a_scroll_whose_position_is_lost_is_an_unexpected_reply(search, demo, results, kind, message):
    """A page comes again, or a later page is refused: how an expired scroll is refused is not documented."""
    cap_pages(demo, 50)
    demo.behaviour.faults.append(Fault(kind, "/_search", skip=1))
    results, _ = results
    scroll = search.scroll()
    scroll.read_page(results)
    with pytest.raises(UnexpectedReply, match=message):
        scroll.read_page(results)


def test_pages_that_are_too_large_are_requested_smaller(search, demo, results):
    """If the service refuses a page of 1,000, the scroll begins with pages that every service accepts."""
    demo.behaviour.max_per_scroll = CAPPED_PAGE
    results, _ = results
    search.scroll().read_page(results)
    assert results.rows == CAPPED_PAGE
    assert search.client.sizes.scroll == CAPPED_PAGE


def test_a_limit_holds_within_a_page(search, results):
    """Of the last page only so many rows are taken as the limit leaves."""
    results, _ = results
    scroll = search.scroll()
    scroll.read_page(results, 30)
    assert results.rows == 30


@pytest.mark.parametrize(
    ("error", "is_known", "expected"),
    [
        (BadQuery("x", status=400), False, True),
        (BadQuery("x", status=400), True, False),
        (BadQuery("x", status=400, messages=["perPage is too large"]), True, True),
        (BadQuery("x", status=422), False, False),
    ],
)
def test_a_refusal_may_be_about_the_page_size(error, is_known, expected):
    """A 400 may be about a large page, unless that size was accepted before and the message does not name it."""
    assert may_be_about_size(error, "perPage", PAGE, is_known=is_known) == expected
    assert not may_be_about_size(error, "perPage", CAPPED_PAGE, is_known=is_known)


def test_a_total_at_the_window_is_a_minimum():
    """`X-Total-Count` may end at 10,000: that number is not believed, but there are at least so many issues."""
    answer = Answer([], {"X-Total-Count": str(WINDOW)}, "")
    assert (believed_total(answer), reported_minimum(answer)) == (None, WINDOW)
    answer = Answer([], {"X-Total-Count": "7"}, "")
    assert (believed_total(answer), reported_minimum(answer)) == (7, 7)
    assert reported_minimum(Answer([], {}, "")) == 0


def test_a_moment_of_the_api_is_in_utc():
    """A moment is read with its zone; a text without a zone or of another form is no moment."""
    expected = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    assert parse_moment("2026-11-01T12:00:00.000+0300") == expected
    for text in ("2026-11-01T12:00:00", "yesterday", ""):
        assert parse_moment(text) is None
