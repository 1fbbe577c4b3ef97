"""A child process made by fork has connections and locks of its own, whatever the parent does at that moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from tests.forks import FORK, LIMIT_S, in_child
from tracker_magic import Tracker
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.server import Demo

# From Python 3.12 on, a fork is warned of if there are threads: here it is what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

QUEUES = ["DEV", "OPS"] * 20
shared: dict[str, Tracker] = {}  # what the functions of a pool use


@pytest.fixture
def used(tracker: Tracker) -> Tracker:
    """A Tracker with an open connection."""
    shared["tracker"] = tracker
    assert tracker.me
    return tracker


def count(queue: str) -> int:
    """The number of issues, asked through the Tracker that the parent has made."""
    return shared["tracker"].count(f"Queue: {queue}")


def test_processes_of_a_pool_get_their_own_answers(used):
    """`multiprocessing.Pool` over a Tracker that is in use gives every process the answers to its own questions."""
    expected = [used.count(f"Queue: {queue}") for queue in QUEUES]
    with FORK.Pool(2) as pool:
        assert pool.map_async(count, QUEUES, chunksize=1).get(LIMIT_S) == expected
    assert used.count("Queue: DEV") == expected[0]


def test_a_pool_may_call_the_methods_of_a_tracker(used):
    """A method that a pool pickles is called with the parent's login, also if the environment has none."""
    expected = [used.count(f"Queue: {queue}") for queue in QUEUES]
    queries = [f"Queue: {queue}" for queue in QUEUES]
    with FORK.Pool(2) as pool:
        assert pool.map_async(used.count, queries, chunksize=1).get(LIMIT_S) == expected
    with ProcessPoolExecutor(2, mp_context=FORK) as executor:
        assert list(executor.map(used.count, queries, timeout=LIMIT_S)) == expected


def test_processes_of_an_executor_get_their_own_answers(used):
    """`ProcessPoolExecutor` over a Tracker that is in use does so as well."""
    expected = [used.count(f"Queue: {queue}") for queue in QUEUES]
    with ProcessPoolExecutor(2, mp_context=FORK) as executor:
        assert list(executor.map(count, QUEUES, timeout=LIMIT_S)) == expected


def test_a_fork_while_threads_work(make):
    """However busy the parent's threads are when a child starts, parent and child get all their rows."""
    tracker, done = make(), threading.Event()
    whole = tracker.issues("Queue: DESIGN", fields="summary")

    def ask() -> int:
        calls = 0
        while not done.is_set():
            assert len(tracker.issues("Queue: DESIGN", fields="summary")) == len(whole)
            calls += 1
        return calls

    with ThreadPoolExecutor(3) as threads:
        answers = [threads.submit(ask) for _ in range(3)]
        try:
            for _ in range(12):
                frame = in_child(tracker.issues, "Queue: DESIGN")
                assert len(frame) == len(whole)
        finally:
            done.set()
        assert all(answer.result(LIMIT_S) for answer in answers)


def fork_at(demo: Demo, path: str, work: Callable[[], object], *, skip: int = 0) -> list[object]:
    """Run `work` in a child at the moment at which the parent waits for an answer; its result comes into the list."""
    results: list[object] = []
    fault = Fault("hook", path, skip=skip, hook=lambda: results.append(in_child(work)))
    demo.behaviour.faults.append(fault)
    return results


@pytest.mark.parametrize("name", ["me", "queues", "fields"])
def test_a_lock_that_a_thread_holds_is_free_in_the_child(demo, make, name):
    """What a thread of the parent requests at that moment, with others waiting for it, the child requests by itself."""
    tracker = make()

    def rows() -> int:
        return len(tracker.me.login if name == "me" else getattr(tracker, name)())

    results = fork_at(demo, "myself" if name == "me" else f"/{name}", rows)
    assert [rows()] == results


def test_requests_that_wait_in_the_parent_do_not_wait_in_the_child(demo, make):
    """The child's requests do not queue behind those of the parent's threads."""
    tracker = make(other_rps=5)
    tracker.me
    results = fork_at(demo, "comments", lambda: tracker.get("myself")["login"], skip=2)
    tracker.comments([f"DEV-{number}" for number in range(1, 13)])
    assert results == [tracker.me.login]


def test_a_scroll_of_the_parent_stays_open_in_the_child(demo, make):
    """A child that calls and closes its Tracker while the parent reads a search does not disturb that search."""
    tracker = make()
    demo.behaviour.max_per_scroll = demo.behaviour.max_per_page = 50
    demo.behaviour.over_max = "cap"
    whole = tracker.issues("Queue: DESIGN", order="-summary", fields="summary")

    def call_and_close() -> int:
        rows = len(tracker.issues("Queue: DESIGN", order="-summary", fields="summary"))
        tracker.close()
        return rows

    results = fork_at(demo, "_search", call_and_close, skip=2)
    assert tracker.issues("Queue: DESIGN", order="-summary", fields="summary").equals(whole)
    assert results == [len(whole)]


def test_a_child_keeps_no_connection_of_the_parent(demo, used):
    """A connection that the parent closes ends, although a child is still running."""
    ready, go_on = FORK.Event(), FORK.Event()
    child = FORK.Process(target=lambda: (ready.set(), go_on.wait(LIMIT_S)))
    child.start()
    try:
        assert ready.wait(LIMIT_S)
        used.close()
        assert demo.wait_until_unused(5)
    finally:
        go_on.set()
        child.join()
