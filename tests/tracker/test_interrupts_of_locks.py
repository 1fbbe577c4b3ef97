"""An interrupt that strikes as Python's own library takes a lock, where threads of a call or the next call need it."""

import os
import signal
import sys
import threading
from random import Random

import pytest

from tests.tracker.test_interrupts import CALLS, MOST, all_end
from tracker_magic import errors


def locking(nth):
    """Presses stop at the moment at which a condition of Python's library has taken its lock for the `nth` time."""
    taken = [0]

    def seen(frame, event, _):
        if event == "c_return" and frame.f_code is threading.Condition.__enter__.__code__:
            taken[0] += 1
            if taken[0] == nth:
                os.kill(os.getpid(), signal.SIGINT)

    return seen, taken


@pytest.mark.parametrize("name", ["ranges", "one scroll", "comments", "count"])
def test_an_interrupt_leaves_no_lock_locked(make, demo, name):
    """Neither a thread nor the next call waits for one that nobody will give back."""
    tracker = make()
    call, whole = CALLS[name], CALLS[name](tracker)
    count, taken = locking(0)
    sys.setprofile(count)
    call(tracker)
    sys.setprofile(None)
    assert taken[0] > 0
    moments = range(1, taken[0] + 1)
    for nth in sorted(Random(name).sample(moments, min(MOST, len(moments)))):
        press, taken = locking(nth)
        sys.setprofile(press)
        try:
            call(tracker)
        except errors.Cancelled:
            assert taken[0] >= nth
        else:
            assert taken[0] < nth
        finally:
            sys.setprofile(None)
        assert all_end(), nth
    assert str(call(tracker)) == str(whole)
    demo.service.scrolls.forget()  # of one whose first answer was broken off nobody knows
