"""Settings of the whole run: no network except loopback and no credentials of this machine; shared fixtures."""

import gc
import ipaddress
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

CREDENTIAL_PREFIXES = ("TRACKER_", "YANDEX_TRACKER_", "YC_")

for _name in [name for name in os.environ if name.startswith(CREDENTIAL_PREFIXES)]:
    del os.environ[_name]

# A shell starts background jobs with SIGINT ignored, but these tests also test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Use the same examples in every run and no time limits, so that only a change of the code can change the result.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


# What takes half a minute or more: begun first, so that no process is alone with it at the end.
LONG = (
    "tests/browser/",
    "tests/test_notebooks.py",
    "tests/tracker/test_mixtures.py",
    "tests/tracker/test_real_data.py",
    "tests/transport/test_deadline.py",
)


class Distribution(LoadFileScheduling):
    """The tests of a file run in one process, and so do those of the browser, which share a JupyterLab."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return LONG[0] if file.startswith(LONG[0]) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Distribution:
    """Distribute the tests among the processes."""
    return Distribution(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """Use one process more than there are cores: a fifth of the time passes in waits."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take long."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """Keep what stays until the end, modules and tests, out of each garbage collection: half a second otherwise."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests that interrupt at random moments under coverage: they may leave its lock locked, and threads hang."""
    if item.get_closest_marker("presses") and sys.gettrace() is not None:
        pytest.skip("an interrupt may leave coverage's lock locked")


def _is_loopback(host: object) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _block_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not _is_loopback(arguments[1][0]):
        raise RuntimeError(f"a test tried to connect to {arguments[1][0]}")


sys.addaudithook(_block_network)


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def package(root: Path) -> Path:
    """The folder of the package in the checkout."""
    return root / "tracker_magic"


@pytest.fixture
def demo_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Set the environment of a kernel whose Jupyter was started by a small demo."""
    from tracker_magic.demo import start  # noqa: PLC0415 - most tests need no demo

    with start(issues=60, seed=5, evolve=False) as demo:
        for name, value in demo.names.items():
            monkeypatch.setenv(name, value)
        yield demo.names
