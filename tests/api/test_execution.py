"""One call: a worker does the work; the calling thread waits and shows progress."""

import linecache
import threading
import time
import warnings

import pytest

from tracker_magic.api import Operation, Progress
from tracker_magic.api.execution import Clock, WorkerPool, map_in_order
from tracker_magic.errors import Cancelled, Incomplete, NotFound, RateLimited, TimedOut, UnsavedLogin
from tracker_magic.transport.cancellation import InFlightRequest

GENEROUS_S = 20.0  # for what takes milliseconds
SOON_S = 5.0  # for what takes a second, on a busy machine
LIMIT_S = 60.0
MANY = 40  # more than the threads of a pool: most items wait for a thread

pytestmark = pytest.mark.usefixtures("_no_thread_is_left")


# What work gives, and what it raises.


def test_a_call_gives_what_its_work_gives():
    """`run` calls the work with its arguments in another thread and returns its result, as often as it is used."""
    operation = Operation()
    assert operation.run(divmod, 17, 5) == (3, 2)
    assert operation.run(threading.current_thread) is not threading.current_thread()


def test_a_call_raises_what_its_work_raises():
    """An error of the work is raised as it is, without another one as its context."""
    error = NotFound("nothing here")

    def work():
        raise error

    with pytest.raises(NotFound) as caught:
        Operation().run(work)
    assert caught.value is error
    assert error.__context__ is None


def test_a_call_in_another_thread_works():
    """A call from a thread that gets no interrupts gives its result as in the main thread."""
    results = []
    thread = threading.Thread(target=lambda: results.append(Operation().run(sum, [1, 2])))
    thread.start()
    thread.join()
    assert results == [3]


# Progress.


def test_progress_is_shown_in_the_calling_thread():
    """The callable gets what the worker reported, in the calling thread, at the latest when the work is done."""
    reports, threads = [], set()

    def progress(report):
        reports.append(report)
        threads.add(threading.current_thread())

    operation = Operation(progress=progress)
    operation.run(operation.report, "issues", 5, 10)
    assert isinstance(reports[-1], Progress)
    assert (reports[-1].what, reports[-1].done, reports[-1].total) == ("issues", 5, 10)
    assert threads == {threading.current_thread()}


def test_progress_is_shown_while_nothing_changes():
    """While the service is silent, progress is shown now and then, with the seconds that have passed."""
    shown = threading.Event()
    operation = Operation(progress=lambda report: report.elapsed_s > 0 and shown.set())
    assert operation.run(shown.wait, GENEROUS_S)


def test_a_progress_callable_that_raises_ends_the_call():
    """Its error is the error of the call, and the worker is ended: no new request begins."""
    operation = Operation(progress=lambda report: report.no_such_attribute)
    threads = []

    def work():
        threads.append(threading.current_thread())
        operation.report("issues", 1, 2)
        operation.cancellation.wait(LIMIT_S)
        operation.check()

    began = time.monotonic()
    with pytest.raises(AttributeError):
        operation.run(work)
    assert time.monotonic() - began < SOON_S
    assert operation.cancellation.is_cancelled
    threads[0].join(GENEROUS_S)
    assert not threads[0].is_alive()


def test_a_call_within_a_progress_callable_works():
    """A progress callable may make another call, which gives its result; the outer call goes on."""
    results = []
    operation = Operation(progress=lambda _: results.append(Operation().run(sum, [1, 2])))
    operation.run(operation.report, "issues", 1, 1)
    assert set(results) == {3}


def test_progress_says_what_a_call_waits_for():
    """While a request waits for another attempt, progress has the error and the seconds that are left."""
    reports = []
    shown = threading.Event()

    def progress(report):
        reports.append(report)
        shown.set()

    class UntilShown(Clock):
        def wait(self, cancellation, seconds):  # noqa: ARG002 - the base class's signature
            shown.wait(GENEROUS_S)

    error = RateLimited("too many requests")
    operation = Operation(progress=progress, clock=UntilShown())
    operation.run(lambda: operation.wait(LIMIT_S, because=error))
    assert reports[0].waiting_for is error
    assert 0 < reports[0].waiting_s <= LIMIT_S


# Warnings.


def test_a_warning_points_at_the_callers_line():
    """A warning of the worker is shown once, in the calling thread, for the line outside of this package."""
    operation = Operation()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        operation.run(operation.warn, UnsavedLogin("not saved"))
    (warning,) = caught
    assert (warning.category, warning.filename) == (UnsavedLogin, __file__)
    assert "operation.run(operation.warn" in linecache.getline(__file__, warning.lineno)


