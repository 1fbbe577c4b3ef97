"""One measurement in a process of its own: `python -m tests.benchmarks.worker`.

Reads a line of JSON `{"who", "task", "service", …}`, gets ready (imports, one small request), prints `ready`, waits for
a line, does its task, and prints what it took as JSON.
"""

import gc
import json
import sys
import time
from typing import Any

from tests.benchmarks import memory
from tests.benchmarks.decoder import Decoder
from tests.benchmarks.ours import Ours
from tests.benchmarks.theirs import Theirs

CLIENTS = {"ours": Ours, "theirs": Theirs, "decoder": Decoder}


def main() -> None:
    """Get ready, wait, measure, tell."""
    job = json.loads(sys.stdin.readline())
    client = CLIENTS[job["who"]](job)
    task = getattr(client, job["task"])
    client.warm_up()
    gc.collect()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(_measured(task)) + "\n")


def _measured(task: Any) -> dict[str, Any]:
    """What the task tells, its seconds, its CPU seconds, what memory grew by; an exception is a result too."""
    rss_mb = memory.begin()
    began, cpu = time.perf_counter(), time.process_time()
    try:
        facts = task()
    except Exception as error:  # noqa: BLE001 - how a client fails is what some rows show
        facts = {"error": type(error).__name__, "rows": 0}
    taken = {"seconds": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
    return {**taken, "grown_mb": memory.grown_mb(rss_mb), **facts}


if __name__ == "__main__":
    main()
