"""Interrupt a call at a chosen moment, as Ctrl-C does, and check what it leaves behind."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from types import CodeType, FrameType
from typing import Any

import pandas as pd

from tests.tracker.mixtures.play import threads_left
from tracker_magic import Tracker, errors

LIMIT_S = 2.0  # a call ends within a second of an interrupt; a busy machine gets as much again
HANG_S = 30.0

CALLS: dict[str, Callable[[Tracker], Any]] = {
    "pages in parallel": lambda tracker: tracker.issues("Queue: DESIGN", fields="summary"),
    "one scroll": lambda tracker: tracker.issues("Queue: DESIGN", fields="summary", order="-summary", limit=150),
    "keys": lambda tracker: tracker.issues(keys=["DESIGN-2", "DESIGN-1", "DESIGN-999999"], fields="summary"),
    "comments": lambda tracker: tracker.comments(["DESIGN-1", "DESIGN-2"]),
    "changelog": lambda tracker: tracker.changelog("DESIGN-1, DESIGN-2", fields="status"),
    "everybody's work": lambda tracker: tracker.worklog(since="2026-10-20"),
    "count": lambda tracker: tracker.count("Queue: DESIGN"),
    "explain": lambda tracker: tracker.explain("Queue: DESIGN"),
}


class Interrupt:
    """Sends SIGINT to this process when it is called for the first time; may be called in any thread.

    `sent_at`: when that was. With `hangs`, every call then waits until `release`.
    """

    def __init__(self, *, hangs: bool = False) -> None:
        self.sent_at: float | None = None
        self._remaining = iter([True])
        self._hangs = hangs
        self._released = threading.Event()

    def __call__(self) -> None:
        """Interrupt the process once."""
        if next(self._remaining, False):
            self.sent_at = time.monotonic()
            os.kill(os.getpid(), signal.SIGINT)
        if self._hangs:
            self._released.wait(HANG_S)

    def release(self) -> None:
        """Let those continue that hang."""
        self._released.set()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the interrupt."""
        assert self.sent_at is not None, "nothing was interrupted"
        return time.monotonic() - self.sent_at


@contextmanager
def profiled(profile: Callable[[FrameType, str, Any], None]) -> Iterator[None]:
    """Call `profile` as `sys.setprofile` does, in this thread and in those that start in the block."""
    sys.setprofile(profile)
    threading.setprofile(profile)
    try:
        yield
    finally:
        threading.setprofile(None)
        sys.setprofile(None)


@contextmanager
def on_entry(look: Callable[[CodeType], object]) -> Iterator[None]:
    """Call `look` for every function of the package that is entered, in this thread and in those of the call."""

    def profile(frame: FrameType, event: str, _: Any) -> None:
        module = str(frame.f_globals.get("__name__"))
        if event == "call" and module.startswith("tracker_magic.") and not module.startswith("tracker_magic.demo."):
            look(frame.f_code)

    with profiled(profile):
        yield


@contextmanager
def interrupted_in(*names: str) -> Iterator[Interrupt]:
    """Interrupt when the first function with one of these qualified names is entered, in any thread."""
    interrupt = Interrupt()
    with on_entry(lambda code: code.co_qualname in names and interrupt()):
        yield interrupt


@contextmanager
def interrupted_at_entry(number: int) -> Iterator[Interrupt]:
    """Interrupt when a function of the package is entered for the `number`-th time, in any thread."""
    interrupt, entries = Interrupt(), count(1)
    with on_entry(lambda _: next(entries) == number and interrupt()):
        yield interrupt


def interruption(call: Callable[[], Any]) -> KeyboardInterrupt | None:
    """The KeyboardInterrupt that `call` ends with; None: it was complete."""
    try:
        call()
    except KeyboardInterrupt as error:
        return error
    return None


def assert_cancelled(error: KeyboardInterrupt | None, whole: Any) -> None:
    """The call was cancelled without a hint of other exceptions, ended its threads, and keeps rows of `whole` only."""
    assert type(error) is errors.Cancelled
    assert error.__cause__ is error.__context__ is None
    assert threads_left(LIMIT_S) == []
    if error.partial is not None:
        assert_part(error.partial, whole)


def assert_part(partial: pd.DataFrame, whole: pd.DataFrame) -> None:
    """Every issue in `partial` has the rows that it has in the complete result, in the same order."""
    by = "id" if "id" in partial.columns else "key"
    pd.testing.assert_frame_equal(
        partial.sort_values(by, kind="stable", ignore_index=True),
        whole[whole[by].isin(partial[by])].sort_values(by, kind="stable", ignore_index=True),
    )
