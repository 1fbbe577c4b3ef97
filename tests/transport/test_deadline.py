"""The time limit of a request and of a call holds also where an answer comes drop by drop, and nobody watches."""

import threading
import time

import pytest

from tracker_magic import Tracker
from tracker_magic.api import Operation
from tracker_magic.api.criteria import Criteria
from tracker_magic.api.execution import Clock
from tracker_magic.api.search import Search
from tracker_magic.demo import start
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.errors import Cancelled, TimedOut
from tracker_magic.transport.transport import Transport

GENEROUS_S = 5.0  # for what takes milliseconds
BRIEF_S = 0.5
SLACK_S = 3.0  # a busy machine wakes threads late
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIPS = {
    "a status": b"HTTP/1.1 200 ",
    "a header": HEAD + b"X-Long: ",
    "the body": HEAD + b"Content-Length: 1000000\r\n\r\n",
    "a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n",
    "a chunk's size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    "a body without a length": HEAD + b"Connection: close\r\n\r\n",
}
ASKS = {
    "count": ("_count", lambda tracker: tracker.count("Queue: DEV", timeout=BRIEF_S)),
    "one page": ("_search", lambda tracker: tracker.issues("Queue: DEV", limit=5, timeout=BRIEF_S)),
    "a plan": ("_count", lambda tracker: tracker.explain("Queue: DEV", timeout=BRIEF_S)),
    "a dictionary": ("/statuses", lambda tracker: tracker.statuses(timeout=BRIEF_S)),
    "who asks": ("/myself", lambda tracker: tracker.statuses(timeout=BRIEF_S)),
    "side by side": ("/comments", lambda tracker: tracker.comments(["DEV-1", "DEV-2"], timeout=BRIEF_S)),
}


@pytest.fixture(scope="module")
def served():
    """An embedded Tracker for these tests."""
    with start(issues=60, seed=1, evolve=False) as running:
        yield running


@pytest.fixture
def demo(served):
    """It, well behaved at the beginning of each test."""
    served.service.behaviour = Behaviour()
    return served


@pytest.fixture
def make(demo):
    """Makes a Tracker that asks it."""
    made = []

    def build(**arguments):
        names = demo.names
        made.append(
            Tracker(
                names["TRACKER_TOKEN"], names["TRACKER_ORG_ID"], base_url=names["TRACKER_API_BASE_URL"], **arguments
            )
        )
        return made[-1]

    yield build
    for tracker in made:
        tracker.close()


def drip(demo, path):
    """Let every answer there come drop by drop."""
    demo.behaviour.faults.append(Fault("drip", path, times=1000, seconds=0.01))


def seconds_of(work):
    """How long it takes until the time is over."""
    began = time.monotonic()
    with pytest.raises(TimedOut):
        work()
    return time.monotonic() - began


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("said", DRIPS.values(), ids=DRIPS)
def test_a_dripping_answer_ends_in_time(stuck, said, tls):
    """Each drop comes in time, so that only the limit of the whole request can end it; nobody has to watch."""
    service = stuck(said, tls=tls, drips=True)
    wire, began = Transport([service.url]), time.monotonic()
    with pytest.raises(TimedOut, match=r"was not whole within 0\.5 s") as caught:
        wire.send("GET", service.url, timeout_s=BRIEF_S)
    assert BRIEF_S <= time.monotonic() - began < BRIEF_S + SLACK_S
    assert caught.value.__context__ is None
    assert service.ended.wait(GENEROUS_S)
    wire.close()


def test_a_dripping_proxy_ends_in_time(stuck, monkeypatch):
    """Its answer to CONNECT is no part of the service's answer, and counts all the same."""
    proxy = stuck(HEAD + b"X-Long: ", drips=True)
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
    wire, began = Transport(["https://tracker.invalid"]), time.monotonic()
    with pytest.raises(TimedOut):
        wire.send("GET", "https://tracker.invalid/x", timeout_s=BRIEF_S)
    assert time.monotonic() - began < BRIEF_S + SLACK_S
    wire.close()


@pytest.mark.parametrize(("path", "ask"), ASKS.values(), ids=ASKS)
def test_a_call_ends_in_time(demo, make, path, ask):
    """Whatever it asks for, and in whichever thread."""
    tracker = make()
    drip(demo, path)
    assert seconds_of(lambda: ask(tracker)) < BRIEF_S + SLACK_S


def test_a_trackers_own_limit_holds(demo, make):
    """Also for who asks, which takes no limit; the next request is well."""
    tracker = make(timeout=BRIEF_S)
    drip(demo, "/myself")
    assert seconds_of(lambda: tracker.me) < BRIEF_S + SLACK_S
    demo.behaviour.faults.clear()
    assert tracker.me.login


def test_a_release_ends_in_time_and_in_silence(demo, make):
    """Of a call that was stopped: the person waits for half a second at most."""
    client, call = make()._client, Operation()
    search = Search(client, call, Criteria(query="Queue: DEV"))
    pages = search.scroll(Criteria(query="Queue: DEV"), lambda page: sum(map(len, page))).pages(2)
    assert next(pages) == 2
    drip(demo, "_clear")

    def stopped():
        try:
            raise Cancelled
        finally:
            search.release()

    began = time.monotonic()
    with pytest.raises(Cancelled):
        stopped()
    assert time.monotonic() - began < BRIEF_S + SLACK_S
    assert demo.journal[-1].path.endswith("_clear")


def test_no_thread_looks_after_the_time():
    """Neither while an answer comes nor afterwards."""
    before = set(threading.enumerate())
    with start(issues=5, seed=1, evolve=False) as demo:
        drip(demo, "/myself")
        wire = Transport([demo.url])
        assert seconds_of(lambda: wire.send("GET", demo.url + "/v3/myself", timeout_s=BRIEF_S)) < BRIEF_S + SLACK_S
        wire.close()
    assert set(threading.enumerate()) <= before


class Leap(Clock):
    """A clock on which an hour passes after it was read `reads` times."""

    def __init__(self, reads):
        self.reads = reads

    def monotonic(self):
        """Seconds, later with an hour more."""
        self.reads -= 1
        return 3600.0 if self.reads < 0 else 0.0


def test_time_that_runs_out_anywhere_is_told_as_such(make):
    """Also between the look at the limit and the request: never a ValueError, nor another minute; later it is well."""
    client, said = make(search_rps=None, other_rps=None)._client, []
    for reads in range(1, 12):
        try:
            said.append(client.get(Operation(10.0, clock=Leap(reads)), "myself").data["login"])
        except TimedOut as error:
            said.append(error.message.split(" 10 s")[0])
    ended = said.count("not finished within")
    assert ended >= 4
    assert said == ["not finished within"] * ended + [said[-1]] * (len(said) - ended)
    assert said[-1] != said[0]


def test_an_answer_prints_neither_data_nor_headers(make):
    """A scroll's token is among them."""
    answer = make()._client.get(Operation(), "myself")
    assert answer.data["login"] not in repr(answer)
    assert "Content-Type" not in repr(answer)
