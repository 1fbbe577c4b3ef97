"""The service that clients are measured with: an embedded Tracker in a process of its own.

`python -m tests.benchmarks.service ISSUES` prints what a client needs as a line of JSON. Then it answers every line of
JSON on its input with one line, and ends with its input. The world does not change and everything is rendered once:
what is measured is the client, not the speed of the embedded Tracker.

It also runs with older versions of the package, which the benchmark compares with the present one.
"""

import inspect
import json
import sys
from collections.abc import Sequence
from typing import Any

from tracker_magic.demo import start


def main(issues: int) -> None:
    """Serve a world with that many issues until the input ends."""
    is_new = "evolve" in inspect.signature(start).parameters
    with start(issues=issues, **{"evolve" if is_new else "lives": False}) as demo:
        if hasattr(demo.service, "enable_cache"):
            demo.service.enable_cache()
        else:
            demo.service.kept = {}
        _print_json(demo.names)
        for line in sys.stdin:
            _print_json(_execute(demo, json.loads(line)))


def _execute(demo: Any, command: dict[str, Any]) -> dict[str, Any]:
    """Return the counts; `{"set": {…}}` first sets the behaviour and clears the journal."""
    if "set" in command:
        for name, value in command["set"].items():
            setattr(demo.behaviour, name, value)
        demo.journal.clear()
    return _counts(list(demo.journal))


def _counts(journal: Sequence[Any]) -> dict[str, Any]:
    searches = [request for request in journal if request.path.endswith(("/_search", "/_count"))]
    fields = [request.query["fields"][0] for request in searches if "fields" in request.query]
    return {
        "requests": len(journal),
        "throttled": sum(request.status == 429 for request in journal),
        "searches": len(searches),
        "searches_throttled": sum(request.status == 429 for request in searches),
        "fields": fields[-1] if fields else None,
    }


def _print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
