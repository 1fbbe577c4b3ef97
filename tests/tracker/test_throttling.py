"""The service's limit over HTTP: learned where it is lower than ours, never met where it is the same."""

import threading
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tracker_magic import Tracker, errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world

KEYS = [f"DEV-{number}" for number in range(1, 13)]


@pytest.fixture
def demo():
    """A service of its own for each test: what is learned of one stays with its address."""
    world = make_world(seed=7, issues=60, now=datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
    with Demo(world, Access(world)) as served:
        yield served


@pytest.fixture
def make(demo):
    """Makes Trackers of this service with the given limits; one login, all of them."""
    made = []

    def build(search_rps, other_rps):
        names = demo.names
        made.append(
            Tracker(
                names["TRACKER_TOKEN"],
                names["TRACKER_ORG_ID"],
                base_url=demo.url,
                search_rps=search_rps,
                other_rps=other_rps,
            )
        )
        return made[-1]

    yield build
    for tracker in made:
        tracker.close()


def map_in_order(*works):
    """Run each in a thread of its own, and wait for all."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def most_in_a_second(moments):
    """The most of them in any second, less 50 ms that a busy machine may take between noting and counting one."""
    return max(sum(first <= moment < first + 0.95 for moment in moments) for first in moments)


def answered(demo):
    """When the requests came that got what they asked for."""
    return [seen.at for seen in demo.journal if seen.status == 200]


@pytest.mark.parametrize(("form", "seconds"), [("seconds", 1), ("date", 0), ("none", 0)])
@pytest.mark.parametrize("ours", [20.0, None])
def test_a_lower_limit_is_learned_and_kept(make, demo, ours, form, seconds):
    """Eight threads against 6 a second: every row comes, after few refusals the rate in force is lower."""
    demo.behaviour.other_rps, demo.behaviour.retry_after, demo.behaviour.retry_after_s = 6, form, seconds
    tracker = make(5.0, ours)
    frame = tracker.links(KEYS)
    refused = [seen.at for seen in demo.journal if seen.status == 429]
    assert set(frame["key"]) <= set(KEYS)
    assert len({seen.path for seen in demo.journal if seen.status == 200 and "links" in seen.path}) == len(KEYS)
    assert 0 < len(refused) <= 10
    assert most_in_a_second(answered(demo)) <= 6
    assert tracker._limiters["other"].rate == ours
    assert tracker._limiters["other"].rate_in_force < 20
    assert tracker._limiters["search"].rate_in_force == 5.0


def test_nothing_starts_before_the_service_wishes(make, demo):
    """After a Retry-After of a second all threads keep still for it, also those that were not refused."""
    demo.behaviour.other_rps = 4
    make(5.0, 20.0).comments(KEYS[:8])
    moments = [seen.at for seen in demo.journal]
    refused = [seen.at for seen in demo.journal if seen.status == 429]
    assert refused
    assert max(later - earlier for earlier, later in pairwise(moments)) >= 0.99
    for at in refused:  # 400 ms: what was under way with it, on a busy machine
        assert not [moment for moment in moments if at + 0.4 < moment < at + 0.99]


def test_two_trackers_of_one_login_share_their_rate(make, demo):
    """Sixteen requests of two Trackers at 8 a second: half of them have to wait for the second window."""
    first, second = make(5.0, 8.0), make(5.0, 8.0)
    assert first._limiters is second._limiters
    map_in_order(lambda: first.worklog(KEYS[:7]), lambda: second.links(KEYS[:7]))
    moments = sorted(seen.at for seen in demo.journal)
    assert len(moments) == 16
    assert moments[-1] - moments[0] >= 0.9


def test_searches_and_the_rest_do_not_wait_for_each_other(make, demo):
    """Each group has its limit: counts held for long leave the rest alone."""
    tracker = make(5.0, 10.0)
    demo.behaviour.faults.append(Fault("status", "_count", status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(errors.RateLimited):
        tracker.count("Queue: DEV", timeout=2)
    assert len(tracker.comments(KEYS[:1]).columns)


def test_a_wait_beyond_the_time_limit_is_an_error_at_once(make, demo):
    """It names the wait and the limit; until it is over nothing more is sent, by any Tracker of the login."""
    first, second = make(5.0, 10.0), make(5.0, 10.0)
    demo.behaviour.faults.append(Fault("status", "_count", status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(errors.RateLimited, match=r"60 min; the time limit leaves [\d.]+ s.*--timeout"):
        first.count("Queue: DEV", timeout=20)
    sent = len(demo.journal)
    with pytest.raises(errors.RateLimited, match=r"60 min.*--timeout"):
        second.count("Queue: DEV", timeout=20)
    assert len(demo.journal) == sent


def test_a_wish_of_years_is_told_not_waited_for(make, demo):
    """More than a day is an error at once, also without a time limit; the next call asks again."""
    tracker = make(5.0, 10.0)
    demo.behaviour.faults.append(Fault("status", "_count", status=429, headers={"Retry-After": "1" + "0" * 9}))
    with pytest.raises(errors.RateLimited, match="277,778 h"):
        tracker.count("Queue: DEV")
    assert tracker.count("Queue: DEV") > 0


@pytest.mark.parametrize("wish", ["-1", "nan", "inf", "Sun, 22 Nov 2020 12:00:00 GMT", "soon", ""])
def test_a_wish_that_says_nothing_is_no_trouble(make, demo, wish):
    """The usual short wait holds."""
    demo.behaviour.faults.append(Fault("status", "_count", status=429, headers={"Retry-After": wish}))
    assert make(5.0, 10.0).count("Queue: DEV") > 0
    assert [seen.status for seen in demo.journal] == [429, 200]


def test_all_who_wait_for_the_service_tell_it(make, demo):
    """Also a call that was not refused itself says that it waits, and how long."""
    first, second, told = make(5.0, 10.0), make(5.0, 10.0), []
    demo.behaviour.faults.append(Fault("status", "DEV-1/comments", status=429, headers={"Retry-After": "1"}))

    def wait_too(progress):
        if progress.waiting_s and not told:
            second.links(KEYS[:1], progress=lambda seen: told.append(seen.waiting_s))

    first.comments(KEYS[:1], progress=wait_too)
    assert 0 < max(told) <= 1.1
