"""One thread asks for a dictionary at a time; an interrupt, whenever it comes, leaves no gate locked."""

import sys
import threading

import pytest

from tracker_magic.tracker.connection import Base


class Interrupt:
    """A profiler that presses stop after call number `number` of C code in `_alone`: there signals are looked at."""

    def __init__(self, number):
        self.left = number

    def __call__(self, frame, event, _):
        """One event of the profiler."""
        if event == "c_return" and frame.f_code is Base._alone.__wrapped__.__code__:
            self.left -= 1
            if self.left == 0:
                sys.setprofile(None)
                raise KeyboardInterrupt


def taken_elsewhere(tracker):
    """Whether another thread can take the gate."""
    taken = []

    def take():
        with tracker._alone(tracker._call(), "place"):
            taken.append(True)

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    thread.join(5)
    return bool(taken)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_an_interrupt_leaves_no_gate_locked(make, number):
    """After the gate was made, found, taken and given back."""
    tracker, call = make(), make()._call()
    interrupted = Interrupt(number)
    profiler = sys.getprofile()
    sys.setprofile(interrupted)
    try:
        with pytest.raises(KeyboardInterrupt), tracker._alone(call, "place"):
            pass
    finally:
        sys.setprofile(profiler)
    assert interrupted.left == 0
    assert taken_elsewhere(tracker)
