"""Rate limits over HTTP: a lower limit of the service is learned, and one that is known is not exceeded."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests.tracker.interrupts import Interrupt
from tracker_magic import Tracker, errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world

KEYS = [f"DEV-{number}" for number in range(1, 13)]


@pytest.fixture
def demo() -> Iterator[Demo]:
    """A service for this test alone, since what is learned of a service is kept for its address."""
    world = make_world(seed=7, issues=60, now=datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
    with Demo(world, Access(world)) as demo:
        yield demo


@pytest.fixture
def make(demo: Demo) -> Iterator[Callable[..., Tracker]]:
    """Makes Trackers of one login with these limits."""
    trackers: list[Tracker] = []

    def build(search_rps, other_rps):
        token, organisation = demo.names["TRACKER_TOKEN"], demo.names["TRACKER_ORG_ID"]
        limits = {"search_rps": search_rps, "other_rps": other_rps}
        trackers.append(Tracker(token, organisation, base_url=demo.url, **limits))
        return trackers[-1]

    yield build
    for tracker in trackers:
        tracker.close()


def most_in_a_second(moments):
    """The most of these moments in any second, less 50 ms for a busy machine between noting and counting one."""
    return max(sum(first <= moment < first + 0.95 for moment in moments) for first in moments)


@pytest.mark.parametrize(("form", "seconds"), [("seconds", 1), ("date", 0), ("none", 0)])
@pytest.mark.parametrize("set_rate", [20.0, None])
def test_a_lower_limit_is_learned_and_kept(make, demo, set_rate, form, seconds):
    """Against 6 requests a second all rows come after a few refusals; only the effective rate is lowered."""
    demo.behaviour.other_rps, demo.behaviour.retry_after, demo.behaviour.retry_after_s = 6, form, seconds
    tracker = make(5.0, set_rate)
    frame = tracker.links(KEYS)
    refused = [request for request in demo.journal if request.status == 429]
    answered = [request for request in demo.journal if request.status == 200]
    assert set(frame["key"]) <= set(KEYS)
    assert len({request.path for request in answered if "links" in request.path}) == len(KEYS)
    assert 0 < len(refused) <= 10
    assert most_in_a_second([request.at for request in answered]) <= 6
    limiters = tracker.connection.client.limiters
    assert limiters["other"].rate == set_rate
    assert limiters["other"].effective_rate < 20
    assert limiters["search"].effective_rate == 5.0


def test_retry_after_pauses_all_threads(make, demo):
    """For the second of a Retry-After no thread sends anything, also those that were not refused."""
    limit = Fault("status", "/worklog", status=429, skip=3, headers={"Retry-After": "1"})
    demo.behaviour.faults.append(limit)
    make(5.0, 20.0).worklog(KEYS[:8])
    moments = [request.at for request in demo.journal]
    refused = [request.at for request in demo.journal if request.status == 429]
    assert len(refused) == 1
    assert max(later - earlier for earlier, later in pairwise(moments)) >= 0.99
    for at in refused:  # requests under way with it may come 400 ms later on a busy machine
        assert not [moment for moment in moments if at + 0.4 < moment < at + 0.99]


def test_trackers_of_one_login_share_a_rate(make, demo):
    """Of sixteen requests by two Trackers at 8 a second, half wait for the next second."""
    first, second = make(5.0, 8.0), make(5.0, 8.0)
    assert first.connection.client.limiters is second.connection.client.limiters
    threads = [
        threading.Thread(target=first.worklog, args=(KEYS[:7],)),
        threading.Thread(target=second.links, args=(KEYS[:7],)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moments = sorted(request.at for request in demo.journal)
    assert len(moments) == 16
    assert moments[-1] - moments[0] >= 0.9


def test_searches_and_other_requests_have_separate_limits(make, demo):
    """A long pause for searches and counts does not hold up other requests."""
    tracker = make(5.0, 10.0)
    demo.behaviour.faults.append(Fault("status", "_count", status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(errors.RateLimited):
        tracker.count("Queue: DEV", timeout=2)
    assert len(tracker.comments(KEYS[:1]).columns)


def test_a_pause_beyond_the_time_limit_is_an_error_at_once(make, demo):
    """The error names the pause and the time limit; until the pause is over no Tracker of the login sends anything."""
    first, second = make(5.0, 10.0), make(5.0, 10.0)
    demo.behaviour.faults.append(Fault("status", "_count", status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(errors.RateLimited, match=r"60 min; the time limit leaves [\d.]+ s.*--timeout"):
        first.count("Queue: DEV", timeout=20)
    sent = len(demo.journal)
    with pytest.raises(errors.RateLimited, match=r"60 min.*--timeout"):
        second.count("Queue: DEV", timeout=20)
    assert len(demo.journal) == sent


def test_an_interrupt_lifts_a_long_pause(make, demo):
    """A pause of an hour would hold up every call of the login: after an interrupt the next one sends again."""
    tracker, interrupt = make(5.0, 10.0), Interrupt()
    demo.behaviour.faults.append(Fault("status", "_count", status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(errors.Cancelled):
        tracker.count("Queue: DEV", timeout=7200, progress=lambda progress: progress.waiting_s and interrupt())
    assert tracker.count("Queue: DEV", timeout=20) > 0


def test_a_pause_of_more_than_a_day_is_an_error_at_once(make, demo):
    """A pause of more than a day is an error at once, also without a time limit; the next call sends again."""
    tracker = make(5.0, 10.0)
    demo.behaviour.faults.append(Fault("status", "_count", status=429, headers={"Retry-After": "1" + "0" * 9}))
    with pytest.raises(errors.RateLimited, match="277,778 h"):
        tracker.count("Queue: DEV")
    assert tracker.count("Queue: DEV") > 0


@pytest.mark.parametrize("header", ["-1", "nan", "inf", "Sun, 22 Nov 2020 12:00:00 GMT", "soon", ""])
def test_a_retry_after_that_says_nothing_is_ignored(make, demo, header):
    """With a Retry-After that is no time to come the request is sent again after the usual short wait."""
    demo.behaviour.faults.append(Fault("status", "_count", status=429, headers={"Retry-After": header}))
    assert make(5.0, 10.0).count("Queue: DEV") > 0
    assert [request.status for request in demo.journal] == [429, 200]


def test_progress_of_every_call_shows_the_pause(make, demo):
    """A call that was not refused itself reports the pause too: its seconds, and RateLimited as the reason."""
    first, second, waiting = make(5.0, 10.0), make(5.0, 10.0), []
    demo.behaviour.faults.append(Fault("status", "DEV-1/comments", status=429, headers={"Retry-After": "1"}))

    def start_another(step):
        if step.waiting_s and not waiting:
            second.links(KEYS[:1], progress=waiting.append)

    first.comments(KEYS[:1], progress=start_another)
    assert 0 < max(step.waiting_s for step in waiting) <= 1.1
    assert {type(step.waiting_for) for step in waiting if step.waiting_s} == {errors.RateLimited}
