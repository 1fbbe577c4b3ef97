"""Calls whose result has no partial rows can be interrupted too: they end at once, as Cancelled."""

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import product

import pytest

from tests.tracker.interrupts import LIMIT_S, Interrupt, interrupted_in
from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault

pytestmark = pytest.mark.presses

DESIGN = {"query": "Queue: DESIGN"}
CALLS = {
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


@pytest.fixture
def interrupt() -> Iterator[Interrupt]:
    """An interrupt for the hook of a fault, whose request then gets no answer."""
    interrupt = Interrupt(hangs=True)
    yield interrupt
    interrupt.release()


@pytest.mark.parametrize("case", list(product(CALLS, ["an answer", "the next attempt"])), ids=", ".join)
def test_an_interrupt_ends_a_call_without_rows_as_cancelled(demo, interrupt, tmp_path, make, case):
    """Whether it waits for an answer or for the next attempt, the call ends at once, without a part of its result."""
    (name, waits_for), tracker = case, make()
    if name != "me":
        tracker.me
    if waits_for == "an answer":
        demo.behaviour.faults.append(Fault("hook", "/v3/", times=9, hook=interrupt))
        moment = nullcontext(interrupt)
    else:
        demo.behaviour.faults.append(Fault("status", "/v3/", times=9))
        moment = interrupted_in("Operation.wait")
    with moment as sent, pytest.raises(errors.Cancelled) as caught:
        CALLS[name](tracker, tmp_path)
    assert sent.elapsed_s < LIMIT_S
    assert caught.value.partial is None
    assert caught.value.__context__ is None
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_waits_briefly_for_a_scroll_to_be_released(make, demo, interrupt):
    """The scroll of a raw call is released, but a slow service holds up the interrupt for half a second at most."""
    tracker = make()
    tracker.me
    demo.behaviour.faults.append(Fault("hook", "issues/_search", skip=2, hook=interrupt))
    demo.behaviour.faults.append(Fault("slow", "_clear", seconds=4.0))
    with pytest.raises(errors.Cancelled):
        tracker.post("issues/_search", DESIGN, scrollType="unsorted", perScroll=40)
    assert interrupt.elapsed_s < LIMIT_S
    demo.service.scrolls.forget()


def test_an_interrupted_dictionary_can_be_asked_again(make, demo, interrupt):
    """An interrupt while one call asks for a dictionary leaves no lock behind that would block the next call."""
    tracker = make()
    tracker.me
    demo.behaviour.faults.append(Fault("hook", "/statuses", hook=interrupt))
    with pytest.raises(errors.Cancelled):
        tracker.statuses()
    assert set(tracker.statuses(timeout=5)["key"]) == set(demo.world.statuses)
