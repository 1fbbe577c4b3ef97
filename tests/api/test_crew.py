"""The threads of one call: what an error ends, and what it lets end by itself."""

import signal
import threading
import time

import pytest

from tracker_magic.api import Call
from tracker_magic.api.crew import Crew, side_by_side
from tracker_magic.errors import NotFound
from tracker_magic.stop import Exchange

MANY = 40  # more than a crew's threads: most of them wait for their turn


def refuse_the_first(number):
    """Work of which the first fails."""
    if number == 0:
        raise NotFound("nothing here")
    return number


def test_what_has_not_begun_is_not_waited_for():
    """After an error nothing else begins; whoever ends by himself is not broken off, however much is left to do."""
    call = Call()
    with Exchange(call.stop, 60.0) as under_way:
        with pytest.raises(NotFound):
            list(side_by_side(refuse_the_first, range(MANY), call))
        assert not under_way.stopped
    assert call.stop.is_set()


@pytest.mark.presses
def test_an_interrupt_takes_the_time_that_an_error_leaves():
    """What is under way after an error is waited for, but not where a person presses stop meanwhile."""
    call, over = Call(), threading.Event()

    def fails():
        with Crew(call) as crew:
            crew.submit(over.wait, 60.0)
            threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
            raise NotFound("nothing here")

    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            fails()
        assert time.monotonic() - began < 1.7  # an error alone: 2.25 s
    finally:
        over.set()


@pytest.mark.presses
def test_a_second_interrupt_leaves_no_thread_waiting():
    """It strikes while the first one's threads end, and comes through when they have."""
    over, names = threading.Event(), []

    def stopped():
        with Crew(Call()) as crew:
            names.append(crew.submit(threading.current_thread).result())
            crew.submit(over.wait, 60.0)
            threading.Timer(0.1, signal.raise_signal, [signal.SIGINT]).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        stopped()
    assert isinstance(caught.value.__context__, KeyboardInterrupt)
    over.set()
    names[0].join(5.0)
    assert not names[0].is_alive()
