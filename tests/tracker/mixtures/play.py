"""One question put to an embedded Tracker that misbehaves, and the verdict."""

import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tests.tracker.mixtures.judge import judged, judged_partial
from tests.tracker.mixtures.questions import Question
from tests.tracker.mixtures.truth import Witness
from tracker_magic import Tracker
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import World
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world
from tracker_magic.demo.world.make import garbage_collection_paused
from tracker_magic.errors import Incomplete, TrackerError

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
TIMEOUT_S = 30.0
PATIENCE_S = 15.0  # for what ends by itself: threads of a busy machine are late
LOST_ANSWERS = {"drop", "cut"}  # the request is carried out: a scroll may have been opened whose id never came

Change = Callable[[World], None]


@cache
def _made(issues: int, seed: int) -> bytes:
    return pickle.dumps(make_world(seed=seed, issues=issues, now=NOW))


def fresh_world(issues: int = 300, seed: int = 7) -> World:
    """A world of one's own, always the same."""
    with garbage_collection_paused():
        world: World = pickle.loads(_made(issues, seed))
    return world


@cache
def still_world() -> World:
    """The same world, to be shared by all who change nothing."""
    return fresh_world()


@dataclass(frozen=True)
class Mixture:
    """What is asked, how the service behaves, which faults strike, and what changes before which request."""

    question: Question
    faults: tuple[Fault, ...] = ()
    changes: tuple[tuple[Fault, Change], ...] = ()  # the fault says when
    behaviour: Behaviour = field(default_factory=Behaviour)
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True)
class Verdict:
    """What came of it: an answer or a typed error, and everything that is wrong with either."""

    answer: Any
    error: TrackerError | None
    wrong: list[str]
    requests: int
    struck: int


def play(mixture: Mixture, world: World | None = None) -> Verdict:
    """Ask once, of a service and with a Tracker of its own. Exceptions that are no TrackerError go through."""
    world = world or (fresh_world() if mixture.changes else still_world())
    with Demo(world, Access(world)) as demo:
        with tracker_of(demo) as tracker:
            verdict = put(demo, tracker, mixture)
        wrong = [*verdict.wrong, *scrolls_left(demo, mixture), *connections_left(demo)]
        return replace(verdict, wrong=wrong)


def put(demo: Demo, tracker: Tracker, mixture: Mixture) -> Verdict:
    """Ask once in the world that this service holds now; what is left open is not looked at."""
    question, before = mixture.question, len(demo.journal)
    part = None if question.method in {"issues", "count"} else question.method
    witness = Witness(demo.world, question.criterion.belongs(demo.world), part)
    armed = [replace(fault) for fault in mixture.faults]
    hooks = [replace(when, kind="hook", hook=_hook(demo, witness, change)) for when, change in mixture.changes]
    demo.service.behaviour = replace(mixture.behaviour, faults=[*armed, *hooks])
    answer, error = None, None
    try:
        answer = question.put(tracker, mixture.timeout_s)
    except TrackerError as problem:
        error = problem
    left = sum(fault.times for fault in armed)
    with demo.lock:  # a thread that has not ended yet may change the world
        wrong = _wrong(mixture, witness, answer, error)
    struck = sum(fault.times for fault in mixture.faults) - left
    return Verdict(answer, error, wrong, len(demo.journal) - before, struck)


def _wrong(mixture: Mixture, witness: Witness, answer: Any, error: TrackerError | None) -> list[str]:
    if error is None:
        off_by = sum(abs(fault.by) for fault in mixture.faults if fault.kind == "miscount")
        return judged(mixture.question, answer, witness, off_by, mixture.behaviour.page_window)
    wrong = [] if error.message else ["an error without words"]
    return wrong + (judged_partial(mixture.question, error, witness) if isinstance(error, Incomplete) else [])


def _hook(demo: Demo, witness: Witness, change: Change) -> Callable[[], None]:
    def hook() -> None:
        with demo.lock:
            change(demo.world)
            witness.note()

    return hook


def tracker_of(demo: Demo) -> Tracker:
    """A Tracker that asks this service, without a limit of its own."""
    names = demo.names
    return Tracker(
        token=names["TRACKER_TOKEN"],
        org_id=names["TRACKER_ORG_ID"],
        base_url=names["TRACKER_API_BASE_URL"],
        search_rps=None,
        other_rps=None,
    )


def scrolls_left(demo: Demo, mixture: Mixture) -> list[str]:
    """Scrolls still open, but for those of whose id the client cannot know."""
    unknown = sum(fault.times for fault in mixture.faults if fault.kind in LOST_ANSWERS)
    return [f"{demo.open_scrolls} scrolls are still open"] if demo.open_scrolls > unknown else []


def connections_left(demo: Demo) -> list[str]:
    """Whether connections are still open when the Tracker has been closed."""
    until = time.monotonic() + PATIENCE_S
    while demo.open_connections and time.monotonic() < until:
        time.sleep(0.005)
    return ["a connection is still open"] if demo.open_connections else []


def threads_left() -> list[str]:
    """Our threads that do not end by themselves."""
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("tracker_magic")]
    for thread in ours:
        thread.join(PATIENCE_S)
    return [thread.name for thread in ours if thread.is_alive()]
