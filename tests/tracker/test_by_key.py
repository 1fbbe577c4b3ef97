"""Issues by key: in queries of 500, side by side; what a search does not give is asked for alone."""

from contextlib import nullcontext

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault


@pytest.fixture
def moved(demo):
    """Issues that have a former key."""
    return [issue for issue in demo.world.issues.values() if issue.aliases and not issue.key.startswith("HR")]


def requests(demo, end):
    """What was asked for at an address that ends so."""
    return [seen for seen in demo.journal if seen.path.endswith(end)]


def test_many_keys_come_in_their_order(tracker, demo, moved):
    """More than one query holds; former keys among them stand where they were asked for."""
    keys = [issue.key for issue in demo.world.issues.values() if issue.key.startswith(("DEV", "OPS"))][:1100]
    issue = next(issue for issue in moved if issue.key not in keys)
    keys[700:700] = [issue.aliases[0]]
    frame = tracker.issues(keys=keys, fields="key")
    assert list(frame["key"]) == [issue.key if key == issue.aliases[0] else key for key in keys]
    assert len(requests(demo, "issues/_search")) == 3
    assert tracker.count(keys=keys) == len(keys)


def test_a_count_of_keys_is_one_request_where_all_are_present(tracker, demo):
    """`_count` knows them all: nothing else is asked."""
    assert tracker.count(keys=["DEV-1", "DEV-2", "OPS-1"]) == 3
    assert [seen.path.rpartition("/")[2] for seen in demo.journal] == ["_count"]


def test_count_and_issues_agree(tracker, moved):
    """Former keys, keys of nobody, one issue by two keys: as many as rows."""
    former, present = moved[0].aliases[0], moved[0].key
    for keys in ([former], [former, present], ["DEV-1", former, "DEV-999999"]):
        with pytest.warns(errors.MissingIssues) if "DEV-999999" in keys else nullcontext():
            rows = len(tracker.issues(keys=keys, fields="key"))
        assert tracker.count(keys=keys) == rows
    assert tracker.count(keys=["DEV-999999"]) == 0


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("limit", [None, 2, 3])
def test_an_order_holds_for_moved_issues(tracker, demo, moved, sign, limit):
    """All stand by the order that was asked for, cut by the limit after that; the total is told."""
    issue = moved[0]
    keys = ["DEV-1", "DEV-2", issue.aliases[0], "OPS-3", "DEV-900"]
    found = [demo.world.find(key) for key in keys]
    expected = sorted(found, key=lambda each: each.values["createdAt"], reverse=bool(sign))[:limit]
    frame = tracker.issues(keys=keys, order=f"{sign}createdAt", fields="key", limit=limit)
    assert list(frame["key"]) == [each.key for each in expected]
    told = frame.attrs["tracker"]
    assert (told["total"], told["truncated"]) == (5, limit is not None)


def test_a_search_that_breaks_off_costs_no_key(tracker, demo):
    """What it did not give is asked for alone."""
    demo.behaviour.max_per_page = demo.behaviour.max_per_scroll = 10
    demo.behaviour.over_max = "cap"
    demo.behaviour.faults.append(Fault("end_early", "issues/_search", times=1000))
    keys = [f"DEV-{number}" for number in range(30, 5, -1)]
    assert list(tracker.issues(keys=keys, fields="key")["key"]) == keys


def test_an_issue_of_another_shape_is_asked_for_again(tracker, demo, moved):
    """Valid JSON that is no issue; told where it stays so, with the keys that are left."""
    tracker.me
    key = moved[0].aliases[0]
    demo.behaviour.faults.append(Fault("shape", f"issues/{key}", body=[]))
    assert list(tracker.issues(keys=[key], fields="key")["key"]) == [moved[0].key]
    demo.behaviour.faults.append(Fault("shape", f"issues/{key}", times=1000, body=[]))
    with pytest.raises(errors.Incomplete, match="Missing") as caught:
        tracker.issues(keys=["DEV-1", key], fields="key", timeout=0.5)
    assert caught.value.partial.attrs["tracker"]["missing"] == [key]


def test_the_time_limit_is_told_as_such(tracker, demo):
    """However many threads it finds at work, with rows or without, and not as if a person had stopped them."""
    tracker.me
    demo.behaviour.max_per_page = demo.behaviour.max_per_scroll = 10
    demo.behaviour.over_max = "cap"
    demo.behaviour.faults.append(Fault("slow", "issues/_search", seconds=1.0, skip=1, times=100))
    # Whether the first page is among the answer depends on which thread sees the end first.
    with pytest.raises((errors.TimedOut, errors.Incomplete), match=r"within 0\.\d+ s"):
        tracker.issues(keys=[f"DEV-{number}" for number in range(1, 31)], timeout=0.4)


def test_a_refused_count_of_some_keys_is_made_up_for(tracker, demo):
    """One query of several is refused while the others are under way: the issues are searched and counted."""
    tracker.me
    keys = [issue.key for issue in demo.world.issues.values() if issue.key.startswith(("DEV", "OPS"))][:600]
    demo.behaviour.faults.append(Fault("status", "_count", status=400))
    demo.behaviour.faults.append(Fault("slow", "_count", seconds=0.3))
    assert tracker.count(keys=keys) == len(keys)


ALIEN = [{"id": "alien", "key": "ALIEN-1", "summary": "x"}]


@pytest.mark.parametrize("keys", [["DEV-1"], ["DEV-3", "DEV-1", "DEV-2"]], ids=["one", "several"])
@pytest.mark.parametrize("order", [None, "-createdAt"])
def test_a_row_that_nobody_asked_for_is_none(tracker, demo, keys, order):
    """A search answers with an issue of another key, then not at all: the frame has those that were asked for."""
    tracker.me
    expected = list(tracker.issues(keys=keys, order=order, fields="summary")["key"])
    demo.behaviour.faults.append(Fault("shape", "issues/_search", body=ALIEN))
    if order is None:
        demo.behaviour.faults.append(Fault("status", "issues/_search", times=1000, status=400))
    frame = tracker.issues(keys=keys, order=order, fields="summary")
    assert list(frame["key"]) == expected
    assert frame.attrs["tracker"]["total"] == len(keys)


def test_a_row_that_nobody_asked_for_is_not_counted(tracker, demo):
    """Nor does it hide that a key is nobody's."""
    demo.behaviour.faults.append(Fault("shape", "issues/_search", body=ALIEN))
    assert tracker.count(keys=["DEV-999999", "DEV-1"]) == 1


def test_an_issue_asked_for_alone_has_a_key(tracker, demo, moved):
    """A record without one is asked for again."""
    tracker.me
    key = moved[0].aliases[0]
    demo.behaviour.faults.append(Fault("shape", f"issues/{key}", body={"id": "x"}))
    assert list(tracker.issues(keys=[key], fields="key")["key"]) == [moved[0].key]
