"""What all rows share: services by size, runs in fresh processes, medians."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from operator import itemgetter
from typing import Any, Self

from tests.benchmarks.process import Process

QUERY = "Created: >= 2000-01-01"
"""Every issue, without a queue: so neither client has a reason to ask for anything but issues."""

Result = dict[str, Any]
Behaviour = Mapping[str, float | None]

CALM: Behaviour = {"latency_ms": 0.0, "issue_ms": 0.0, "search_rps": None, "other_rps": None}
REAL: Behaviour = {**CALM, "latency_ms": 150.0, "issue_ms": 0.2}
"""The service of the rows: 150 ms a request and 0.2 ms an issue."""


class Service:
    """An embedded Tracker in another process."""

    def __init__(self, talk: Process, issues: int) -> None:
        self.issues = issues
        self.names: dict[str, str] = json.loads(talk.hear())
        self.fields = ""  # those of a frame with the default columns, seen when ours asked
        self.is_prepared = False
        self._talk = talk

    def begin(self, behaviour: Behaviour) -> None:
        """Behave so from now on, and count anew."""
        self._ask({"set": dict(behaviour)})

    def counts(self) -> Result:
        """Requests since `begin`, those answered 429, both of search alone; the `fields` asked last."""
        return self._ask({})

    def _ask(self, order: Mapping[str, Any]) -> Result:
        self._talk.tell(json.dumps(order))
        counts: Result = json.loads(self._talk.hear())
        return counts

    def run(self, who: str, task: str, behaviour: Behaviour = CALM, **job: Any) -> Result:
        """A task in a fresh process: what it took and gave, and what the service counted meanwhile."""
        job = {"who": who, "task": task, "service": self.names, "query": QUERY, "fields": self.fields, **job}
        self.begin(CALM)
        with Process("tests.benchmarks.worker") as worker:
            worker.tell(json.dumps(job))
            worker.hear()
            if who == "ours":
                self.fields = self.counts()["fields"] or self.fields
            self.begin(behaviour)
            worker.tell("go")
            return {**json.loads(worker.hear()), **self.counts()}

    def prepare(self) -> None:
        """Let both clients fetch once, unmeasured: the service keeps what it renders."""
        if not self.is_prepared:
            self.run("ours", "fetch")
            self.run("theirs", "fetch", per_page=1000)
            self.is_prepared = True


class Bench:
    """Services that live as long as the block; how often is measured, and how much: a tenth where `quick`."""

    def __init__(self, *, runs: int = 3, quick: bool = False) -> None:
        self.runs = 1 if quick else runs
        self.quick = quick
        self._services: dict[int, Service] = {}
        self._stack = ExitStack()

    def size(self, number: int) -> int:
        """That many, or a tenth."""
        return number // 10 if self.quick else number

    def service(self, issues: int, *, prepared: bool = True) -> Service:
        """The service with that many issues, started at its first use, and warm where seconds are to be measured."""
        if issues not in self._services:
            talk = self._stack.enter_context(Process("tests.benchmarks.service", str(issues)))
            self._services[issues] = Service(talk, issues)
        service = self._services[issues]
        if prepared and not self.quick:
            service.prepare()
        return service

    def alternated(self, service: Service, jobs: Mapping[str, Mapping[str, Any]], by: str = "seconds") -> list[Result]:
        """Every job `runs` times, in turn; of each the run whose `by` is the median."""
        results: dict[str, list[Result]] = {name: [] for name in jobs}
        for _ in range(self.runs):
            for name, job in jobs.items():
                results[name].append(service.run(**job))
        return [median(each, by) for each in results.values()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()


def median(results: list[Result], by: str) -> Result:
    """The run in the middle."""
    return sorted(results, key=itemgetter(by))[len(results) // 2]
