"""Large results are read as overlapping numbered pages, several at a time, whatever happens meanwhile."""

import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tracker_magic import Tracker, errors
from tracker_magic.api import Criteria, ListSink, Operation, ResultSet, Search
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
QUEUES = ["DEV", "OPS", "DESIGN"]
EVERYTHING = f"Queue: {', '.join(QUEUES)}"
# Many pages of a small world: 100 issues each, slow enough for several to be under way at a time.
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


def pages_of(demo):
    """The numbered pages that were requested, as (page, perPage); page 0: the first one, newest issue first."""
    return [
        (0 if "Created DESC" in str(request.body) else int(request.query["page"][0]), int(request.query["perPage"][0]))
        for request in demo.journal
        if "page" in request.query
    ]


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


def test_issues_at_both_ends_of_the_calendar_come(tracker, demo, visible_keys):
    """A gap between the first and the last moment of the calendar is read without leaving it."""
    created = {key: issue.values["createdAt"] for key, issue in demo.world.issues.items()}
    ends = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
    try:
        for number, issue in enumerate(demo.world.issues.values()):
            issue.values["createdAt"] = ends[number % 2]
        frame = tracker.issues(EVERYTHING, fields="key")
    finally:
        for key, issue in demo.world.issues.items():
            issue.values["createdAt"] = created[key]
    assert Counter(frame["key"]) == dict.fromkeys(visible_keys, 1)


def test_pages_overlap_and_are_few(tracker, demo):
    """Neighbouring pages overlap by some issues, and few more are requested than the issues fill."""
    frame = tracker.issues(EVERYTHING)
    pages = pages_of(demo)
    # Not the first page, which is cut to 100; the last one is read from the other end.
    newest, *by_creation = sorted(page for page in pages if page[1] <= 100)
    ends = [number * size for number, size in by_creation]
    begins = [*((number - 1) * size for number, size in by_creation), len(frame) - newest[1]]
    assert [newest[0], *(number for number, _ in by_creation)] == list(range(len(by_creation) + 1))
    assert all(begin < end for end, begin in zip(ends, begins[1:], strict=False))
    assert len(pages) <= 1.3 * len(frame) / 100 + 2
    assert not any("scrollType" in request.query for request in demo.journal)


def test_several_requests_are_under_way_at_a_time(tracker, demo):
    """Of requests that take 200 ms each, some begin less than 200 ms after the last but one before them."""
    demo.behaviour.latency_ms = 200
    try:
        tracker.issues(EVERYTHING, fields="key")
    finally:
        demo.behaviour.latency_ms = 30
    began = sorted(request.at for request in demo.journal)
    assert min(third - first for first, third in zip(began, began[2:], strict=False)) < 0.2


@pytest.mark.parametrize(("criterion", "bound"), [("query", "Created: >="), ("filter", '"from"')])
def test_a_service_that_refuses_ranges_is_read_in_one_scroll(tracker, demo, visible_keys, criterion, bound):
    """If the service refuses the bounds that were added to a search, the search itself is read in one scroll."""
    demo.behaviour.faults.append(Fault("status", "_search", status=400, times=10_000, body_has=bound))
    demo.behaviour.max_per_page = 50  # so that a window does not hold all issues
    try:
        frame = tracker.issues(**arguments_for(criterion), fields="key")
    finally:
        demo.behaviour.max_per_page = 100
    assert set(frame["key"]) == visible_keys
    assert 400 in [request.status for request in demo.journal]


@pytest.mark.parametrize("offset_h", [-12, -3, 3, 14])
def test_a_gap_is_found_in_any_time_zone(tracker, demo, offset_h):
    """If so many issues leave that pages have a gap, it is read, in whichever time zone the service reads dates."""
    oldest_first = sorted(
        (issue for key, issue in demo.world.issues.items() if key.startswith("DEV-")),
        key=lambda issue: issue.values["createdAt"],
    )
    before = {issue.key: (issue.values["priority"], issue.values["createdAt"]) for issue in oldest_first}
    for number, issue in enumerate(oldest_first):
        issue.values |= {"priority": "normal", "createdAt": NOW - timedelta(hours=len(oldest_first) - number)}

    def leave():
        for issue in oldest_first[:40]:
            issue.values["priority"] = "low"

    demo.behaviour.query_offset_h = offset_h
    demo.behaviour.faults.append(Fault("hook", "issues/_search", skip=3, hook=leave))
    try:
        frame = tracker.issues(filter={"queue": "DEV", "priority": "normal"}, fields="key")
    finally:
        demo.behaviour.query_offset_h = 0
        for issue in oldest_first:
            issue.values["priority"], issue.values["createdAt"] = before[issue.key]
    assert {issue.key for issue in oldest_first[40:]} - set(frame["key"]) == set()


