"""Answers larger than they may be: what is decoded is counted, and the time limit holds while it is decoded."""

import time

import pytest

from tracker_magic.demo.behaviour import Fault
from tracker_magic.errors import TimedOut, UnexpectedReply
from tracker_magic.transport.transport import Transport

SLACK_S = 3.0  # on a busy machine


def test_a_compressed_answer_ends_where_it_is_too_large(demo, tracker):
    """A few hundred kilobytes that decode to more than a page may have are an error at once; no retry helps."""
    demo.behaviour.faults.append(Fault("gzip", "/statuses", by=260))
    with pytest.raises(UnexpectedReply, match=r"too large \(more than 256 MB\)") as caught:
        tracker.get("statuses")
    assert caught.value.reason == "too_large"
    assert [request.path for request in demo.journal].count("/v3/statuses") == 1


def test_an_endless_answer_ends_where_it_is_too_large(demo, tracker):
    """A body in chunks that never ends is an error at the same size; the connection is closed, the next one works."""
    demo.behaviour.faults.append(Fault("endless", "/statuses"))
    with pytest.raises(UnexpectedReply) as caught:
        tracker.get("statuses")
    assert caught.value.reason == "too_large"
    assert tracker.get("statuses")


def test_errors_are_read_up_to_a_megabyte(demo, tracker):
    """An error has a few words: of one that never ends, a megabyte is read."""
    demo.behaviour.faults.append(Fault("gzip", "/no-such-path", by=2))
    with pytest.raises(UnexpectedReply, match="more than 1 MB"):
        tracker.get("no-such-path")


def test_the_time_limit_holds_while_an_answer_is_decoded(demo):
    """All bytes have arrived at once, and decoding them takes longer than the time limit."""
    demo.behaviour.faults.append(Fault("gzip", "/v3/statuses", by=250))
    names = demo.names
    headers = {"Authorization": f"OAuth {names['TRACKER_TOKEN']}", "X-Org-ID": names["TRACKER_ORG_ID"]}
    transport, began = Transport([demo.url]), time.monotonic()
    try:
        with pytest.raises(TimedOut, match="was not complete"):
            transport.send("GET", f"{demo.url}/v3/statuses", headers=headers, timeout_s=0.2)
    finally:
        transport.close()
    assert time.monotonic() - began < SLACK_S


def test_an_ordinary_compressed_answer_is_read(demo, tracker):
    """A service may compress its answers."""
    plain = tracker.get("statuses")
    demo.behaviour.faults.append(Fault("gzip", "/statuses", by=3))
    assert tracker.get("statuses") == plain
