"""Services of different sizes, tasks of clients in fresh processes, and medians; all rows use them."""

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
QUERY = "Created: >= 2000-01-01"
"""Finds every issue; it names no queue, which would give the clients a reason for other requests."""

OURS, THEIRS, DECODER = "tracker_magic_client", "official_client", "decoder"
"""Modules of the clients."""

Result = dict[str, Any]
Behaviour = Mapping[str, float | None]

NO_DELAY: Behaviour = {"latency_ms": 0.0, "issue_ms": 0.0, "search_rps": None, "other_rps": None}
REALISTIC: Behaviour = {**NO_DELAY, "latency_ms": 150.0, "issue_ms": 0.2}
"""150 ms for a request and 0.2 ms for each issue."""


class Process:
    """A module that runs in a process of its own and is spoken to line by line; the process ends with the block."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._name = " ".join((module, *arguments))
        command, pipe = [sys.executable, "-m", module, *arguments], subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT)

    def send_line(self, line: str) -> None:
        """Write a line to its input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def read_line(self) -> str:
        """Read a line of its output; RuntimeError if it ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} ended without an answer")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Kill the process: it has nothing to save, and freeing a large world would take seconds."""
        self._process.kill()
        self._process.communicate()


class Service:
    """An embedded Tracker in another process."""

    def __init__(self, process: Process, issues: int) -> None:
        self.issues = issues
        self.names: dict[str, str] = json.loads(process.read_line())
        self.fields = ""  # those that our client last asked for, that is, of a frame with the default columns
        self.is_prepared = False
        self._process = process

    def reset(self, behaviour: Behaviour) -> None:
        """Set the behaviour and start counting from zero."""
        self._send({"set": dict(behaviour)})

    def counts(self) -> Result:
        """Return the requests and 429s since the reset, in total and of searches, and the fields last asked for."""
        return self._send({})

    def _send(self, command: Mapping[str, Any]) -> Result:
        self._process.send_line(json.dumps(command))
        counts: Result = json.loads(self._process.read_line())
        return counts

    def run(self, client: str, task: str, behaviour: Behaviour = NO_DELAY, **options: Any) -> Result:
        """Run a client's task in a fresh process; return its result, what it took, and what the service counted."""
        job = {"client": client, "task": task, "service": self.names, "query": QUERY, "fields": self.fields, **options}
        self.reset(NO_DELAY)
        with Process("tests.benchmarks.worker") as worker:
            worker.send_line(json.dumps(job))
            worker.read_line()
            if client == OURS:
                self.fields = self.counts()["fields"] or self.fields
            self.reset(behaviour)
            worker.send_line("go")
            return {**json.loads(worker.read_line()), **self.counts()}

    def prepare(self) -> None:
        """Let both clients fetch once, unmeasured, so that the service has all issues in its cache."""
        if not self.is_prepared:
            self.run(OURS, "fetch")
            self.run(THEIRS, "fetch", per_page=1000)
            self.is_prepared = True


class Bench:
    """Services that run until the end of the block; with `quick`, everything has a tenth of its size and runs once."""

    def __init__(self, *, runs: int = 3, quick: bool = False) -> None:
        self.runs = 1 if quick else runs
        self.quick = quick
        self._services: dict[int, Service] = {}
        self._stack = ExitStack()

    def size(self, number: int) -> int:
        """Return the number, or a tenth of it."""
        return number // 10 if self.quick else number

    def service(self, issues: int, *, prepared: bool = True) -> Service:
        """Return the service with that many issues, which starts at its first use; prepare it to measure seconds."""
        if issues not in self._services:
            process = self._stack.enter_context(Process("tests.benchmarks.service", str(issues)))
            self._services[issues] = Service(process, issues)
        service = self._services[issues]
        if prepared and not self.quick:
            service.prepare()
        return service

    def run_in_turn(self, service: Service, jobs: Mapping[str, Mapping[str, Any]], by: str = "seconds") -> list[Result]:
        """Run all jobs in turn, `runs` times; return each job's median result by this key."""
        results: dict[str, list[Result]] = {name: [] for name in jobs}
        for _ in range(self.runs):
            for name, job in jobs.items():
                results[name].append(service.run(**job))
        return [sorted(each, key=itemgetter(by))[len(each) // 2] for each in results.values()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()
