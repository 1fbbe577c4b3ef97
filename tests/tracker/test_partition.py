"""Large results: ranges of creation read side by side, whatever the times of creation look like."""

import re
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tracker_magic import Tracker, errors
from tracker_magic.api import cost
from tracker_magic.api.criteria import Criteria
from tracker_magic.api.execution import Operation
from tracker_magic.api.search import Search
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
MARGIN = timedelta(hours=12)  # bounds are in the reader's time zone
EVERYTHING = "Queue: DEV, OPS, DESIGN"
# Many pages of a small world: 100 issues each, and a page takes long enough for more scrolls to be worth it.
PAGES = Behaviour(max_per_page=100, max_per_scroll=100, over_max="cap", latency_ms=30)

# When each issue was created, by its place among all.
TIMES = {
    "all at one instant": lambda _: NOW,
    "one giant instant in the middle": lambda place: NOW + timedelta(days=0 if 200 < place < 900 else place - 500),
    "within one day": lambda place: NOW + timedelta(seconds=40 * place),
    "two bursts with years between": lambda place: NOW + timedelta(days=1500 * (place % 2), seconds=place // 7),
    "equal in pairs": lambda place: NOW + timedelta(days=place // 2),
    "before 1970": lambda place: datetime(1955, 1, 1, tzinfo=UTC) + timedelta(days=place),
}


@pytest.fixture(scope="module")
def demo():
    """A service with 1,200 issues."""
    world = make_world(seed=3, issues=1200, now=NOW)
    with Demo(world, Access(world), behaviour=PAGES) as served:
        yield served
        assert served.open_scrolls == 0


@pytest.fixture
def tracker(demo):
    """A Tracker that keeps to no limit."""
    demo.journal.clear()
    demo.behaviour.faults.clear()
    names = demo.names
    arguments = {"org_id": names["TRACKER_ORG_ID"], "base_url": demo.url, "search_rps": None, "other_rps": None}
    with Tracker(names["TRACKER_TOKEN"], **arguments) as made:
        yield made


def visible(demo):
    """Keys that the caller may see."""
    return {key for key in demo.world.issues if not key.startswith("SEC-")}


def searches(demo):
    """Bodies of the searches that opened a scroll."""
    return [seen.body for seen in demo.journal if "scrollType" in seen.query]


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("by", ["query", "filter"])
def test_every_issue_comes_once_however_creation_is_spread(tracker, demo, times, by):
    """Equal timestamps, empty ranges and one giant instant: nothing is lost on a bound, nothing comes twice."""
    created = {key: issue.values["createdAt"] for key, issue in demo.world.issues.items()}
    try:
        with demo.lock:
            for place, issue in enumerate(demo.world.issues.values()):
                issue.values["createdAt"] = TIMES[times](place)
        asked = {"query": EVERYTHING} if by == "query" else {"filter": {"queue": ["DEV", "OPS", "DESIGN"]}}
        frame = tracker.issues(**asked, fields="createdAt")
    finally:
        for key, issue in demo.world.issues.items():
            issue.values["createdAt"] = created[key]
    assert Counter(frame["key"]) == dict.fromkeys(visible(demo), 1)
    assert frame.attrs["tracker"]["total"] == len(frame)


def test_ranges_are_disjoint_and_the_fewest_requests_are_asked(tracker, demo):
    """Bounds are shared by neighbours; each range more costs one request to find its bound, one scroll is released."""
    frame = tracker.issues(EVERYTHING)
    bodies = searches(demo)
    pages = -(-len(frame) // 100)
    assert len(bodies) > 3
    asked = [seen for seen in demo.journal if seen.path.endswith(("_search", "_count"))]
    assert len(asked) <= pages + 2 * len(bodies)
    bounds = [body["query"].partition(") AND ")[2].partition(' "Sort')[0] for body in bodies[1:]]
    lows = sorted(bound.split('"')[1] for bound in bounds if ">=" in bound)
    highs = sorted(bound.rsplit('"', 2)[1] for bound in bounds if "<" in bound)
    assert set(highs) <= set(lows)
    assert all(earlier < later for earlier, later in pairwise(lows))


def test_several_requests_are_under_way_at_a_time(tracker, demo):
    """Each takes 200 ms at least: some begin before one that began earlier has ended."""
    demo.behaviour.latency_ms = 200
    try:
        tracker.issues(EVERYTHING, fields="key")
    finally:
        demo.behaviour.latency_ms = 30
    began = sorted(seen.at for seen in demo.journal)
    assert min(third - first for first, third in zip(began, began[2:], strict=False)) < 0.2


@pytest.mark.parametrize(("by", "bound"), [("query", "Created:"), ("filter", '"from"')])
def test_a_service_that_takes_no_range_is_read_by_one_scroll(tracker, demo, by, bound):
    """Where what was added to the question is refused, the question itself still gets its answer."""
    demo.behaviour.faults.append(Fault("status", "_search", status=400, times=10_000, body_has=bound))
    asked = {"query": EVERYTHING} if by == "query" else {"filter": {"queue": ["DEV", "OPS", "DESIGN"]}}
    frame = tracker.issues(**asked, fields="key")
    assert set(frame["key"]) == visible(demo)
    assert 400 in [seen.status for seen in demo.journal]


def test_a_lost_page_costs_a_page_or_two(tracker, demo):
    """A range goes on where it broke off: what had come is not read again."""
    demo.behaviour.faults.append(Fault("drop", "_search", skip=14))
    frame = tracker.issues(EVERYTHING, fields="key")
    assert set(frame["key"]) == visible(demo)
    calm = len(frame) // 100 + 2 * cost.LANES + 4
    assert frame.attrs["tracker"]["requests"] <= calm + 6


def test_an_empty_answer_in_place_of_a_range_is_read_anew(tracker, demo):
    """Valid JSON without a row where a range should begin: it is asked for again, as is every other flawed page."""
    empty = Fault("shape", "_search", body=[], body_has='>= \\"')
    demo.behaviour.faults.append(empty)
    frame = tracker.issues(EVERYTHING, fields="key")
    assert set(frame["key"]) == visible(demo)
    assert empty.times == 0


def test_what_is_missing_is_named(tracker, demo):
    """A range is lost for good: Incomplete tells from which moment on issues are missing, and keeps the rest."""
    tracker.issues(EVERYTHING, fields="summary")
    lows = sorted(set(re.findall(r'>= "([^"]+)"', str([body["query"] for body in searches(demo)]))))
    low = lows[len(lows) // 2]
    lost = Fault("shape", "_search", body={}, times=10_000, body_has=f'>= \\"{low}')
    demo.behaviour.faults.append(lost)
    with pytest.raises(errors.Incomplete) as caught:
        tracker.issues(EVERYTHING, fields="summary", timeout=2)
    error = caught.value
    assert 0 < error.fetched == len(error.partial) < error.total == len(visible(demo))
    assert error.partial["key"].is_unique
    assert "partial" in error.hint
    told = re.search(r"missing are issues\D*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", error.message)
    assert told, error.message
    moment = datetime.fromisoformat(told[1]).replace(tzinfo=UTC)
    created = {key: demo.world.issues[key].values["createdAt"] for key in visible(demo)}
    missing = visible(demo) - set(error.partial["key"])
    assert missing
    assert {key for key in missing if created[key] < moment - MARGIN} == set()
    # The moment says something: it is not before everything, and that much came.
    assert sum(each < moment - MARGIN for each in created.values()) > 100


def rows_of(page):
    """How many rows a page has."""
    return sum(map(len, page))


def test_scrolls_that_many_threads_begin_are_each_their_own(tracker, demo):
    """Ten threads at once, ten scrolls each: none loses another's, and one release gives all of them back."""
    search, before = Search(tracker._client, Operation(), Criteria(query=EVERYTHING)), sys.getswitchinterval()
    # From when all are there threads take turns in the middle of a statement.
    barrier = threading.Barrier(10, action=lambda: sys.setswitchinterval(1e-5), timeout=60.0)

    def begin(_):
        barrier.wait()
        scrolls = [search.scroll(search.criteria, rows_of) for _ in range(10)]
        for scroll in scrolls:
            next(scroll.pages(5))
        return scrolls

    for _ in range(3000):  # whoever goes through all that were begun takes long enough for the others to begin theirs
        search.scroll(search.criteria, rows_of)
    demo.behaviour.latency_ms = 0
    try:
        with ThreadPoolExecutor(10) as pool:
            begun = [scroll for scrolls in pool.map(begin, range(10)) for scroll in scrolls]
    finally:
        sys.setswitchinterval(before)
        demo.behaviour.latency_ms = 30
    assert {scroll.rows for scroll in begun} == {5}
    assert len({token for scroll in begun for token in scroll.tokens}) == demo.open_scrolls == 100
    search.release()
    assert demo.open_scrolls == 0
