"""Issues by key: searched 500 at a time and in parallel; those that no search gives are requested one by one."""

from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world

# Valid JSON: an issue that does not match the search.
FOREIGN = [{"id": "foreign", "key": "FOREIGN-1", "summary": "x"}]


@pytest.fixture
def moved_issue(demo):
    """A visible issue that has a former key."""
    return next(issue for issue in demo.world.issues.values() if issue.aliases and not issue.key.startswith("HR"))


def keys_of(demo, queues, count):
    """The first `count` keys of these queues."""
    return [issue.key for issue in demo.world.issues.values() if issue.key.startswith(queues)][:count]


def test_more_than_a_thousand_keys_come_in_their_order(tracker, demo):
    """More keys than fit into one search come in the order given, an issue by a former key included."""
    keys = keys_of(demo, ("DEV", "OPS"), 1100)
    issue = next(issue for issue in demo.world.issues.values() if issue.aliases and issue.key not in keys)
    keys[700:700] = [issue.aliases[0]]
    frame = tracker.issues(keys=keys, fields="key")
    assert list(frame["key"]) == [issue.key if key == issue.aliases[0] else key for key in keys]
    assert len([request for request in demo.journal if request.path.endswith("issues/_search")]) == 3
    assert tracker.count(keys=keys) == len(keys)


def test_many_keys_take_few_requests(make):
    """6,000 keys take 13 searches, no count, and one request for who is logged in."""
    world = make_world(seed=3, issues=6100, now=datetime(2026, 11, 1, tzinfo=UTC))
    keys = [key for key, issue in world.issues.items() if not world.queues[issue.values["queue"]].hidden][:6000]
    with Demo(world, Access(world)) as demo:
        names = demo.names
        tracker = make(token=names["TRACKER_TOKEN"], org_id=names["TRACKER_ORG_ID"], base_url=demo.url)
        assert list(tracker.issues(keys=keys, fields="key")["key"]) == keys
        ends = Counter(request.path.rpartition("/")[2] for request in demo.journal)
        tracker.close()
    assert ends == {"_search": 13, "myself": 1}


def test_counting_present_keys_is_one_request(tracker, demo):
    """If `_count` finds all keys, counting them takes no other request."""
    assert tracker.count(keys=["DEV-1", "DEV-2", "OPS-1"]) == 3
    assert [request.path.rpartition("/")[2] for request in demo.journal] == ["_count"]


def test_count_and_issues_agree(tracker, moved_issue):
    """`count` and `issues` agree about former keys, unknown keys, and one issue by two keys."""
    former, present = moved_issue.aliases[0], moved_issue.key
    for keys in ([former], [former, present], ["DEV-1", former, "DEV-999999"]):
        with pytest.warns(errors.MissingIssues) if "DEV-999999" in keys else nullcontext():
            rows = len(tracker.issues(keys=keys, fields="key"))
        assert tracker.count(keys=keys) == rows
    assert tracker.count(keys=["DEV-999999"]) == 0


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("limit", [None, 2, 3])
def test_an_order_includes_moved_issues(tracker, demo, moved_issue, sign, limit):
    """A moved issue stands where the order puts it; the limit applies to the ordered rows, and attrs have the total."""
    keys = ["DEV-1", "DEV-2", moved_issue.aliases[0], "OPS-3", "DEV-900"]
    issues = [demo.world.find(key) for key in keys]
    expected = sorted(issues, key=lambda issue: issue.values["createdAt"], reverse=bool(sign))[:limit]
    frame = tracker.issues(keys=keys, order=f"{sign}createdAt", fields="key", limit=limit)
    assert list(frame["key"]) == [issue.key for issue in expected]
    facts = frame.attrs["tracker"]
    assert (facts["total"], facts["truncated"]) == (5, limit is not None)


