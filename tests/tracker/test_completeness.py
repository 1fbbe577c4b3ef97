"""A result is whole or an error: scrolls, faults, limits, shifting pages."""

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault

DEV = "Queue: DEV"


def visible(demo):
    """Keys of the issues that the caller may see."""
    hidden = {queue.key for queue in demo.world.queues.values() if queue.hidden}
    return {key for key in demo.world.issues if key.rsplit("-", 1)[0] not in hidden}


def test_a_lost_page_of_a_scroll_begins_the_scroll_anew(tracker, demo):
    """The place of a scroll moves with every request, so a lost page is never skipped over."""
    demo.behaviour.faults.append(Fault("drop", path="_search", skip=1))
    frame = tracker.issues("Queue: DEV, OPS, DESIGN", fields="key")
    assert set(frame["key"]) == visible(demo)
    assert frame["key"].is_unique


def test_an_expired_scroll_is_read_anew(tracker, demo):
    """A scroll that the service forgot costs a second reading, no rows."""
    demo.behaviour.faults.append(Fault("expire_scroll", path="_search", skip=1))
    assert set(tracker.issues("Queue: DEV, OPS, DESIGN", fields="key")["key"]) == visible(demo)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", "_search", status=503),
        Fault("drop", "_search"),
        Fault("html", "_search"),
        Fault("cut", "_search"),
    ],
)
def test_a_passing_fault_is_survived(tracker, demo, fault):
    """A request that changes nothing is sent again."""
    demo.behaviour.faults.append(Fault(fault.kind, fault.path, status=fault.status))
    assert len(tracker.issues("Queue: DESIGN")) == tracker.count("Queue: DESIGN")


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
def test_a_throttled_request_waits_as_long_as_told(tracker, demo, form):
    """429 with Retry-After in either form, or without one, is waited out."""
    demo.behaviour.search_rps = 1
    demo.behaviour.retry_after = form
    tracker.limit_requests(100.0, 100.0)  # another rate than before: what was learned is forgotten
    counts = [tracker.count("Queue: DESIGN") for _ in range(2)]
    assert counts[0] == counts[1]
    assert 429 in [seen.status for seen in demo.journal]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_whatever_asks_for_a_pause_gets_it(tracker, demo, status):
    """Retry-After is obeyed of a service that is throttled as well as of one that is down."""
    tracker.me
    demo.behaviour.faults.append(Fault("status", "_count", status=status, headers={"Retry-After": "1"}))
    assert tracker.count("Queue: DESIGN") > 0
    refused, answered = demo.journal[-2:]
    assert (refused.status, answered.status) == (status, 200)
    assert answered.at - refused.at >= 1.0


def test_shifting_pages_repeat_no_row(tracker, demo):
    """In page mode rows that come twice are taken once, and what is missing is asked for or told."""
    touched = demo.world.find("DEV-1")

    def shift():
        touched.values["updatedAt"] = max(issue.values["updatedAt"] for issue in demo.world.issues.values())

    demo.behaviour.max_per_page, demo.behaviour.over_max = 100, "cap"
    demo.behaviour.faults.append(Fault("hook", path="_search", skip=1, hook=shift))
    frame = tracker.issues(DEV, order="-updatedAt", limit=250)
    assert len(frame) == 250
    assert frame["key"].is_unique


def test_a_limit_beyond_a_page_is_a_snapshot(tracker, demo):
    """An issue that leaves the result between two pages takes no other with it: page mode is one page only."""
    query = "Queue: DEV, OPS, DESIGN"
    expected = list(tracker.issues(f'{query} "Sort By": Key ASC', fields="key")["key"])
    gone = demo.world.find(expected[3])
    summary = gone.values["summary"]

    def leave():
        gone.values["summary"] = "away"

    asked = f'{query} Summary: !"away" "Sort By": Key ASC'
    demo.behaviour.faults.append(Fault("hook", path="_search", skip=1, hook=leave))
    try:
        frame = tracker.issues(asked, fields="key", limit=1500)
    finally:
        gone.values["summary"] = summary
    assert set(expected[:1500]) <= {*frame["key"], gone.key}
    assert frame["key"].is_unique


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
def test_however_an_expired_scroll_is_refused_it_is_read_anew(tracker, demo, status):
    """What the service answers then is documented nowhere; the query was fine before. In order all is one scroll."""
    demo.behaviour.faults.append(Fault("status", path="_search", skip=1, status=status))
    assert set(tracker.issues("Queue: DEV, OPS, DESIGN", fields="key", order="summary")["key"]) == visible(demo)


def test_what_came_before_a_failure_stays_on_the_error(tracker, demo):
    """Incomplete carries a frame of the rows that came, and both numbers."""
    for skip in range(1, 4):  # the second page of each of the three attempts
        demo.behaviour.faults.append(Fault("status", path="_search", skip=skip, status=400))
    with pytest.raises(errors.Incomplete) as caught:
        tracker.issues("Queue: DEV, OPS, DESIGN", fields="summary", order="summary")
    assert len(caught.value.partial) == caught.value.fetched == 1000
    assert caught.value.total == len(visible(demo))


def test_who_asks_is_known_before_anything_is_fetched(make, demo):
    """A login that cannot be asked for fails first, not after all rows came."""
    demo.behaviour.faults.append(Fault("status", path="/myself", status=400))
    with pytest.raises(errors.BadQuery):
        make().issues("Queue: DESIGN")
    assert [seen.path for seen in demo.journal] == ["/v3/myself"]


def test_a_scroll_that_is_left_is_released_once(tracker, demo):
    """One request gives it back; its empty answer is no failure."""
    demo.behaviour.faults.append(Fault("status", path="_search", skip=1, status=404))
    tracker.issues("Queue: DEV, OPS, DESIGN", fields="key")
    assert [seen.status for seen in demo.journal if seen.path.endswith("_clear")] == [200]


@pytest.mark.parametrize("how", [{}, {"order": "summary"}, {"limit": 500}])
def test_a_ceiling_that_falls_is_learned_anew(tracker, demo, how):
    """A service that took pages of 1,000 refuses more than 100 from now on, and names the parameter."""
    before = tracker.issues("Queue: DEV, OPS, DESIGN", fields="key", **how)
    demo.behaviour.max_per_page = demo.behaviour.max_per_scroll = 100
    after = tracker.issues("Queue: DEV, OPS, DESIGN", fields="key", **how)
    assert list(after["key"]) == list(before["key"])
    assert 400 in [seen.status for seen in demo.journal]


def test_every_request_is_counted(tracker, demo):
    """Also the one that gives a scroll back."""
    demo.behaviour.max_per_page = demo.behaviour.max_per_scroll = 100
    frame = tracker.issues("Queue: DEV", fields="summary", limit=150)
    assert any(seen.path.endswith("_clear") for seen in demo.journal)
    assert frame.attrs["tracker"]["requests"] == len(demo.journal)
