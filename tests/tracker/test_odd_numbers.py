"""Numbers of a server that nobody counts to: they are not believed, and cost neither memory nor a bare error."""

import tracemalloc
from itertools import count

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault

HUGE = ("1000000000000", "9" * 5000)


@pytest.mark.parametrize("number", HUGE, ids=["a million millions", "5000 digits"])
def test_a_total_that_nobody_has_is_not_believed(tracker, demo, number):
    """Of an absurd X-Total-Count the rows and the count are right, and memory is not spent on its pages."""
    right = tracker.count("Queue: DEV")
    demo.behaviour.faults.append(Fault("header", "_search", times=100, headers={"X-Total-Count": number}))
    tracemalloc.start()
    try:
        assert len(tracker.issues("Queue: DEV")) == right
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["X-Total-Pages", "X-Total-Count"])
@pytest.mark.parametrize("number", HUGE, ids=["a million millions", "5000 digits"])
def test_pages_of_a_raw_list_are_not_believed_either(tracker, demo, name, number):
    """A raw list with an absurd header is read as one without it."""
    right = tracker.get("queues")
    demo.behaviour.faults.append(Fault("header", "/queues", times=100, headers={name: number}))
    assert tracker.get("queues") == right


@pytest.mark.parametrize("name", ["hits", "pages"])
def test_an_absurd_number_of_entities_is_no_page(tracker, demo, name):
    """A page of entities that promises 10**18 of them is an error, not an endless list."""
    body = {"values": [], "hits": 0, "pages": 1} | {name: 10**18}
    demo.behaviour.faults.append(Fault("shape", "/entities/project/_search", times=100, body=body))
    with pytest.raises(errors.UnexpectedReply):
        tracker.projects()


def test_pages_of_entities_without_records_end(tracker, demo):
    """A number of pages that may be right, of which none has a record, ends after a few."""
    body = {"values": [], "hits": 0, "pages": 10**7}
    demo.behaviour.faults.append(Fault("shape", "/entities/project/_search", times=1000, body=body))
    assert tracker.projects().empty
    assert len(demo.journal) < 20


def test_a_scroll_that_goes_on_beyond_its_total_ends(tracker, demo):
    """A scroll that gives new issues for ever, whatever the count says, is an error."""
    ids, page = count(1), []
    created = "2026-01-01T00:00:00.000+0000"

    def renew():
        page[:] = [{"id": f"{next(ids)}", "key": "DEV-1", "createdAt": created} for _ in range(1000)]

    headers = {"X-Scroll-Id": "s", "X-Total-Count": "1000"}
    demo.behaviour.faults.append(Fault("shape", "_search", times=10_000, body=page, headers=headers, hook=renew))
    with pytest.raises((errors.Incomplete, errors.UnexpectedReply), match="does not end"):
        tracker.issues("Queue: DEV", order="-updatedAt", fields=["key"])
    assert len(demo.journal) < 100


def test_a_length_of_5000_digits_is_no_bare_error(make, demo):
    """A Content-Length with more digits than Python reads says nothing: the answer ends with the connection."""
    tracker = make(timeout=1)
    demo.behaviour.faults.append(Fault("header", "/queues", times=100, headers={"Content-Length": "9" * 5000}))
    with pytest.raises(errors.TrackerError):
        tracker.get("queues")


def test_a_wait_of_5000_digits_is_ignored(tracker, demo):
    """A Retry-After that is no number of seconds is ignored."""
    demo.behaviour.faults.append(Fault("status", "/queues", status=429, headers={"Retry-After": "9" * 5000}))
    assert tracker.get("queues")


def test_a_position_of_5000_digits_is_no_bare_error(tracker, demo):
    """A refused query whose message names an absurd position is a BadQuery."""
    text = {"errorMessages": ["wrong at position " + "9" * 5000]}
    demo.behaviour.faults.append(Fault("refuse", "_count", status=400, body=text))
    with pytest.raises(errors.BadQuery):
        tracker.count("Queue: DEV")
