"""The line that tells how far a long call is."""

import signal
import sys
import threading
import time

import pytest

from tracker_magic.api import Progress
from tracker_magic.errors import Cancelled
from tracker_magic.notebook.progress import ProgressDisplay, ProgressLine, answered, broken_off, ended, left, running


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (None, "▸ asking · 4 s"),
        (Progress("local_fields", 7, None, 4.0, 12), "▸ 7 local fields · 4 s"),
        (Progress("issues", 600, None, 4.0, 12), "▸ 600 issues · 4 s"),
        (Progress("issues", 0, 900, 4.0, 1), "▸ 0 / 900 issues · 4 s"),
        (Progress("issues", 900, 900, 4.0, 1), "▸ 900 / 900 issues · 4 s · making the table"),
        (
            Progress("issues", 900, 900, 4.0, 1, waiting_s=3.0, waiting_for="server limit"),
            "▸ 900 / 900 issues · 4 s · waiting 3 s (server limit)",
        ),
        (
            Progress("issues", 600, 900, 4.0, 1, waiting_s=2.0, waiting_for="server limit"),
            "▸ 600 / 900 issues · 4 s · waiting 2 s (server limit)",
        ),
    ],
)
def test_the_running_line(progress, text):
    """What came, of how many, for how long, and how long it has to wait."""
    assert running(progress, 4.0) == text


@pytest.mark.parametrize(("left_s", "text"), [(5.7, "about 6 s left"), (0.2, "about 1 s left")])
def test_the_running_line_says_how_long_it_may_still_take(left_s, text):
    """Never 0 seconds: what is not over takes at least a moment."""
    assert running(Progress("issues", 12_000, 29_057, 4.0, 12), 4.0, left_s) == (
        f"▸ 12,000 / 29,057 issues · 4 s · {text}"
    )


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (None, "▸ asking · 40 s · no answer for 33 s"),
        (Progress("issues", 600, 900, 4.0, 12), "▸ 600 / 900 issues · 40 s · no answer for 33 s"),
        (Progress("issues", 900, 900, 4.0, 12), "▸ 900 / 900 issues · 40 s · making the table"),
    ],
)
def test_silence_is_told_instead_of_a_promise(progress, text):
    """While nothing is heard, no time is promised; once all has come, nothing is waited for."""
    assert running(progress, 40.0, None if progress is None else 39.0 if progress.done < 900 else None, 33.0) == text


def test_the_pace_is_that_of_the_rows():
    """Four seconds before the first page do not count as time that every page takes."""
    first, last = Progress("issues", 1_000, 16_000, 4.0, 7), Progress("issues", 6_000, 16_000, 6.0, 12)
    assert left(first, last) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (None, None),
        (Progress("issues", 10, 90, 1.0, 1), Progress("issues", 10, 90, 1.0, 1)),
        (Progress("issues", 10, None, 1.0, 1), Progress("issues", 20, None, 2.0, 2)),
        (Progress("issues", 10, 90, 1.0, 1), Progress("issues", 90, 90, 2.0, 2)),
        (Progress("issues", 1, 90, 1.0, 1), Progress("issues", 10, 90, 1.1, 10)),
    ],
)
def test_no_pace_no_promise(first, last):
    """One state alone, an unknown total, the end and a first burst tell no time that is left."""
    assert left(first, last) is None


@pytest.mark.parametrize(
    ("rows", "total", "requests", "text"),
    [
        (29_057, 29_057, 31, "29,057 issues · 9.8 s · 31 requests"),
        (500, 1_284, 1, "first 500 of 1,284 issues · 9.8 s · 1 request"),
        (0, None, 1, "0 issues · 9.8 s · 1 request"),
    ],
)
def test_the_last_line(rows, total, requests, text):
    """A limited result says so."""
    assert ended("issues", rows, total, 9.81, requests) == text


@pytest.mark.parametrize(
    ("matches", "text"), [(1_284, "1,284 issues · 1.2 s"), (1, "1 issue · 1.2 s"), (None, "answered · 1.2 s")]
)
def test_the_last_line_of_what_is_no_frame(matches, text):
    """A number of issues is said, of anything else that it came."""
    assert answered(matches, 1.21) == text


def test_a_summary_that_must_be_seen_makes_its_own_line():
    """Without a line before, only what is asked for `always` is drawn."""
    drawn = []
    with ProgressLine(ProgressDisplay(lambda data, **_: drawn.append(data["text/plain"]))) as line:
        line.start()
    line.end("all of them")
    line.end("first 5", always=True)
    assert drawn == ["first 5"]


