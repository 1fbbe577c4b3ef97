"""For the whole run: no network but loopback, no login of the machine it runs on; a demo, and a shell."""

import ipaddress
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

REAL_LOGINS = ("TRACKER_", "YANDEX_TRACKER_", "YC_")

for _name in [name for name in os.environ if name.startswith(REAL_LOGINS)]:
    del os.environ[_name]


# A shell has what it starts in the background ignore interrupts; here they are part of what is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run, however busy the machine: a change is judged by what it changes.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Coverage takes a lock where a file is entered: an interrupt may leave it locked, and all threads waiting."""
    if item.get_closest_marker("presses") and sys.gettrace() is not None:
        pytest.skip("an interrupt may leave the lock of coverage locked")


def _is_here(host: object) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not _is_here(arguments[1][0]):
        raise RuntimeError(f"a test wanted to reach {arguments[1][0]}")


sys.addaudithook(_stay_here)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def package(root: Path) -> Path:
    """The package's folder in the checkout."""
    return root / "tracker_magic"


@pytest.fixture
def demo_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What a kernel has whose Jupyter was started by a small demo."""
    from tracker_magic.demo import start  # noqa: PLC0415 - most tests need no demo

    with start(issues=60, seed=5, lives=False) as demo:
        for name, value in demo.names.items():
            monkeypatch.setenv(name, value)
        yield demo.names
