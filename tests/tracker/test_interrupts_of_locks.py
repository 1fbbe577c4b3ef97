"""An interrupt that strikes as Python's own library takes a lock, where threads of a call or the next call need it."""

import logging
import os
import signal
import sys
import threading
from contextlib import contextmanager
from random import Random

import pytest

from tests.tracker.test_interrupts import CALLS, MOST, all_end, pressing, watched
from tracker_magic import errors

TAKEN = {threading.Condition.__enter__.__code__: "c_return"}
if hasattr(logging, "_acquireLock"):  # Python 3.12 and before
    TAKEN[logging._acquireLock.__code__] = "return"


@contextmanager
def locking(*moments):
    """Presses stop at the moments at which this thread has taken a lock for the n-th time; gives how often it has."""
    taken = [0]

    def seen(frame, event, _):
        if TAKEN.get(frame.f_code) == event:
            taken[0] += 1
            if taken[0] in moments:
                os.kill(os.getpid(), signal.SIGINT)

    logging.getLogger("tracker_magic").setLevel(logging.WARNING)  # as each line does: what is not logged is asked anew
    sys.setprofile(seen)
    try:
        yield taken
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("name", ["ranges", "one scroll", "comments", "count"])
def test_an_interrupt_leaves_no_lock_locked(make, demo, name):
    """Once or twice: neither a thread nor the next call waits for one that nobody will give back."""
    tracker, random = make(), Random(name)
    call, whole = CALLS[name], CALLS[name](tracker)
    with locking() as taken:
        call(tracker)
    every = range(1, taken[0] + 1)
    for number, first in enumerate(sorted(random.sample(every, min(MOST, len(every))))):
        moments = (first, first + random.randint(1, 6)) if number % 2 else (first,)
        with locking(*moments) as taken:
            try:
                call(tracker)
            except errors.Cancelled:
                assert taken[0] >= first
            else:
                assert taken[0] < first
        assert all_end(), moments
    assert str(call(tracker)) == str(whole)
    demo.service.scrolls.forget()  # of one whose first answer was broken off nobody knows


def test_an_interrupt_of_giving_back_leaves_no_scroll_open(make, demo):
    """It strikes before the request is sent that releases what a limit has left."""
    tracker = make()
    demo.behaviour.max_per_scroll, demo.behaviour.over_max = 50, "cap"
    demo.behaviour.max_per_page = 50
    press = pressing(lambda code: code.co_qualname == "_clear")
    with pytest.raises(errors.Cancelled), watched(press):
        tracker.issues("Queue: DESIGN", order="-summary", limit=60)
    assert demo.journal[-1].path.endswith("_clear")
    assert demo.open_scrolls == 0