@pytest.mark.parametrize("offset_h", [-12, -3, 3, 12])
def test_the_time_zone_in_which_the_service_reads_dates_does_not_matter(tracker, demo, visible_keys, offset_h):
    """Wherever a window begins by the service's reading of its date, every issue comes exactly once."""
    demo.behaviour.query_offset_h = offset_h
    demo.behaviour.max_per_page = 50  # so that there are several windows
    try:
        frame = tracker.issues(EVERYTHING, fields="key")
    finally:
        demo.behaviour.query_offset_h, demo.behaviour.max_per_page = 0, 100
    assert any("Created: >=" in request.body["query"] for request in demo.journal if "page" in request.query)
    assert Counter(frame["key"]) == dict.fromkeys(visible_keys, 1)


@pytest.mark.parametrize("leaving", [1, 5, 60])
@pytest.mark.parametrize("position", range(1, 6))
def test_no_issue_is_lost_when_others_leave_between_two_pages(tracker, demo, leaving, position):
    """Issues leave and as many come, so that the total stays: those that match all the time are in the frame."""
    oldest_first = sorted(
        (issue for key, issue in demo.world.issues.items() if key.startswith("DEV-")),
        key=lambda issue: issue.values["createdAt"],
    )
    before = {issue.key: issue.values["priority"] for issue in oldest_first}
    leaves, comes = oldest_first[:leaving], oldest_first[-leaving:]
    for issue in oldest_first:
        issue.values["priority"] = "normal"
    for issue in comes:
        issue.values["priority"] = "low"

    def change():
        for issue in leaves:
            issue.values["priority"] = "low"
        for issue in comes:
            issue.values["priority"] = "normal"

    demo.behaviour.faults.append(Fault("hook", "issues/_search", skip=position, hook=change))
    try:
        frame = tracker.issues(filter={"queue": "DEV", "priority": "normal"}, fields="key")
    finally:
        for issue in oldest_first:
            issue.values["priority"] = before[issue.key]
    always = {issue.key for issue in oldest_first[leaving:-leaving]}
    assert always - set(frame["key"]) == set()
    assert frame["key"].is_unique


@pytest.mark.parametrize("kind", ["drop", "cut", "garble", "empty"])
def test_a_page_is_sent_again_after_a_failure(tracker, demo, visible_keys, kind):
    """A page whose answer was lost is requested again: nothing else is read twice."""
    tracker.issues(EVERYTHING, fields="key")
    usual = len(demo.journal)
    demo.journal.clear()
    demo.behaviour.faults.append(Fault(kind, "_search", skip=4))
    frame = tracker.issues(EVERYTHING, fields="key")
    assert set(frame["key"]) == visible_keys
    assert len(demo.journal) <= usual + 1


@pytest.mark.parametrize(
    ("window", "faults"),
    [
        (600, ()),
        (10_000, (Fault("miscount", "_search", times=10_000, by=-300),)),
        (10_000, (Fault("miscount", "_search", times=10_000, by=-10),)),
        (10_000, (Fault("no_total", "_search", times=10_000),)),
    ],
    ids=["cut", "far too small", "too small", "missing"],
)
def test_a_wrong_total_loses_no_issue(tracker, demo, visible_keys, window, faults):
    """If X-Total-Count is cut, too small or missing, all issues come, and the total is their number."""
    demo.behaviour.page_window = window
    demo.behaviour.faults += faults
    try:
        frame = tracker.issues(EVERYTHING, fields="key")
    finally:
        demo.behaviour.page_window = 10_000
    assert Counter(frame["key"]) == dict.fromkeys(visible_keys, 1)
    assert frame.attrs["tracker"]["total"] == len(frame)


def test_a_total_that_was_cut_at_the_newest_issues_loses_none(tracker, demo, visible_keys):
    """If X-Total-Count is cut, and the first page has the oldest issues, the newest ones come all the same."""
    order = tracker.issues(EVERYTHING, limit=len(visible_keys), fields="createdAt")["key"]
    created = {key: demo.world.issues[key].values["createdAt"] for key in order}
    for number, key in enumerate(order):
        demo.world.issues[key].values["createdAt"] = NOW - timedelta(hours=len(order) - number)
    tracker.issues("Key: DEV-1, DEV-2, DEV-3 AND Queue: DEV")
    demo.behaviour.page_window = 600
    try:
        frame = tracker.issues(EVERYTHING, fields="key")
    finally:
        demo.behaviour.page_window = 10_000
        for key, moment in created.items():
            demo.world.issues[key].values["createdAt"] = moment
    assert Counter(frame["key"]) == dict.fromkeys(visible_keys, 1)


