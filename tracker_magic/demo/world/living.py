"""Time passes in a world: people create issues, move them, talk and log work while somebody watches."""

from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from tracker_magic.demo.model import Issue, Queue, World
from tracker_magic.demo.world import trimmings
from tracker_magic.demo.world.casting import casts
from tracker_magic.demo.world.chronicle import Chronicle, Ids, milliseconds
from tracker_magic.demo.world.draft import Draft
from tracker_magic.demo.world.texts import Writer, chance, pick
from tracker_magic.demo.world.vocabulary import TAGS

EVERY_S = 3.0  # a change comes about so often
MOST_AT_ONCE = 20  # a call never does more: after a long sleep the world goes on from the present
_MAKER = 0xC0C0C0
_FEW = 3  # a smaller team asks others for help
_LOOKED_AT_AGAIN = 0.1  # of finished issues: they get a comment, or are re-opened
_HAPPENINGS = ("create", "move", "comment", "work", "edit")
_OFTEN = (0.13, 0.45, 0.25, 0.07, 0.1)
_SECONDS = (1800, 3600, 7200, 14_400)
_GIVEN_UP = ("wontFix", "later", "dontDo")


class Life:
    """What happens in one world; the same seed and the same moments give the same events."""

    def __init__(self, world: World, seed: int = 1) -> None:
        self._rng = Random(seed)
        self._ids = Ids(_MAKER, _free_number(world))
        self._chronicle = Chronicle(world, self._ids)
        self._casts = casts(world)
        names = [user.first_name for user in islice(world.users.values(), 50) if not user.dismissed]
        versions = [version.name for version in islice(world.versions.values(), 50)]
        self._writer = Writer(self._rng, names or ["Анна"], versions or ["1.0"])
        self._last = _last_numbers(world)
        self._open = [key for key, issue in world.issues.items() if not self._is_finished(issue)]
        self._due: datetime | None = None

    def __call__(self, world: World, now: datetime) -> None:
        """Let everything happen that was due up to `now`."""
        if self._due is None:
            self._due = now + self._pause()
        for _ in range(MOST_AT_ONCE):
            if self._due > now:
                return
            self._happen(world, self._due)
            self._due += self._pause()
        self._due = max(self._due, now + self._pause())

    def _pause(self) -> timedelta:
        return timedelta(seconds=self._rng.expovariate(1 / EVERY_S))

    def _happen(self, world: World, at: datetime) -> None:
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        issue = self._someone(world)
        what = self._rng.choices(_HAPPENINGS, _OFTEN)[0]
        if issue is None or what == "create":
            self._create(world, at)
            return
        at = max([at, *(last.at + timedelta(milliseconds=1) for last in issue.events[-1:])])
        by = self._actor(world, world.queues[_queue(issue)])
        if what == "move" and self._move(world, issue, at):
            return
        if what == "work":
            seconds = pick(self._rng, _SECONDS)
            self._chronicle.log_work(issue, at, by, at - timedelta(seconds=seconds), seconds)
        elif what == "edit":
            self._chronicle.record(issue, "IssueUpdated", at, by, [self._edit(world, issue)])
        else:
            self._chronicle.comment(issue, at, by, self._writer.comment())

    # who and what

    def _someone(self, world: World) -> Issue | None:
        """An unfinished issue; now and then one that was just finished. Others leave the list when they are met."""
        while self._open:
            place = int(self._rng.random() * len(self._open))
            issue = world.find(self._open[place])
            if issue is not None and (not self._is_finished(issue) or chance(self._rng, _LOOKED_AT_AGAIN)):
                return issue
            self._open[place] = self._open[-1]
            self._open.pop()
        return None

    def _is_finished(self, issue: Issue) -> bool:
        return issue.values.get("status") in self._chronicle.finished

    def _actor(self, world: World, queue: Queue) -> str:
        team = queue.team if len(queue.team) > _FEW else tuple(islice(world.users, 50))
        present = [uid for uid in team if uid in world.users and not world.users[uid].dismissed]
        return pick(self._rng, present or [queue.lead])

    # what happens

    def _move(self, world: World, issue: Issue, at: datetime) -> bool:
        queue = world.queues[_queue(issue)]
        target = self._target(queue, issue.values.get("status", ""))
        if target is None:
            return False
        assignee = issue.values.get("assignee")
        by = assignee if assignee in world.users else self._actor(world, queue)
        changes: list[tuple[str, Any]] = [("status", target), ("statusStartTime", at)]
        if target in self._chronicle.finished:
            if not self._is_finished(issue):
                changes.append(("resolution", self._resolution(world, target)))
        else:
            changes.append(("resolution", None))
            if assignee is None and world.statuses[target].type != "new":
                changes.append(("assignee", by))
        self._rng.shuffle(changes)
        self._chronicle.record(issue, "IssueWorkflow", at, by, changes)
        return True

    def _target(self, queue: Queue, status: str) -> str | None:
        """Where it goes next: as often as this queue usually does, where that is known."""
        moves = [target for *_, target in queue.workflow.get(status, ())]
        if not moves:
            return None
        cast = self._casts.get(queue.key)
        usual = cast.process.stages[status].moves if cast and status in cast.process.stages else ()
        share = self._rng.random()
        return next((name for name, up_to in usual if share < up_to and name in moves), pick(self._rng, moves))

    def _resolution(self, world: World, target: str) -> str:
        known = [name for name in _GIVEN_UP if name in world.resolutions]
        if world.statuses[target].type == "cancelled" and known:
            return pick(self._rng, known)
        return "fixed" if "fixed" in world.resolutions else next(iter(world.resolutions))

    def _edit(self, world: World, issue: Issue) -> tuple[str, Any]:
        """A change of one field that does change it."""
        values, rng = issue.values, self._rng
        others = [key for key in world.priorities if key != values.get("priority")]
        running = [
            sprint.id
            for sprint in world.sprints.values()
            if sprint.status == "in_progress" and world.boards[sprint.board].queue == _queue(issue)
        ]
        held = values.get("sprint", [])
        if running and running[0] not in held and chance(rng, 0.4):
            return "sprint", [*held, running[0]]
        tags = [tag for tag in TAGS if tag not in values.get("tags", [])]
        if tags and chance(rng, 0.5):
            return "tags", [*values.get("tags", []), pick(rng, tags)]
        return "priority", pick(rng, others) if others else values.get("priority")

    def _create(self, world: World, at: datetime) -> None:
        queues = [queue for queue in world.queues.values() if not queue.hidden]
        if not queues:
            return
        queue = pick(self._rng, queues)
        key = self._next_key(world, queue.key)
        issue = Issue(self._ids.object(at), key, {})
        first = self._first_values(world, queue, issue, at)
        self._chronicle.record(issue, "IssueCreated", at, issue.values["createdBy"], first)
        world.add(issue)
        self._open.append(key)

    def _first_values(self, world: World, queue: Queue, issue: Issue, at: datetime) -> list[tuple[str, Any]]:
        """Dress a new issue; what its creation event tells."""
        author, cast = self._actor(world, queue), self._casts.get(queue.key)
        if cast is not None:
            draft = Draft(issue, cast, author, milliseconds(at))
            trimmings.dress(draft, self._rng, self._writer)
            return [("status", cast.process.first), *trimmings.told_at_birth(draft, self._rng)]
        issue.values |= {
            "queue": queue.key,
            "summary": self._writer.summary("task"),
            "description": self._writer.description(),
            "type": queue.default_type,
            "priority": queue.default_priority,
            "createdAt": at,
            "createdBy": author,
            "votes": 0,
        }
        first = next(
            (key for key, status in world.statuses.items() if status.type == "new"), next(iter(world.statuses))
        )
        return [("status", first)]

    def _next_key(self, world: World, queue: str) -> str:
        while True:
            self._last[queue] = self._last.get(queue, 0) + 1
            key = f"{queue}-{self._last[queue]}"
            if key not in world.keys:
                return key


def _queue(issue: Issue) -> str:
    return issue.key.rpartition("-")[0]


def _last_numbers(world: World) -> dict[str, int]:
    """The greatest number that each queue has given, former keys included."""
    last: dict[str, int] = {}
    for key in world.keys:
        queue, dash, number = key.rpartition("-")
        if dash and number.isdigit():
            last[queue] = max(last.get(queue, 0), int(number))
    return last


def _free_number(world: World) -> int:
    """A number beyond those of all comments, worklog records and links."""
    last = 0
    for issue in world.issues.values():
        for things in (issue.comments, issue.worklog, issue.links):
            last = max([last, *(thing.id for thing in things)])
    return last + 1
