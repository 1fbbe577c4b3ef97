"""A result is complete or an error, through expired scrolls, broken connections, 429s and pages that shift."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault

DEV = "Queue: DEV"
EVERYTHING = "Queue: DEV, OPS, DESIGN"


@pytest.mark.parametrize("kind", ["drop", "expire_scroll"])
def test_a_lost_page_loses_no_row(tracker, demo, visible_keys, kind):
    """If a page of a scroll is lost, or the scroll expires, another scroll is read: a page is never skipped."""
    demo.behaviour.faults.append(Fault(kind, path="_search", skip=1))
    frame = tracker.issues(EVERYTHING, fields="key")
    assert set(frame["key"]) == visible_keys
    assert frame["key"].is_unique


@pytest.mark.parametrize("kind", ["status", "drop", "html", "cut"])
def test_a_request_that_fails_once_is_sent_again(tracker, demo, kind):
    """A request that changes nothing is sent again after a failure."""
    demo.behaviour.faults.append(Fault(kind, "_search", status=503))
    assert len(tracker.issues("Queue: DESIGN")) == tracker.count("Queue: DESIGN")


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
def test_a_429_is_waited_out(tracker, demo, form):
    """After a 429 the request is sent again, with `Retry-After` in either form or without one."""
    demo.behaviour.search_rps = 1
    demo.behaviour.retry_after = form
    tracker.limit_requests(100.0, 100.0)  # another rate, so that what was learned is forgotten
    counts = [tracker.count("Queue: DESIGN") for _ in range(2)]
    assert counts[0] == counts[1]
    assert 429 in [request.status for request in demo.journal]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_retry_after_is_obeyed_for_every_status(tracker, demo, status):
    """`Retry-After` is obeyed after 429 as well as after 5xx."""
    tracker.me
    demo.behaviour.faults.append(Fault("status", "_count", status=status, headers={"Retry-After": "1"}))
    assert tracker.count("Queue: DESIGN") > 0
    refused, answered = demo.journal[-2:]
    assert (refused.status, answered.status) == (status, 200)
    assert answered.at - refused.at >= 1.0


@pytest.mark.parametrize("days", [-400, 400])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_if_the_clocks_differ(tracker, demo, status, days):
    """A date in `Retry-After` is obeyed by the service's own clock, however far this machine's is from it."""
    tracker.me
    sent_at = datetime.now(UTC) + timedelta(days=days)
    moments = {"Date": sent_at, "Retry-After": sent_at + timedelta(seconds=1)}
    headers = {name: format_datetime(moment, usegmt=True) for name, moment in moments.items()}
    demo.behaviour.faults.append(Fault("status", "_count", status=status, headers=headers))
    assert tracker.count("Queue: DESIGN") > 0
    refused, answered = demo.journal[-2:]
    assert (refused.status, answered.status) == (status, 200)
    assert 1.0 <= answered.at - refused.at < 5.0


def test_shifting_pages_repeat_no_row(tracker, demo):
    """An issue that moves between two pages does not come twice, and the limit is still reached."""
    touched = demo.world.find("DEV-1")

    def touch():
        touched.values["updatedAt"] = max(issue.values["updatedAt"] for issue in demo.world.issues.values())

    demo.behaviour.max_per_page, demo.behaviour.over_max = 100, "cap"
    demo.behaviour.faults.append(Fault("hook", path="_search", skip=1, hook=touch))
    frame = tracker.issues(DEV, order="-updatedAt", limit=250)
    assert len(frame) == 250
    assert frame["key"].is_unique


def test_a_limit_beyond_one_page_is_a_snapshot(tracker, demo):
    """If an issue leaves the result between two pages, no other issue is lost: several pages are read as a scroll."""
    expected = list(tracker.issues(f'{EVERYTHING} "Sort By": Key ASC', fields="key")["key"])
    leaving = demo.world.find(expected[3])
    summary = leaving.values["summary"]

    def leave():
        leaving.values["summary"] = "away"

    query = f'{EVERYTHING} Summary: !"away" "Sort By": Key ASC'
    demo.behaviour.faults.append(Fault("hook", path="_search", skip=1, hook=leave))
    try:
        frame = tracker.issues(query, fields="key", limit=1500)
    finally:
        leaving.values["summary"] = summary
    assert set(expected[:1500]) <= {*frame["key"], leaving.key}
    assert frame["key"].is_unique


def test_readings_of_a_capped_page_do_not_add_up_to_the_total(tracker, demo):
    """Rows that two readings of a capped page have together prove nothing, even if they are as many as the total."""
    issues = [demo.world.find(key) for key in tracker.issues("Queue: DESIGN", fields="key", order="-updatedAt")["key"]]
    leaving, moving = issues[:4], issues[-4:]
    summaries = [issue.values["summary"] for issue in leaving]

    def change():
        for issue in leaving:
            issue.values["summary"] = "away"
        for issue in moving:
            issue.values["updatedAt"] = issues[0].values["updatedAt"]

    demo.behaviour.max_per_page, demo.behaviour.over_max = len(issues) - 8, "cap"
    demo.behaviour.faults.append(Fault("hook", path="_search", skip=1, hook=change))
    try:
        frame = tracker.issues('Queue: DESIGN Summary: !"away"', fields="key")
    finally:
        for issue, summary in zip(leaving, summaries, strict=True):
            issue.values["summary"] = summary
    assert {issue.key for issue in issues[4:]} <= set(frame["key"])


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
def test_an_expired_scroll_is_read_again_whatever_its_status(tracker, demo, visible_keys, status):
    """A refused page of a scroll means that it expired, whatever the status: which one it is, is not documented."""
    demo.behaviour.faults.append(Fault("status", path="_search", skip=1, status=status))
    assert set(tracker.issues(EVERYTHING, fields="key", order="summary")["key"]) == visible_keys


def test_rows_before_a_failure_are_on_the_error(tracker, demo, visible_keys):
    """Incomplete carries a frame of the rows fetched so far, their number, and the total."""
    for skip in range(1, 4):  # the second page of each of three readings
        demo.behaviour.faults.append(Fault("status", path="_search", skip=skip, status=400))
    with pytest.raises(errors.Incomplete) as caught:
        tracker.issues(EVERYTHING, fields="summary", order="summary")
    assert len(caught.value.partial) == caught.value.fetched == 1000
    assert caught.value.total == len(visible_keys)


def test_the_login_is_checked_with_every_first_call(make, demo):
    """If the service does not say who is logged in, the call fails, although the first page came."""
    demo.behaviour.faults.append(Fault("status", path="/myself", status=400))
    with pytest.raises(errors.BadQuery) as caught:
        make().issues("Queue: DESIGN")
    assert caught.value.url.endswith("/myself")
    assert "/v3/issues/_search" in [request.path for request in demo.journal]


def test_an_abandoned_scroll_is_released_once(tracker, demo):
    """One request releases the scrolls that were not read to their end; its empty answer is no failure."""
    demo.behaviour.faults.append(Fault("status", path="_search", skip=1, status=404))
    tracker.issues(EVERYTHING, fields="key", order="key")
    assert [request.status for request in demo.journal if request.path.endswith("_clear")] == [200]


@pytest.mark.parametrize("options", [{}, {"order": "summary"}, {"limit": 500}])
def test_a_lower_page_size_is_learned(tracker, demo, options):
    """A service that begins to refuse pages of more than 100 gives the same result in smaller pages."""
    before = tracker.issues(EVERYTHING, fields="key", **options)
    demo.behaviour.max_per_page = demo.behaviour.max_per_scroll = 100
    after = tracker.issues(EVERYTHING, fields="key", **options)
    assert list(after["key"]) == list(before["key"])
    assert 400 in [request.status for request in demo.journal]


def test_every_request_is_counted(tracker, demo):
    """`attrs` count every request, also the one that releases a scroll."""
    demo.behaviour.max_per_page = demo.behaviour.max_per_scroll = 100
    frame = tracker.issues(DEV, fields="summary", limit=150)
    assert any(request.path.endswith("_clear") for request in demo.journal)
    assert frame.attrs["tracker"]["requests"] == len(demo.journal)
