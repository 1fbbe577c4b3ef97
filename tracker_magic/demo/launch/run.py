"""`demo --run`: execute a notebook without a browser, and print what each cell showed."""

import asyncio
import base64
import contextlib
import os
import re
import signal
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from tracker_magic.demo.launch.stop import stop_asked
from tracker_magic.demo.launch.workplace import workplace

if TYPE_CHECKING:
    from tracker_magic.demo.server import Demo

CELL_TIMEOUT_S: Final = 900
_LOOK_EVERY_S: Final = 0.2
# Whoever reads text wants every column's name; a notebook shows the first and the last ten.
_WIDE: Final = "import pandas as p; p.set_option('display.max_columns', None, 'display.width', 160); del p"
_reads: Final[Any] = nbformat.reads  # it carries no hints of its own
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def run_quickstart(demo: "Demo", out: TextIO) -> int:
    """Execute the first notebook on the demo; gives the exit code: 0, or 1 where a cell failed."""
    started = time.monotonic()
    with workplace() as place:
        code = run_notebook(place.notebook, place.environment(demo.names), out)
    seconds = time.monotonic() - started
    out.write(f"\n{len(demo.journal):,} requests · {seconds:.1f} s\n")
    out.flush()
    return code


def run_notebook(path: Path, environment: Mapping[str, str], out: TextIO) -> int:
    """Execute `path` in a kernel with this environment, printing as it goes.

    Gives the exit code: 0, 1 where a cell failed, 130 where the person stopped it. Call from the main thread.
    """
    notebook = _reads(path.read_text(encoding="utf-8"), as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        extra_arguments=[f"--IPKernelApp.exec_lines={_WIDE}", "--IPKernelApp.log_level=ERROR"],
        on_cell_executed=_Printer(out).show,
    )
    with stop_asked() as stop:
        problem = _execute(client, environment, stop)
        if problem is None and not stop.is_set():
            return 0
        if not stop.is_set() and not isinstance(problem, CellExecutionError):
            out.write(f"\n{type(problem).__name__}: {problem}\n")
        out.write("\nThe notebook stopped here.\n")
        out.flush()
        return 130 if stop.is_set() else 1


def _execute(client: NotebookClient, environment: Mapping[str, str], stop: threading.Event) -> Exception | None:
    """Run the notebook; gives what ended it early. In a thread, where nbclient leaves signals to us."""
    with ThreadPoolExecutor(1, thread_name_prefix="notebook") as pool:
        running = pool.submit(lambda: asyncio.run(client.async_execute(env=dict(environment))))
        while wait([running], _LOOK_EVERY_S).not_done:
            if stop.is_set() and isinstance(pid := getattr(getattr(client.km, "provisioner", None), "pid", None), int):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
        problem = running.exception()
    if stop.is_set() or isinstance(problem, (CellExecutionError, CellTimeoutError, DeadKernelError)):
        return problem if isinstance(problem, Exception) else None
    running.result()  # anything else is a fault of ours, and is raised
    return None


@dataclass(slots=True)
class _Printer:
    """Writes each cell and what it showed, as soon as it has run."""

    out: TextIO
    number: int = 0

    def show(self, cell: Mapping[str, Any], **_: Any) -> None:
        """One cell; the hook of nbclient."""
        if cell["cell_type"] != "code":
            return
        self.number += 1
        lines = cell["source"].splitlines() or [""]
        self.out.write(f"\n[{self.number}] " + "\n    ".join(lines) + "\n")
        for output in cell["outputs"]:
            self.out.write(shown(output).rstrip("\n") + "\n")
        self.out.flush()


def shown(output: Mapping[str, Any]) -> str:
    """One output as plain text; of a picture its kind and size."""
    if output["output_type"] == "stream":
        return str(output["text"])
    if output["output_type"] == "error":
        trace = "\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}"
        return _ANSI.sub("", trace)
    data = output["data"]
    text = str(data.get("text/plain", ""))
    for kind, content in data.items():
        if kind.startswith("image/"):
            size = len(base64.b64decode(content)) if kind == "image/png" else len(content)
            return f"{text} ({kind}, {size / 1000:,.0f} kB)"
    return text