def test_a_large_search_needs_no_count(tracker, demo, visible_keys):
    """A first question of many issues sends searches alone: the pages prove that they are complete."""
    assert len(tracker.issues(EVERYTHING, fields="key")) == len(visible_keys)
    assert not [request for request in demo.journal if request.path.endswith("_count")]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_small_search_needs_no_count(tracker, demo, status):
    """If `_count` fails, a page that holds everything is the result."""
    demo.behaviour.faults.append(Fault("status", "issues/_count", status=status, times=10))
    demo.behaviour.max_per_page = 1000
    try:
        frame = tracker.issues("Key: DEV-1, DEV-2, DEV-3 AND Queue: DEV", fields="key")
    finally:
        demo.behaviour.max_per_page = 100
    assert list(frame["key"]) == ["DEV-1", "DEV-2", "DEV-3"]


def test_a_growing_result_costs_few_requests_more(tracker, demo):
    """If many issues enter during the call, whole pages are requested for them, too."""
    issues = [issue for key, issue in demo.world.issues.items() if not key.startswith("SEC-")]
    before = {issue.key: issue.values["priority"] for issue in issues}
    for number, issue in enumerate(issues):
        issue.values["priority"] = "normal" if number < 500 else "low"

    def enter():
        for issue in issues:
            issue.values["priority"] = "normal"

    demo.behaviour.faults.append(Fault("hook", "issues/_search", skip=2, hook=enter))
    try:
        frame = tracker.issues(filter={"queue": QUEUES, "priority": "normal"}, fields="key")
    finally:
        for issue in issues:
            issue.values["priority"] = before[issue.key]
    assert {issue.key for issue in issues[:500]} - set(frame["key"]) == set()
    assert all(size > 0 for _, size in pages_of(demo))
    assert len(demo.journal) < 45


def test_a_short_page_is_requested_again(tracker, demo, visible_keys):
    """A page that has fewer rows than the total promises is requested again."""
    lost = Fault("empty_page", "_search", skip=3)
    demo.behaviour.faults.append(lost)
    frame = tracker.issues(EVERYTHING, fields="key")
    assert set(frame["key"]) == visible_keys
    assert lost.times == 0
    assert not any("scrollType" in request.query for request in demo.journal)


@pytest.mark.parametrize("kind", ["cut to a page", "not reported"])
def test_a_capped_page_after_empty_ones_is_not_the_end(tracker, demo, visible_keys, kind):
    """A page that the service may have cut is not all, even if its total says so and earlier ones were empty."""
    demo.behaviour.faults.append(Fault("empty_page", "_search", times=2))
    if kind == "not reported":
        demo.behaviour.faults.append(Fault("no_total", "_search", times=1, skip=2))
    else:
        demo.behaviour.page_window = demo.behaviour.max_per_page
    try:
        frame = tracker.issues(EVERYTHING, fields="key")
    finally:
        demo.behaviour.page_window = Behaviour().page_window
    assert set(frame["key"]) == visible_keys


def test_a_count_after_others_left_proves_no_capped_page(tracker, demo):
    """A page that was cut is not all because, when the issues are counted, just as many match."""
    issues = [issue for key, issue in demo.world.issues.items() if key.startswith("DEV-")][:115]
    summaries = [issue.values["summary"] for issue in issues]
    for issue in issues:
        issue.values["summary"] = "capped"
    leaving = sorted(issues, key=lambda issue: issue.values["updatedAt"])[-15:]

    def leave():
        for issue in leaving:
            issue.values["summary"] = "away"

    demo.behaviour.page_window = demo.behaviour.max_per_page
    demo.behaviour.faults.append(Fault("hook", "_count", hook=leave))
    try:
        frame = tracker.issues('Queue: DEV Summary: "capped"', fields="key")
    finally:
        demo.behaviour.page_window = Behaviour().page_window
        for issue, summary in zip(issues, summaries, strict=True):
            issue.values["summary"] = summary
    assert {issue.key for issue in issues if issue not in leaving} <= set(frame["key"])


def test_an_incomplete_result_names_what_is_missing(tracker, demo, visible_keys):
    """If a page never comes, Incomplete says from which moment on issues are missing, and keeps the other rows."""
    demo.behaviour.faults.append(Fault("shape", "_search", body={}, times=10_000, skip=9))
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
    assert {key for key in missing if created[key] < moment} == set()


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
