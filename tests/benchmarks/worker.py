"""One measurement in a process of its own: `python -m tests.benchmarks.worker`.

Reads a line of JSON `{"who", "task", "service", …}`, gets ready (imports, one small request), prints `ready`, waits for
a line, does its task, and prints what it took as JSON.
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tests.benchmarks import memory


def main() -> None:
    """Get ready, wait, measure, tell."""
    job = json.loads(sys.stdin.readline())
    # Only this client's modules: neither carries the other's.
    client = import_module(f"tests.benchmarks.{job['who']}").Client(job)
    task = getattr(client, job["task"])
    client.warm_up()
    gc.collect()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(_measured(task)) + "\n")


def _measured(task: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the task tells, its seconds, its CPU seconds, and by how many MB memory grew."""
    rss_mb = memory.begin()
    began, cpu = time.perf_counter(), time.process_time()
    facts = task()
    taken = {"seconds": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
    return {**taken, "grown_mb": memory.grown_mb(rss_mb), **facts}


if __name__ == "__main__":
    main()
