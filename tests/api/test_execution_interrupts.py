"""An interrupt ends a call within a second, as Cancelled with the rows fetched so far; and it ends nothing else.

Most tests need no mark `presses`: within a call an interrupt is only noted, so it cannot strike in coverage's own code.
"""

import contextlib
import os
import random
import signal
import sys
import threading
import time

import pytest

from tracker_magic.api import Operation
from tracker_magic.api.execution import WorkerPool, map_in_order
from tracker_magic.errors import Cancelled, NotFound, UnsavedLogin

pytestmark = pytest.mark.usefixtures("_no_thread_is_left")

GENEROUS_S = 20.0  # for what takes milliseconds
SOON_S = 5.0  # for what takes a second, on a busy machine
LIMIT_S = 60.0


@contextlib.contextmanager
def sigint_handler(handler):
    """Another handler of SIGINT."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("presses", [1, 3])
def test_an_interrupt_gives_cancelled_with_the_fetched_rows(presses, partial_rows, pressing_work):
    """Soon, however often it is pressed: Cancelled has the rows so far, and the worker has ended."""
    operation, rows = Operation(), partial_rows(1, 2)
    worker = pressing_work(operation, presses)
    began = time.monotonic()
    with pytest.raises(Cancelled, match="stopped at 2 issues") as caught:
        operation.run(worker.work, partial=rows)
    assert time.monotonic() - began < SOON_S
    assert caught.value.partial == [1, 2]
    assert caught.value.__context__ is None
    assert worker.has_ended()
    assert operation.is_interrupted


def test_an_interrupt_ends_a_wait():
    """A request that waits for its start or for another attempt is Cancelled within a second."""

    def work():
        os.kill(os.getpid(), signal.SIGINT)
        operation.wait(LIMIT_S)

    took_s = []
    for _ in range(5):  # on a busy machine one of them may take longer
        operation, began = Operation(), time.monotonic()
        with pytest.raises(Cancelled):
            operation.run(work)
        took_s.append(time.monotonic() - began)
    assert min(took_s) < 1


def test_an_interrupt_before_any_row_came_gives_cancelled(pressing_work):
    """Without a source of rows, or if nothing was fetched yet, Cancelled has no rows."""

    class Nothing:
        def partial(self):
            """Nothing was fetched."""

    for partial in (None, Nothing()):
        operation = Operation()
        with pytest.raises(Cancelled) as caught:
            operation.run(pressing_work(operation).work, partial=partial)
        assert (str(caught.value), caught.value.partial) == ("stopped", None)


def test_an_interrupt_while_rows_cannot_be_put_together_gives_cancelled(pressing_work):
    """If the partial rows make no frame, Cancelled says so instead of an error that hides the interrupt."""

    class Broken:
        def partial(self):
            raise LookupError

    operation = Operation()
    with pytest.raises(Cancelled, match="LookupError") as caught:
        operation.run(pressing_work(operation).work, partial=Broken())
    assert caught.value.partial is None


def test_an_interrupt_while_rows_are_put_together_is_part_of_the_first(partial_rows, pressing_work):
    """Pressed again while the partial rows are put together, the call still ends with them."""

    class Pressed(partial_rows):
        def partial(self):
            signal.raise_signal(signal.SIGINT)
            return super().partial()

    operation = Operation()
    with pytest.raises(Cancelled) as caught:
        operation.run(pressing_work(operation).work, partial=Pressed(1))
    assert caught.value.partial == [1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_while_the_last_progress_is_shown_gives_cancelled(partial_rows):
    """An interrupt in the last moment of a call, when the work is done already, has the rows as any other."""

    def progress(_):
        signal.raise_signal(signal.SIGINT)

    operation = Operation(progress=progress)
    with pytest.raises(Cancelled) as caught:
        operation.run(operation.report, "issues", 1, 1, partial=partial_rows(1))
    assert caught.value.partial == [1]


def test_work_that_cannot_be_broken_off_is_not_waited_for():
    """A worker that hangs in the system (as in looking up a name) is left behind within a second or two."""
    operation, released = Operation(), threading.Event()

    def work():
        os.kill(os.getpid(), signal.SIGINT)
        released.wait(LIMIT_S)

    began = time.monotonic()
    try:
        with pytest.raises(Cancelled):
            operation.run(work)
        assert time.monotonic() - began < 2 * SOON_S
    finally:
        released.set()


def test_the_handler_of_another_library_decides(pressing_work):
    """A handler that raises nothing lets the call go on; one with an error of its own ends the call with that error."""
    calls = []

    def work():
        os.kill(os.getpid(), signal.SIGINT)
        return seen.wait(GENEROUS_S)

    seen = threading.Event()
    with sigint_handler(lambda *arguments: (calls.append(arguments), seen.set())):
        assert Operation().run(work)
    assert [number for number, _ in calls] == [signal.SIGINT]

    class Shutdown(Exception):
        pass

    def shut_down(*_):
        raise Shutdown

    operation = Operation()
    worker = pressing_work(operation)
    with sigint_handler(shut_down), pytest.raises(Shutdown):
        operation.run(worker.work)
    assert worker.has_ended()


def test_ignored_interrupts_stay_ignored():
    """In a process that ignores SIGINT a call goes on to its end, and no handler is set."""

    def work():
        os.kill(os.getpid(), signal.SIGINT)
        return signal.getsignal(signal.SIGINT)

    with sigint_handler(signal.SIG_IGN):
        assert Operation().run(work) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_an_interrupt_ends_only_the_call_of_the_main_thread(pressing_work):
    """A call in another thread is not affected by an interrupt."""
    begun, go_on, results = threading.Event(), threading.Event(), []

    def elsewhere():
        begun.set()
        return go_on.wait(LIMIT_S)

    thread = threading.Thread(target=lambda: results.append(Operation().run(elsewhere)))
    thread.start()
    begun.wait(GENEROUS_S)
    operation = Operation()
    with pytest.raises(Cancelled):
        operation.run(pressing_work(operation).work)
    go_on.set()
    thread.join(GENEROUS_S)
    assert results == [True]


def test_an_interrupt_at_a_lock_leaves_the_operation_usable(pressing_work):
    """Pressed again just as the calling thread takes a lock of its cancellation, no other thread waits for ever."""
    operation = Operation()
    worker = pressing_work(operation)
    presses = []

    def press(frame, event, _):
        if event == "c_return" and frame.f_code is threading.Condition.__enter__.__code__:
            presses.append(event)
            os.kill(os.getpid(), signal.SIGINT)

    sys.setprofile(press)
    try:
        with pytest.raises(Cancelled):
            operation.run(worker.work)
    finally:
        sys.setprofile(None)
    assert presses
    other = threading.Thread(target=operation.cancellation.cancel, daemon=True)
    other.start()
    other.join(GENEROUS_S)
    assert not other.is_alive()


def test_an_interrupt_within_a_nested_call_ends_both(partial_rows, pressing_work):
    """Pressed during a call of a progress callable, the outer call ends with its own rows."""

    def progress(_):
        inner = Operation()
        inner.run(pressing_work(inner).work, partial=partial_rows(7))

    operation = Operation(progress=progress)

    def work():
        operation.report("issues", 1, 2)
        operation.cancellation.wait(LIMIT_S)

    with pytest.raises(Cancelled) as caught:
        operation.run(work, partial=partial_rows(1))
    assert caught.value.partial == [1]


def test_an_interrupted_call_shows_its_warnings(pressing_work):
    """An interrupt does not hide the warnings before it: a login that was not saved is still reported."""
    operation = Operation()

    def work():
        operation.warn(UnsavedLogin("not saved"))
        pressing_work(operation).work()

    with pytest.warns(UnsavedLogin, match="not saved"), pytest.raises(Cancelled):
        operation.run(work)


def test_an_interrupt_shortens_the_time_that_an_error_leaves(hang):
    """Requests that may still end by themselves after an error are broken off as soon as stop is pressed."""
    operation, begun = Operation(), threading.Event()

    def work():
        with WorkerPool(operation) as pool:
            pool.submit(hang, operation, begun)
            begun.wait(GENEROUS_S)
            os.kill(os.getpid(), signal.SIGINT)
            raise NotFound("nothing here")

    began = time.monotonic()
    with pytest.raises(Cancelled):
        operation.run(work)
    assert time.monotonic() - began < 2.0  # as long as an error alone takes


def raise_within_a_call(_, frame):
    """A handler of SIGINT that raises KeyboardInterrupt only if a call of this package is running."""
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith("tracker_magic."):
            raise KeyboardInterrupt
        frame = frame.f_back


@pytest.mark.presses
def test_a_thousand_interrupts_leave_nothing_behind(partial_rows):
    """Whenever stop is pressed, each call ends at once, with its result or as Cancelled with its rows.

    In the moments before a call begins and after it has ended an interrupt is a plain KeyboardInterrupt.
    """
    moments, stop, presses = random.Random(1), threading.Event(), []

    def press():
        while not stop.wait(moments.uniform(0, 0.004)):
            os.kill(os.getpid(), signal.SIGINT)
            presses.append(1)

    def work(operation):
        wait = operation.cancellation.wait
        return len(list(map_in_order(lambda _: wait(0.0002), range(8), operation)))

    presser, longest_s, results = threading.Thread(target=press), 0.0, []
    with sigint_handler(raise_within_a_call):
        presser.start()
        while len(presses) < 1000:
            began = time.monotonic()
            try:
                operation = Operation()
                results.append(operation.run(work, operation, partial=partial_rows(1)))
            except Cancelled as cancelled:
                results.append(cancelled.partial)
            except KeyboardInterrupt:
                results.append("not begun, or over")
            longest_s = max(longest_s, time.monotonic() - began)
        stop.set()
        presser.join()
    assert longest_s < SOON_S
    assert [result for result in results if result not in ([1], 8, "not begun, or over")] == []
    assert results.count([1]) > len(results) / 10
