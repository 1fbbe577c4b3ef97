"""Replies that are odd: cut without a trace, JSON that few decoders read, another shape than documented."""

from dataclasses import replace

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault


def requests_of(demo, path):
    """How many requests to this path were received."""
    return sum(path in request.path for request in demo.journal)


# A number, or a file, that was cut.


CUT = {"cut": Fault("cut"), "no length": Fault("cut", without_length=True), "short length": Fault("short_length")}


@pytest.mark.parametrize("name", CUT)
def test_a_count_that_was_cut_is_no_count(tracker, demo, name):
    """A number that nothing delimits, or that goes on after its Content-Length, is requested again."""
    right = tracker.count("Queue: DEV")
    assert right > 100
    demo.journal.clear()
    demo.behaviour.faults.append(replace(CUT[name], path="_count"))
    assert tracker.count("Queue: DEV") == right
    assert requests_of(demo, "_count") == 2


def test_a_count_without_a_length_is_believed_if_two_agree(tracker, demo):
    """If no answer has a length, two equal ones are believed, whatever came before them."""
    right = tracker.count("Queue: DEV")
    demo.journal.clear()
    cut, whole = Fault("cut", "_count", without_length=True), Fault("hook", "_count", times=100, without_length=True)
    demo.behaviour.faults += [cut, whole]
    assert tracker.count("Queue: DEV") == right
    assert requests_of(demo, "_count") == 3


def test_a_count_whose_length_is_always_too_small_is_an_error(tracker, demo):
    """A Content-Length that is always too small gives an error, not the beginning of the number."""
    tracker.me
    demo.behaviour.faults.append(Fault("short_length", "_count", times=1000))
    with pytest.raises(errors.UnexpectedReply, match="cut off"):
        tracker.count("Queue: DEV", timeout=0.5)


def test_a_raw_number_that_was_cut_is_no_answer(tracker, demo):
    """`t.post` compares numbers without a length as `count` does."""
    demo.behaviour.faults.append(Fault("cut", "_count", without_length=True))
    assert tracker.post("issues/_count", {"query": "Queue: DEV"}) == tracker.count("Queue: DEV")


@pytest.mark.parametrize("name", CUT)
def test_a_file_that_was_cut_is_not_saved(tracker, demo, tmp_path, name):
    """A file that nothing delimits is fetched again until two copies agree."""
    key, content = next(
        (issue.key, issue.attachments[0].content)
        for issue in demo.world.issues.values()
        if issue.attachments and issue.key.startswith("DEV-")
    )
    demo.behaviour.faults.append(replace(CUT[name], path=f"{key}/attachments/"))
    saved = tracker.download(tracker.attachments(key).iloc[0], tmp_path)
    assert saved.read_bytes() == content
