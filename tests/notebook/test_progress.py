"""The line that shows how far a long call is."""

from types import SimpleNamespace

import pytest

from tracker_magic.api import Progress
from tracker_magic.errors import Cancelled, RateLimited, Unreachable
from tracker_magic.notebook.progress import (
    ProgressDisplay,
    ProgressLine,
    broken_off,
    ended,
    finished,
    remaining,
    running,
)

NOTHING_YET = Progress("", 0, None, 4.0, 0)
LIMIT = RateLimited("too many requests")


class FrontEnd:
    """A shell with a kernel, whose front end keeps what is published."""

    def __init__(self):
        self.kernel = self
        self.display_pub = self
        self.published = []

    def publish(self, data, *, transient, update):
        """Keep a display."""
        self.published.append((data, transient, update))

    @property
    def texts(self):
        """The plain texts that were published."""
        return [data["text/plain"] for data, _, _ in self.published]


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (NOTHING_YET, "▸ asking · 4 s"),
        (Progress("local_fields", 7, None, 4.0, 12), "▸ 7 local fields · 4 s"),
        (Progress("issues", 600, None, 4.0, 12), "▸ 600 issues · 4 s"),
        (Progress("issues", 0, 900, 4.0, 1), "▸ 0 / 900 issues · 4 s"),
        (Progress("issues", 900, 900, 4.0, 1), "▸ 900 / 900 issues · 4 s · building the table"),
        (
            Progress("issues", 900, 900, 4.0, 1, waiting_s=3.0, waiting_for=LIMIT),
            "▸ 900 / 900 issues · 4 s · waiting 3 s (server limit)",
        ),
        (
            Progress("issues", 600, 900, 4.0, 1, waiting_s=2.0, waiting_for=Unreachable("h cannot be reached")),
            "▸ 600 / 900 issues · 4 s · h cannot be reached, trying again in 2 s",
        ),
        (
            Progress("", 0, None, 4.0, 3, waiting_for=Unreachable("h cannot be reached", detail="Connection refused")),
            "▸ asking · 4 s · h cannot be reached: Connection refused, trying again",
        ),
        (Progress("", 0, None, 4.0, 1, waiting_for=LIMIT), "▸ asking · 4 s"),
    ],
)
def test_the_line_says_what_was_fetched_and_what_it_waits_for(progress, text):
    """The line names the rows fetched so far, of how many, the time, and why nothing is sent."""
    assert running(progress, 4.0) == text


@pytest.mark.parametrize(("remaining_s", "text"), [(5.7, "about 6 s left"), (0.2, "about 1 s left")])
def test_the_line_says_how_long_the_call_may_still_take(remaining_s, text):
    """The line never promises 0 seconds: what is not over takes at least a moment."""
    assert running(Progress("issues", 12_000, 29_057, 4.0, 12), 4.0, remaining_s) == (
        f"▸ 12,000 / 29,057 issues · 4 s · {text}"
    )


@pytest.mark.parametrize(
    ("progress", "remaining_s", "text"),
    [
        (NOTHING_YET, None, "▸ asking · 40 s · no answer for 33 s"),
        (Progress("issues", 600, 900, 4.0, 12), 39.0, "▸ 600 / 900 issues · 40 s · no answer for 33 s"),
        (Progress("issues", 900, 900, 4.0, 12), None, "▸ 900 / 900 issues · 40 s · building the table"),
    ],
)
def test_a_long_silence_is_shown_instead_of_a_promise(progress, remaining_s, text):
    """While nothing changes no time is promised; once all rows have come nothing is waited for."""
    assert running(progress, 40.0, remaining_s, 33.0) == text


def test_the_remaining_time_follows_from_the_rate_of_the_rows():
    """Four seconds before the first page do not count as time that every page takes."""
    first, last = Progress("issues", 1_000, 16_000, 4.0, 7), Progress("issues", 6_000, 16_000, 6.0, 12)
    assert remaining(first, last) == pytest.approx(4.0)


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
def test_without_a_rate_no_remaining_time_is_shown(first, last):
    """A single state, an unknown total, the end and a first burst say nothing about the remaining time."""
    assert remaining(first, last) is None