def test_a_front_end_gets_one_display_updated_in_place():
    """The first drawing makes a display, each later one updates it; markup is escaped."""
    drawn = []
    screen = ProgressDisplay(lambda data, *, transient, update: drawn.append((data, transient, update)))
    screen.draw("a < b")
    screen.draw("done", last=True)
    assert [update for _, _, update in drawn] == [False, True]
    assert drawn[0][1] == drawn[1][1]
    assert drawn[0][0]["text/html"] == "<small>a &lt; b</small>"


def test_a_terminal_gets_one_row(capsys):
    """In a terminal the row is written anew, and ends with a new line."""
    screen = ProgressDisplay()
    screen.draw("one")
    screen.draw("two", last=True)
    assert capsys.readouterr().err == "\r\x1b[Kone\r\x1b[Ktwo\n"


def test_a_narrow_terminal_gets_a_row_that_does_not_wrap(capsys, monkeypatch):
    """A row that wraps would stay and be written again below; the last one is whole."""
    monkeypatch.setenv("COLUMNS", "20")
    screen = ProgressDisplay()
    screen.draw("▸ 12,000 / 29,057 issues · 4 s")
    screen.draw("29,057 issues · 9.8 s · 31 requests", last=True)
    assert capsys.readouterr().err == "\r\x1b[K▸ 12,000 / 29,057 i\r\x1b[K29,057 issues · 9.8 s · 31 requests\n"


def test_what_is_over_soon_draws_nothing():
    """Below half a second there is no line, and no thread stays."""
    drawn = []
    with ProgressLine(ProgressDisplay(lambda data, **_: drawn.append(data))) as line:
        line.start()
        line(Progress("issues", 1, 1, 0.0, 1))
    line.end("done")
    assert drawn == []
    assert not any(thread.name == "tracker-progress" for thread in threading.enumerate())


def test_without_a_screen_no_thread_starts():
    """Where nobody looks, nothing is drawn."""
    with ProgressLine(None) as line:
        line.start()
        line(Progress("issues", 1, 1, 0.0, 1))
        assert not any(thread.name == "tracker-progress" for thread in threading.enumerate())
    assert line.last is not None


def fail_on(screen, error):
    """A call that shows a line, gets somewhere and fails."""
    with ProgressLine(screen) as line:
        line.start()
        screen.draw("▸ asking · 1 s")
        line(Progress("issues", 600, 900, 3.0, 1))
        raise error


@pytest.mark.parametrize(
    ("error", "said"), [(ValueError("over"), "not finished · 0 s"), (Cancelled("over"), "stopped · 0 s")]
)
def test_a_failure_leaves_its_moment(error, said):
    """The line does not go on counting after an error, and leaves the number of rows to the error."""
    drawn = []
    with pytest.raises(type(error), match="over"):
        fail_on(ProgressDisplay(lambda data, **_: drawn.append(data)), error)
    assert drawn[-1]["text/plain"] == broken_off(0.0, by_person=isinstance(error, Cancelled)) == said


def drawing():
    """Threads that draw."""
    return [thread for thread in threading.enumerate() if thread.name == "tracker-progress"]


def test_an_interrupt_as_it_starts_leaves_no_line():
    """Struck in the moment in which its thread begins, it draws nothing more."""

    def struck():
        with ProgressLine(ProgressDisplay(lambda *_, **__: None)) as line:
            sys.setprofile(lambda frame, *_: frame.f_code.co_name == "_draw" or press(frame))
            line.start()

    def press(frame):
        if frame.f_code is threading.Thread.start.__code__:
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    try:
        with pytest.raises(KeyboardInterrupt):
            struck()
    finally:
        sys.setprofile(None)
    assert drawing() == []


@pytest.mark.presses
def test_a_screen_that_takes_nothing_does_not_keep_an_interrupt():
    """A terminal may be held: whoever presses stop is free, and the thread ends with its drawing."""
    go_on, drawn = threading.Event(), threading.Event()

    def hold(*_, **__):
        drawn.set()
        go_on.wait(60.0)

    def ends():
        with ProgressLine(ProgressDisplay(hold)) as line:
            line.start()
            assert drawn.wait(10.0)
            threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()

    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            ends()
        assert time.monotonic() - began < 5.0
    finally:
        go_on.set()
        for thread in drawing():
            thread.join(5.0)
    assert drawing() == []
