"""`demo --serve`: serve until a signal arrives; and the signals that end every way of running the demo."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from tracker_magic.demo.server import Demo

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and SIGHUP set while the block runs; call it from the main thread."""
    stop = threading.Event()
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    previous = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def serve(demo: "Demo", out: TextIO) -> int:
    """Write `NAME=value` lines and READY, then serve until a signal arrives; returns the exit code."""
    with stop_on_signal() as stop:
        out.writelines(f"{name}={value}\n" for name, value in demo.names.items())
        # A comment, since clients refuse both organisations at once.
        out.write(f"# TRACKER_CLOUD_ORG_ID={demo.access.cloud_org_id}\nREADY\n")
        out.flush()
        while not stop.wait(1):
            pass
    return 0
