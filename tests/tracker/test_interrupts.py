"""A person can stop at any moment: within a second, with the rows that came, and nothing left open."""

import gc
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.api import Operation
from tracker_magic.api.crew import WorkerPool
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world

pytestmark = pytest.mark.presses

EVERYTHING = "Queue: DEV, OPS, DESIGN"
SLOW_S = 30.0


class Hanging:
    """A service that answers eight requests about issues; the next one presses stop and hangs, as do all after it."""

    def __init__(self, demo):
        self.demo = demo
        self.pressed_at = None
        self.released = threading.Event()
        demo.service.behaviour = Behaviour(max_per_scroll=100, over_max="cap", latency_ms=20)
        demo.behaviour.faults.append(Fault("hook", "/v3/issues/", times=1000, skip=8, hook=self.hang))

    def hang(self):
        """Press stop once, then wait for the end of the test."""
        if self.pressed_at is None:
            self.pressed_at = time.monotonic()
            os.kill(os.getpid(), signal.SIGINT)
        self.released.wait(SLOW_S)


@pytest.fixture
def hanging(demo):
    """The embedded Tracker as such a service."""
    service = Hanging(demo)
    yield service
    service.released.set()


def ours():
    """Threads of a call."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("tracker_magic")]


@pytest.mark.parametrize(
    "ask",
    [
        lambda tracker: tracker.issues(EVERYTHING),
        lambda tracker: tracker.issues(EVERYTHING, order="summary"),
        lambda tracker: tracker.comments([f"DEV-{number}" for number in range(1, 60)]),
    ],
    ids=["ranges", "one scroll", "comments"],
)
def test_an_interrupt_stops_at_once_and_keeps_what_came(hanging, make, ask):
    """Requests that hang are broken off, scrolls are released, rows stay on Cancelled."""
    with pytest.raises(errors.Cancelled) as caught:
        ask(make())
    assert time.monotonic() - hanging.pressed_at < 2.0  # a second, and as much for a busy machine
    assert caught.value.partial.columns[0] == "key"
    assert ours() == []
    assert hanging.demo.open_scrolls == 0


@pytest.mark.usefixtures("hanging")
def test_the_time_limit_breaks_off_what_hangs(make):
    """`timeout` ends requests under way too; the rows that came stay on the error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(errors.Incomplete, match=r"not finished within 1 s") as caught:
            make().issues(EVERYTHING, timeout=1.0)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert len(caught.value.partial) == caught.value.fetched > 0
    assert ours() == []


# At any moment: on entering functions, and at moments of a clock. The embedded Tracker is one of its own, since a
# scroll whose first answer was broken off cannot be released by anybody.

CALLS = {
    "ranges": lambda tracker: tracker.issues("Queue: DESIGN", fields="summary"),
    "one scroll": lambda tracker: tracker.issues("Queue: DESIGN", fields="summary", order="-summary", limit=150),
    "keys": lambda tracker: tracker.issues(keys=["DESIGN-2", "DESIGN-1", "DESIGN-999999"]),
    "comments": lambda tracker: tracker.comments(["DESIGN-1", "DESIGN-2"]),
    "changelog": lambda tracker: tracker.changelog("DESIGN-1, DESIGN-2", fields="status"),
    "work": lambda tracker: tracker.worklog(since="2026-10-20"),
    "count": lambda tracker: tracker.count("Queue: DESIGN"),
    "cost": lambda tracker: tracker.explain("Queue: DESIGN"),
}
# Doors, before anything is asked; what a clock decides; a generator that is let go, where Python drops any error.
NOT_INSIDE = {"stoppable", "Each._listed", "Operation.tick", "Scroll.pages"}
AFTER_THE_ROWS = {"places", "Issues._finished", "Base._record", "IssueBuilder.frame", "frame_of_arrays", "Lists.pairs"}
MOST = 20
# Between opening a socket and keeping it, or in a finalizer, Python lets go of one or tells of the other.
let_go = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
LAYERS = tuple(f"tracker_magic.{name}." for name in ("tracker", "api", "frames", "query", "auth"))