def test_a_failed_call_shows_its_warnings():
    """An error of the work does not hide the warnings before it."""
    operation = Operation()

    def work():
        operation.warn(UnsavedLogin("not saved"))
        raise NotFound("nothing here")

    with pytest.warns(UnsavedLogin, match="not saved"), pytest.raises(NotFound):
        operation.run(work)


# The time limit.


class SettableClock(Clock):
    """A clock that a test sets."""

    def __init__(self):
        self.now_s = 0.0

    def monotonic(self):
        """The time that was set."""
        return self.now_s


def test_nothing_begins_after_the_time_limit():
    """After the time limit no request is counted and no wait goes on: TimedOut says the limit."""
    clock = SettableClock()
    operation = Operation(10.0, clock=clock)
    operation.count_request()
    clock.now_s = 10.0
    assert operation.is_over
    for step in (operation.check, operation.count_request, lambda: operation.wait(1.0)):
        with pytest.raises(TimedOut, match="not finished within 10 s"):
            step()
    assert operation.requests == 1


def test_a_wait_is_no_longer_than_the_time_limit():
    """A wait that would end after the time limit ends with it, as TimedOut."""
    waits = []

    class Recording(SettableClock):
        def wait(self, cancellation, seconds):  # noqa: ARG002 - the base class's signature
            waits.append(seconds)
            self.now_s += seconds

    operation = Operation(10.0, clock=Recording())
    with pytest.raises(TimedOut):
        operation.wait(60.0)
    assert waits == [10.0]


@pytest.mark.parametrize("has_rows", [True, False])
def test_a_request_that_cannot_be_broken_off_does_not_outlast_the_time_limit(has_rows, partial_rows):
    """If a request hangs in the system after the limit, the caller stops waiting and gets the rows fetched so far."""
    clock, released = SettableClock(), threading.Event()
    operation = Operation(10.0, clock=clock)

    def work():
        with InFlightRequest(operation.cancellation, LIMIT_S):
            clock.now_s = 14.0
            operation.cancellation.wait(LIMIT_S)
            if has_rows:
                released.wait(LIMIT_S)

    try:
        with pytest.raises(Incomplete if has_rows else TimedOut, match="not finished within 10 s") as caught:
            operation.run(work, partial=partial_rows(1, 2) if has_rows else None)
    finally:
        released.set()
    if has_rows:
        assert (caught.value.partial, caught.value.fetched) == ([1, 2], 2)


def test_a_cancelled_operation_refuses_requests():
    """After `refuse` no request begins, and a wait ends at once."""
    operation = Operation()
    operation.cancellation.refuse()
    for step in (operation.count_request, lambda: operation.wait(LIMIT_S)):
        with pytest.raises(Cancelled):
            step()
    assert operation.requests == 0


# Threads of an operation.


def test_a_pool_gives_results_in_any_number_of_threads():
    """Each item is worked on once, and results come in the order of the items."""
    operation = Operation()
    assert list(map_in_order(str, range(MANY), operation)) == [str(number) for number in range(MANY)]
    assert not operation.cancellation.is_cancelled


def fail_at_first(number):
    """Work whose first item fails."""
    if number == 0:
        raise NotFound("nothing here")
    return number


def test_an_error_of_one_item_ends_the_others():
    """After an error no new request begins; a request under way may end by itself and is not broken off at once."""
    operation = Operation()
    with InFlightRequest(operation.cancellation, LIMIT_S) as request:
        with pytest.raises(NotFound):
            list(map_in_order(fail_at_first, range(MANY), operation))
        assert not request.is_broken_off
    assert operation.cancellation.is_cancelled


def test_a_pool_breaks_off_requests_that_outlast_an_error(hang):
    """A request that does not end within two seconds after an error of another thread is broken off."""
    operation, begun = Operation(), threading.Event()

    def fail():
        with WorkerPool(operation) as pool:
            pool.submit(hang, operation, begun)
            begun.wait(GENEROUS_S)
            raise NotFound("nothing here")

    began = time.monotonic()
    with pytest.raises(NotFound):
        fail()
    assert time.monotonic() - began < GENEROUS_S


def test_results_are_not_waited_for_after_the_time_limit():
    """A pool's `result` raises TimedOut at the time limit, and the threads of the pool are ended."""
    clock = SettableClock()
    operation = Operation(10.0, clock=clock)

    def wait_for_result():
        with WorkerPool(operation) as pool:
            future = pool.submit(operation.cancellation.wait, LIMIT_S)
            clock.now_s = 10.0
            pool.result(future)

    with pytest.raises(TimedOut):
        wait_for_result()
    assert operation.cancellation.is_cancelled