@pytest.mark.parametrize(
    ("rows", "total", "requests", "text"),
    [
        (29_057, 29_057, 31, "29,057 issues · 9.8 s · 31 requests"),
        (500, 1_284, 1, "first 500 of 1,284 issues · 9.8 s · 1 request"),
        (0, None, 1, "0 issues · 9.8 s · 1 request"),
    ],
)
def test_the_last_line_says_how_many_rows_were_fetched(rows, total, requests, text):
    """The last line of a limited result names the total too."""
    assert finished("issues", rows, total, 9.81, requests) == text


@pytest.mark.parametrize(
    ("matches", "text"), [(1_284, "1,284 issues · 1.2 s"), (1, "1 issue · 1.2 s"), (None, "finished · 1.2 s")]
)
def test_the_last_line_of_a_number(matches, text):
    """A number of issues is shown; of any other answer only that there is one."""
    assert ended(matches, 1.21) == text


def test_a_summary_that_must_be_seen_makes_its_own_line():
    """Without a line before, only a summary with `always` is drawn."""
    shell = FrontEnd()
    with ProgressLine(ProgressDisplay(shell)) as line:
        pass
    line.end("all of them")
    line.end("first 5", always=True)
    assert shell.texts == ["first 5"]


def test_a_front_end_gets_one_display_that_is_updated_in_place():
    """The first drawing makes a display, each later one updates it; markup is escaped."""
    shell = FrontEnd()
    display = ProgressDisplay(shell)
    display.draw("a < b")
    display.draw("done", last=True)
    (first, transient, _), (_, later, _) = shell.published
    assert [update for _, _, update in shell.published] == [False, True]
    assert transient == later
    assert first["text/html"] == "<small>a &lt; b</small>"


def test_a_terminal_gets_one_row(capsys):
    """In a terminal the row is rewritten, and ends with a new line."""
    display = ProgressDisplay(SimpleNamespace())
    display.draw("one")
    display.draw("two", last=True)
    assert capsys.readouterr().err == "\r\x1b[Kone\r\x1b[Ktwo\n"


def test_a_narrow_terminal_gets_a_row_that_does_not_wrap(capsys, monkeypatch):
    """A row that wraps would stay and be written again below, so it is cut; the last one is whole."""
    monkeypatch.setenv("COLUMNS", "20")
    display = ProgressDisplay(SimpleNamespace())
    display.draw("▸ 12,000 / 29,057 issues · 4 s")
    display.draw("29,057 issues · 9.8 s · 31 requests", last=True)
    assert capsys.readouterr().err == "\r\x1b[K▸ 12,000 / 29,057 i\r\x1b[K29,057 issues · 9.8 s · 31 requests\n"


def test_a_short_call_draws_nothing():
    """Below half a second there is no line."""
    shell = FrontEnd()
    with ProgressLine(ProgressDisplay(shell)) as line:
        line(Progress("issues", 1, 1, 0.0, 1))
    line.end("done")
    assert shell.published == []


def test_without_a_display_nothing_is_drawn():
    """A line without a display only remembers what was fetched."""
    with ProgressLine(None) as line:
        line(Progress("issues", 1, 1, 0.0, 1))
    assert line.what == "issues"
    assert not line.is_shown


def test_a_long_call_is_drawn_four_times_a_second_at_most():
    """However often a call reports, the line is drawn after half a second, and then every quarter of a second."""
    shell = FrontEnd()
    with ProgressLine(ProgressDisplay(shell)) as line:
        while line.elapsed_s < 1.1:
            line(Progress("issues", 600, 900, line.elapsed_s, 1))
    assert 2 <= len(shell.published) <= 3
    assert shell.texts[0] == "▸ 600 / 900 issues · 1 s"


def fail_on(display, error):
    """A call that shows a line, gets somewhere and fails."""
    with ProgressLine(display) as line:
        display.draw("▸ asking · 1 s")
        line(Progress("issues", 600, 900, 3.0, 1))
        raise error


@pytest.mark.parametrize(
    ("error", "text"), [(ValueError("over"), "not finished · 0 s"), (Cancelled("over"), "stopped · 0 s")]
)
def test_a_failure_ends_the_line(error, text):
    """The line stops counting after an error, and leaves the number of rows to the error."""
    shell = FrontEnd()
    with pytest.raises(type(error), match="over"):
        fail_on(ProgressDisplay(shell), error)
    assert shell.texts[-1] == broken_off(0.0, by_user=isinstance(error, Cancelled)) == text
