"""Changes of a world as the service itself would make them, at chosen moments or all the time.

A change returns the issues that it changed; None stands for everything.
"""

import threading
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any, Final

from tracker_magic.demo.issue_lists import Change as FieldChange
from tracker_magic.demo.issue_lists import Comment, Event, Link, Work
from tracker_magic.demo.model import Issue, Queue, User, World
from tracker_magic.demo.server import Demo

QUEUES: Final = ("DEV", "OPS", "DESIGN")
HIDDEN: Final = "SEC"
PRIORITIES: Final = ("normal", "critical", "minor", "trivial", "blocker")
CROWD: Final = (20, 60)  # issues that change at once
MOST_CHANGES: Final = 500  # of one call, however long it takes

Change = Callable[[World, Random], Sequence[Issue] | None]
_numbers = count(900_000)  # ids and numbers that no issue has had


def now() -> datetime:
    """The clock of the service, which has milliseconds."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def picked(world: World, rng: Random) -> Issue:
    """A visible issue, often of DESIGN, the smallest queue."""
    issues = [issue for key, issue in world.issues.items() if not key.startswith(HIDDEN)]
    design = [issue for issue in issues if issue.key.startswith("DESIGN")]
    return rng.choice(design if design and rng.random() < 0.3 else issues)


def _log(
    world: World, issue: Issue, kind: str, changes: Sequence[FieldChange] = (), at: datetime | None = None
) -> None:
    """Record that an issue was changed."""
    at = at or now()
    issue.values |= {"updatedAt": at, "updatedBy": world.me}
    issue.version += 1
    issue.events.append(Event(f"7f{next(_numbers):022x}", at, world.me, kind, tuple(changes)))


def _edit(world: World, issue: Issue, kind: str = "IssueUpdated", **values: Any) -> list[Issue]:
    """Set fields of an issue; None unsets one."""
    changes = [FieldChange(name, issue.values.get(name), value) for name, value in values.items()]
    for name, value in values.items():
        if value is None:
            issue.values.pop(name, None)
        else:
            issue.values[name] = value
    _log(world, issue, kind, changes)
    return [issue]


def edit(world: World, rng: Random) -> list[Issue]:
    """Change the summary of an issue."""
    return _edit(world, picked(world, rng), summary=f"Changed {next(_numbers)}")


def prioritise(world: World, rng: Random) -> list[Issue]:
    """Change the priority of an issue."""
    return _edit(world, picked(world, rng), priority=rng.choice(PRIORITIES))


def prioritise_many(world: World, rng: Random) -> list[Issue]:
    """Give many issues one priority."""
    priority = rng.choice(PRIORITIES)
    crowd = [picked(world, rng) for _ in range(rng.randint(*CROWD))]
    return [issue for each in crowd for issue in _edit(world, each, priority=priority)]


def close_or_reopen(world: World, rng: Random) -> list[Issue]:
    """Close an open issue, or open a closed one again."""
    issue, at = picked(world, rng), now()
    status, resolution, moment = ("open", None, None)
    if issue.values.get("status") != "closed":
        status, resolution, moment = "closed", "fixed", at
    return _edit(
        world,
        issue,
        "IssueWorkflow",
        status=status,
        statusStartTime=at,
        previousStatus=issue.values.get("status"),
        resolution=resolution,
        resolvedAt=moment,
    )


def create(world: World, rng: Random) -> list[Issue]:
    """Create an issue that resembles another one."""
    pattern, number, at = picked(world, rng), next(_numbers), now()
    queue = pattern.key.rpartition("-")[0]
    values = {**deepcopy(pattern.values), "summary": f"New {number}", "createdAt": at}
    issue = Issue(f"6f{number:022x}", f"{queue}-{number}", values)
    _log(world, issue, "IssueCreated", at=at)
    world.add(issue)
    return [issue]


def delete(world: World, rng: Random) -> None:
    """Delete an issue."""
    issue = world.issues.pop(picked(world, rng).key)
    for name in (issue.id, issue.key, *issue.aliases):
        del world.keys[name]


def move_to(world: World, issue: Issue, queue: str) -> None:
    """Move an issue: it gets a new key, to which the old one leads, and an entry in its changelog."""
    del world.issues[issue.key]
    issue.aliases.append(issue.key)
    issue.key = f"{queue}-{next(_numbers)}"
    world.add(issue)
    _edit(world, issue, "IssueMoved", queue=queue)


def move(world: World, rng: Random) -> None:
    """Move an issue to another queue."""
    move_to(world, picked(world, rng), rng.choice(QUEUES))


def move_many(world: World, rng: Random) -> None:
    """Move many issues to one queue."""
    queue = rng.choice(QUEUES)
    for _ in range(CROWD[0]):
        move_to(world, picked(world, rng), queue)


def hide(world: World, rng: Random) -> None:
    """Move an issue to a queue that the user may not see."""
    move_to(world, picked(world, rng), HIDDEN)


def comment(world: World, rng: Random) -> list[Issue]:
    """Comment on an issue."""
    issue, at = picked(world, rng), now()
    issue.comments.append(Comment(next(_numbers), at, world.me, "Между двух страниц"))
    issue.values["lastCommentUpdatedAt"] = at
    _log(world, issue, "IssueCommentAdded", at=at)
    return [issue]


def work(world: World, rng: Random) -> list[Issue]:
    """Record work on an issue."""
    issue, at = picked(world, rng), now()
    issue.worklog.append(Work(next(_numbers), rng.choice(list(world.users)), at, 60 * rng.randint(1, 99), at, at))
    _log(world, issue, "IssueWorklogAdded", at=at)
    return [issue]


def link(world: World, rng: Random) -> list[Issue]:
    """Link two issues."""
    one, other, number, at = picked(world, rng), picked(world, rng), next(_numbers), now()
    if one is other:
        return []
    kind = next(iter(world.link_types))
    for issue, direction, target in ((one, "outward", other), (other, "inward", one)):
        issue.links.append(Link(number, kind, direction, target.id, world.me, at))
        _log(world, issue, "IssueLinked", at=at)
    return [one, other]


def add_queue(world: World, _: Random) -> None:
    """Create an empty queue."""
    number = next(_numbers)
    queue = Queue(str(number), f"Q{number}", f"Queue {number}", world.me, ("task",), {})
    world.queues[queue.key] = queue


def delete_queue(world: World, rng: Random) -> None:
    """Delete an empty queue."""
    if empty := [key for key in world.queues if key.startswith("Q")]:
        del world.queues[rng.choice(empty)]


def rename_queue(world: World, rng: Random) -> None:
    """Rename a queue."""
    rng.choice(list(world.queues.values())).name = f"Renamed {next(_numbers)}"


def add_user(world: World, rng: Random) -> None:
    """Add a user, whose uid is anywhere among those of the others."""
    uid = str(1130000000000001 + rng.randint(200, 10**6) * 1000 + next(_numbers) % 1000)
    world.users[uid] = User(uid, f"user{uid}", "Новый", "Человек")


def dismiss_user(world: World, rng: Random) -> None:
    """Let a user leave the organisation."""
    rng.choice(list(world.users.values())).dismissed = True


# How often each change is drawn.
OF_ISSUES: Final[tuple[Change, ...]] = (
    edit, prioritise, prioritise, prioritise_many, close_or_reopen, close_or_reopen, close_or_reopen, create, create,
    delete, move, hide, comment, work, link,
)  # fmt: skip
AT_A_MOMENT: Final[tuple[Change, ...]] = (*OF_ISSUES, prioritise_many, move_many)
OF_LISTS: Final[dict[str, tuple[Change, ...]]] = {
    "queues": (delete_queue, rename_queue),  # nothing shows a loss that another queue makes up for in the total
    "users": (add_user, add_user, dismiss_user),
    "all_worklog": (work, work, work, delete, move),
}


class Mutator(threading.Thread):
    """Changes a world all the time while the block runs: `with Mutator(…):`."""

    def __init__(
        self,
        demo: Demo,
        note: Callable[[Sequence[Issue] | None], None],
        changes: Sequence[Change],
        rng: Random,
        *,
        pause_s: float,
    ) -> None:
        super().__init__(name="mutator", daemon=True)
        self.problem: Exception | None = None
        self._demo = demo
        self._note = note
        self._changes = changes
        self._rng = rng
        self._pause_s = pause_s
        self._ended = threading.Event()

    def run(self) -> None:
        """Make changes, with random pauses."""
        try:
            for _ in range(MOST_CHANGES):
                if self._ended.wait(self._rng.expovariate(1 / self._pause_s)):
                    return
                with self._demo.lock:
                    self._note(self._rng.choice(self._changes)(self._demo.world, self._rng))
        except Exception as problem:  # noqa: BLE001 - raised again when the block ends
            self.problem = problem

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()
        if self.problem is not None:
            raise self.problem
