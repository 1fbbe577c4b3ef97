"""A soak, not part of CI: random mixtures in a loop, each answer checked against the truth.

`python -m tests.soak --minutes 10` asks embedded Trackers through Tracker objects that live all the time, and prints
figures at the end; `python -m tests.soak --seed 17` plays one mixture of the tests again and says what came of it.
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

from tests.tracker.mixtures.draw import drawn, told
from tests.tracker.mixtures.play import (
    Verdict,
    connections_left,
    fresh_world,
    play,
    put,
    scrolls_left,
    threads_left,
    tracker_of,
)
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo

SERVICES = 4
FIRST_SEED = 1_000_000  # the tests take the small ones
PAGE_KB = 4
SLOWEST, LONGEST = 5, 300


@dataclass
class Tally:
    """What is counted, by all services together."""

    questions: int = 0
    rows: int = 0
    struck: int = 0
    requests: int = 0
    scrolls: int = 0
    connections: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    said: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # form of a message → seeds
    slowest: list[tuple[float, int]] = field(default_factory=list)  # seconds, seed
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seed: int, verdict: Verdict, scrolls: list[str], took_s: float) -> None:
        """Count one verdict; what is wrong is told at once."""
        wrong = verdict.wrong
        with self.lock:
            self.questions += 1
            self.struck += verdict.struck
            self.requests += verdict.requests
            self.scrolls += len(scrolls)
            self.rows += len(verdict.answer) if hasattr(verdict.answer, "__len__") else 0
            if verdict.error is not None:
                self.errors[type(verdict.error).__name__] += 1
                self.said[form(verdict.error)].append(seed)
            self.slowest = sorted([*self.slowest, (round(took_s, 1), seed)])[-SLOWEST:]
            if wrong:
                self.wrong.append(f"{told(seed, drawn(seed))}\n  {wrong}")
                say(self.wrong[-1])


def say(*lines: str) -> None:
    """Print at once."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def form(error: Exception) -> str:
    """What an error says, less its numbers and keys."""
    return re.sub(r"[A-Z]*[-\d][-\d.,:]*", "#", f"{type(error).__name__}: {error}")[:LONGEST]


def rss_mb() -> float:
    """Memory of this process; 0 where the system does not tell it so."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * PAGE_KB / 1024 if status.exists() else 0.0


def soak_one(tally: Tally, seeds: Iterator[int], until: float) -> None:
    """One service and one Tracker; each question finds a fresh world."""
    world = fresh_world()
    with Demo(world, Access(world)) as demo:
        with tracker_of(demo) as tracker:
            while time.monotonic() < until:
                seed = next(seeds)
                mixture = drawn(seed)
                demo.service.world = fresh_world()
                began = time.monotonic()
                verdict = put(demo, tracker, mixture)
                tally.add(seed, verdict, scrolls_left(demo, mixture), time.monotonic() - began)
                demo.service.scrolls.forget()
                demo.journal.clear()
        with tally.lock:
            tally.connections += len(connections_left(demo))


def soak(minutes: float, first: int = FIRST_SEED) -> Tally:
    """All services, for so long, with the seeds from `first` on."""
    tally, seeds = Tally(), iter(itertools.count(first))
    began = time.monotonic()
    until = began + 60 * minutes
    with ThreadPoolExecutor(SERVICES) as pool:
        under_way = [pool.submit(soak_one, tally, seeds, until) for _ in range(SERVICES)]
        memory = []
        for share in (0.05, 0.5, 0.95):
            time.sleep(max(0.0, began + share * 60 * minutes - time.monotonic()))
            memory.append(rss_mb())
        for each in under_way:
            each.result()
    say(
        f"{minutes:g} minutes, {SERVICES} services",
        f"questions asked      {tally.questions:,}",
        f"requests             {tally.requests:,}",
        f"rows                 {tally.rows:,}",
        f"faults that struck   {tally.struck:,}",
        f"wrong answers        {len(tally.wrong)}",
        f"typed errors         {sum(tally.errors.values()):,} {dict(tally.errors.most_common())}",
        *(f"  {len(seeds):5} × {said} (as seed {seeds[0]})" for said, seeds in sorted(tally.said.items())),
        f"slowest (s, seed)    {tally.slowest}",
        "RSS, MB              " + " · ".join(f"{each:.0f}" for each in memory) + " (5 %, 50 %, 95 % of the time)",
        f"threads left         {len(threads_left())}",
        f"services with connections left open {tally.connections}, questions that left a scroll open {tally.scrolls}",
    )
    return tally


def main() -> int:
    """The command line; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first seed; others are other mixtures")
    parser.add_argument("--seed", type=int, help="play this one mixture again")
    asked = parser.parse_args()
    if asked.seed is None:
        return 1 if soak(asked.minutes, asked.first).wrong else 0
    verdict = play(drawn(asked.seed))
    came = repr(verdict.error) if verdict.error is not None else "an answer"
    say(told(asked.seed, drawn(asked.seed)), f"  came: {came} after {verdict.requests} requests", f"  {verdict.wrong}")
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
