"""A long-running test that is not part of CI: random mixtures in a loop, each result checked against the truth.

`python -m tests.soak --minutes 10` sends questions to embedded Trackers through Tracker objects that stay open, and
prints figures at the end; `python -m tests.soak --seed 17` plays one mixture of the tests again and prints the result.
"""

import argparse
import itertools
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.tracker.mixtures.draw import describe, draw_mixture
from tests.tracker.mixtures.play import (
    Verdict,
    ask,
    fresh_world,
    open_connections,
    open_scrolls,
    play,
    threads_left,
    tracker_of,
)
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo

SERVICES = 4
FIRST_SEED = 1_000_000  # the tests use small ones
PAGE_KB = 4
SLOWEST, MAX_MESSAGE = 5, 300
MEMORY_CHECKS = (0.05, 0.5, 0.95)  # shares of the time


@dataclass
class Tally:
    """The counts of all services together."""

    questions: int = 0
    rows: int = 0
    faults: int = 0
    requests: int = 0
    open_scrolls: int = 0
    open_connections: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    seeds_by_message: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    slowest: list[tuple[float, int]] = field(default_factory=list)  # seconds, seed
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seed: int, verdict: Verdict, open_scrolls: list[str], seconds: float) -> None:
        """Count one verdict; print it at once if the result is wrong."""
        with self.lock:
            self.questions += 1
            self.faults += verdict.struck
            self.requests += verdict.requests
            self.open_scrolls += len(open_scrolls)
            self.rows += len(verdict.answer) if hasattr(verdict.answer, "__len__") else 0
            if verdict.error is not None:
                self.errors[type(verdict.error).__name__] += 1
                self.seeds_by_message[message_pattern(verdict.error)].append(seed)
            self.slowest = sorted([*self.slowest, (round(seconds, 1), seed)])[-SLOWEST:]
            if verdict.wrong:
                self.wrong.append(f"{describe(seed, draw_mixture(seed))}\n  {verdict.wrong}")
                print_lines(self.wrong[-1])


def print_lines(*lines: str) -> None:
    """Print lines at once."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def message_pattern(error: Exception) -> str:
    """Return the message of an error with its numbers and keys replaced."""
    return re.sub(r"[A-Z]*[-\d][-\d.,:]*", "#", f"{type(error).__name__}: {error}")[:MAX_MESSAGE]


def memory_mb() -> float:
    """Return the resident memory of this process; 0 where the system is not Linux."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * PAGE_KB / 1024 if status.exists() else 0.0


def soak_service(tally: Tally, seeds: Iterator[int], end: float) -> None:
    """Send questions to one service through one Tracker until `end`; each question has a fresh world."""
    world = fresh_world()
    with Demo(world, Access(world)) as demo:
        with tracker_of(demo) as tracker:
            while time.monotonic() < end:
                seed = next(seeds)
                mixture = draw_mixture(seed)
                demo.service.world = fresh_world()
                start = time.monotonic()
                verdict = ask(demo, tracker, mixture)
                tally.add(seed, verdict, open_scrolls(demo, mixture), time.monotonic() - start)
                demo.service.scrolls.forget()
                demo.journal.clear()
        with tally.lock:
            tally.open_connections += len(open_connections(demo))


def soak(minutes: float, first_seed: int = FIRST_SEED) -> Tally:
    """Run all services for this time, with seeds from `first_seed` on, and print the figures."""
    tally, seeds = Tally(), iter(itertools.count(first_seed))
    start, seconds = time.monotonic(), 60 * minutes
    with ThreadPoolExecutor(SERVICES) as pool:
        running = [pool.submit(soak_service, tally, seeds, start + seconds) for _ in range(SERVICES)]
        memory = []
        for share in MEMORY_CHECKS:
            time.sleep(max(0.0, start + share * seconds - time.monotonic()))
            memory.append(memory_mb())
        for each in running:
            each.result()
    print_lines(
        f"{minutes:g} minutes, {SERVICES} services",
        f"questions asked      {tally.questions:,}",
        f"requests             {tally.requests:,}",
        f"rows                 {tally.rows:,}",
        f"faults that struck   {tally.faults:,}",
        f"wrong answers        {len(tally.wrong)}",
        f"typed errors         {sum(tally.errors.values()):,} {dict(tally.errors.most_common())}",
        *(
            f"  {len(seeds):5} × {message} (for example, seed {seeds[0]})"
            for message, seeds in sorted(tally.seeds_by_message.items())
        ),
        f"slowest (s, seed)    {tally.slowest}",
        "RSS, MB              " + " · ".join(f"{each:.0f}" for each in memory) + " (after 5 %, 50 %, 95 % of the time)",
        f"threads left         {len(threads_left())}",
        f"connections left open by services: {tally.open_connections}, scrolls left open: {tally.open_scrolls}",
    )
    return tally


def main() -> int:
    """Run the command line; return 1 if any result was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="first seed; other seeds give other mixtures")
    parser.add_argument("--seed", type=int, help="play only this mixture")
    options = parser.parse_args()
    if options.seed is None:
        return 1 if soak(options.minutes, options.first).wrong else 0
    verdict, mixture = play(draw_mixture(options.seed)), describe(options.seed, draw_mixture(options.seed))
    outcome = repr(verdict.error) if verdict.error is not None else "an answer"
    print_lines(mixture, f"  result: {outcome} after {verdict.requests} requests", f"  {verdict.wrong}")
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
