"""The time limit of a request and of a call holds also where an answer comes byte by byte."""

import os
import signal
import threading
import time

import pytest

from tracker_magic import Tracker
from tracker_magic.api import Criteria, ListSink, Operation, Request, ResultSet, Search
from tracker_magic.api.execution import Clock
from tracker_magic.demo import start
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.errors import Cancelled, TimedOut

GENEROUS_S = 20.0  # for what takes milliseconds
BRIEF_S = 1.0  # TLS on a busy machine takes longer than half a second
SLACK_S = 3.0  # a busy machine wakes threads late
LIMIT_S = 60.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIPPING_ANSWERS = {
    "in the status": b"HTTP/1.1 200 ",
    "in a header": HEAD + b"X-Long: ",
    "in the body": HEAD + b"Content-Length: 1000000\r\n\r\n",
    "in a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n",
    "in a chunk's size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    "in a body without a length": HEAD + b"Connection: close\r\n\r\n",
}
CALLS = {
    "count": ("_count", lambda tracker: tracker.count("Queue: DEV", timeout=BRIEF_S)),
    "one page": ("_search", lambda tracker: tracker.issues("Queue: DEV", limit=5, timeout=BRIEF_S)),
    "cost": ("_count", lambda tracker: tracker.explain("Queue: DEV", timeout=BRIEF_S)),
    "dictionary": ("/statuses", lambda tracker: tracker.statuses(timeout=BRIEF_S)),
    "user": ("/myself", lambda tracker: tracker.statuses(timeout=BRIEF_S)),
    "parallel": ("/comments", lambda tracker: tracker.comments(["DEV-1", "DEV-2"], timeout=BRIEF_S)),
}


@pytest.fixture(scope="module")
def served():
    """An embedded Tracker for these tests."""
    with start(issues=60, seed=1, evolve=False) as demo:
        yield demo


@pytest.fixture
def demo(served):
    """The embedded Tracker, well behaved at the beginning of each test."""
    served.service.behaviour = Behaviour()
    return served


@pytest.fixture
def make_tracker(demo):
    """Makes Trackers that are logged in there."""
    trackers = []

    def make(**options):
        names = demo.names
        login = {"token": names["TRACKER_TOKEN"], "org_id": names["TRACKER_ORG_ID"]}
        trackers.append(Tracker(**login, base_url=names["TRACKER_API_BASE_URL"], **options))
        return trackers[-1]

    yield make
    for tracker in trackers:
        tracker.close()


def let_drip(demo, path):
    """Let every answer of this path come byte by byte."""
    demo.behaviour.faults.append(Fault("drip", path, times=1000, seconds=0.01))


def seconds_until_timed_out(call):
    """How long it takes until `call` raises TimedOut."""
    began = time.monotonic()
    with pytest.raises(TimedOut):
        call()
    return time.monotonic() - began


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("answer", DRIPPING_ANSWERS.values(), ids=DRIPPING_ANSWERS)
def test_a_dripping_answer_ends_in_time(hang, make_transport, answer, tls):
    """Each byte comes in time, but the time limit is that of the whole request; no other thread watches it."""
    service = hang(answer, tls=tls, drips=True)
    transport, began = make_transport(service.url), time.monotonic()
    with pytest.raises(TimedOut, match=r"was not complete within 1 s") as caught:
        transport.send("GET", service.url, timeout_s=BRIEF_S)
    assert BRIEF_S <= time.monotonic() - began < BRIEF_S + SLACK_S
    assert caught.value.__context__ is None
    assert service.has_ended.wait(GENEROUS_S)


def test_a_dripping_proxy_ends_in_time(hang, make_transport, monkeypatch):
    """A proxy's answer to CONNECT counts for the time limit of the request as well."""
    proxy = hang(HEAD + b"X-Long: ", drips=True)
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
    transport = make_transport("https://tracker.invalid")
    seconds = seconds_until_timed_out(lambda: transport.send("GET", "https://tracker.invalid/x", timeout_s=BRIEF_S))
    assert seconds < BRIEF_S + SLACK_S


@pytest.mark.parametrize(("path", "call"), CALLS.values(), ids=CALLS)
def test_a_call_ends_in_time(demo, make_tracker, path, call):
    """The time limit of a call holds for every request of it, whichever thread sends it."""
    tracker = make_tracker()
    let_drip(demo, path)
    assert seconds_until_timed_out(lambda: call(tracker)) < BRIEF_S + SLACK_S


def test_the_time_limit_of_a_tracker_holds(demo, make_tracker):
    """A Tracker's own time limit holds for `me` too, which takes no limit; the next request works."""
    tracker = make_tracker(timeout=BRIEF_S)
    let_drip(demo, "/myself")
    assert seconds_until_timed_out(lambda: tracker.me) < BRIEF_S + SLACK_S
    demo.behaviour.faults.clear()
    assert tracker.me.login


def test_releasing_a_scroll_after_an_interrupt_ends_in_time(demo, make_tracker):
    """After an interrupt a scroll is released in half a second at most, and a failure of that is not reported."""
    demo.behaviour.max_per_scroll, demo.behaviour.over_max = 10, "cap"
    client, operation, results = make_tracker().connection.client, Operation(), ResultSet(ListSink())
    let_drip(demo, "_clear")
    began = []

    def work():
        results.restart()
        try:
            Search(client, operation, Criteria(query="Queue: DEV"), {}).scroll().read_page(results)
            began.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)
            operation.wait(LIMIT_S)
        finally:
            client.release_scrolls(operation)

    with pytest.raises(Cancelled):
        operation.run(work)
    assert time.monotonic() - began[0] < BRIEF_S + SLACK_S
    assert results.rows == 10
    assert demo.journal[-1].path.endswith("_clear")


def test_no_thread_watches_the_time_limit(make_transport):
    """A request with a time limit starts no thread, neither while an answer comes nor afterwards."""
    before = set(threading.enumerate())
    with start(issues=5, seed=1, evolve=False) as demo:
        let_drip(demo, "/myself")
        transport = make_transport(demo.url)
        url = demo.url + "/v3/myself"
        seconds = seconds_until_timed_out(lambda: transport.send("GET", url, timeout_s=BRIEF_S))
        assert seconds < BRIEF_S + SLACK_S
        transport.close()
    assert set(threading.enumerate()) <= before


class LeapingClock(Clock):
    """A clock on which an hour passes after it was read `reads` times."""

    def __init__(self, reads):
        self._reads = reads

    def monotonic(self):
        """Seconds: 0, later an hour."""
        self._reads -= 1
        return 3600.0 if self._reads < 0 else 0.0


def test_a_time_limit_may_pass_at_any_moment(make_tracker):
    """Whenever the time limit passes, a request ends as TimedOut or with its answer, never with another error."""
    client, results = make_tracker(search_rps=None, other_rps=None).connection.client, []
    for reads in range(1, 12):
        try:
            answer = client.fetch(Operation(10.0, clock=LeapingClock(reads)), Request("GET", "myself"))
            results.append(answer.data["login"])
        except TimedOut as error:
            results.append(error.message.split(" 10 s")[0])
    timed_out = results.count("not finished within")
    assert timed_out >= 4
    assert results == ["not finished within"] * timed_out + [results[-1]] * (len(results) - timed_out)
    assert results[-1] != results[0]


def test_the_repr_of_an_answer_shows_neither_data_nor_headers(make_tracker):
    """The token of a scroll is in the headers, and the data of an issue may be confidential."""
    answer = make_tracker().connection.client.fetch(Operation(), Request("GET", "myself"))
    assert answer.data["login"] not in repr(answer)
    assert "Content-Type" not in repr(answer)
