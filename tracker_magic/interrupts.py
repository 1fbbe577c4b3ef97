"""Postpone Ctrl-C while code runs that must not be interrupted halfway.

A KeyboardInterrupt can be raised between any two instructions of the main thread. Inside Python's own locking code
(events, conditions, queues, imports) it leaves a lock locked for good, and the next thread that needs it waits forever.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import FrameType, ModuleType, TracebackType
from typing import Any, Self


class DeferredInterrupts:
    """`with defer_interrupts() as interrupts:` Ctrl-C in the block is recorded, and takes effect at its end.

    `deliver()` makes a recorded interrupt take effect earlier; usually that raises KeyboardInterrupt. The block changes
    nothing in threads other than the main one, which get no interrupts, or if interrupts are ignored.
    """

    def __init__(self, *, at_end: bool = True) -> None:
        self.is_pending = False
        self._at_end = at_end
        self.handler: Any = None  # called to deliver an interrupt: the handler outside all such blocks
        self.thread = threading.current_thread()
        self._outer: DeferredInterrupts | None = None
        self._is_installed = False

    def __enter__(self) -> Self:
        handler = signal.getsignal(signal.SIGINT)
        if self.thread is not threading.main_thread() or not callable(handler):
            return self
        self._outer = _installed_block()
        self.handler = self._outer.handler if self._outer else handler
        # In an embedded interpreter, `signal` may refuse handlers even in what `threading` takes for the main thread.
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGINT, self.note)
            self._is_installed = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if not self._is_installed:
            return
        if signal.getsignal(signal.SIGINT) == self.note:  # unless another handler was installed meanwhile
            signal.signal(signal.SIGINT, self._outer.note if self._outer else self.handler)
        if not self._at_end or (kind is not None and issubclass(kind, KeyboardInterrupt)):
            return  # the caller delivers it, or an interrupt is already being raised
        if self._outer is None:
            self.deliver()
        elif self.is_pending:
            self._outer.note(signal.SIGINT, None)

    def deliver(self) -> None:
        """Let a recorded interrupt take effect now."""
        if self.is_pending:
            self.is_pending = False
            self.handler(signal.SIGINT, sys._getframe())  # noqa: SLF001 - the documented way to the frame

    def note(self, _: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a signal handler
        """Record an interrupt; this is the signal handler inside the block."""
        self.is_pending = True


def _installed_block() -> DeferredInterrupts | None:
    """The innermost block, if this process is in one."""
    block = getattr(signal.getsignal(signal.SIGINT), "__self__", None)
    return block if isinstance(block, DeferredInterrupts) else None


@contextlib.contextmanager
def locked(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock in a block that no interrupt leaves halfway."""
    with defer_interrupts(), lock:
        yield


def defer_interrupts(*, at_end: bool = True) -> DeferredInterrupts:
    """Postpone interrupts until the end of a `with` block; not `at_end`: until the caller calls `deliver()`."""
    return DeferredInterrupts(at_end=at_end)


@contextlib.contextmanager
def raise_interrupts() -> Iterator[None]:
    """Let an interrupt in the block raise KeyboardInterrupt in a thread that runs an event loop, too.

    The handlers of event loops (asyncio.run; ipykernel's for cells with `await`) only cancel a task, and the loop
    notices that when the code in the block has come to its end.
    """
    handler: Any = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not callable(handler) or _installed_block() is not None or not _runs_event_loop():
        yield
        return

    def raise_interrupt(number: int, frame: FrameType | None) -> None:
        handler(number, frame)
        raise KeyboardInterrupt

    with contextlib.suppress(ValueError):  # as in DeferredInterrupts
        signal.signal(signal.SIGINT, raise_interrupt)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is raise_interrupt:  # unless another handler was installed meanwhile
            signal.signal(signal.SIGINT, handler)


def _runs_event_loop() -> bool:
    asyncio = sys.modules.get("asyncio")  # not imported: that takes long, and without it there is no loop
    try:
        return asyncio is not None and asyncio.get_running_loop() is not None
    except RuntimeError:
        return False


def _end_block_of_other_thread() -> None:
    """After a fork, in the child process: the block of a thread that does not exist there would never end."""
    block = _installed_block()
    if block is not None and block.thread is not threading.current_thread():
        signal.signal(signal.SIGINT, block.handler)


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_end_block_of_other_thread)


def import_uninterrupted(name: str) -> ModuleType:
    """Import a module, postponing interrupts until it is loaded: a half-loaded numpy cannot be imported again."""
    with defer_interrupts():
        return import_module(name)


def import_public(package: str, modules: Mapping[str, str], name: str) -> Any:
    """Import a public name of a package from its module, when it is first used; a module may be public itself."""
    if name not in modules:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    module = import_uninterrupted(f"{package}.{modules[name]}")
    return module if modules[name] == name else getattr(module, name)