def test_a_search_that_ends_early_loses_no_issue(tracker, demo):
    """Issues that a search leaves out are requested one by one."""
    demo.behaviour.max_per_page = demo.behaviour.max_per_scroll = 10
    demo.behaviour.over_max = "cap"
    demo.behaviour.faults.append(Fault("end_early", "issues/_search", times=1000))
    keys = [f"DEV-{number}" for number in range(30, 5, -1)]
    assert list(tracker.issues(keys=keys, fields="key")["key"]) == keys


def test_an_answer_that_is_no_issue_is_requested_again(tracker, demo, moved_issue):
    """Valid JSON that is no issue is requested again; if it stays so, Incomplete names the keys that are missing."""
    tracker.me
    key = moved_issue.aliases[0]
    demo.behaviour.faults.append(Fault("shape", f"issues/{key}", body=[]))
    assert list(tracker.issues(keys=[key], fields="key")["key"]) == [moved_issue.key]
    demo.behaviour.faults.append(Fault("shape", f"issues/{key}", times=1000, body=[]))
    with pytest.raises(errors.Incomplete, match="Missing") as caught:
        tracker.issues(keys=["DEV-1", key], fields="key", timeout=0.5)
    assert caught.value.partial.attrs["tracker"]["missing"] == [key]


def test_an_issue_without_a_key_is_requested_again(tracker, demo, moved_issue):
    """A record without a key, in place of an issue, is requested again."""
    tracker.me
    former = moved_issue.aliases[0]
    demo.behaviour.faults.append(Fault("shape", f"issues/{former}", body={"id": "x"}))
    assert list(tracker.issues(keys=[former], fields="key")["key"]) == [moved_issue.key]


def test_the_time_limit_is_named_with_and_without_rows(tracker, demo):
    """At the time limit the error names that limit, whether rows were fetched or not, and is never Cancelled."""
    tracker.me
    demo.behaviour.max_per_page = demo.behaviour.max_per_scroll = 10
    demo.behaviour.over_max = "cap"
    demo.behaviour.faults.append(Fault("slow", "issues/_search", seconds=1.0, skip=1, times=100))
    # Whether rows were fetched depends on which thread notices the end first.
    with pytest.raises((errors.TimedOut, errors.Incomplete), match=r"within 0\.\d+ s"):
        tracker.issues(keys=[f"DEV-{number}" for number in range(1, 31)], timeout=0.4)
    assert demo.wait_until_unused(30.0)
    demo.service.scrolls.forget()  # a search that ends after its client has gone may open one that nobody can close


def test_a_refused_count_is_replaced_by_a_search(tracker, demo):
    """If one of several counts is refused while others are under way, the issues are searched and counted."""
    tracker.me
    keys = keys_of(demo, ("DEV", "OPS"), 600)
    demo.behaviour.faults.append(Fault("status", "_count", status=400))
    demo.behaviour.faults.append(Fault("slow", "_count", seconds=0.3))
    assert tracker.count(keys=keys) == len(keys)


@pytest.mark.parametrize("keys", [["DEV-1"], ["DEV-3", "DEV-1", "DEV-2"]], ids=["one", "several"])
@pytest.mark.parametrize("order", [None, "-createdAt"])
def test_a_foreign_issue_is_no_row(tracker, demo, keys, order):
    """If a search answers with an issue of another key, and then not at all, the frame has the right issues."""
    tracker.me
    expected = list(tracker.issues(keys=keys, order=order, fields="summary")["key"])
    demo.behaviour.faults.append(Fault("shape", "issues/_search", body=FOREIGN))
    if order is None:
        demo.behaviour.faults.append(Fault("status", "issues/_search", times=1000, status=400))
    frame = tracker.issues(keys=keys, order=order, fields="summary")
    assert list(frame["key"]) == expected
    assert frame.attrs["tracker"]["total"] == len(keys)


def test_a_foreign_issue_is_not_counted(tracker, demo):
    """An issue of another key is not counted in place of one that does not exist."""
    demo.behaviour.faults.append(Fault("shape", "issues/_search", body=FOREIGN))
    assert tracker.count(keys=["DEV-999999", "DEV-1"]) == 1
