"""Fetch a whole data set over HTTP and print the time and memory it took: `python measure.py FILE`."""

import os
import resource
import signal
import subprocess
import sys
import time

from tracker_magic import connect


def main(path: str) -> int:
    """Fetch all issues of the file with the default columns and the default rate limits."""
    command = [sys.executable, "-m", "tracker_magic", "demo", "--serve", "--data", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            for line in server.stdout or ():
                if line == "READY\n":
                    break
                if not line.startswith("#"):
                    name, value = line.rstrip("\n").split("=", 1)
                    os.environ[name] = value
            with connect() as tracker:
                query = " OR ".join(f"Queue: {key}" for key in tracker.queues()["key"])
                started = time.monotonic()
                issues = tracker.issues(query)
                seconds = time.monotonic() - started
        finally:
            server.send_signal(signal.SIGTERM)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    frame = issues.memory_usage(deep=True).sum() / 2**20
    requests = issues.attrs["tracker"]["requests"]
    assert issues["id"].is_unique
    sys.stdout.write(
        f"{query}: {len(issues):,} rows, {len(issues.columns)} columns, {requests} requests, "
        f"{seconds:.1f} s; frame {frame:.0f} MiB, peak memory of the process {peak:.0f} MiB\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
