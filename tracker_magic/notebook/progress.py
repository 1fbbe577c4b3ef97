"""One line while something long runs: in a front end updated in place, in a terminal rewritten, else nothing."""

import contextvars
import html
import sys
import threading
import time
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.api import Progress

QUIET_S: Final = 0.5  # what is over sooner needs no line
REDRAW_S: Final = 0.25


def running(progress: Progress | None, elapsed_s: float) -> str:
    """`▸ 12,000 / 29,057 issues · 4 s · about 6 s left`."""
    if progress is None:
        return f"▸ asking · {elapsed_s:.0f} s"
    of = f" / {progress.total:,}" if progress.total is not None else ""
    parts = [f"▸ {progress.done:,}{of} {progress.what}", f"{elapsed_s:.0f} s"]
    if progress.waiting_s >= 1:
        parts.append(f"waiting {progress.waiting_s:.0f} s (server limit)")
    elif progress.total and 0 < progress.done < progress.total:
        parts.append(f"about {progress.elapsed_s * (progress.total / progress.done - 1):.0f} s left")
    return " · ".join(parts)


def stopped(progress: Progress | None, elapsed_s: float) -> str:
    """`stopped at 600 issues · 3 s`; why stands in the error below it."""
    reached = f"stopped at {progress.done:,} {progress.what}" if progress else "stopped"
    return f"{reached} · {elapsed_s:.0f} s"


def ended(what: str, rows: int, total: int | None, elapsed_s: float, requests: int) -> str:
    """`29,057 issues · 9.8 s · 31 requests`; of a limited result `first 500 of 29,057 issues · …`."""
    many = f"first {rows:,} of {total:,}" if total is not None and total > rows else f"{rows:,}"
    asked = f"{requests:,} request" + ("" if requests == 1 else "s")
    return f"{many} {what} · {elapsed_s:.1f} s · {asked}"


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


class Screen:
    """Where one line can be drawn again and again: a display of a front end, by `publish`, or a row of a terminal."""

    def __init__(self, publish: Callable[..., object] | None = None) -> None:
        self._publish = publish
        self._display = {"display_id": uuid.uuid4().hex}
        self.drawn = False

    def draw(self, text: str, *, last: bool = False) -> None:
        """Show `text` in place of what stood there."""
        if self._publish is None:
            sys.stderr.write(f"\r\x1b[K{text}" + ("\n" if last else ""))
            sys.stderr.flush()
        else:
            shown = {"text/plain": text, "text/html": f"<small>{html.escape(text)}</small>"}
            self._publish(shown, transient=self._display, update=self.drawn)
        self.drawn = True


class Line:
    """`with Line(screen) as line: t.issues(progress=line)`; a thread draws, so that seconds pass while a request runs.

    Without a screen nothing is drawn and no thread starts.
    """

    def __init__(self, screen: Screen | None) -> None:
        self.screen = screen
        self.last: Progress | None = None
        self._over = threading.Event()
        self._began = time.monotonic()
        self._thread: threading.Thread | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds since the line began."""
        return time.monotonic() - self._began

    def __call__(self, progress: Progress) -> None:
        """Take note of how far the call has got."""
        self.last = progress

    def __enter__(self) -> Self:
        if self.screen is not None:
            # The context tells the kernel under which cell to draw.
            run = contextvars.copy_context().run
            self._thread = threading.Thread(target=run, args=(self._draw,), name="tracker-progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        if error is not None and self.screen is not None and self.screen.drawn:
            self.screen.draw(stopped(self.last, self.elapsed_s), last=True)

    def end(self, text: str, *, always: bool = False) -> None:
        """Leave `text` as the line's last state, if there was a line (`always`: or else as a line of its own)."""
        if self.screen is not None and (self.screen.drawn or always):
            self.screen.draw(text, last=True)

    def _draw(self) -> None:
        pause = QUIET_S
        while not self._over.wait(pause):
            pause = REDRAW_S
            if self.screen is not None:
                self.screen.draw(running(self.last, self.elapsed_s))
