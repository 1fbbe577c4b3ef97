"""What a search found: pages are taken whole or not at all, each record once, and the best reading is the result."""

import gc
import threading

import pytest

from tracker_magic.api import ListSink, ResultSet
from tracker_magic.api.results import count_mismatch, incomplete, specific_hint
from tracker_magic.errors import Forbidden, TimedOut, UnexpectedReply


def records(*ids):
    """Issues with these ids."""
    return [{"id": str(number)} for number in ids]


def ids(sink):
    """The ids of a sink's records."""
    return [int(record["id"]) for record in sink.records]


def make_results(*pages):
    """A ListSink and the ResultSet that fills it, with these pages of ids."""
    sink = ListSink()
    results = ResultSet(sink)
    results.restart()
    for page in pages:
        add_page(results, *page)
    return sink, results


def fail_in_page(results, *numbers):
    """Add a page of these ids that cannot be read to its end."""
    with results.page() as page:
        page.add(records(*numbers))
        raise UnexpectedReply


def add_page(results, *numbers):
    """Add a page of these ids."""
    with results.page() as page:
        page.add(records(*numbers))


def test_every_record_comes_once_in_order():
    """A record that was already taken is not taken again, whether in another page, another part or the same."""
    sink, results = make_results([1, 2, 1])
    with results.page() as page:
        page.add(records(2, 3))
        page.add(records(3, 4, 4))
    assert ids(sink) == [1, 2, 3, 4]
    assert results.ids == {"1", "2", "3", "4"}
    assert results.rows == 4


def test_a_page_that_fails_is_not_taken():
    """If a page cannot be read to its end, none of its records is taken; they may come with a later page."""
    sink, results = make_results([1])
    with pytest.raises(UnexpectedReply):
        fail_in_page(results, 2, 3)
    assert (ids(sink), results.rows) == ([1], 1)
    add_page(results, 2)
    assert ids(sink) == [1, 2]


def test_the_longest_reading_is_the_result():
    """If no reading was whole, the longest one is the result, of several the last; readings are never mixed."""
    sink, results = make_results([1, 2])
    results.restart()
    assert results.ids == set()
    add_page(results, 3)
    assert (ids(sink), results.rows) == ([1, 2], 2)
    add_page(results, 4)
    assert (ids(sink), results.rows) == ([3, 4], 2)


def test_the_records_to_keep_are_the_result():
    """`keep` makes the present reading the result, without the records that do not belong to it, in their order."""
    sink, results = make_results([1, 2, 3])
    results.restart()
    add_page(results, 3, 2)
    results.keep({"2", "9"} & results.ids)
    assert (ids(sink), results.rows) == ([2], 1)


def test_without_a_reading_there_are_no_records():
    """Before the first page of the first reading the result is empty."""
    sink = ListSink()
    assert sink.records == []
    assert ResultSet(sink).rows == 0


def test_a_total_can_be_set():
    """`set_total` notes how many issues there are; None: nobody knows."""
    _, results = make_results()
    assert results.total is None
    for total in (5, None):
        results.set_total(total)
        assert results.total == total


def test_pages_are_taken_one_at_a_time():
    """While one thread fills a page, another one waits: only one page is in memory in its decoded form."""
    sink, results = make_results()
    with results.page() as page:
        other = threading.Thread(target=add_page, args=(results, 2))
        other.start()
        page.add(records(1))
        assert results.ids == set()
    other.join()
    assert ids(sink) == [1, 2]


def test_garbage_collection_is_off_while_a_page_is_taken():
    """It is switched on again after the page, also after one that fails."""
    _, results = make_results()
    with results.page():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(UnexpectedReply):
        fail_in_page(results, 1)
    assert gc.isenabled()


def test_garbage_collection_stays_off_if_it_was_off():
    """A program that switched the collector off finds it switched off after the page."""
    _, results = make_results()
    gc.disable()
    try:
        add_page(results, 1)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("rows", "total", "limit", "text"),
    [
        (2, 10, None, "2 of 10 issues were fetched"),
        (2, 10, 5, "2 of 5 issues were fetched"),
        (2, None, None, "2 issues were fetched"),
        (2, 2, None, "2 issues were fetched, as many as the service counts, but not reliably"),
        (3, 2, None, "3 issues were fetched, more than the 2 that the service counts"),
    ],
)
def test_an_incomplete_result_says_how_much_was_fetched(rows, total, limit, text):
    """Incomplete has the number of rows fetched and the total (or the limit) as facts, and names the cause."""
    _, results = make_results(range(rows))
    results.set_total(total)
    error = incomplete(results, TimedOut("not finished within 10 s"), limit=limit)
    assert error.message.startswith(f"{text}: ")
    assert "not finished within 10 s" in error.message
    assert (error.fetched, error.total) == (rows, total if limit is None else limit)
    assert ".partial" in error.hint


def test_an_incomplete_result_names_the_missing_range():
    """If it is known which issues are missing, message and hint say so."""
    _, results = make_results([1])
    results.set_total(2)
    error = incomplete(results, TimedOut("x"), 'with Created: >= "2026-01-01 00:00:00"')
    assert 'issues with Created: >= "2026-01-01 00:00:00" are missing' in error.message
    assert "ask only for the rest" in error.hint
    results.set_total(1)
    assert "were not read to the end" in incomplete(results, TimedOut("x"), "with Created").message


def test_only_a_specific_hint_is_passed_on():
    """The hint of the cause is kept, unless it only says to try again, as the hint of Incomplete does itself."""
    assert specific_hint(Forbidden("x", hint="Ask the owner.")) == "Ask the owner."
    assert specific_hint(UnexpectedReply("x")) == ""
    assert specific_hint(count_mismatch()) == ""
