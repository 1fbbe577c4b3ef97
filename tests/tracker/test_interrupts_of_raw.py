"""Calls that end in no frame of rows one by one: stopped at once, as Cancelled, with nothing that came."""

import os
import signal
import threading
import time
from itertools import product

import pytest

from tests.tracker.test_interrupts import pressing, watched
from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault

pytestmark = pytest.mark.presses

DESIGN = {"query": "Queue: DESIGN"}


class Pressed:
    """Stop is pressed while a request hangs; `at`: when."""

    def __init__(self):
        self.at = 0.0
        self.over = threading.Event()

    def __call__(self):
        """Press stop once, then hang."""
        if not self.at:
            self.at = time.monotonic()
            os.kill(os.getpid(), signal.SIGINT)
        self.over.wait(30)


@pytest.fixture
def pressed():
    """A hook for a fault."""
    hook = Pressed()
    yield hook
    hook.over.set()


STOPPED = {
    "get": lambda tracker, _: tracker.get("myself"),
    "post": lambda tracker, _: tracker.post("issues/_search", DESIGN, perPage=40),
    "download": lambda tracker, path: tracker.download({"url": f"{tracker.base_url}/v3/x", "name": "x"}, path),
    "me": lambda tracker, _: tracker.me,
    "queues": lambda tracker, _: tracker.queues(),
    "fields": lambda tracker, _: tracker.fields("DEV"),
    "sprints": lambda tracker, _: tracker.sprints("DEV board"),
    "versions": lambda tracker, _: tracker.versions("DEV"),
    "projects": lambda tracker, _: tracker.projects(),
}


@pytest.mark.parametrize("case", list(product(STOPPED, ["an answer", "the next try"])), ids=", ".join)
def test_an_interrupt_of_a_call_without_rows_is_cancelled(demo, pressed, tmp_path, make, case):
    """Whatever it waits for, at once, with nothing that came: part of an answer is of no use."""
    (name, where), tracker = case, make()
    if name != "me":
        tracker.me
    is_wait = where == "the next try"
    kind = "status" if is_wait else "hook"
    demo.behaviour.faults.append(Fault(kind, "/v3/", times=9, hook=pressed))
    press = pressing(lambda code: is_wait and code.co_qualname == "Operation.wait")
    with pytest.raises(errors.Cancelled) as caught, watched(press):
        STOPPED[name](tracker, tmp_path)
    assert is_wait or time.monotonic() - pressed.at < 1.5
    assert caught.value.partial is None
    assert caught.value.__context__ is None
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_of_a_raw_scroll_waits_for_no_service(make, demo, pressed):
    """Its scroll is given back, for half a second at most."""
    tracker = make()
    tracker.me
    demo.behaviour.faults.append(Fault("hook", "issues/_search", skip=2, hook=pressed))
    demo.behaviour.faults.append(Fault("slow", "_clear", seconds=4.0))
    with pytest.raises(errors.Cancelled):
        tracker.post("issues/_search", DESIGN, scrollType="unsorted", perScroll=40)
    assert time.monotonic() - pressed.at < 2.0
    demo.service.scrolls.forget()
