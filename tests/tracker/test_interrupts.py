"""A person can stop at any moment: within a second, with the rows that came, and nothing left open."""

import os
import signal
import threading
import time

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Behaviour, Fault

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
