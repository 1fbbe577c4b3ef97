"""`demo --run`: execute a notebook without a browser and print the output of each cell."""

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

from tracker_magic.demo.launch.notebook_folder import temporary_folder
from tracker_magic.demo.launch.serve import stop_on_signal

if TYPE_CHECKING:
    from nbclient import NotebookClient

    from tracker_magic.demo.server import Demo

CELL_TIMEOUT_S: Final = 900
_POLL_S: Final = 0.2
# In plain text, show every column; pandas would show only the first and the last ten.
_SHOW_ALL_COLUMNS: Final = "import pandas as p; p.set_option('display.max_columns', None, 'display.width', 160); del p"
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def run_quickstart(demo: "Demo", out: TextIO) -> int:
    """Execute the first notebook on the demo; returns the exit code."""
    started = time.monotonic()
    with temporary_folder() as folder:
        code = run_notebook(folder.notebook, folder.environment(demo.names), out)
    seconds = time.monotonic() - started
    out.write(f"\n{len(demo.journal):,} requests · {seconds:.1f} s\n")
    out.flush()
    return code


def run_notebook(path: Path, environment: Mapping[str, str], out: TextIO) -> int:
    """Execute a notebook in a kernel with this environment and print each cell as soon as it has run.

    Returns the exit code: 0, 1 if a cell failed, 130 if a signal arrived. Call it from the main thread.
    """
    # Only this command needs the two libraries of the extra.
    import nbformat  # noqa: PLC0415
    from nbclient import NotebookClient  # noqa: PLC0415
    from nbclient.exceptions import CellExecutionError  # noqa: PLC0415

    reads: Any = nbformat.reads  # it has no type hints
    notebook = reads(path.read_text(encoding="utf-8"), as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        extra_arguments=[f"--IPKernelApp.exec_lines={_SHOW_ALL_COLUMNS}", "--IPKernelApp.log_level=ERROR"],
        on_cell_executed=_Printer(out).print_cell,
    )
    with stop_on_signal() as stop:
        error = _execute(client, environment, stop)
        if error is None and not stop.is_set():
            return 0
        if not stop.is_set() and not isinstance(error, CellExecutionError):
            out.write(f"\n{type(error).__name__}: {error}\n")
        out.write("\nThe notebook stopped here.\n")
        out.flush()
        return 130 if stop.is_set() else 1


def _execute(client: "NotebookClient", environment: Mapping[str, str], stop: threading.Event) -> Exception | None:
    """Run the notebook in a thread, where nbclient installs no signal handlers; returns the error that ended it."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError  # noqa: PLC0415

    with ThreadPoolExecutor(1, thread_name_prefix="notebook") as pool:
        running = pool.submit(lambda: asyncio.run(client.async_execute(env=dict(environment))))
        while wait([running], _POLL_S).not_done:
            if stop.is_set() and isinstance(pid := getattr(getattr(client.km, "provisioner", None), "pid", None), int):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
        error = running.exception()
    if stop.is_set() or isinstance(error, (CellExecutionError, CellTimeoutError, DeadKernelError)):
        return error if isinstance(error, Exception) else None
    running.result()  # any other exception is a bug of ours
    return None


@dataclass(slots=True)
class _Printer:
    """Prints each cell with its output."""

    out: TextIO
    number: int = 0

    def print_cell(self, cell: Mapping[str, Any], **_: Any) -> None:
        """Print one cell; a hook of nbclient."""
        if cell["cell_type"] != "code":
            return
        self.number += 1
        lines = cell["source"].splitlines() or [""]
        self.out.write(f"\n[{self.number}] " + "\n    ".join(lines) + "\n")
        for output in cell["outputs"]:
            self.out.write(as_text(output).rstrip("\n") + "\n")
        self.out.flush()


def as_text(output: Mapping[str, Any]) -> str:
    """An output as plain text; for a picture, its type and size."""
    if output["output_type"] == "stream":
        return str(output["text"])
    if output["output_type"] == "error":
        traceback = "\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}"
        return _ANSI.sub("", traceback)
    data = output["data"]
    text = str(data.get("text/plain", ""))
    for mimetype, content in data.items():
        if mimetype.startswith("image/"):
            size = len(base64.b64decode(content)) if mimetype == "image/png" else len(content)
            return f"{text} ({mimetype}, {size / 1000:,.0f} kB)"
    return text
