"""An embedded Tracker, a real kernel that talks to it, and a fresh shell."""

import atexit
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import KernelManager

import tracker_magic
from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.login.access import Access, Switches
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world

EXTENSION = "tracker_magic"


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """A small embedded Tracker for all tests of this folder."""
    world = make_world(seed=3, issues=120, now=datetime(2025, 6, 1, 12, 0, tzinfo=UTC))
    with Demo(world, Access(world)) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[InteractiveShell]:
    """A fresh shell with its own history and folders."""
    fresh = InteractiveShell(ipython_dir=str(tmp_path))
    fresh.history_manager.enabled = False
    atexit.unregister(fresh.atexit_operations)
    yield fresh
    fresh.run_line_magic("unload_ext", EXTENSION)
    fresh.atexit_operations()


@dataclass
class Cell:
    """The outputs of one executed cell."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    status: str = ""
    seconds: float = 0.0

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The contents of outputs of one kind."""
        return [each["content"] for each in self.outputs if each["msg_type"] == kind]

    @property
    def result(self) -> str | None:
        """The plain text of `Out[…]`."""
        return next((each["data"]["text/plain"] for each in self.of("execute_result")), None)

    @property
    def shown(self) -> str:
        """All plain text that was displayed or printed."""
        displays = [each["data"]["text/plain"] for each in self.of("display_data") + self.of("update_display_data")]
        return "\n".join([*displays, *(each["text"] for each in self.of("stream"))])

    @property
    def error(self) -> tuple[str, str] | None:
        """Class and message of the error output."""
        return next(((each["ename"], each["evalue"]) for each in self.of("error")), None)

    @property
    def error_text(self) -> str:
        """What is shown of the error, without its colour and on one line."""
        lines = [line for each in self.of("error") for line in each["traceback"]]
        return re.sub(r"\x1b\[\d+m|\s*\n\s*", lambda match: " " if "\n" in match[0] else "", "\n".join(lines))


class Kernel:
    """A kernel in its own process, driven like a front end does."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        clean = {name: value for name, value in os.environ.items() if "TRACKER" not in name and "YC_" not in name}
        root = str(Path(tracker_magic.__file__).parents[1])
        paths = {
            "PYTHONPATH": root,
            "IPYTHONDIR": str(folder),
            "JUPYTER_RUNTIME_DIR": str(folder),
            "TRACKER_HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
        }
        self.manager = KernelManager(kernel_name="python3", connection_file=str(folder / "kernel.json"))
        self.manager.start_kernel(env={**clean, **paths, **environ}, cwd=str(folder))
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(
        self,
        code: str,
        *,
        answers: Sequence[str | Callable[["Cell"], str]] | None = None,
        think_s: float = 0.0,
        interrupt_after_s: float | None = None,
        interrupt_when: Callable[[], bool] | None = None,
    ) -> Cell:
        """Execute a cell. `answers` are typed, after `think_s`, when it asks; None: nobody can answer.

        An answer may be computed from what the cell has shown so far. It is interrupted once, after a time or when
        something has happened.
        """
        cell, unused, began = Cell(), list(answers or ()), time.monotonic()
        request_id = self.client.execute(code, allow_stdin=answers is not None)
        while True:
            is_late = interrupt_after_s is not None and time.monotonic() - began > interrupt_after_s
            if is_late or (interrupt_when is not None and interrupt_when()):
                self.manager.interrupt_kernel()
                interrupt_after_s = interrupt_when = None
            try:
                message = self.client.get_iopub_msg(timeout=0.05)
            except Empty:
                assert time.monotonic() - began < 60, "the cell did not end"
                if time.monotonic() - began > think_s:
                    self._answer(unused, cell)
                continue
            if message["parent_header"].get("msg_id") != request_id:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
            cell.outputs.append(message)
        cell.seconds = time.monotonic() - began
        reply = self.client.get_shell_msg(timeout=10)
        while reply["parent_header"].get("msg_id") != request_id:
            reply = self.client.get_shell_msg(timeout=10)
        cell.status = reply["content"]["status"]
        assert not unused, f"{len(unused)} answers were not asked for: {cell.error} {cell.shown[-500:]}"
        return cell

    def _answer(self, unused: list[str | Callable[[Cell], str]], cell: Cell) -> None:
        """Type the next answer, if the kernel asks."""
        if not self.client.stdin_channel.msg_ready():
            return
        prompt = self.client.get_stdin_msg(timeout=1)["content"]["prompt"]
        if not unused:
            self.manager.interrupt_kernel()
            pytest.fail(f"nobody answers: {prompt} {cell.shown[-500:]}")
        answer = unused.pop(0)
        self.client.input(answer if isinstance(answer, str) else answer(cell))

    def close(self) -> None:
        """End the kernel's process."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.context.destroy(linger=0)


