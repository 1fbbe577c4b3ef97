"""Play many random mixtures of questions, faults and changes, and count how they end; not part of CI.

`python -m tests.mixtures --count 1000` plays the seeds from `--first` on, in two processes; with every other seed the
issues change in the background all the time. `python -m tests.mixtures --seed 17` plays one mixture again. A result is
compared with what the embedded Tracker had before, during and after the call:

    whole      everything that was there during the whole call, and nothing that never was
    error      a typed error
    wrong      a row that is wrong, missing or there twice; a column that is not as documented; a partial result or an
               error that says something wrong
    untyped    another exception
    hung       no end long after the time limit of the call
    open       scrolls or connections that the client could have closed
"""

import argparse
import faulthandler
import queue
import re
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from tests.tracker.mixtures.draw import describe, draw_mixture
from tests.tracker.mixtures.play import Verdict, play, threads_left
from tracker_magic.errors import MissingIssues

FIRST_SEED = 500_000  # the tests use small ones
PROCESSES, THREADS = 2, 8  # the waits before retries overlap
BATCH = 50  # seeds that a process plays before it reports
GRACE_S = 30.0  # a call that has not ended so long after its time limit hangs
MIN_WHOLE = 0.9
BAD = ("wrong", "untyped", "hung", "open")
MAX_COMPLAINT, MAX_ERROR, MAX_SEEDS = 3000, 200, 5


@dataclass(frozen=True)
class Ending:
    """How a mixture ended, with what there is to say about it, and the requests and faults."""

    seed: int
    kind: str
    text: str = ""
    requests: int = 0
    struck: int = 0


def play_seed(seed: int) -> Ending:
    """Play one mixture; an exception that is not typed is an ending, too."""
    try:
        return ending(seed, play(draw_mixture(seed)))
    except Exception:  # noqa: BLE001 - what must not happen is counted
        return Ending(seed, "untyped", traceback.format_exc())


def ending(seed: int, verdict: Verdict) -> Ending:
    """The ending of a mixture that returned a frame or a typed error."""
    kind, text = "whole", ""
    if verdict.error is not None:
        kind, text = "error", f"{type(verdict.error).__name__}: {verdict.error}"
    if verdict.left_open:
        kind, text = "open", "; ".join([*verdict.left_open, text])
    if wrong := [each for each in verdict.wrong if each not in verdict.left_open]:
        kind, text = "wrong", "; ".join([*wrong[:10], text])
    return Ending(seed, kind, text, verdict.requests, verdict.struck)


def play_with_watchdog(seed: int) -> Ending:
    """Play one mixture in a thread of its own; one that hangs is left behind."""
    warnings.simplefilter("ignore", MissingIssues)
    results: queue.SimpleQueue[Ending] = queue.SimpleQueue()
    threading.Thread(target=lambda: results.put(play_seed(seed)), name=f"seed {seed}", daemon=True).start()
    try:
        return results.get(timeout=draw_mixture(seed).timeout_s + GRACE_S)
    except queue.Empty:
        return Ending(seed, "hung", stacks())


def stacks() -> str:
    """Where every thread of this process is."""
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        return file.read()


def play_batch(seeds: Sequence[int]) -> tuple[list[Ending], list[str]]:
    """The endings of these seeds, and the threads that the package left behind."""
    with ThreadPoolExecutor(THREADS) as pool:
        endings = list(pool.map(play_with_watchdog, seeds))
    return endings, threads_left()


def batches(seeds: Sequence[int]) -> Iterator[Sequence[int]]:
    """The seeds in batches."""
    return (seeds[start : start + BATCH] for start in range(0, len(seeds), BATCH))


def play_all(seeds: Sequence[int]) -> tuple[list[Ending], list[str]]:
    """The endings of all seeds, played in several processes, and the threads left; bad endings are printed at once."""
    endings: list[Ending] = []
    left: list[str] = []
    with get_context("spawn").Pool(PROCESSES) as pool:  # at its end processes are terminated, even one that hangs
        for some, threads in pool.imap_unordered(play_batch, batches(seeds)):
            endings += some
            left += threads
            print_lines(*(complaint(each) for each in some if each.kind in BAD))
            sys.stderr.write(f"\r{len(endings)} of {len(seeds)} played")
    sys.stderr.write("\n")
    return endings, left


def complaint(ending: Ending) -> str:
    """A bad ending, with what is needed to play it again."""
    return f"{ending.kind.upper()} {describe(ending.seed, draw_mixture(ending.seed))}\n  {ending.text[:MAX_COMPLAINT]}"


def print_lines(*lines: str) -> None:
    """Print lines at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def report(endings: Sequence[Ending], left: Sequence[str], seconds: float) -> Iterator[str]:
    """The lines of the final table."""
    total, counts = len(endings), Counter(each.kind for each in endings)
    changing = sum(draw_mixture(each.seed).pause_s is not None for each in endings)
    requests, struck = sum(each.requests for each in endings), sum(each.struck for each in endings)
    yield f"mixtures   {total:,} in {seconds:.0f} s, {changing:,} of them while issues changed in the background"
    yield f"           {requests:,} requests, {struck:,} faults that struck"
    yield f"whole      {counts['whole']:,} ({counts['whole'] / total:.1%})"
    yield f"error      {counts['error']:,}"
    for kind in BAD:
        yield f"{kind:<10} {counts[kind]:,}{seeds_of(kind, endings)}"
    yield f"threads    {len(left)} left {left or ''}"
    for error in sorted({error_of(each) for each in endings if each.kind == "error"}):
        seeds = [each.seed for each in endings if each.kind == "error" and error_of(each) == error]
        yield f"{len(seeds):5} × {error} ({', '.join(map(str, seeds[:MAX_SEEDS]))})"


def error_of(ending: Ending) -> str:
    """The class and message of a typed error, with its numbers replaced."""
    return re.sub(r"[A-Z]*[-\d][-\d.,:]*", "#", ending.text)[:MAX_ERROR]


def seeds_of(kind: str, endings: Iterable[Ending]) -> str:
    """The seeds of the endings of one kind."""
    seeds = sorted(each.seed for each in endings if each.kind == kind)
    return f": {', '.join(map(str, seeds))}" if seeds else ""


def play_one(seed: int) -> int:
    """Play one mixture and print its ending; 1 if it is bad."""
    result = play_with_watchdog(seed)
    print_lines(complaint(result), f"  {result.requests} requests, {result.struck} faults struck")
    return 1 if result.kind in BAD else 0


def main() -> int:
    """Run the command line; return 1 if a mixture ended badly, or too many in an error."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mixtures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000, help="how many mixtures (default: 1000)")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first seed; others give other mixtures")
    parser.add_argument("--seed", type=int, help="play only this mixture")
    options = parser.parse_args()
    if options.seed is not None:
        return play_one(options.seed)
    start = time.monotonic()
    endings, left = play_all(range(options.first, options.first + options.count))
    print_lines(*report(endings, left, time.monotonic() - start))
    is_whole = sum(each.kind == "whole" for each in endings) >= MIN_WHOLE * len(endings)
    return 0 if is_whole and not left and not any(each.kind in BAD for each in endings) else 1


if __name__ == "__main__":
    sys.exit(main())
