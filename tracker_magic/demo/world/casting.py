"""Who works in a queue and with what habits: everything a life needs to know of its queue, looked up once."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from tracker_magic.demo.model import World
from tracker_magic.demo.world.chronicle import milliseconds
from tracker_magic.demo.world.process import PROCESSES, Process
from tracker_magic.demo.world.timing import DAY, WEEK

_GONE_BEFORE = 150 * DAY  # dismissed people took part until so long ago


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares (0 to 1) of how often things happen in a queue."""

    shift: float  # work at odd hours
    success: str  # the resolution of what went well
    planned: float = 0.9  # of begun work that is in a sprint
    late: float = 0.25  # of that, added after the sprint began
    dropped: float = 0.05  # taken out of the sprint rather than carried over
    kept: float = 0.7  # carried over with the old sprint kept in the list
    handover: float = 0.12  # a new assignee with a new status
    unresolved: float = 0.02  # closed without a resolution
    disorder: float = 0.5  # events whose fields stand in another order
    external: float = 0.0  # comments that were e-mails
    logged: float = 0.5  # issues with a worklog
    logged_stage: float = 0.6  # stages of these in which time was logged
    late_log: float = 0.15  # records made days after the work


_HABITS = {
    "DEV": Habits(0.06, "fixed"),
    "OPS": Habits(0.4, "fixed", external=0.2, logged=0.35),
    "DESIGN": Habits(0.04, "successful", late=0.4),
    "SEC": Habits(0.05, "fixed", logged=0.1),
}

# type and its share up to it
_TYPES = {
    "DEV": (
        ("bug", 0.34),
        ("task", 0.62),
        ("improvement", 0.74),
        ("newFeature", 0.84),
        ("story", 0.93),
        ("epic", 0.95),
        ("refactoring", 1.0),
    ),
    "OPS": (("incident", 0.4), ("serviceRequest", 0.75), ("change", 0.9), ("task", 1.0)),
    "DESIGN": (("layout", 0.68), ("research", 0.83), ("task", 0.97), ("epic", 1.0)),
    "SEC": (("task", 0.6), ("bug", 1.0)),
}


@dataclass(frozen=True, slots=True)
class Cast:
    """A queue as its issues' lives need it; times are milliseconds."""

    queue: str
    process: Process
    habits: Habits
    types: tuple[tuple[str, float], ...]
    lead: str
    team: list[str]
    old_team: list[str]
    everybody: list[str]
    sprints: list[tuple[int, int, str]]  # begin, end, id
    boards: list[str]
    components: list[str]
    versions: list[tuple[int, str]]  # due, id
    projects: list[str]
    local: dict[str, str]  # key → full id

    def kind(self, share: float) -> str:
        """The type that this share of the queue's issues falls on."""
        return next(name for name, up_to in self.types if share <= up_to)

    def people(self, ms: int, now: int) -> list[str]:
        """The team of that time: who has been dismissed since still belongs to it."""
        return self.old_team if ms < now - _GONE_BEFORE else self.team


def casts(world: World) -> dict[str, Cast]:
    """The cast of every queue that has a process."""
    return {key: _cast(world, key) for key in world.queues if key in PROCESSES}


def _cast(world: World, key: str) -> Cast:
    queue = world.queues[key]
    present = [uid for uid in queue.team if not world.users[uid].dismissed]
    boards = [board.id for board in world.boards.values() if board.queue == key]
    return Cast(
        key,
        PROCESSES[key],
        _HABITS[key],
        _TYPES[key],
        queue.lead,
        present,
        list(queue.team),
        [user.uid for user in world.users.values() if not user.dismissed],
        _sprints(world, boards),
        boards,
        [component.id for component in world.components.values() if component.queue == key],
        [(_midnight(v.due), v.id) for v in world.versions.values() if v.queue == key and v.due],
        [entity.id for entity in world.entities.values() if entity.kind == "project"],
        {field.key: field.id for field in world.local_fields.values() if field.queue == key},
    )


def _sprints(world: World, boards: list[str]) -> list[tuple[int, int, str]]:
    begun = [
        sprint for sprint in world.sprints.values() if sprint.board in boards and sprint.started_at and sprint.start
    ]
    starts = [milliseconds(datetime.combine(sprint.start, time(7), UTC)) for sprint in begun if sprint.start]
    return [(start, start + 2 * WEEK, sprint.id) for start, sprint in zip(starts, begun, strict=True)]


def _midnight(day: object) -> int:
    return milliseconds(datetime.fromisoformat(f"{day}T00:00:00+00:00"))