@pytest.fixture(scope="module")
def apart():
    """A small embedded Tracker of its own."""
    world = make_world(seed=7, issues=400, now=datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
    with Demo(world, Access(world)) as demo:
        yield demo


@pytest.fixture
def fresh(apart, make):
    """Makes Trackers that ask it and know nothing yet."""
    names = apart.names
    yield lambda: make(token=names["TRACKER_TOKEN"], org_id=names["TRACKER_ORG_ID"], base_url=apart.url)
    apart.service.behaviour = Behaviour()
    gc.collect()  # sockets that were let go are told here, not in a later test


def all_end():
    """Whether every thread of a call is over in good time, one that is only just starting too."""
    ends_at, moment = time.monotonic() + 2.0, threading.Event()  # a second, and as much for a busy machine
    while ours() and time.monotonic() < ends_at:
        moment.wait(0.01)
    return ours() == []


@contextmanager
def watched(look, watch=sys.setprofile):
    """`look` is told every function of the package that this thread enters, down to where sockets are opened."""

    def seen(frame, event, _):
        if event == "call" and str(frame.f_globals.get("__name__")).startswith(LAYERS):
            look(frame.f_code)

    before = sys.getprofile() if watch is sys.setprofile else sys.gettrace()
    watch(seen)
    try:
        yield
    finally:
        watch(before)


def pressing(is_it):
    """Presses stop once, on entering the first function that it is."""
    left = [True]

    def look(code):
        if left and is_it(code):
            left.clear()
            os.kill(os.getpid(), signal.SIGINT)

    return look


@let_go
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore::tracker_magic.errors.MissingIssues")
def test_an_interrupt_on_entering_a_function_is_cancelled(fresh, name):
    """Wherever the call is in the package: Cancelled, rows once they came, and no error that leads to locals."""
    codes, call, tracker = {}, CALLS[name], fresh()
    with watched(lambda code: codes.setdefault(code, len(codes))):
        call(tracker)
    inside = [code for code in list(codes)[1:] if code.co_qualname not in NOT_INSIDE]
    chosen = {code for code in inside if code.co_qualname in AFTER_THE_ROWS}
    chosen.update(Random(name).sample(inside, min(MOST, len(inside))))
    for code in sorted(chosen, key=codes.__getitem__):
        tracker = fresh()
        with pytest.raises(errors.Cancelled) as caught, watched(pressing(lambda each, code=code: each is code)):
            call(tracker)
        assert caught.value.__context__ is None, code.co_qualname
        assert all_end(), code.co_qualname
        if code.co_qualname in AFTER_THE_ROWS:
            assert len(caught.value.partial) > 0, code.co_qualname


@let_go
@pytest.mark.parametrize("name", ["ranges", "comments"])
def test_stop_pressed_again_while_rows_are_put_together(fresh, name):
    """The second press ends nothing but a try: the rows are there."""
    first = pressing(lambda code: code.co_qualname == "Base._record")
    again = pressing(lambda code: code.co_qualname in {"Intake._stopped", "Each._partial"})
    tracker = fresh()
    with pytest.raises(errors.Cancelled) as caught, watched(again, sys.settrace), watched(first):
        CALLS[name](tracker)
    assert len(caught.value.partial) > 0


@pytest.fixture
def stops_only_calls():
    """A SIGINT raises KeyboardInterrupt as ever, but none in a test whose call is already over."""

    def handler(_, frame):
        while frame is not None:
            if str(frame.f_globals.get("__name__")).startswith("tracker_magic."):
                raise KeyboardInterrupt
            frame = frame.f_back

    before = signal.signal(signal.SIGINT, handler)
    yield
    signal.signal(signal.SIGINT, before)


def shot(call, moments):
    """The interrupt that a call ends with where stop is pressed at these moments (s); None: it was over before."""
    timers = [threading.Timer(moment, os.kill, (os.getpid(), signal.SIGINT)) for moment in moments]
    for timer in timers:
        timer.start()
    try:
        call()
    except KeyboardInterrupt as interrupt:
        return interrupt
    finally:
        for timer in timers:
            timer.join()
    return None


@let_go
@pytest.mark.usefixtures("stops_only_calls")
@pytest.mark.parametrize("order", [None, "summary"], ids=["ranges", "one scroll"])
def test_an_interrupt_at_a_random_moment_keeps_whole_rows(apart, fresh, order):
    """Once or twice, at moments drawn by a seed: always Cancelled, its rows those of the whole result."""
    apart.service.behaviour = Behaviour(max_per_scroll=50, over_max="cap", latency_ms=3)
    tracker, random, came = fresh(), Random(11), []
    tracker.issues(EVERYTHING, order=order)
    began = time.monotonic()
    whole = tracker.issues(EVERYTHING, order=order).set_index("key")
    took_s = time.monotonic() - began
    for twice in [False, True] * 8:
        moments = [random.uniform(0, took_s)]
        moments += [moments[0] + random.uniform(0, 0.03)] * twice
        stopped = shot(lambda: tracker.issues(EVERYTHING, order=order), moments)
        assert type(stopped) in {errors.Cancelled, type(None)}, moments
        assert all_end(), moments
        if stopped is not None and stopped.partial is not None:
            partial = stopped.partial.set_index("key")
            pd.testing.assert_frame_equal(partial, whole.loc[partial.index])
            came.append(len(partial))
    assert max(came) > 0


def test_a_crew_that_is_stopped_ends_its_present_page_and_no_other():
    """Whoever leaves a crew by an error finds what its pages fill as it stays."""
    entered, go_on, done = threading.Event(), threading.Event(), []

    def page(number):
        entered.set()
        go_on.wait(SLOW_S)
        done.append(number)

    def stop():
        with WorkerPool(Operation()) as crew:
            crew.submit(crew.in_turn, page, 1)
            entered.wait(SLOW_S)
            crew.submit(crew.in_turn, page, 2)
            threading.Timer(0.7, go_on.set).start()  # longer than a crew waits for what hangs
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert done == [1]
