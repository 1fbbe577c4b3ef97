"""One measurement in a process of its own: `python -m tests.benchmarks.worker`.

Reads a job as a line of JSON, `{"client", "task", "service", …}`, gets ready (imports, one small request) and prints
`ready`. After another line it runs the task, and prints its result and what it took as JSON.
"""

import contextlib
import gc
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

_PROCESS_STATUS = Path("/proc/self/status")


def main() -> None:
    """Get ready, wait for the signal, measure, and print."""
    job = json.loads(sys.stdin.readline())
    # Imported by name, so that a client's process does not contain the modules of the other one.
    client = import_module(f"tests.benchmarks.{job['client']}").Client(job)
    task = getattr(client, job["task"])
    client.warm_up()
    gc.collect()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(_measure(task)) + "\n")


def _measure(task: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run the task; return its result with its seconds, its CPU seconds, and the growth of memory in MB."""
    resident_mb = _reset_peak()
    start, cpu_start = time.perf_counter(), time.process_time()
    result = task()
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - cpu_start
    peak_mb = _memory_mb("VmHWM")
    grown_mb = None if peak_mb is None or resident_mb is None else peak_mb - resident_mb
    return {"seconds": seconds, "cpu_s": cpu_s, "grown_mb": grown_mb, **result}


def _reset_peak() -> float | None:
    """Return the resident memory in MB, and make the kernel forget the peak so far, where it allows this."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory_mb("VmRSS")


def _memory_mb(name: str) -> float | None:
    """Return a memory figure of this process; None where the system is not Linux."""
    with contextlib.suppress(OSError):
        for line in _PROCESS_STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
    return None


if __name__ == "__main__":
    main()
