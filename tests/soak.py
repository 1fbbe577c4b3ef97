"""A long-running test that is not part of CI: questions under faults, each result checked against the truth.

`python -m tests.soak --minutes 10` prints figures at the end. Four services are asked random mixtures by Trackers that
stay open. A fifth one, which always has faults, serves several threads, calls that are interrupted, and forked
processes, all with one Tracker. At the end, memory, threads, sockets and scrolls are compared: their medians in each
third of the time. `python -m tests.mixtures --seed N` plays one of the mixtures again.
"""

import argparse
import itertools
import logging
import os
import random
import re
import signal
import sys
import threading
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

from tests.tracker.mixtures.draw import FOREIGN, NUMBER, describe, draw_mixture
from tests.tracker.mixtures.judge import judge, judge_part
from tests.tracker.mixtures.play import (
    Mixture,
    Verdict,
    ask,
    fresh_world,
    open_connections,
    open_scrolls,
    threads_left,
    tracker_of,
    witness_of,
    world_of,
)
from tests.tracker.mixtures.questions import OF_ORGANISATION, Question
from tracker_magic import Tracker
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.errors import Cancelled, MissingIssues, TimedOut, TrackerError

SERVICES, SHARING = 4, 3  # services with a Tracker each; threads that share the Tracker of the fifth
FIRST_SEED = 1_000_000  # the tests use small ones
PAGE_KB = 4
SLOWEST, MAX_MESSAGE = 5, 300
TIMEOUT_S = 30.0
LATENCY_MS = 5.0  # of the shared service, so that an interrupt comes during a request
LATEST_INTERRUPT_S = 0.3
INTERRUPT_LIMIT_S = 5.0  # a call ends within a second of an interrupt, if the machine has nothing else to do
FORK_EVERY_S, FORK_LIMIT_S = 2.0, 20.0
LONGEST_SILENCE_S = 15.0  # of a child that does not hang: after many 429s, ten seconds lie between two requests
TYPED = "typed: "
MOST_FAULTS = 30  # that wait for a request at a time
SAMPLES = 60
# Growth that does not count: megabytes, threads, sockets, scrolls (those whose id was lost stay open for a minute).
SLACK = (80.0, 20, 40, 30)
UNFAIR = {"miscount", "no_total", "lose_rows", "drip"}  # with a Tracker that others use: whom they strike is unknown


@dataclass
class Tally:
    """The counts of all services together."""

    questions: Counter[str] = field(default_factory=Counter)  # by kind
    rows: int = 0
    faults: int = 0
    requests: int = 0
    open_scrolls: int = 0
    open_connections: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    seeds_by_message: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    slowest: list[tuple[float, int]] = field(default_factory=list)  # seconds, seed
    slowest_interrupt_s: float = 0.0
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seed: int, verdict: Verdict, open_scrolls: list[str], seconds: float) -> None:
        """Count the verdict on a mixture; print it at once if the result is wrong."""
        with self.lock:
            self.faults += verdict.struck
            self.requests += verdict.requests
            self.open_scrolls += len(open_scrolls)
            self.rows += len(verdict.answer) if hasattr(verdict.answer, "__len__") else 0
            self.slowest = sorted([*self.slowest, (round(seconds, 1), seed)])[-SLOWEST:]
        if open_scrolls:
            print_lines(f"{'; '.join(open_scrolls)} after {describe(seed, draw_mixture(seed))}")
        self.add_outcome("mixtures", seed, verdict.error, verdict.wrong, describe(seed, draw_mixture(seed)))

    def add_outcome(self, kind: str, seed: int, error: Exception | None, wrong: Sequence[str], what: str) -> None:
        """Count one question and its typed error; print what is wrong with its result."""
        with self.lock:
            self.questions[kind] += 1
            if error is not None:
                self.errors[type(error).__name__] += 1
                self.seeds_by_message[message_pattern(error)].append(seed)
            if wrong:
                self.wrong.append(f"{kind}: {what}\n  {'; '.join(wrong)}")
                print_lines(self.wrong[-1])


