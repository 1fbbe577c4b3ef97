"""Row 14: changelogs as a frame, from the bodies of responses in memory; no service is needed.

`python -m tests.benchmarks.histories FILE ISSUES` writes the bodies: of the real histories if they are next to the
checkout, else of a made-up world, whose issues are repeated.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from werkzeug.test import EnvironBuilder

from tests.benchmarks.bench import ROOT, Bench, Process
from tests.benchmarks.table import Line
from tracker_magic.api.decoding import decode_json
from tracker_magic.demo.history import load_world
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.service import ApiRequest
from tracker_magic.demo.world import make_world
from tracker_magic.frames import ChangelogBuilder

ISSUES = 21_704
MAX_CPU_RATIO, MAX_GROWTH_MB = 2, 300
REAL = ROOT.parent / "shared" / "data" / "jquery_trac_issues.jsonl.gz"


def measure_histories(bench: Bench) -> Iterator[Line]:
    """Compare decoding and building with what the decoder of Python's library takes for the same bodies."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "bodies")
        with Process("tests.benchmarks.histories", path, str(bench.size(ISSUES))) as writer:
            size_mb = int(writer.read_line()) / 1e6
        decoders = [_run(path, "decode") for _ in range(bench.runs)]
        ours = [_run(path, "build") for _ in range(bench.runs)]
    decode_s, orjson_s = (median(each[name] for each in decoders) for name in ("json_s", "orjson_s"))
    cpu_s, rows = median(each["cpu_s"] for each in ours), ours[0]["rows"]
    work = f"histories of {ours[0]['issues']:,} issues, {size_mb:.0f} MB, as {rows:,} rows"
    decoders_text = f"json {decode_s:.2f} s, orjson {orjson_s:.2f} s"
    yield Line(14, work, f"{cpu_s:.2f} s", decoders_text, cpu_s / decode_s, MAX_CPU_RATIO)
    growths = [each["grown_mb"] for each in ours if each["grown_mb"] is not None]
    growth = max(growths, default=None)
    shown = f"frame {ours[0]['frame_mb']:.0f} MB"
    yield Line(14, "the same: growth of memory at the peak", shown, "", growth, MAX_GROWTH_MB, "MB")


def _run(path: str, task: str) -> dict[str, Any]:
    with Process("tests.benchmarks.worker") as worker:
        worker.send_line(json.dumps({"client": "histories", "task": task, "path": path}))
        worker.read_line()
        worker.send_line("go")
        result: dict[str, Any] = json.loads(worker.read_line())
        return result


class Client:
    """Decodes the bodies of a file, or builds their frame."""

    def __init__(self, job: dict[str, Any]) -> None:
        with Path(job["path"]).open("rb") as lines:
            self.bodies = [(key.decode(), body) for key, _, body in (line.partition(b"\t") for line in lines)]

    def warm_up(self) -> None:
        """Build the frame of one body."""
        self._frame(self.bodies[:1])

    def decode(self) -> dict[str, Any]:
        """Measure the CPU seconds of two decoders that keep nothing."""
        seconds = []
        for decoder in (json, orjson):
            start = time.process_time()
            for _, body in self.bodies:
                decoder.loads(body)
            seconds.append(time.process_time() - start)
        return {"json_s": seconds[0], "orjson_s": seconds[1]}

    def build(self) -> dict[str, Any]:
        """Build the frame."""
        frame = self._frame(self.bodies)
        frame_mb = float(frame.memory_usage(deep=True).sum()) / 2**20
        return {"rows": len(frame), "issues": len(self.bodies), "frame_mb": frame_mb}

    @staticmethod
    def _frame(bodies: list[tuple[str, bytes]]) -> Any:
        builder = ChangelogBuilder()
        for key, body in bodies:
            builder.add(key, decode_json(body))
        return builder.frame()


def main(path: str, issues: int) -> None:
    """Write a line for each issue: its key, a tab, and the body of its changelog; print their bytes."""
    world = load_world(REAL) if REAL.exists() else make_world(issues=min(issues, 2000))
    renderer = IssueRenderer(world, ApiRequest(EnvironBuilder().get_environ()))
    written = 0
    with Path(path).open("wb") as file:
        for number, issue in enumerate(islice(cycle(world.issues.values()), issues)):
            key = issue.key if number < len(world.issues) else f"MORE-{number}"
            body = orjson.dumps([renderer.event(issue, event) for event in issue.events])
            written += file.write(b"%s\t%s\n" % (key.encode(), body))
    sys.stdout.write(f"{written}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
