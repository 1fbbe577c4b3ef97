"""The service that is measured against: an embedded Tracker in a process of its own, told what to do line by line.

`python -m tests.benchmarks.service ISSUES`: prints a line of JSON with what a client needs, then answers every line of
JSON on its input with one; ends with its input. The world stands still, and what was rendered once is kept: measured
is a client, not how fast the embedded Tracker renders.
"""

import json
import sys
from typing import Any

from tracker_magic.demo import start
from tracker_magic.demo.server import Demo, RecordedRequest


def main(issues: int) -> None:
    """Serve a world of that many issues until the input ends."""
    with start(issues=issues, evolve=False) as demo:
        demo.service.enable_cache()
        _say(demo.names)
        for line in sys.stdin:
            _say(_obey(demo, json.loads(line)))


def _obey(demo: Demo, order: dict[str, Any]) -> dict[str, Any]:
    """`{"set": {…}}` sets how the service behaves and empties the journal; `{}` only tells what it holds."""
    if "set" in order:
        for name, value in order["set"].items():
            setattr(demo.behaviour, name, value)
        demo.journal.clear()
    return _told(list(demo.journal))


def _told(journal: list[RecordedRequest]) -> dict[str, Any]:
    searches = [seen for seen in journal if seen.path.endswith(("/_search", "/_count"))]
    asked = [seen.query["fields"][0] for seen in searches if "fields" in seen.query]
    return {
        "requests": len(journal),
        "throttled": sum(seen.status == 429 for seen in journal),
        "searches": len(searches),
        "searches_throttled": sum(seen.status == 429 for seen in searches),
        "fields": asked[-1] if asked else None,
    }


def _say(fact: Any) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
