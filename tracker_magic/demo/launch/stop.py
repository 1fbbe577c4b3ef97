"""How a demo is told to end: Ctrl-C, SIGTERM, a closed terminal."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is not known everywhere


@contextmanager
def stop_asked() -> Iterator[threading.Event]:
    """An event that the first such signal sets, for the block's length; call from the main thread."""
    event = threading.Event()
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda *_: event.set()) for number in numbers}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
