"""The threads of one call: what an error ends, and what it lets end by itself."""

import signal
import threading
import time

import pytest

from tracker_magic.api import Operation
from tracker_magic.api.crew import WorkerPool, map_in_order
from tracker_magic.errors import NotFound
from tracker_magic.transport.cancellation import CancellationToken, InFlightRequest

MANY = 40  # more than a crew's threads: most of them wait for their turn


class Pressed(CancellationToken):
    """A stop sign at which stop is pressed as a crew that was left begins to end."""

    def refuse(self):
        """Let nothing else begin, and be interrupted."""
        super().refuse()
        signal.raise_signal(signal.SIGINT)


def refuse_the_first(number):
    """Work of which the first fails."""
    if number == 0:
        raise NotFound("nothing here")
    return number


def test_what_has_not_begun_is_not_waited_for():
    """After an error nothing else begins; whoever ends by himself is not broken off, however much is left to do."""
    call = Operation()
    with InFlightRequest(call.stop, 60.0) as under_way:
        with pytest.raises(NotFound):
            list(map_in_order(refuse_the_first, range(MANY), call))
        assert not under_way.stopped
    assert call.stop.is_set()


def test_an_interrupt_takes_the_time_that_an_error_leaves():
    """What is under way after an error is waited for, but not where a person presses stop meanwhile."""
    call, over = Operation(), threading.Event()
    call.stop = Pressed()

    def fails():
        with WorkerPool(call) as workers:
            workers.submit(over.wait, 60.0)
            raise NotFound("nothing here")

    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            fails()
        assert time.monotonic() - began < 2.2  # an error alone: 2.25 s at least; so: 0.75 s
    finally:
        over.set()


def test_a_second_interrupt_leaves_no_thread_waiting():
    """It strikes while the first one's threads end, and comes through when they have."""
    call, over, names = Operation(), threading.Event(), []
    call.stop = Pressed()

    def stopped():
        with WorkerPool(call) as workers:
            names.append(workers.submit(threading.current_thread).result())
            workers.submit(over.wait, 60.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        stopped()
    assert isinstance(caught.value.__context__, KeyboardInterrupt)
    over.set()
    names[0].join(5.0)
    assert not names[0].is_alive()
