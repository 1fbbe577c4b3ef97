"""One line while something long runs: in a front end updated in place, in a terminal rewritten, else nothing."""

import contextvars
import html
import shutil
import sys
import threading
import time
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.api import Progress
from tracker_magic.interrupts import defer_interrupts

QUIET_S: Final = 0.5  # what is over sooner needs no line
REDRAW_S: Final = 0.25
_LOOK_S: Final = 0.1  # how long an interrupt may have to wait for the last drawing
PACE_S: Final = 1.0  # requests go out together at first: what they bring at once is no pace
SILENT_S: Final = 8.0  # longer than a slow page takes: from here on silence is worth a word


def running(progress: Progress | None, elapsed_s: float, left_s: float | None = None, silent_s: float = 0.0) -> str:
    """`▸ 12,000 / 29,057 issues · 4 s · about 6 s left`; in place of the last what it waits for, if it waits.

    `left_s`: seconds it may still take; `silent_s`: seconds since anything was heard of the call.
    """
    if progress is None:
        parts = ["▸ asking", f"{elapsed_s:.0f} s"]
    else:
        # Issues may be created while they are read: no more of them come than there are.
        of = f" / {max(progress.total, progress.done):,}" if progress.total is not None else ""
        parts = [f"▸ {progress.done:,}{of} {_named(progress.what)}", f"{elapsed_s:.0f} s"]
    parts += _waiting(progress, silent_s) or ([f"about {max(left_s, 1):.0f} s left"] if left_s is not None else [])
    return " · ".join(parts)


def _waiting(progress: Progress | None, silent_s: float) -> list[str]:
    """What it waits for, if it waits: the service's limit, another try, an answer; in the end for the table."""
    again_s = (progress.waiting_s if progress is not None else 0.0) - silent_s
    if progress is not None and again_s >= 1:
        why = progress.waiting_for
        is_limit = why == "server limit"
        return [f"waiting {again_s:.0f} s ({why})" if is_limit else f"{why}, trying again in {again_s:.0f} s"]
    if progress is not None and progress.total and progress.done >= progress.total:
        return ["making the table"]
    return [f"no answer for {silent_s:.0f} s"] if silent_s >= SILENT_S else []


def left(first: Progress | None, last: Progress | None) -> float | None:
    """Seconds until all has come, at the pace since `first`; None while two states tell no pace, and at the end.

    What came before `first` (fields of the organisation, the first answer) says nothing about the pace.
    """
    if first is None or last is None or last.total is None or not first.done < last.done < last.total:
        return None
    took_s = last.elapsed_s - first.elapsed_s
    return (last.total - last.done) * took_s / (last.done - first.done) if took_s >= PACE_S else None


def broken_off(elapsed_s: float, *, by_person: bool) -> str:
    """`stopped · 3 s` by a person, else `not finished · 3 s`; how far it got and why stands in the error below it."""
    return f"{'stopped' if by_person else 'not finished'} · {elapsed_s:.0f} s"


def _named(what: str) -> str:
    return what.replace("_", " ")


def ended(what: str, rows: int, total: int | None, elapsed_s: float, requests: int) -> str:
    """`29,057 issues · 9.8 s · 31 requests`; of a limited result `first 500 of 29,057 issues · …`."""
    many = f"first {rows:,} of {total:,}" if total is not None and total > rows else f"{rows:,}"
    asked = f"{requests:,} request" + ("" if requests == 1 else "s")
    return f"{many} {_named(what)} · {elapsed_s:.1f} s · {asked}"


def answered(matches: int | None, elapsed_s: float) -> str:
    """`1,284 issues · 1.2 s` for a number of issues, else `answered · 1.2 s`."""
    what = "answered" if matches is None else f"{matches:,} issue" + ("" if matches == 1 else "s")
    return f"{what} · {elapsed_s:.1f} s"


def can_answer(shell: InteractiveShell) -> bool:
    """Whether somebody sits there: not under nbclient, nbconvert, papermill or a pipe."""
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", False))
    return sys.stdin is not None and sys.stdin.isatty()


class ProgressDisplay:
    """Where one line can be drawn again and again: a display of a front end, by `publish`, or a row of a terminal."""

    def __init__(self, publish: Callable[..., object] | None = None) -> None:
        self._publish = publish
        self._display = {"display_id": uuid.uuid4().hex}
        self.drawn = False

    def draw(self, text: str, *, last: bool = False) -> None:
        """Show `text` in place of what stood there."""
        if self._publish is None:
            # A row that wraps cannot be rewritten in place; the last one may wrap.
            row = text if last else text[: max(shutil.get_terminal_size().columns - 1, 1)]
            sys.stderr.write(f"\r\x1b[K{row}" + ("\n" if last else ""))
            sys.stderr.flush()
        else:
            shown = {"text/plain": text, "text/html": f"<small>{html.escape(text)}</small>"}
            self._publish(shown, transient=self._display, update=self.drawn)
        self.drawn = True


class ProgressLine:
    """`with ProgressLine(screen) as line: line.start(); t.issues(progress=line)`: how far a call is, while it runs.

    A thread draws, so that seconds pass while a request runs. Without a screen nothing is drawn and no thread starts.
    """

    def __init__(self, screen: ProgressDisplay | None) -> None:
        self.screen = screen
        self.last: Progress | None = None
        self._first: Progress | None = None
        self._over = threading.Event()
        self._began = self._heard = time.monotonic()
        self._thread: threading.Thread | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds since the line began."""
        return time.monotonic() - self._began

    def __call__(self, progress: Progress) -> None:
        """Take note of how far the call has got."""
        if self._first is None or self._first.what != progress.what or self._first.done == 0:
            self._first = progress
        self.last = progress
        self._heard = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def start(self) -> None:
        """Begin to draw; within the block, so that an interrupt from here on ends it."""
        if self.screen is not None:
            # The context tells the kernel under which cell to draw.
            run = contextvars.copy_context().run
            thread = threading.Thread(target=run, args=(self._draw,), name="tracker-progress", daemon=True)
            with defer_interrupts():
                thread.start()
                self._thread = thread

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        with defer_interrupts():
            self._over.set()
        while not self._has_ended():
            pass
        if error is not None and self.screen is not None and self.screen.drawn:
            by_person = isinstance(error, KeyboardInterrupt)
            self.screen.draw(broken_off(self.elapsed_s, by_person=by_person), last=True)

    def _has_ended(self) -> bool:
        """Whether its thread is over, soon; a screen that takes nothing may keep it."""
        with defer_interrupts():
            if self._thread is not None:
                self._thread.join(_LOOK_S)
            return self._thread is None or not self._thread.is_alive()

    def end(self, text: str, *, always: bool = False) -> None:
        """Leave `text` as the line's last state, if there was a line (`always`: or else as a line of its own)."""
        if self.screen is not None and (self.screen.drawn or always):
            self.screen.draw(text, last=True)

    def _draw(self) -> None:
        pause = QUIET_S
        while not self._over.wait(pause):
            pause = REDRAW_S
            if self.screen is not None:
                silent_s = time.monotonic() - self._heard
                self.screen.draw(running(self.last, self.elapsed_s, left(self._first, self.last), silent_s))
