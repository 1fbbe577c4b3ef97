"""When an interrupt may strike: never where Python's own library takes a lock.

Conditions, and the events, queues and futures made of them, are Python code: a KeyboardInterrupt between taking such a
lock and noting that it was taken leaves it locked for good, and whoever comes to it next waits for ever.
"""

import contextlib
import inspect
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self


class _State:
    """Of the process: interrupts come to the main thread only."""

    handler: Any = None  # what was there before
    is_open = False
    was_pressed = False


_state = _State()


class _Gate:
    """`with` it in the main thread, interrupts pass or wait; in other threads, which get none, it does nothing."""

    def __init__(self, *, is_open: bool) -> None:
        self._is_open = is_open
        self._was_open = False
        self._is_outermost = self._is_inner = False

    def __enter__(self) -> Self:
        if not in_main_thread():
            return self
        handler = signal.getsignal(signal.SIGINT)
        if handler is _press:
            self._is_inner, self._was_open = True, _state.is_open
            _turn(is_open=self._is_open)
        elif not self._is_open and callable(handler):  # neither ignored nor left to the system
            _state.is_open = _state.was_pressed = False
            # From inside the call on an interrupt is only noted. A thread that only Python takes for the main one
            # gets none and may set no handler.
            with contextlib.suppress(ValueError):
                self._is_outermost, _state.handler = True, signal.signal(signal.SIGINT, _press)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._is_inner:
            _turn(is_open=self._was_open)
        elif self._is_outermost:
            if signal.getsignal(signal.SIGINT) is _press:  # not one that the handler itself has set
                signal.signal(signal.SIGINT, _state.handler)
            if _state.was_pressed:
                _strike(inspect.currentframe())


def in_main_thread() -> bool:
    """Whether interrupts strike this thread."""
    return threading.current_thread() is threading.main_thread()


def _turn(*, is_open: bool) -> None:
    _state.is_open = is_open
    if is_open and _state.was_pressed:
        _strike(inspect.currentframe())


def _press(_: int, frame: FrameType | None) -> None:
    if _state.is_open:
        _strike(frame)
    else:
        _state.was_pressed = True


def _strike(frame: FrameType | None) -> None:
    """Do what an interrupt does here: as a rule it raises KeyboardInterrupt, and what that ends is not struck again."""
    was_open, _state.is_open, _state.was_pressed = _state.is_open, False, False
    _state.handler(signal.SIGINT, frame)
    _state.is_open = was_open


def defer_interrupts() -> _Gate:
    """Interrupts wait until the end of this block, which has to come soon."""
    return _Gate(is_open=False)


def allow_interrupts() -> _Gate:
    """In a block where interrupts are held they strike here: what only waits, and takes no lock."""
    return _Gate(is_open=True)
