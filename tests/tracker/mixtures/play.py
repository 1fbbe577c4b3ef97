"""Ask an embedded Tracker that misbehaves one question, and compare the answer with the truth."""

import pickle
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from tests.tracker.mixtures.changes import OF_ISSUES, OF_LISTS, Change, Mutator, add_queue, add_user, comment
from tests.tracker.mixtures.judge import judge, judge_partial
from tests.tracker.mixtures.questions import OF_ORGANISATION, Question
from tests.tracker.mixtures.truth import ListWitness, Witness
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
PATIENCE_S = 15.0  # for threads that end by themselves, on a busy machine
LOST_ANSWERS = {"drop"}  # the request is carried out: a scroll may have been opened whose id was never received
ISSUES = 300
MANY = 130  # queues and users, more than a page has


@cache
def _pickled_world(issues: int, seed: int) -> bytes:
    return pickle.dumps(make_world(seed=seed, issues=issues, now=NOW))


def fresh_world(issues: int = ISSUES, seed: int = 7) -> World:
    """A new copy of a world that is always the same."""
    with garbage_collection_paused():
        world: World = pickle.loads(_pickled_world(issues, seed))
    return world


@cache
def shared_world(issues: int = ISSUES) -> World:
    """The same world, shared by all tests that do not change it."""
    return fresh_world(issues)


def world_of(mixture: "Mixture") -> World:
    """The world in which a mixture is played; one with many queues and users if it asks for those."""
    if mixture.question.method in OF_ORGANISATION:
        world, rng = fresh_world(mixture.issues), Random(mixture.issues)
        for _ in range(MANY):
            add_queue(world, rng)
            add_user(world, rng)
        return world
    return fresh_world(mixture.issues) if mixture.is_changing else shared_world(mixture.issues)


@dataclass(frozen=True)
class Mixture:
    """A question, how the service behaves, its faults, and how the world changes meanwhile.

    `changes`: what changes before which request (the fault says which). `pause_s`: the mean pause between changes in
    the background; None: there are none. `issues`: the size of the world; `commented`: how many of them somebody has
    just commented on.
    """

    question: Question
    faults: tuple[Fault, ...] = ()
    changes: tuple[tuple[Fault, Change], ...] = ()
    behaviour: Behaviour = field(default_factory=Behaviour)
    timeout_s: float = TIMEOUT_S
    pause_s: float | None = None
    issues: int = ISSUES
    commented: int = 0
    seed: int = 0

    @property
    def is_changing(self) -> bool:
        """Whether anything changes just before or during the call."""
        return bool(self.changes or self.commented) or self.pause_s is not None


@dataclass(frozen=True)
class Verdict:
    """An answer or a typed error, what is wrong with it, and how many requests and faults there were.

    `left_open`: the part of `wrong` that is about scrolls and connections still open after the Tracker was closed.
    """

    answer: Any
    error: TrackerError | None
    wrong: list[str]
    requests: int
    struck: int
    left_open: Sequence[str] = ()


def play(mixture: Mixture, world: World | None = None) -> Verdict:
    """Ask the question at a new service with a new Tracker. Exceptions other than TrackerError are raised."""
    world = world or world_of(mixture)
    with Demo(world, Access(world)) as demo:
        with tracker_of(demo) as tracker:
            verdict = ask(demo, tracker, mixture)
        left_open = [*open_scrolls(demo, mixture), *open_connections(demo)]
        return replace(verdict, wrong=[*verdict.wrong, *left_open], left_open=left_open)


def ask(demo: Demo, tracker: Tracker, mixture: Mixture) -> Verdict:
    """Ask the question in the present world of this service; what stays open is not looked at."""
    question, before, rng = mixture.question, len(demo.journal), Random(mixture.seed)
    for _ in range(mixture.commented):
        comment(demo.world, rng)
    witness = witness_of(demo.world, question)
    faults = [replace(fault) for fault in mixture.faults]
    hooks = [replace(when, kind="hook", hook=_hook(demo, witness, change, rng)) for when, change in mixture.changes]
    demo.service.behaviour = replace(mixture.behaviour, faults=[*faults, *hooks])
    answer, error = None, None
    with _mutator(demo, witness, mixture, rng):
        try:
            answer = question.ask(tracker, mixture.timeout_s)
        except TrackerError as problem:
            error = problem
    remaining = sum(fault.times for fault in faults)
    with demo.lock:  # a thread that has not ended yet may change the world
        wrong = _wrong(mixture, witness, answer, error)
    struck = sum(fault.times for fault in mixture.faults) - remaining
    return Verdict(answer, error, wrong, len(demo.journal) - before, struck)


def witness_of(world: World, question: Question) -> Witness | ListWitness:
    """A witness of what this question is about."""
    if question.method in OF_ORGANISATION:
        return ListWitness(world, question.method, question.since)
    list_name = None if question.method in {"issues", "count"} else question.method
    return Witness(world, question.criterion.matches(world), list_name)


def _mutator(demo: Demo, witness: Witness | ListWitness, mixture: Mixture, rng: Random) -> AbstractContextManager[Any]:
    if mixture.pause_s is None:
        return nullcontext()
    changes = OF_LISTS.get(mixture.question.method, OF_ISSUES)
    return Mutator(demo, witness.note, changes, rng, pause_s=mixture.pause_s)


def _wrong(mixture: Mixture, witness: Witness | ListWitness, answer: Any, error: TrackerError | None) -> list[str]:
    if error is None:
        off_by = sum(abs(fault.by) for fault in mixture.faults if fault.kind == "miscount")
        return judge(mixture.question, answer, witness, off_by, mixture.behaviour.page_window)
    wrong = [] if error.message else ["an error without a message"]
    return wrong + (judge_partial(mixture.question, error, witness) if isinstance(error, Incomplete) else [])


def _hook(demo: Demo, witness: Witness | ListWitness, change: Change, rng: Random) -> Callable[[], None]:
    def hook() -> None:
        with demo.lock:
            witness.note(change(demo.world, rng))

    return hook


def tracker_of(demo: Demo) -> Tracker:
    """A Tracker for this service, without rate limits."""
    names = demo.names
    return Tracker(
        token=names["TRACKER_TOKEN"],
        org_id=names["TRACKER_ORG_ID"],
        base_url=names["TRACKER_API_BASE_URL"],
        search_rps=None,
        other_rps=None,
    )


def open_scrolls(demo: Demo, mixture: Mixture) -> list[str]:
    """A complaint if scrolls are open that the client knows the id of."""
    pairs = zip(mixture.faults, demo.behaviour.faults, strict=False)
    unknown = sum(fault.times - rest.times for fault, rest in pairs if fault.kind in LOST_ANSWERS)
    return [f"{demo.open_scrolls} scrolls are still open"] if demo.open_scrolls > unknown else []


def open_connections(demo: Demo) -> list[str]:
    """A complaint if connections are open after the Tracker was closed."""
    return [] if demo.wait_until_unused(PATIENCE_S) else ["a connection is still open"]


def threads_left(patience_s: float = PATIENCE_S) -> list[str]:
    """The names of threads of the package that do not end by themselves in that time."""
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("tracker_magic")]
    for thread in threads:
        thread.join(patience_s)
    return [thread.name for thread in threads if thread.is_alive()]
