"""A large search is read as numbered pages; tests/tracker/test_numbered_pages.py has more."""

import pytest

from tracker_magic.api import Criteria, ListSink, ResultSet, Search, fetch_issues
from tracker_magic.demo.behaviour import Fault
from tracker_magic.errors import Incomplete

PARAMS = {"fields": "key", "expand": None}


@pytest.fixture
def fetch(client, demo, make_operation):
    """Fetches all issues of a query from a service with small pages, and gives the ResultSet and its records."""
    demo.behaviour.max_per_page, demo.behaviour.over_max = 50, "cap"
    operation = make_operation()

    def fetch_into(sink, query="Queue: DEV, OPS"):
        results = ResultSet(sink)
        fetch_issues(Search(client, operation, Criteria(query=query), PARAMS), results)
        return results

    yield fetch_into
    client.release_scrolls(operation)


def keys_of(demo, *queues):
    """The keys of the issues of these queues."""
    return sorted(issue.key for issue in demo.world.issues.values() if issue.values["queue"] in queues)


def test_a_large_search_is_read_as_numbered_pages(fetch, demo):
    """All issues come once, and without a scroll."""
    sink = ListSink()
    results = fetch(sink)
    assert sorted(record["key"] for record in sink.records) == keys_of(demo, "DEV", "OPS")
    assert results.rows == results.total
    assert not any("scrollType" in request.query for request in demo.journal)


@pytest.mark.parametrize("kind", ["drop", "garble", "damage", "empty_page", "duplicate"])
def test_a_page_that_fails_is_read_again(fetch, demo, kind):
    """If a page is lost, damaged, or misses or repeats rows, all issues come once."""
    demo.behaviour.faults.append(Fault(kind, "/issues/_search", skip=4, times=2))
    sink = ListSink()
    fetch(sink)
    assert sorted(record["key"] for record in sink.records) == keys_of(demo, "DEV", "OPS")


def test_a_service_that_refuses_ranges_is_read_in_one_scroll(fetch, demo):
    """If the service does not accept a range of creation in this query, everything is read in one scroll."""
    demo.behaviour.faults.append(Fault("status", "/_search", times=1000, status=400, body_has="Created: >="))
    sink = ListSink()
    fetch(sink)
    assert sorted(record["key"] for record in sink.records) == keys_of(demo, "DEV", "OPS")


def test_a_search_that_breaks_off_keeps_the_fetched_rows(fetch, demo):
    """If the service fails for good, Incomplete has as many rows as the sink, and names what is missing."""
    demo.behaviour.faults.append(Fault("status", "/issues/_search", skip=8, times=10_000, status=500))
    sink = ListSink()
    with pytest.raises(Incomplete) as caught:
        fetch(sink)
    keys = [record["key"] for record in sink.records]
    assert caught.value.fetched == len(keys) == len(set(keys)) > 0
    assert caught.value.total == len(keys_of(demo, "DEV", "OPS"))
    assert set(keys) < set(keys_of(demo, "DEV", "OPS"))
