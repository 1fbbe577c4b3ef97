"""A name server that does not answer: nothing breaks off a look-up of the system, but a call does not wait for it.

The look-up that hangs is the operating system's, replaced in a child process.
"""

import os
import signal
import socket
import threading
import time
from functools import partial

import pytest

from tests.forks import in_child
from tests.tracker.interrupts import LIMIT_S
from tracker_magic import Tracker, errors
from tracker_magic.demo import start

OVERDUE_S = 3.0  # how much later a time limit ends such a call
SLACK_S = 2.0  # a busy machine wakes threads late
JOIN_S = 10.0


class SilentNameServer:
    """Takes the place of the system's look-up, which waits until `answer`; `ask` is set when it was asked."""

    def __init__(self):
        self._look_up = socket.getaddrinfo
        self._answers = threading.Event()
        self.was_asked = threading.Event()
        socket.getaddrinfo = self

    def __call__(self, *arguments, **options):
        """Wait, then look the name up."""
        self.was_asked.set()
        self._answers.wait(JOIN_S)
        return self._look_up(*arguments, **options)

    def answer(self):
        """Let the look-ups end, and wait for the threads that wait for them."""
        self._answers.set()
        for thread in threading.enumerate():
            if thread.name.startswith("tracker_magic"):
                thread.join(JOIN_S)


def ending(*, is_interrupted):
    """In a child process: the error of a call, the seconds until it came, and the requests after the name was known."""
    with start(issues=5, seed=1, evolve=False) as demo:
        server, names = SilentNameServer(), demo.names
        tracker = Tracker(
            token=names["TRACKER_TOKEN"], org_id=names["TRACKER_ORG_ID"], base_url=names["TRACKER_API_BASE_URL"]
        )
        times = [time.monotonic()]
        if is_interrupted:
            threading.Thread(target=interrupt, args=(server.was_asked, times)).start()
        try:
            tracker.count("Queue: DEV", **({} if is_interrupted else {"timeout": 0.1}))
        except (errors.Cancelled, errors.TimedOut) as error:
            name, seconds = type(error).__name__, time.monotonic() - times[-1]
        server.answer()
        return name, seconds, len(demo.journal)


def interrupt(moment, times):
    """Send SIGINT to this process, and note when."""
    moment.wait(JOIN_S)
    times.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("is_interrupted", "error", "limit_s"),
    [(True, "Cancelled", LIMIT_S), (False, "TimedOut", 0.1 + OVERDUE_S + SLACK_S)],
    ids=["interrupt", "time limit"],
)
def test_a_silent_name_server_does_not_hold_a_call(is_interrupted, error, limit_s):
    """An interrupt ends a call at once, a time limit three seconds late; what is looked up afterwards is not used."""
    name, seconds, requests = in_child(partial(ending, is_interrupted=is_interrupted))
    assert name == error
    assert seconds < limit_s
    assert requests == 0