def print_lines(*lines: str) -> None:
    """Print lines at once."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def message_pattern(error: Exception) -> str:
    """Return the message of an error with its numbers and keys replaced."""
    return re.sub(r"[A-Z]*[-\d][-\d.,:]*", "#", f"{type(error).__name__}: {error}")[:MAX_MESSAGE]


# What must stay bounded.

Sample = tuple[float, int, int, int]  # megabytes, threads, sockets, scrolls


def sample(demo: Demo) -> Sample:
    """What this process and the shared service use now; megabytes and sockets are 0 where the system is not Linux."""
    status, descriptors = Path("/proc/self/statm"), Path("/proc/self/fd")
    megabytes = int(status.read_text().split()[1]) * PAGE_KB / 1024 if status.exists() else 0.0
    sockets = sum(is_socket(each) for each in descriptors.iterdir()) if descriptors.exists() else 0
    return megabytes, threading.active_count(), sockets, demo.open_scrolls


def is_socket(descriptor: Path) -> bool:
    """Whether an open file of this process is a socket."""
    try:
        return str(descriptor.readlink()).startswith("socket:")
    except OSError:  # it has been closed meanwhile
        return False


def growth(samples: Sequence[Sample]) -> Iterator[tuple[str, list[float], bool]]:
    """For each figure its median in each third, and whether it has grown since the second one more than by chance."""
    third = max(1, len(samples) // 3)
    names = ("memory, MB", "threads", "sockets", "open scrolls")
    for name, slack, values in zip(names, SLACK, zip(*samples, strict=True), strict=True):
        thirds = [median(values[:third]), median(values[third:-third] or values), median(values[-third:])]
        yield name, thirds, thirds[2] > thirds[1] + slack  # in the first third, pools and caches fill


# Services with a Tracker each.


def soak_service(tally: Tally, seeds: Iterator[int], end: float) -> None:
    """Send questions to one service through one Tracker until `end`; each question has a fresh world."""
    world = fresh_world()
    with Demo(world, Access(world)) as demo:
        with tracker_of(demo) as tracker:
            while time.monotonic() < end:
                seed = next(seeds)
                mixture = draw_mixture(seed)
                if mixture.question.method in {"queues", "users"}:
                    continue  # a Tracker fetches them once, but these worlds have different ones
                demo.service.world = fresh_world(mixture.issues) if mixture.is_changing else world_of(mixture)
                start = time.monotonic()
                verdict = ask(demo, tracker, mixture)
                tally.add(seed, verdict, open_scrolls(demo, mixture), time.monotonic() - start)
                demo.service.scrolls.forget()
                demo.journal.clear()
        with tally.lock:
            tally.open_connections += len(open_connections(demo))


# One Tracker for threads, interrupted calls and forked processes.


def shared_mixtures(seeds: Iterator[int]) -> Iterator[tuple[int, Mixture]]:
    """Mixtures whose question suits the shared service, which does not change."""
    for seed in seeds:
        mixture = draw_mixture(seed)
        if mixture.question.method not in OF_ORGANISATION:
            yield seed, mixture


def add_faults(demo: Demo, faults: Sequence[Fault]) -> None:
    """Add those faults that do no harm whichever question they strike; forget those that have struck."""
    harmless = [
        replace(fault)
        for fault in faults
        if fault.kind not in UNFAIR and not (fault.kind == "shape" and fault.body in (NUMBER, FOREIGN))
    ]
    waiting = [fault for fault in demo.behaviour.faults if fault.times > 0]
    demo.behaviour.faults = [*waiting, *harmless][-MOST_FAULTS:]
    demo.journal.clear()


def ask_shared(tally: Tally, demo: Demo, tracker: Tracker, seeds: Iterator[int], end: float) -> None:
    """Send questions through the shared Tracker until `end`; several threads do that."""
    for seed, mixture in shared_mixtures(seeds):
        if time.monotonic() >= end:
            return
        add_faults(demo, mixture.faults)
        error, wrong = outcome(tracker, demo, mixture.question)
        tally.add_outcome("in threads", seed, error, wrong, str(mixture.question))


def outcome(tracker: Tracker, demo: Demo, question: Question) -> tuple[TrackerError | None, list[str]]:
    """The typed error of a question to the shared service, or what is wrong with its answer."""
    witness = witness_of(demo.world, question)
    try:
        return None, judge(question, question.ask(tracker, TIMEOUT_S), witness)
    except TrackerError as error:
        return error, []


def interrupt(tally: Tally, demo: Demo, tracker: Tracker, seed: int, mixture: Mixture) -> None:
    """Ask in the main thread and interrupt that at a random moment; an interrupt that comes too late has no effect."""
    question, delay_s = mixture.question, random.Random(seed).uniform(0, LATEST_INTERRUPT_S)
    witness, error, wrong = witness_of(demo.world, question), None, []
    add_faults(demo, mixture.faults)
    timer = threading.Timer(delay_s, os.kill, (os.getpid(), signal.SIGINT))
    start = time.monotonic()
    try:
        timer.start()
        error, wrong = outcome(tracker, demo, question)
        timer.join()
        time.sleep(0.01)
    except Cancelled as cancelled:
        took_s = time.monotonic() - start - delay_s
        tally.slowest_interrupt_s = max(tally.slowest_interrupt_s, took_s)
        wrong = judge_part(question, cancelled.partial, witness)
        wrong += [f"ended {took_s:.1f} s after the interrupt"] if took_s > INTERRUPT_LIMIT_S else []
    except KeyboardInterrupt:
        pass
    timer.join()
    tally.add_outcome("interrupted", seed, error, wrong, str(question))


def fork(tally: Tally, demo: Demo, tracker: Tracker) -> None:
    """Let forked processes count through the Tracker that they inherit, both at once."""
    context = get_context("fork")
    for name, receiving, child in [fork_one(context, tracker, name) for name in ("DEV", "OPS")]:
        expected = sum(key.startswith(f"{name}-") for key in demo.world.issues)
        found = receiving.recv() if receiving.poll(2 * FORK_LIMIT_S) else "no answer"
        child.kill()
        child.join()
        error = TrackerError(found[len(TYPED) :]) if str(found).startswith(TYPED) else None
        wrong = [] if error or found == expected else [f"{found} in {name}, {expected} there"]
        tally.add_outcome("in forked processes", 0, error, wrong, f"count {name}")


def fork_one(context, tracker: Tracker, name: str):  # the types of contexts are private
    """A forked process that counts the issues of a queue."""
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=count_in_child, args=(tracker, name, sending))
    child.start()
    sending.close()
    return name, receiving, child


class LastAnswer(logging.Handler):
    """Receives the client's log of requests and knows for how long none has ended, timeouts not counted."""

    def __init__(self) -> None:
        super().__init__()
        self._ended_at = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Note the end of a request."""
        if not any(isinstance(each, TimedOut) for each in record.args or ()):
            self._ended_at = time.monotonic()

    @property
    def silence_s(self) -> float:
        """Seconds since a request ended, or since the beginning."""
        return time.monotonic() - self._ended_at


def count_in_child(tracker: Tracker, name: str, sending: Connection) -> None:
    """Send the number of issues of a queue, or the text of an error; one after a long silence is no typed error.

    A time limit may pass without a hang: the child has inherited a rate that 429s have lowered, and gets faults itself.
    """
    logger, last_answer = logging.getLogger("tracker_magic.transport"), LastAnswer()
    logger.addHandler(last_answer)
    logger.setLevel(logging.DEBUG)
    try:
        sending.send(tracker.count(queue=name, timeout=FORK_LIMIT_S))
    except BaseException as error:  # noqa: BLE001 - the parent reports it
        silence_s = last_answer.silence_s
        is_typed = isinstance(error, TrackerError) and silence_s <= LONGEST_SILENCE_S
        sending.send(f"{TYPED if is_typed else ''}{error!r}, no answer for {silence_s:.0f} s")


def soak_main_thread(
    tally: Tally, demo: Demo, tracker: Tracker, seeds: Iterator[int], end: float, *, forks: bool
) -> list[Sample]:
    """Interrupt calls and fork processes until `end`; return what was used meanwhile."""
    samples, start, forked_at = [], time.monotonic(), 0.0
    for seed, mixture in shared_mixtures(seeds):
        now = time.monotonic()
        if now >= end:
            return samples
        if now >= start + (end - start) * len(samples) / SAMPLES:
            samples.append(sample(demo))
        if forks and now >= forked_at + FORK_EVERY_S:
            fork(tally, demo, tracker)
            forked_at = now
        interrupt(tally, demo, tracker, seed, mixture)
    return samples


def soak(minutes: float, first_seed: int = FIRST_SEED, *, forks: bool = True) -> bool:
    """Run everything for this time, with seeds from `first_seed` on, print the figures; whether all is well."""
    tally, seeds, world = Tally(), iter(itertools.count(first_seed)), fresh_world()
    end = time.monotonic() + 60 * minutes
    behaviour = Behaviour(latency_ms=LATENCY_MS, max_per_page=50, max_per_scroll=50, over_max="cap")
    with Demo(world, Access(world), behaviour=behaviour) as demo:
        with tracker_of(demo) as tracker, ThreadPoolExecutor(SERVICES + SHARING) as pool:
            running = [pool.submit(soak_service, tally, seeds, end) for _ in range(SERVICES)]
            running += [pool.submit(ask_shared, tally, demo, tracker, seeds, end) for _ in range(SHARING)]
            samples = soak_main_thread(tally, demo, tracker, seeds, end, forks=forks)
            for each in running:
                each.result()
        tally.open_connections += len(open_connections(demo))
    print_lines(f"{minutes:g} minutes, {SERVICES + 1} services", *report(tally))
    growths = list(growth(samples))
    for name, thirds, has_grown in growths:
        print_lines(f"{name:<21}{' → '.join(f'{each:.0f}' for each in thirds)} {'GROWS' if has_grown else 'bounded'}")
    left = threads_left()
    print_lines(f"threads left         {len(left)} {left or ''}")
    return not (tally.wrong or tally.open_connections or left or any(has_grown for *_, has_grown in growths))


def report(tally: Tally) -> Iterator[str]:
    """The lines about questions and answers."""
    yield f"questions            {tally.questions.total():,} {dict(tally.questions)}"
    yield f"requests             {tally.requests:,} of the mixtures, with {tally.rows:,} rows"
    yield f"faults that struck   {tally.faults:,}"
    yield f"wrong answers        {len(tally.wrong)}"
    yield f"typed errors         {tally.errors.total():,} {dict(tally.errors.most_common())}"
    for message, seeds in sorted(tally.seeds_by_message.items()):
        yield f"  {len(seeds):5} × {message} (for example, seed {seeds[0]})"
    yield f"slowest (s, seed)    {tally.slowest}"
    yield f"slowest interrupt    {tally.slowest_interrupt_s:.2f} s"
    yield f"connections left open by services: {tally.open_connections}, scrolls left open: {tally.open_scrolls}"


def main() -> int:
    """Run the command line; return 1 if a result was wrong or something grew."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="first seed; other seeds give other mixtures")
    parser.add_argument("--forks", action=argparse.BooleanOptionalAction, default=hasattr(os, "fork"))
    options = parser.parse_args()
    warnings.simplefilter("ignore", MissingIssues)
    warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of forks while threads run
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return 0 if soak(options.minutes, options.first, forks=options.forks) else 1


if __name__ == "__main__":
    sys.exit(main())
