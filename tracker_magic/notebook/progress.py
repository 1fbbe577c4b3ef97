"""One progress line while a long call runs: updated in place in a notebook or a terminal; elsewhere nothing."""

import html
import shutil
import sys
import time
import uuid
from types import TracebackType
from typing import Final, Self

from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.api import Progress
from tracker_magic.errors import RateLimited

QUIET_S: Final = 0.5  # shorter calls need no line
REDRAW_S: Final = 0.25
MINIMUM_S: Final = 1.0  # the first requests are sent together, so their rows say nothing about the rate
SILENT_S: Final = 8.0  # longer than a slow page takes: after this, the line says that there is no answer


def running(progress: Progress, elapsed_s: float, remaining_s: float | None = None, silent_s: float = 0.0) -> str:
    """`▸ 12,000 / 29,057 issues · 4 s · about 6 s left`; while the call waits, the last part says for what.

    `remaining_s`: estimated seconds left; `silent_s`: seconds since anything changed.
    """
    if not progress.what:
        parts = ["▸ asking", f"{elapsed_s:.0f} s"]
    else:
        # Issues may be created while they are read: never show more than the total.
        total = f" / {max(progress.total, progress.done):,}" if progress.total is not None else ""
        parts = [f"▸ {progress.done:,}{total} {progress.what.replace('_', ' ')}", f"{elapsed_s:.0f} s"]
    if waiting := _waiting(progress, silent_s):
        parts.append(waiting)
    elif remaining_s is not None:
        parts.append(f"about {max(remaining_s, 1):.0f} s left")
    return " · ".join(parts)


def _waiting(progress: Progress, silent_s: float) -> str:
    """What the call waits for, if it waits: the service's limit, a retry, an answer, or at the end the table."""
    error, is_long = progress.waiting_for, progress.waiting_s >= 1
    if isinstance(error, RateLimited) and is_long:
        return f"waiting {progress.waiting_s:.0f} s (server limit)"
    if error is not None and not isinstance(error, RateLimited):
        return f"{error.message}, trying again" + (f" in {progress.waiting_s:.0f} s" if is_long else "")
    if progress.total and progress.done >= progress.total:
        return "building the table"
    return f"no answer for {silent_s:.0f} s" if silent_s >= SILENT_S else ""


def remaining(first: Progress | None, last: Progress | None) -> float | None:
    """Seconds until everything is fetched, at the rate since `first`; None while that rate is unknown, and at the end.

    What was fetched before `first` (fields of the organisation, the first answer) says nothing about the rate.
    """
    if first is None or last is None or last.total is None or not first.done < last.done < last.total:
        return None
    took_s = last.elapsed_s - first.elapsed_s
    return (last.total - last.done) * took_s / (last.done - first.done) if took_s >= MINIMUM_S else None


def broken_off(elapsed_s: float, *, by_user: bool) -> str:
    """`stopped · 3 s` if the user did it, else `not finished · 3 s`; the error below says how far it got, and why."""
    return f"{'stopped' if by_user else 'not finished'} · {elapsed_s:.0f} s"


def finished(
    what: str, rows: int, total: int | None, elapsed_s: float, requests: int, *, is_unsorted: bool = False
) -> str:
    """`29,057 issues · 9.8 s · 31 requests`; for a limited result `first 500 of 29,057 issues · …`.

    `is_unsorted`: nobody said in which order they come, so the line says which are the first.
    """
    is_limited = total is not None and total > rows
    amount = f"first {rows:,} of {total:,}" if is_limited else f"{rows:,}"
    order = " as the service gives them" if is_limited and is_unsorted else ""
    request_count = f"{requests:,} request" + ("" if requests == 1 else "s")
    return f"{amount} {what.replace('_', ' ')}{order} · {elapsed_s:.1f} s · {request_count}"


def ended(matches: int | None, elapsed_s: float) -> str:
    """`1,284 issues · 1.2 s` for a count, else `finished · 1.2 s`."""
    what = "finished" if matches is None else f"{matches:,} issue" + ("" if matches == 1 else "s")
    return f"{what} · {elapsed_s:.1f} s"


def can_answer(shell: InteractiveShell) -> bool:
    """Whether somebody can answer a question: not under nbclient, nbconvert, papermill or a pipe."""
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", False))
    return sys.stdin is not None and sys.stdin.isatty()


class ProgressDisplay:
    """A line that can be redrawn: a display of the shell's front end, or a row of a terminal."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.is_drawn = False
        self._publisher = shell.display_pub if getattr(shell, "kernel", None) is not None else None
        self._display = {"display_id": uuid.uuid4().hex}

    def draw(self, text: str, *, last: bool = False) -> None:
        """Show `text` in place of the previous one."""
        if self._publisher is None:
            # A row that wraps cannot be redrawn in place; the last one may wrap.
            row = text if last else text[: max(shutil.get_terminal_size().columns - 1, 1)]
            sys.stderr.write(f"\r\x1b[K{row}" + ("\n" if last else ""))
            sys.stderr.flush()
        else:
            shown = {"text/plain": text, "text/html": f"<small>{html.escape(text)}</small>"}
            self._publisher.publish(shown, transient=self._display, update=self.is_drawn)
        self.is_drawn = True


class ProgressLine:
    """`with ProgressLine(display) as line: t.issues(progress=line)` shows how far a call has got.

    A call reports every quarter of a second in the calling thread, even if nothing changes, so the line needs no thread
    of its own. Without a display nothing is drawn.
    """

    def __init__(self, display: ProgressDisplay | None) -> None:
        self.is_shown = display is not None
        self.what = "rows"  # what the call fetches, as far as it has said
        self._display = display
        self._first: Progress | None = None
        self._last: Progress | None = None
        self._started_at = self._changed_at = time.monotonic()
        self._draws_at = self._started_at + QUIET_S

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started_at

    def __call__(self, progress: Progress) -> None:
        """Record how far the call has got, and draw it now and then."""
        now = time.monotonic()
        if self._first is None or self._first.what != progress.what or self._first.done == 0:
            self._first = progress
        if self._last is None or _state(progress) != _state(self._last):
            self._changed_at = now
        self._last, self.what = progress, progress.what
        if self._display is not None and now >= self._draws_at:
            self._draws_at = now + REDRAW_S
            remaining_s = remaining(self._first, progress)
            self._display.draw(running(progress, self.elapsed_s, remaining_s, now - self._changed_at))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if error is not None and self._display is not None and self._display.is_drawn:
            by_user = isinstance(error, KeyboardInterrupt)
            self._display.draw(broken_off(self.elapsed_s, by_user=by_user), last=True)

    def end(self, text: str, *, always: bool = False) -> None:
        """Show `text` as the line's last state, if a line was drawn; `always`: even if not."""
        if self._display is not None and (self._display.is_drawn or always):
            self._display.draw(text, last=True)


def _state(progress: Progress) -> tuple[object, ...]:
    return progress.what, progress.done, progress.total, progress.requests, progress.waiting_for