# `%reset` collects garbage, which is slow if modules are looked through each time.
FREEZE = "import gc, pandas, tracker_magic.notebook.magic\ngc.freeze()"


@pytest.fixture(scope="session")
def shared_kernel(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for many tests: starting one takes seconds."""
    running = Kernel(demo.names, tmp_path_factory.mktemp("kernel"))
    running.run(FREEZE)
    yield running
    running.close()


@pytest.fixture
def kernel(shared_kernel: Kernel, demo: Demo) -> Iterator[Kernel]:
    """The kernel with the extension freshly loaded, and no variables of an earlier test."""
    demo.journal = []  # requests that are still under way belong to the earlier test
    unlimited = "".join(f"%config TrackerMagic.{name} = None\n" for name in ("search_rps", "other_rps"))
    assert shared_kernel.run(f"%reset -f\n%load_ext {EXTENSION}\n{unlimited}").error is None
    yield shared_kernel
    shared_kernel.run(f"%unload_ext {EXTENSION}")


@pytest.fixture(scope="session")
def spare_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for all tests of logging in."""
    running = Kernel({}, tmp_path_factory.mktemp("spare"))
    running.run(FREEZE)
    yield running
    running.close()


@pytest.fixture(scope="session")
def kernel_without_widgets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for all tests of logging in by questions; ipywidgets cannot be imported there."""
    running = Kernel({}, tmp_path_factory.mktemp("text"))
    running.run(f"import sys\nsys.modules['ipywidgets'] = None\n{FREEZE}")
    yield running
    running.close()


FORGET = """
%reset -f
import os, sys
for name in [each for each in os.environ if each.startswith(("TRACKER_", "YANDEX_", "YC_"))]:
    del os.environ[name]
"""


@contextmanager
def without_login(kernel: Kernel, demo: Demo, home: Path) -> Iterator[Kernel]:
    """Give a kernel's environment the addresses of the services, but no login, and a home without a saved one."""
    names = {name: value for name, value in demo.names.items() if name.endswith("_BASE_URL")}
    names |= {"TRACKER_HOME": str(home), "PATH": os.environ["PATH"]}
    start = kernel.run(f"{FORGET}os.environ.update({names!r})\n%load_ext {EXTENSION}")
    assert start.error is None
    demo.journal = []  # requests that are still under way belong to the earlier test
    demo.access.switches = Switches(device_interval_s=1)
    yield kernel
    demo.access.switches = Switches()
    demo.service.behaviour = Behaviour()
    kernel.run(f"%unload_ext {EXTENSION}")


@pytest.fixture
def lonely_kernel(spare_kernel: Kernel, demo: Demo, tmp_path: Path) -> Iterator[Kernel]:
    """A kernel without a login."""
    with without_login(spare_kernel, demo, tmp_path / "home") as kernel:
        yield kernel


@pytest.fixture
def text_kernel(kernel_without_widgets: Kernel, demo: Demo, tmp_path: Path) -> Iterator[Kernel]:
    """A kernel without a login where ipywidgets is missing."""
    with without_login(kernel_without_widgets, demo, tmp_path / "home") as kernel:
        yield kernel
