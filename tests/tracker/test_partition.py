"""Large results are read as ranges of creation in parallel, however the times of creation are distributed."""

import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tracker_magic import Tracker, errors
from tracker_magic.api import Criteria, ListSink, Operation, ResultSet, Search, cost
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
MARGIN = timedelta(hours=12)  # in which time zone the service reads a moment is not documented
QUEUES = ["DEV", "OPS", "DESIGN"]
EVERYTHING = f"Queue: {', '.join(QUEUES)}"
# Many pages of a small world: 100 issues each, and slow enough for several scrolls to be faster than one.
PAGES = Behaviour(max_per_page=100, max_per_scroll=100, over_max="cap", latency_ms=30)

# When the issue with this number was created.
TIMES = {
    "all at one moment": lambda _: NOW,
    "most at one moment in the middle": lambda number: NOW + timedelta(days=0 if 200 < number < 900 else number - 500),
    "within one day": lambda number: NOW + timedelta(seconds=40 * number),
    "two bursts with years between": lambda number: NOW + timedelta(days=1500 * (number % 2), seconds=number // 7),
    "equal in pairs": lambda number: NOW + timedelta(days=number // 2),
    "before 1970": lambda number: datetime(1955, 1, 1, tzinfo=UTC) + timedelta(days=number),
}


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """An embedded Tracker with 1,200 issues, in pages of 100."""
    world = make_world(seed=3, issues=1200, now=NOW)
    with Demo(world, Access(world), behaviour=PAGES) as demo:
        yield demo
        assert demo.open_scrolls == 0


@pytest.fixture
def tracker(demo: Demo) -> Iterator[Tracker]:
    """A Tracker without rate limits; the demo has no faults and an empty journal."""
    demo.journal.clear()
    demo.behaviour.faults.clear()
    names = demo.names
    arguments = {"org_id": names["TRACKER_ORG_ID"], "base_url": demo.url, "search_rps": None, "other_rps": None}
    with Tracker(names["TRACKER_TOKEN"], **arguments) as tracker:
        yield tracker


@pytest.fixture
def visible_keys(demo: Demo) -> set[str]:
    """The keys of the issues that the login may see."""
    return {key for key in demo.world.issues if not key.startswith("SEC-")}


def arguments_for(criterion):
    """All issues by this criterion, as arguments of `issues`."""
    return {"query": EVERYTHING} if criterion == "query" else {"filter": {"queue": QUEUES}}


def first_bodies(demo):
    """The bodies of the searches that began a scroll."""
    return [request.body for request in demo.journal if "scrollType" in request.query]


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("criterion", ["query", "filter"])
def test_every_issue_comes_once_however_creation_is_distributed(tracker, demo, visible_keys, times, criterion):
    """With equal times of creation, empty ranges and one crowded moment every issue comes exactly once."""
    created = {key: issue.values["createdAt"] for key, issue in demo.world.issues.items()}
    try:
        with demo.lock:
            for number, issue in enumerate(demo.world.issues.values()):
                issue.values["createdAt"] = TIMES[times](number)
        frame = tracker.issues(**arguments_for(criterion), fields="createdAt")
    finally:
        for key, issue in demo.world.issues.items():
            issue.values["createdAt"] = created[key]
    assert Counter(frame["key"]) == dict.fromkeys(visible_keys, 1)
    assert frame.attrs["tracker"]["total"] == len(frame)


def test_ranges_are_disjoint_and_cost_few_requests(tracker, demo):
    """Neighbouring ranges share a bound, and each further range costs at most one request to find it and one page."""
    frame = tracker.issues(EVERYTHING)
    bodies = first_bodies(demo)
    pages = -(-len(frame) // 100)
    assert len(bodies) > 3
    requests = [request for request in demo.journal if request.path.endswith(("_search", "_count"))]
    assert len(requests) <= pages + 2 * len(bodies)
    bounds = [body["query"].partition(") AND ")[2].partition(' "Sort')[0] for body in bodies[1:]]
    lows = sorted(bound.split('"')[1] for bound in bounds if ">=" in bound)
    highs = sorted(bound.rsplit('"', 2)[1] for bound in bounds if "<" in bound)
    assert set(highs) <= set(lows)
    assert all(earlier < later for earlier, later in pairwise(lows))


def test_several_requests_are_under_way_at_a_time(tracker, demo):
    """Of requests that take 200 ms each, some begin less than 200 ms after the last but one before them."""
    demo.behaviour.latency_ms = 200
    try:
        tracker.issues(EVERYTHING, fields="key")
    finally:
        demo.behaviour.latency_ms = 30
    began = sorted(request.at for request in demo.journal)
    assert min(third - first for first, third in zip(began, began[2:], strict=False)) < 0.2


@pytest.mark.parametrize(("criterion", "bound"), [("query", "Created:"), ("filter", '"from"')])
def test_a_service_that_refuses_ranges_is_read_in_one_scroll(tracker, demo, visible_keys, criterion, bound):
    """If the service refuses the bounds that were added to a search, the search itself is read in one scroll."""
    demo.behaviour.faults.append(Fault("status", "_search", status=400, times=10_000, body_has=bound))
    frame = tracker.issues(**arguments_for(criterion), fields="key")
    assert set(frame["key"]) == visible_keys
    assert 400 in [request.status for request in demo.journal]


def test_a_lost_page_costs_a_page_or_two(tracker, demo, visible_keys):
    """A range that broke off goes on where it broke off: the rows fetched so far are not read again."""
    demo.behaviour.faults.append(Fault("drop", "_search", skip=14))
    frame = tracker.issues(EVERYTHING, fields="key")
    assert set(frame["key"]) == visible_keys
    without_faults = len(frame) // 100 + 2 * cost.MAX_LANES + 4
    assert frame.attrs["tracker"]["requests"] <= without_faults + 6


def test_an_empty_answer_for_a_range_is_requested_again(tracker, demo, visible_keys):
    """An empty list where a range should begin is requested again."""
    empty = Fault("shape", "_search", body=[], body_has='>= \\"')
    demo.behaviour.faults.append(empty)
    frame = tracker.issues(EVERYTHING, fields="key")
    assert set(frame["key"]) == visible_keys
    assert empty.times == 0


def test_an_incomplete_result_names_the_range_that_is_missing(tracker, demo, visible_keys):
    """If a range never comes, Incomplete says from which moment on issues are missing, and keeps the other rows."""
    tracker.issues(EVERYTHING, fields="summary")
    lows = sorted(set(re.findall(r'>= "([^"]+)"', str([body["query"] for body in first_bodies(demo)]))))
    low = lows[len(lows) // 2]
    demo.behaviour.faults.append(Fault("shape", "_search", body={}, times=10_000, body_has=f'>= \\"{low}'))
    with pytest.raises(errors.Incomplete) as caught:
        tracker.issues(EVERYTHING, fields="summary", timeout=2)
    error = caught.value
    assert 0 < error.fetched == len(error.partial) < error.total == len(visible_keys)
    assert error.partial["key"].is_unique
    assert "partial" in error.hint
    match = re.search(r"issues with Created\D*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\" are missing", error.message)
    assert match, error.message
    moment = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    created = {key: demo.world.issues[key].values["createdAt"] for key in visible_keys}
    missing = visible_keys - set(error.partial["key"])
    assert missing
    assert {key for key in missing if created[key] < moment - MARGIN} == set()
    # The moment is not simply the beginning: much was created before it.
    assert sum(each < moment - MARGIN for each in created.values()) > 100


def test_scrolls_of_several_threads_are_all_released(tracker, demo):
    """Ten threads begin ten scrolls each: each scroll has rows of its own, and one request releases all of them."""
    client, operation, interval = tracker.connection.client, Operation(), sys.getswitchinterval()
    search = Search(client, operation, Criteria(query=EVERYTHING), {})
    # As soon as all threads are there, they take turns in the middle of a statement.
    barrier = threading.Barrier(10, action=lambda: sys.setswitchinterval(1e-5), timeout=60.0)

    def begin(_):
        barrier.wait()
        scrolls = [search.scroll() for _ in range(10)]
        for scroll in scrolls:
            results = ResultSet(ListSink())
            results.restart()
            scroll.read_page(results, 5)
        return scrolls

    demo.behaviour.latency_ms = 0
    try:
        with ThreadPoolExecutor(10) as pool:
            scrolls = [scroll for begun in pool.map(begin, range(10)) for scroll in begun]
    finally:
        sys.setswitchinterval(interval)
        demo.behaviour.latency_ms = 30
    assert {scroll.rows for scroll in scrolls} == {5}
    assert demo.open_scrolls == 100
    client.release_scrolls(operation)
    assert demo.open_scrolls == 0
